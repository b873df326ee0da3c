"""The Compare page: two teachers on the same data, or two checkpoints of one.

Issue "One selection, five lenses": where they disagree, and every lens of both side by side.
"""

import numpy as np
import streamlit as st

from core.store import Store, StoreError
from pages.parts import choose
from pages.parts.compare import images, lenses, territory, verdict_view
from pages.parts.compare.asked import Asked, Second, asked, complaint, second
from pages.parts.compare.pair import Comparison, Pair, Side, compared, side_names, verdict
from pages.parts.compare.tools import choices, default_epochs, sides_row, view_row
from pages.parts.empty import missing_stage, say
from pages.parts.frame import framed
from pages.parts.header import header
from pages.parts.kin import kin
from pages.parts.literal import literal
from pages.parts.performance import performance
from pages.parts.provenance import provenance
from pages.parts.reads import ignored_study
from pages.parts.runs import open_store
from pages.parts.scene import Scene, scene

MAP_HEIGHT = 520
LIST_HEIGHT = 260

GUIDE = """
**What you see.** Two teachers and the images that both studies hold: the same row of the same
split's source, with the same label. The map has the first study's projection, the second's, or
both; its colour says who is right, a core marks images to which the two give different answers. The
table counts right and wrong; the list shows the images with the most different probabilities
first. Below, every lens of both stands side by side.

**How to read it.** Only images that one teacher gets right and the other wrong say which is better:
McNemar's test asks how often a fair coin would split them at least as unevenly. The interval of the
difference is Agresti and Min's. *Total variation* is half the summed difference of the two rows of
probabilities: 0 is the same answer, 1 are answers without a class in common. Click a cell of the
table to see its images alone; click an image to see both answers on one axis.

**What it cannot tell.** The test speaks of images like these, and of these two trained networks: a
second training of either may come out otherwise. If you compare many pairs or look at many classes,
some differences will seem sure by chance. Places on two maps cannot be compared with one another,
nor can channel numbers of two networks.
"""


def draw(store: Store) -> None:
    """Draw the comparison of a study with another one or with itself."""
    images.heed_images()
    seen, ignored = scene(store)
    options, unread = choices(store) if seen.epochs else ([], ())
    chosen, more = second(st.query_params.to_dict(), options)
    pair, still = (None, []) if chosen is None else _pair(seen, chosen)
    if pair is not None and territory.heed_maps(pair):
        seen, ignored = scene(store)
    wish, words = asked(st.query_params.to_dict())
    header(seen, None if seen.epoch is None else performance(store, seen.view.split, seen.epoch))
    lines = [ignored_study(), *ignored, *more, *still, *words, choose.complaint()]
    lines += [f"Study {name} cannot be read, and so not compared." for name in unread]
    say([line for line in lines if line])
    if seen.epoch is None:
        missing_stage(store.study, "predictions", "What a teacher says comes from")
    elif chosen is None or pair is None:
        _nothing(store)
    else:
        sides_row(seen, options, chosen, pair)
        everything(seen, wish, pair)
    with st.expander("How to read this page"):
        st.markdown(GUIDE)
    where_from(store, pair)


def where_from(store: Store, pair: Pair | None) -> None:
    """Draw the artifacts behind the page, of each run once."""
    of_epoch = ("teacher", "predictions")
    if pair is None:
        provenance(store, [("dataset", None)])
    elif pair.first.store is pair.second.store:
        epochs = (pair.first.epoch, pair.second.epoch)
        provenance(store, [("dataset", None), *((s, e) for e in epochs for s in of_epoch)])
    else:
        for side in (pair.first, pair.second):
            provenance(side.store, [("dataset", None), *((s, side.epoch) for s in of_epoch)])


def everything(seen: Scene, wish: Asked, pair: Pair) -> None:
    """Draw figures, map, table, picked image and the open panel."""
    found = compared(pair, seen.view.split)
    judged = verdict(found)
    view_row(seen, wish, pair)
    if judged is None:
        st.info("The two studies share no image of this split: choose another split.")
        return
    verdict_view.figures_line(pair, judged)
    verdict_view.limits_line(pair)
    members = seen.members if seen.view.rule is not None else None
    rows = verdict_view.standing_rows(found, wish.cell, members)
    row = picked_row(seen, found, rows)
    picked = None if row is None else int(found.here[row])
    left, right = st.columns([0.56, 0.44], gap="medium")
    with left, st.container(gap="xsmall"):
        standing = None
        if len(rows) < len(found):
            standing = np.zeros(len(found), bool)
            standing[rows] = True
        territory.territory(seen, wish, pair, found, standing, picked, MAP_HEIGHT)
    with right, st.container(gap="xsmall"):
        verdict_view.right_and_wrong(seen, wish, pair, found)
        st.caption(literal(verdict_view.better_words(pair, judged)))
        if row is None:
            st.info("No image is in this cell and the selection.")
        else:
            images.picked_pair(seen, pair, found, row)
    lenses.look_switch(wish)
    if wish.look == "images":
        images.image_list(seen, wish, pair, found, rows, picked, LIST_HEIGHT)
    elif wish.look == "classes":
        verdict_view.class_panel(seen, pair, found)
    else:
        lenses.panel(seen, wish, pair, found, row)


def picked_row(seen: Scene, found: Comparison, rows: np.ndarray) -> int | None:
    """Return the row of the image in the URL, else of the first of the list; None without any."""
    row = found.row(seen.view.sample)
    return row if row is not None else int(rows[0]) if len(rows) else None


def _pair(seen: Scene, chosen: Second) -> tuple[Pair | None, list[str]]:
    """Return the two teachers, and a line for a checkpoint that the second does not have."""
    store, at = seen.store, seen.epoch
    try:
        other = open_store(chosen.study, chosen.run)
    except StoreError as error:
        return None, [str(error)]
    shared = kin(store, other)
    if at is None or shared is None:
        return None, []
    ignored: list[str] = []
    epoch = default_epochs(store, at, other)
    if (text := st.query_params.get("epoch2")) is not None:
        asked_for = [e for e in other.epochs() if f"{e:g}" == text]
        if asked_for:
            epoch = asked_for[0]
        else:
            ignored.append(complaint("epoch2", text, "the second study has no such checkpoint"))
    names = side_names(store, at, other, epoch)
    return Pair(Side(store, at, names[0]), Side(other, epoch, names[1]), shared), ignored


def _nothing(store: Store) -> None:
    st.info(
        "Nothing in this store can be compared with this study: it has one checkpoint, and no "
        "other study or earlier run holds the same data. Another teacher of the same data set is "
        "built for instance by"
    )
    source = store.settings.get("data")
    digits = isinstance(source, dict) and source.get("source") == "digits"
    st.code(f"python -m precompute build {'digits_forest' if digits else 'STUDY'}", language="bash")


framed(draw)
