"""What the store holds of the saliency contest; cached like `parts/reads.py`, all without torch."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from core.store import MissingArtifact, Store

STAGE = "saliency_arena"


class Entry(NamedTuple):
    """A method of the contest: passes for one image, or why it is not there (else empty).

    ``settings`` are its own, ``original`` what its paper set; of ``flat`` images it has no map.
    """

    name: str
    evaluations: float
    reason: str
    settings: dict[str, Any]
    original: str
    flat: int


class Judged(NamedTuple):
    """A figure with its 95 % interval, NaN where there is none, and n."""

    value: float
    low: float
    high: float
    n: int


class Scores(NamedTuple):
    """Each image's value of a metric, [sample method], NaN where a method lacks one."""

    methods: list[str]
    samples: np.ndarray
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class Explained:
    """One image's maps as the store has them: [method height width] in -1..1, NaN without a map.

    Curves [method step], ``class_`` the class that they tell; all by ``methods``.
    """

    class_: int
    methods: list[str]
    maps: np.ndarray
    deletion: np.ndarray
    insertion: np.ndarray


@dataclass(frozen=True, eq=False)
class Synthetic:
    """Re-label's neighbours of one image: places, whether they flip, and some of their pictures.

    ``residual`` is that of the student that they taught, ``error`` the mean squared error of the
    image's reconstruction.
    """

    sample: int
    generator: str
    scale: float | None
    share: float
    count: int
    residual: float | None
    error: float
    reason: str
    places: pd.DataFrame
    pictures: np.ndarray


def built(store: Store) -> bool:
    """Return whether the arena is there, in the form with deletion and insertion."""
    return store.has(STAGE) and "saliency_curve.parquet" in store.manifest(STAGE).files


def declined(store: Store) -> str | None:
    """Return the sentence that says why the stage made no arena; None if it made one."""
    if not store.has(STAGE) or "unavailable.parquet" not in store.manifest(STAGE).files:
        return None
    rows = _table(
        store, *_key(store), "select reason from unavailable where stage = ?", (STAGE,)
    )  # fmt: skip
    return None if rows.empty else str(rows["reason"].iloc[0])


def methods(store: Store) -> list[Entry]:
    """Return all methods of the contest, in order."""
    rows = _rows(
        store,
        "select method, evaluations, reason, settings, original, flat from saliency_method "
        "order by place",
    )
    return [
        Entry(str(name), float(passes), str(reason), json.loads(settings), str(original), int(flat))
        for name, passes, reason, settings, original, flat in rows.itertuples(index=False)
    ]


def seconds(store: Store) -> Mapping[str, float]:
    """Return the seconds that each method took for one image when the arena was built."""
    return store.manifest(STAGE).costs if store.has(STAGE) else {}


def figures(store: Store, metric: str) -> dict[str, Judged]:
    """Return a metric's figures by method, under the metric's name in the table of figures."""
    rows = _rows(
        store,
        "select metric, method, value, low, high, n from figure where view = 'saliency' "
        "order by metric, method",
    )
    return {
        str(method): Judged(float(value), float(low), float(high), int(n))
        for name, method, value, low, high, n in rows.itertuples(index=False)
        if name == metric
    }


def pairs(store: Store) -> pd.DataFrame:
    """Return how re-label's best preset differs from the others: metric, other, interval, p, n."""
    return _rows(
        store,
        "select metric, other, difference, low, high, p, n from saliency_pair "
        "order by metric, other",
    )


def split(store: Store) -> str:
    """Return the split that the contest was held on."""
    rows = _rows(store, "select any_value(split) as split from figure where view = 'saliency'")
    return "test" if rows.empty else str(rows["split"].iloc[0])


def curves(store: Store) -> pd.DataFrame:
    """Return the mean deletion and insertion curves with their bands."""
    return _rows(store, "select * from saliency_curve order by method, game, share")


def scores(store: Store, metric: str) -> Scores:
    """Return each image's value of a metric."""
    query = (
        "select method, sample_id, area as value from removal_area"
        if metric == "removal"
        else "select method, sample_id, value from saliency_score where metric = ?"
    )
    parameters = () if metric == "removal" else (metric,)
    return _scores(store, *_key(store), query, parameters)


