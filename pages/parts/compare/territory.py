"""The map of who is right: on the first teacher's projection, the second's, or both."""

import numpy as np
import streamlit as st

from core.lasso import inside
from core.store import epoch_label
from pages.charts.paired import side_colors
from pages.charts.palette import INK, RAMP
from pages.components.map import CategoryColors, MapLabels, MapState, map_event, sample_map
from pages.parts import choose, reads
from pages.parts.compare.asked import CELLS, Asked, Cell
from pages.parts.compare.pair import Comparison, Pair, Side
from pages.parts.compare.tools import projection
from pages.parts.literal import literal
from pages.parts.scene import Scene
from pages.parts.selection import MOST_IDS, SPLITS, Ids, Split, lasso
from pages.parts.thumbnails import template
from pages.parts.wording import FIGURE_WORDS, method_words

KEYS = ("compare_map", "compare_map_2")


def cell_words(pair: Pair) -> dict[Cell, str]:
    """Return what the images of each cell are."""
    return {
        "both": "both right",
        "first": f"only {pair.first.name} right",
        "second": f"only {pair.second.name} right",
        "neither": "both wrong",
    }


def territory(
    seen: Scene,
    wish: Asked,
    pair: Pair,
    found: Comparison,
    standing: np.ndarray | None,
    picked: int | None,
    height: int,
) -> None:
    """Draw the map, or both side by side.

    Parameters
    ----------
    standing
        Truth values by row of the comparison: these stand out; None fades nothing.
    picked
        The image to ring, by its number in the first study.
    """
    sides = {"first": [0], "second": [1], "both": [0, 1]}[wish.on]
    for column, place in zip(st.columns(len(sides), gap="small"), sides, strict=True):
        with column, st.container(gap="xxsmall"):
            _map(seen, pair, found, place, standing, picked, height)


def heed_maps(pair: Pair) -> bool:
    """Write what was clicked or drawn to the URL, and return whether anything was."""
    split: Split = "test"
    if (wish := st.query_params.get("split")) in SPLITS:
        split = wish
    heeded = False
    for place, key in enumerate(KEYS):
        event = map_event(key)
        heeded |= bool(event.kind)
        match event.kind:
            case "pick":
                choose.pick(event.picked)
            case "second":
                choose.put("sample2", event.second)
            case "lasso" if event.lasso and place == 0:
                choose.select(lasso(event.projection, split, event.lasso))
            case "lasso" if event.lasso:
                _select_there(pair, event, split)
            case "clear":
                choose.select(None)
    return heeded


def _select_there(pair: Pair, event: MapState, split: Split) -> None:
    """Select what was drawn on the second study's map; it has no name in the first's words."""
    store = pair.second.store
    if event.lasso is None or event.projection not in reads.methods(store):
        return
    of_split = np.ones(len(pair.shared.here), bool)
    if split != "all":
        is_test = reads.samples(pair.first.store).is_test[pair.shared.here]
        of_split = is_test == (split == "test")
    points = _points(pair.second, event.projection)[0][pair.shared.there]
    polygon = np.array(event.lasso, dtype=np.float64)
    chosen = pair.shared.here[of_split & inside(polygon, points.astype(np.float64))]
    if not 0 < len(chosen) <= MOST_IDS:
        choose.complain(
            f"A selection drawn on the second map can hold 1 to {MOST_IDS} images, got "
            f"{len(chosen):,}: draw it smaller, or on the first map."
        )
        return
    choose.select(Ids(tuple(chosen.tolist())))


def _map(
    seen: Scene,
    pair: Pair,
    found: Comparison,
    place: int,
    standing: np.ndarray | None,
    picked: int | None,
    height: int,
) -> None:
    side: Side = (pair.first, pair.second)[place]
    methods = reads.methods(side.store)
    st.markdown(f"**{literal(side.name)}**")
    if not methods:
        st.info(
            "This study holds no projection yet: build its stage projections, or show the other's "
            "map."
        )
        return
    method = projection(seen)
    method = method if method in methods else methods[0]
    points, epoch = _points(side, method)
    order = np.argsort(found.group > 0, kind="stable")  # those that differ lie on top
    ids = (found.here, found.there)[place]
    words, theme = cell_words(pair), seen.theme
    one, two = side_colors(theme)
    sample_map(
        key=KEYS[place],
        positions=points[ids[order]],
        sample_ids=found.here[order],
        colors=CategoryColors(
            found.group[order],
            [words[cell] for cell in CELLS],
            [RAMP[theme][0], one, two, INK[theme]],
            "who is right",
        ),
        labels=MapLabels(
            found.label[order], (found.predicted, found.other)[place][order], seen.names
        ),
        picked=picked,
        second=seen.view.sample2,
        selected=None if standing is None else standing[order],
        marked=(found.predicted != found.other)[order],
        thumbnails=template(pair.first.store),
        study=pair.first.store.study,
        projection=method,
        class_labels=False,
        height=height,
    )
    st.caption(_fidelity(side, method, epoch, theme))


def _points(side: Side, method: str) -> tuple[np.ndarray, float]:
    """Return a projection's points and their checkpoint: the side's own where there is one."""
    if method.partition("_")[0] == "dvi" and side.epoch in side.store.epochs("dvi"):
        return reads.embedding_at(side.store, method, side.epoch), side.epoch
    embedding = reads.embedding(side.store, method)
    return embedding.points, embedding.epoch


def _fidelity(side: Side, method: str, epoch: float, theme: str) -> str:
    said = f"{method_words(method)}, epoch {epoch_label(epoch)}"
    for figure in reads.figures(side.store, "projections", method):
        if figure.metric in FIGURE_WORDS and figure.value is not None:
            said += (
                f" · {FIGURE_WORDS[figure.metric]} {figure.value:.3f} (k = 15, {figure.split}, "
                f"n = {figure.n:,})"
            )
    return f"{said} · {'light' if theme == 'dark' else 'dark'} core: different answers"
