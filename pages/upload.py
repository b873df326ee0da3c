"""The page of the reader's own image: the teacher judges it, and every lens that can places it.

The image stays in the session's memory: nothing of it is written to the store.
"""

from html import escape

import numpy as np
import streamlit as st

from core.store import Store
from pages.charts.probabilities import probability_bars
from pages.components.events import pick_event
from pages.components.strip import Card, card_strip
from pages.parts import choose, live
from pages.parts.darksight import held as darksight
from pages.parts.darksight.cards import classes_words
from pages.parts.drawn import spec_of
from pages.parts.dvi import held as dvi
from pages.parts.empty import missing_stage, say
from pages.parts.frame import framed
from pages.parts.given.explained import explained_view
from pages.parts.given.image import WORDS, Given, chooser, given
from pages.parts.given.places import Placed, answers, in_darksight, in_dvi, maps_at, nearest
from pages.parts.given.places import probabilities as probabilities_of
from pages.parts.header import header
from pages.parts.literal import literal, plain, shortened
from pages.parts.needs import SERVED
from pages.parts.open_in import opening, targets
from pages.parts.performance import performance
from pages.parts.provenance import provenance
from pages.parts.reads import ignored_study
from pages.parts.sample.places import Map, places
from pages.parts.scene import Scene, scene
from pages.parts.thumbnails import data_uri, inline, template

NEIGHBORS = "upload_neighbors"
NEAREST = 8

GUIDE = """
**What you see.** An image of your own as the teacher sees it: its middle cut out, scaled and turned
into the study's colours. Beside it the teacher's probabilities, its place on the maps that have one
for new images, and the images of the study nearest to it. At a click: DeepVID's student, the maps
of the saliency methods that did best in this study's contest, and the channels it chooses in the
graph of the class that the teacher names.

**How to read it.** Look at the small picture first: if you do not recognise your image in it, the
teacher will not either. The ring on a map is your image. *Own KL* says how badly its place on
DarkSight's map tells its probabilities. Click a neighbour to make it the picked image.

**What it cannot tell.** The teacher has to answer with one of its classes, whatever the image
shows: a large probability is no proof that the image belongs to any of them. DarkSight's density
sees only the answer, not the image. t-SNE and UMAP have no place for new images.

**The papers.** DarkSight has no place for new samples: the place that tells the probabilities best
is searched for, the student as it is. DeepVisualInsight projects with each checkpoint's own model.
"""


def draw(store: Store) -> None:
    """Draw the choice of an image and what the lenses say of it."""
    heed_neighbors()
    seen, ignored = scene(store)
    measured = None if seen.epoch is None else performance(store, seen.view.split, seen.epoch)
    header(seen, measured)
    say([line for line in (ignored_study(), *ignored, choose.complaint()) if line])
    if seen.epoch is None:
        missing_stage(store.study, "predictions", "What the teacher says comes from")
    elif (line := live.why_not(store)) is not None:
        st.info(literal(line))
    else:
        everything(seen, seen.epoch)
    with st.expander("How to read this page"):
        st.markdown(GUIDE)
    of_epoch = [] if seen.epoch is None else [("teacher", seen.epoch), ("predictions", seen.epoch)]
    rest = [(stage, None) for stage in (darksight.STAGE, dvi.STAGE)]
    provenance(store, [("dataset", None), *of_epoch, *rest])


def heed_neighbors() -> None:
    """Write the neighbour that was clicked to the URL; call it before the view is read."""
    if (picked := pick_event(NEIGHBORS).picked) is not None:
        choose.pick(picked)


def everything(seen: Scene, epoch: float) -> None:
    """Draw the three columns and the neighbours below them."""
    now = given(seen.store)
    about, placed, inside = st.columns([0.29, 0.38, 0.33], gap="medium")
    with about, st.container(gap="xsmall"):
        chooser(seen.store, now)
    if now is None or now.failure:
        return
    with st.spinner("The teacher looks at the image …"):
        told = probabilities_of(seen.store, now, epoch)
    if isinstance(told, str):
        with placed:
            st.error(literal(told))
        return
    best = int(told.argmax())
    with about, st.container(gap="xsmall"):
        place = darksight_place(seen, now)
        picture(seen, now, told, place)
    with placed, st.container(gap="xxsmall"):
        judged(seen, told, place)
        maps(seen, now, epoch, place)
    with inside, st.container(gap="xxsmall"):
        explained_view(seen, now, best)
    neighbors(seen, now, epoch)


