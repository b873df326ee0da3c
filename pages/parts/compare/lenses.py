"""Every lens of two teachers side by side."""

from dataclasses import replace

import numpy as np
import streamlit as st

from core.store import Store, StoreError, epoch_label
from core.teachers.protocol import missing
from pages.components.encoding import CategoryColors, MapLabels
from pages.components.map import sample_map
from pages.parts import choose
from pages.parts.class_colors import class_colors
from pages.parts.compare.asked import LOOKS, Asked, Look
from pages.parts.compare.figures import figure_table
from pages.parts.compare.pair import Comparison, Pair, Side
from pages.parts.controls import panel_switch
from pages.parts.darksight import held as darksight
from pages.parts.darksight.territory import colors_by_class
from pages.parts.deepvid import asked as deepvid_asked
from pages.parts.deepvid import held as deepvid
from pages.parts.deepvid.beside import explained, other_teacher
from pages.parts.deepvid.explain import subject
from pages.parts.dvi import held as dvi
from pages.parts.dvi.coloring import land
from pages.parts.empty import broken
from pages.parts.kin import translated
from pages.parts.literal import literal
from pages.parts.needs import LENSES, WHY
from pages.parts.reads import capabilities
from pages.parts.sample.channels import channels, fired_of
from pages.parts.scene import Scene, scene
from pages.parts.settings_beside import settings_beside
from pages.parts.thumbnails import template
from pages.parts.wording import distinct_names

LOOK_WORDS: dict[Look, str] = {
    "images": "Images",
    "classes": "Classes",
    "darksight": "DarkSight",
    "dvi": "DVI",
    "summit": "Summit",
    "deepvid": "DeepVID",
    "figures": "Figures",
    "settings": "Settings",
}
MAP_HEIGHT = 420


def look_switch(wish: Asked) -> None:
    """Draw the switch between the panels."""
    panel_switch("look", LOOKS, LOOK_WORDS, wish.look, "images")


def panel(seen: Scene, wish: Asked, pair: Pair, found: Comparison, row: int | None) -> None:
    """Draw one lens of both side by side, or figures or settings in one table.

    Parameters
    ----------
    row
        The picked image's row of the comparison; None where no image is picked.
    """
    match wish.look:
        case "figures":
            figure_table(pair)
            return
        case "settings":
            names = (pair.first.name, pair.second.name)
            settings_beside(pair.first.store.run, pair.second.store.run, names, "compared")
            return
        case "deepvid":
            _deepvid(seen, pair, found, row)
            return
    class_ = None
    if wish.look == "summit":
        class_ = _class(seen, found, row)
    for place, column in enumerate(st.columns(2, gap="medium")):
        with column, st.container(gap="xsmall"):
            side = (pair.first, pair.second)[place]
            st.markdown(f"**{literal(side.name)}**")
            try:
                _lens(seen, wish, pair, found, row, place, class_)
            except StoreError as error:
                broken(error)


def _lens(
    seen: Scene,
    wish: Asked,
    pair: Pair,
    found: Comparison,
    row: int | None,
    place: int,
    class_: int | None,
) -> None:
    side = (pair.first, pair.second)[place]
    if (reason := unoffered(side.store, wish.look)) is not None:
        st.info(reason)
        return
    own = seen if place == 0 else other_scene(pair)
    ids = (found.here, found.there)[place]
    picked = None if row is None else int(found.here[row])
    if wish.look == "darksight":
        if _held(side.store, darksight.STAGE, "darksight_fit.parquet", "darksight"):
            _darksight(own, side, pair, found, ids, place, picked)
    elif wish.look == "dvi":
        if dvi.has_story(side.store):
            _dvi(own, side, pair, found, ids, place, picked)
        else:
            _missing(side.store, dvi.STAGE, dvi.unavailable(side.store))
    elif class_ is not None:
        if row is not None and found.label[row] == class_:
            channels(own, class_, fired_of(own, int(ids[row]), class_))
        else:
            channels(own, class_, None)


def unoffered(store: Store, page: str) -> str | None:
    """Return why a teacher has no such lens; None if it has, or if nobody knows yet."""
    can = capabilities(store)
    lens = next((lens for lens in LENSES if lens.page == page), None)
    if can is None or lens is None or not (lacking := missing(can, lens.needs)):
        return None
    return (
        f"{lens.title} is not there for this teacher: "
        f"{'; '.join(WHY[capability] for capability in lacking)}."
    )


def other_scene(pair: Pair) -> Scene:
    """Return the second study as the view of the URL wants it seen."""
    words = translated(st.query_params.to_dict(), pair.first.store, pair.second.store)
    own, _ = scene(pair.second.store, words=words)
    return own


