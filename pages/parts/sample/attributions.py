"""The image's saliency maps by the methods that are best in this study's contest.

Best is the smallest mean area below the deletion curve, where the stage `saliency_arena` took it;
an older run knows only the area while pixels turn black, and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import streamlit as st

from core.generators.generator import as_pictures
from core.saliency.method import explain
from core.store import MissingArtifact, Store
from pages.parts import live
from pages.parts.deepvid.held import generators
from pages.parts.deepvid.pictures import signed, uri
from pages.parts.literal import literal
from pages.parts.saliency.words import method_words
from pages.parts.sample.tiles import Tile, tiles
from pages.parts.scene import Scene

STAGE = "saliency_arena"
_ASKED = "darkroom.sample_maps"
SHOWN = 3
SIDE = 92
METRICS = {
    "deletion_area": "area below the deletion curve",
    "removal_area_200": "area while pixels turn black (the deletion areas are not in this run)",
}


@dataclass(frozen=True, eq=False)
class Attribution:
    """A method's map of one image [height width], its mean area, and the area of this image."""

    method: str
    words: str
    map: np.ndarray
    area: float
    own: float | None


@dataclass(frozen=True, eq=False)
class Attributions:
    """The best methods' maps of one image; `why` says in one line why there is none.

    `fresh` is whether nobody has made any of this image yet, so that they can be made now.
    """

    shown: Sequence[Attribution] = field(default_factory=tuple)
    metric: str = ""
    n: int = 0
    split: str = ""
    why: str = ""
    fresh: bool = False


def attributions(store: Store, sample: int) -> Attributions:
    """Return the maps of an image by the best methods that have one of it."""
    if not store.has(STAGE):
        return Attributions(why="Saliency maps come from the stage saliency_arena.")
    reason = _table(store, "select reason from unavailable where lens = 'saliency'")
    areas = method_areas(store)
    if areas.empty:
        said = str(reason["reason"].iloc[0]) if len(reason) else "The contest holds no areas."
        return Attributions(why=said)
    kept, methods = _kept(store)
    metric, n, split = (areas[name].iloc[0] for name in ("metric", "n", "split"))
    if sample not in kept:
        return Attributions(
            metric=str(metric), n=int(n), split=str(split),
            why=f"Maps were made beforehand for {len(kept):,} images; this is not one of them.",
            fresh=True,
        )  # fmt: skip
    found = []
    for method, area in zip(areas["method"], areas["value"], strict=True):
        if method not in methods or len(found) == SHOWN:
            continue
        at = methods.index(method), kept[sample]
        map_ = np.array(store.array(STAGE, _array(store))[at], np.float32)
        if np.isfinite(map_).all():
            found.append(
                Attribution(method, method_words(method), map_, float(area), _own(store, at))
            )
    return Attributions(found, str(metric), int(n), str(split))


def made_now(store: Store, image: np.ndarray, class_: int) -> Attributions:
    """Return an image's maps for a class by the best methods that can run, made by the model.

    Parameters
    ----------
    image
        uint8 [1 height width channel].

    Raises
    ------
    LiveError
        If the model cannot be run.
    """
    areas = method_areas(store)
    if areas.empty or not generators(store):
        return Attributions(why="Which methods are best comes from the stage saliency_arena.")
    metric, n, split = (areas[name].tolist()[0] for name in ("metric", "n", "split"))
    pictures, target = as_pictures(image), np.array([class_])
    shown = []
    with live.contesting(store) as (teacher, contestants, _):
        able = {one.name: one.method for one in contestants if not one.reason}
        for method, area in zip(areas["method"].tolist(), areas["value"].tolist(), strict=True):
            if method in able and len(shown) < SHOWN:
                seed = int(store.settings.get("seed", 0))
                map_ = explain(able[method], teacher, pictures, target, seed=seed).maps[0]
                shown.append(Attribution(method, method_words(method), map_, area, None))
    return Attributions(shown, metric, int(n), split)