def darksight_place(seen: Scene, now: Given) -> Placed | str | None:
    """Return DarkSight's place of the image; one line where it has none, None without the lens."""
    store = seen.store
    if not store.has(darksight.STAGE):
        return None
    picture = darksight.picture(store)
    told = probabilities_of(store, now, picture.epoch)
    return told if isinstance(told, str) else in_darksight(store, now, picture, told)


def picture(seen: Scene, now: Given, told: np.ndarray, place: Placed | str | None) -> None:
    """Draw the image as the teacher saw it, and figures about it."""
    best = int(told.argmax())
    facts = [
        ("predicted", shortened(plain(seen.names[best]))),
        ("probability", f"{told[best]:.3f}"),
        ("entropy", f"{-(told * np.log(np.maximum(told, 1e-30))).sum():.3f}\u202fnats"),
    ]
    if isinstance(place, Placed):
        facts += [
            ("density", f"{place.confidence:.3g}"),
            ("own KL", f"{place.symmetric_kl:.3f}\u202fnats"),
        ]
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    image = f'<img src="{data_uri(now.png)}" width="96" height="96" alt="{WORDS}">'
    st.html(f'<div class="darkroom-picked">{image}<dl>{rows}</dl></div>')
    st.caption("The picture is what the teacher saw")


def judged(seen: Scene, told: np.ndarray, place: Placed | str | None) -> None:
    """Draw the teacher's probabilities, DarkSight's student as ticks."""
    st.markdown("**What the teacher says** · probabilities")
    student = place.student if isinstance(place, Placed) else None
    chart = probability_bars(told, seen.names, None, student=student, theme=seen.theme)
    best = int(told.argmax())
    st.vega_lite_chart(
        spec_of(chart),
        key="upload_probabilities",
        alt=f"Probabilities of your image: largest {told[best]:.3f}",
    )
    if student is not None:
        st.caption("Ticks: DarkSight's student at the image's place")


def maps(seen: Scene, now: Given, epoch: float, place: Placed | str | None) -> None:
    """Draw the image's place on the maps that have one for it, or why they have none."""
    store, shown, label = seen.store, seen.shown, seen.samples.label[seen.shown]
    split = seen.view.split
    drawn, lines = [], []
    if isinstance(place, Placed):
        points = darksight.picture(store).points[shown]
        key = ("darksight", split, -1)
        drawn.append(Map(key, "DarkSight", points, label, np.array(place.point)))
    elif place is not None:
        lines.append(f"DarkSight: {place}")
    if dvi.has_story(store):
        at = maps_at(store, epoch)
        told = dvi.story(store)
        points = told.positions[told.epochs.index(at)][shown]
        spot = in_dvi(store, now, at)
        if isinstance(spot, str):
            lines.append(f"DVI: {spot}")
        else:
            words = f"DVI, epoch {at:g}"
            drawn.append(Map((f"dvi@{at}", split, -1), words, points, label, np.array(spot)))
    st.markdown("**Where it belongs** · the maps that place new images")
    if drawn:
        places(seen, drawn, WORDS)
    for line in lines:
        st.caption(literal(line))
    if not drawn and not lines:
        st.caption("Maps come from the stages darksight and dvi\\_landscape.")


def neighbors(seen: Scene, now: Given, epoch: float) -> None:
    """Draw the study's images nearest to it; a click picks one."""
    store = seen.store
    told = answers(store, now, epoch)
    if isinstance(told, str):
        return
    space, ids = nearest(store, told, epoch, NEAREST)
    st.caption(
        f"The {len(ids)} images of the study nearest to it by {space}, of all "
        f"{len(seen.samples.label):,}; a click picks one"
    )
    pictures = {} if template(store) else inline(store, ids)
    cards = [
        Card(
            sample,
            f"#{sample}",
            [plain(classes_words(seen, sample))],
            picture=pictures.get(sample, ""),
        )
        for sample in ids.tolist()
    ]
    card_strip(
        key=NEIGHBORS,
        cards=cards,
        thumbnails=template(store),
        picked=seen.view.sample,
        study=store.study,
        height=110,
    )
    if (sample := seen.view.sample) is not None and "sample" in targets(store):
        st.page_link(
            st.session_state[SERVED]["sample"],
            label=f"Open image {sample} on the page Sample",
            query_params=opening(store, "sample", sample, int(seen.samples.label[sample])),
        )


framed(draw)