def _darksight(
    own: Scene, side: Side, pair: Pair, found: Comparison, ids: np.ndarray, place: int,
    picked: int | None,
) -> None:  # fmt: skip
    shown = darksight.picture(side.store)
    around = darksight.regions(side.store, own.theme, colors_by_class(own))
    extent = around.extent
    sample_map(
        key=f"compare_darksight_{place}",
        positions=shown.points[ids],
        sample_ids=found.here,
        colors=_by_class(own, found),
        labels=MapLabels(found.label, (found.predicted, found.other)[place], own.names),
        landscape=[around.png],
        landscape_extent=(extent.left, extent.right, extent.bottom, extent.top),
        picked=picked,
        marked=found.predicted != found.other,
        thumbnails=template(pair.first.store),
        study=pair.first.store.study,
        projection=f"darksight of {side.store.study}",
        height=MAP_HEIGHT,
    )
    words = f"DarkSight, epoch {epoch_label(shown.epoch)}"
    for rating in darksight.ratings(side.store):
        own_split = rating.method == darksight.METHOD and rating.split == own.view.split
        if own_split and rating.metric in ("symmetric_kl", "top_class_agreement"):
            name = "symmetric KL" if rating.metric == "symmetric_kl" else "top class agrees"
            words += f" · {name} {rating.value:.4f} ({rating.split}, n = {rating.n:,})"
    st.caption(f"{words} · core: different answers")
    if shown.epoch != side.epoch:
        st.caption(f"The picture is of epoch {epoch_label(shown.epoch)}, the only one it has")


def _dvi(
    own: Scene, side: Side, pair: Pair, found: Comparison, ids: np.ndarray, place: int,
    picked: int | None,
) -> None:  # fmt: skip
    told = dvi.story(side.store)
    at = side.epoch if side.epoch in told.epochs else told.epochs[-1]
    row = told.epochs.index(at)
    same_run = pair.first.store is pair.second.store
    sample_map(
        key=f"compare_dvi_{place}",
        positions=told.positions[row][ids],
        sample_ids=found.here,
        colors=_by_class(own, found),
        labels=MapLabels(found.label, (found.predicted, found.other)[place], own.names),
        land=land(own, told, slice(row, row + 1)),
        frame=told.extent,
        picked=picked,
        marked=found.predicted != found.other,
        thumbnails=template(pair.first.store),
        study=pair.first.store.study,
        projection=f"{told.method} of {side.store.study}",
        link="compare_dvi" if same_run else None,
        height=MAP_HEIGHT,
    )
    rows = dvi.figures(side.store)
    said = f"DVI, epoch {epoch_label(at)}"
    if len(rows):
        kept = rows[(rows["method"] == told.method) & (rows["epoch"] == at)]
        for metric, words in (
            ("ppr", "predictions kept"),
            ("nn_pv_k15", "neighbours kept (k = 15)"),
        ):
            for split, value, n in kept.loc[
                kept["metric"] == metric, ["split", "value", "n"]
            ].itertuples(index=False):
                said += f" · {words} {value:.3f} ({split}, n = {int(n):,})"
    st.caption(f"{said} · core: different answers")


def _deepvid(seen: Scene, pair: Pair, found: Comparison, row: int | None) -> None:
    if row is None:
        st.info("Pick an image: DeepVID explains one at a time.")
        return
    names = deepvid.generators(pair.first.store)
    if not names:
        _missing(
            pair.first.store, deepvid.GENERATOR, deepvid.unavailable(pair.first.store),
            "; or let the two change places, if the other study has it",
        )  # fmt: skip
        return
    here = int(found.here[row])
    shown = replace(seen, picked=here, view=replace(seen.view, sample=here, sample2=None))
    wish = deepvid_asked.Asked(generator=names[0])
    wanted = subject(shown, wish, pair.first.epoch)
    assert wanted is not None
    left, right = st.columns(2, gap="medium")
    with left, st.container(gap="xsmall"):
        st.markdown(f"**{literal(pair.first.name)}**")
        explained(shown, wanted, None, "compare_deepvid_0", "here")
    with right, st.container(gap="xsmall"):
        if pair.first.store is pair.second.store:
            second = subject(shown, wish, pair.second.epoch)
            assert second is not None
            st.markdown(f"**{literal(pair.second.name)}**")
            explained(shown, second, None, "compare_deepvid_1")
            return
        try:
            other_teacher(
                shown, wish, wanted, pair.second.store, "compare_deepvid_1", pair.second.epoch
            )
        except StoreError as error:
            broken(error)


def _class(seen: Scene, found: Comparison, row: int | None) -> int:
    """Draw the choice of the class whose channels are shown; the picked image's by default."""
    names = distinct_names(seen.names, seen.present)
    usual = int(seen.present[0]) if row is None else int(found.label[row])
    chosen = seen.view.class_ if seen.view.class_ in names else usual
    chosen = chosen if chosen in names else int(seen.present[0])
    st.session_state["w_compare_class"] = chosen
    st.selectbox(
        "Class",
        list(names),
        key="w_compare_class",
        format_func=names.__getitem__,
        label_visibility="collapsed",
        width=230,
        on_change=choose.put_widget,
        args=("class", "w_compare_class"),
    )
    st.caption(
        "The channels that each network's images of this class choose most. Numbers of channels "
        "mean nothing from one network to another; pictures do."
    )
    return chosen


def _by_class(own: Scene, found: Comparison) -> CategoryColors:
    return class_colors(found.label, own.present, own.names, own.theme, "true label")


def _held(store: Store, stage: str, file: str, lens: str) -> bool:
    if store.has(stage) and file in store.manifest(stage).files:
        return True
    _missing(store, stage, deepvid.unavailable(store, lens))
    return False


def _missing(store: Store, stage: str, reason: str | None, more: str = "") -> None:
    if reason is not None:
        st.info(literal(reason))
        return
    st.info(f"It comes from the stage {stage}, which this run does not hold{more}. Build it with")
    st.code(f"python -m precompute build {store.study}", language="bash")