def protocol(store: Store) -> dict[str, tuple[dict[str, Any], str]]:
    """Return how each metric was taken: its settings, and the same in words."""
    rows = _rows(store, "select metric, settings, words from saliency_protocol")
    return {
        str(metric): (json.loads(settings), str(words))
        for metric, settings, words in rows.itertuples(index=False)
    }


def explained_samples(store: Store) -> np.ndarray:
    """Return the samples whose maps were made beforehand, in the arrays' order."""
    rows = _rows(store, "select sample_id from saliency_explained order by row")
    return np.zeros(0, np.int64) if rows.empty else rows["sample_id"].to_numpy(np.int64)


def explained(store: Store, sample: int) -> Explained | None:
    """Return one image's maps and curves; None if they were not made beforehand."""
    rows = _rows(store, 'select row, sample_id, "class" from saliency_explained')
    if rows.empty or sample not in set(rows["sample_id"]):
        return None
    place = int(np.flatnonzero(rows["sample_id"].to_numpy() == sample)[0])
    row, class_ = int(rows["row"].to_numpy()[place]), int(rows["class"].to_numpy()[place])
    names = _rows(store, "select method from saliency_explained_method order by place")
    arrays = (
        np.array(store.array(STAGE, name)[:, row], np.float32)
        for name in ("maps", "deletion", "insertion")
    )
    return Explained(class_, [str(name) for name in names["method"]], *arrays)


def synthetic_samples(store: Store) -> list[int]:
    """Return the samples whose neighbours are kept, in order."""
    rows = _rows(
        store,
        "select sample_id from relabel_explained join saliency_explained using (row) "
        "order by relabel_explained.place",
    )
    return [] if rows.empty else rows["sample_id"].astype(int).tolist()


def synthetic(store: Store, sample: int) -> Synthetic:
    """Return the neighbours of an image of `synthetic_samples`."""
    rows = _rows(store, "select * from relabel_explained join saliency_explained using (row)")
    row = next(row for row in rows.to_dict("records") if row["sample_id"] == sample)
    places = _table(
        store, *_key(store),
        'select neighbor, x, y, "class", flipped from relabel_neighbor where row = ? '
        "order by neighbor",
        (int(row["row"]),),
    )  # fmt: skip
    scale, residual = float(row["scale"]), float(row["residual"])
    return Synthetic(
        sample,
        str(row["generator"]),
        None if np.isnan(scale) else scale,
        float(row["share"]),
        int(row["count"]),
        None if np.isnan(residual) else residual,
        float(row["error"]),
        str(row["reason"]),
        places,
        np.array(store.array(STAGE, "neighbors")[int(row["place"])]),
    )


def _rows(store: Store, query: str) -> pd.DataFrame:
    """The rows, none where the artifact holds no such table."""
    try:
        return _table(store, *_key(store), query)
    except MissingArtifact:
        return pd.DataFrame()


def _key(store: Store) -> tuple[str, str, str]:
    return str(store.root), store.study, store.fingerprint


@st.cache_resource(max_entries=96, show_spinner=False)
def _table(
    _store: Store,
    root: str,
    study: str,
    fingerprint: str,
    query: str,
    parameters: Sequence[object] = (),
) -> pd.DataFrame:
    return _store.sql(query, list(parameters))


@st.cache_resource(max_entries=24, show_spinner=False)
def _scores(
    _store: Store, root: str, study: str, fingerprint: str, query: str, parameters: Sequence[object]
) -> Scores:
    try:
        rows = _store.sql(query, list(parameters))
    except MissingArtifact:
        return Scores([], np.zeros(0, np.int64), np.zeros((0, 0)))
    names, column = np.unique(rows["method"].to_numpy(str), return_inverse=True)
    samples, row = np.unique(rows["sample_id"].to_numpy(np.int64), return_inverse=True)
    values = np.full((len(samples), len(names)), np.nan)
    values[row, column] = rows["value"].to_numpy(np.float64)
    return Scores(names.tolist(), samples, values)