def asked_now(scene: Scene, sample: int, before: Attributions) -> Attributions:
    """Draw the button that has the maps of an image made, and return them once it was clicked."""
    store = scene.store
    if not before.fresh or scene.answers is None or live.why_not(store) is not None:
        return before
    wanted = (store.study, sample)
    if st.session_state.get(_ASKED) != wanted:
        st.button(
            "Make them now", key="w_maps", icon=":material/play_arrow:", on_click=_ask,
            args=(wanted,), help="Asks the teacher some thousand times; the first time it loads it",
        )  # fmt: skip
        return before
    try:
        with st.spinner("The saliency methods look at the image …"):
            return _made(
                store, str(store.root), store.study, store.fingerprint, sample,
                int(scene.answers.predicted[sample]),
            )  # fmt: skip
    except live.LiveError as error:
        return Attributions(why=str(error))


def _ask(wanted: tuple[str, int]) -> None:
    st.session_state[_ASKED] = wanted


@st.cache_resource(max_entries=64, show_spinner=False)
def _made(
    _store: Store, root: str, study: str, fingerprint: str, sample: int, class_: int
) -> Attributions:
    image = np.array(_store.array("dataset", "images")[sample : sample + 1])
    return made_now(_store, image, class_)


def attribution_view(scene: Scene, image: str, found: Attributions) -> None:
    """Draw the maps, or the line that says why there are none; `image` is what it is called."""
    if not found.shown:
        st.caption(literal(found.why or "No method kept a map of this image."))
        return
    rows = []
    for one in found.shown:
        own = "" if one.own is None else f", here {one.own:.3f}"
        rows.append(
            Tile(
                uri(signed(one.map, scene.theme), SIDE),
                f"Saliency map of {image} by {one.words}",
                [one.words, f"{one.area:.3f}{own}"],
            )
        )
    tiles(rows, SIDE)
    colors = "red speaks for the class, blue against it"
    st.caption(
        f"The {len(found.shown)} methods with the smallest {METRICS[found.metric]}, mean of "
        f"{found.n:,} {found.split} images; {colors}"
    )


def method_areas(store: Store) -> pd.DataFrame:
    """Return the methods with their mean areas, smallest first, by the first metric at hand."""
    for metric in METRICS:
        rows = _table(
            store,
            "select distinct metric, method, value, n, split from figure "
            f"where view in ('saliency', 'deepvid') and metric = '{metric}' "
            "and value is not null order by value, method",
        )
        if len(rows):
            return rows
    return pd.DataFrame()


def _kept(store: Store) -> tuple[dict[int, int], list[str]]:
    """Return the row of each sample that has maps, and the methods in the order of the array."""
    name = "explained" if _array(store) == "maps" else "gallery"
    rows = _table(store, f"select sample_id, row from saliency_{name}")
    methods = _table(store, f"select method from saliency_{name}_method order by place")
    if rows.empty or methods.empty:
        return {}, []
    places = zip(rows["sample_id"].tolist(), rows["row"].tolist(), strict=True)
    return {int(sample): int(row) for sample, row in places}, methods["method"].tolist()


def _array(store: Store) -> str:
    return "maps" if "maps.npy" in store.manifest(STAGE).files else "gallery"


def _own(store: Store, at: tuple[int, int]) -> float | None:
    """Return the area below the deletion curve of one image; None in an older run."""
    if "deletion.npy" not in store.manifest(STAGE).files:
        return None
    curve = np.array(store.array(STAGE, "deletion")[at], np.float64)
    return float(np.trapezoid(curve, dx=1 / (len(curve) - 1))) if np.isfinite(curve).all() else None


def _table(store: Store, query: str) -> pd.DataFrame:
    return _read(store, str(store.root), store.study, store.fingerprint, query)


@st.cache_resource(max_entries=32, show_spinner=False)
def _read(_store: Store, root: str, study: str, fingerprint: str, query: str) -> pd.DataFrame:
    try:
        return _store.sql(query)
    except MissingArtifact:
        return pd.DataFrame()
