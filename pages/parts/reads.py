"""Cached reads of the store: each is kept by the run's fingerprint and its own parameters.

A new run has a new fingerprint, so nothing old is ever shown; every cache is bounded. Arrays are
shared by all sessions and therefore read-only; row number = `sample_id`.
"""

import os
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.store import MissingArtifact, Store, studies
from core.teachers.protocol import Capability
from pages.parts.literal import shortened
from pages.parts.runs import open_store, store_root
from precompute import circumstances

__all__ = ["chosen_study", "open_store"]


@dataclass(frozen=True, eq=False)
class Samples:
    """What the data set says of each shown sample; `original` is the label before any flip."""

    label: np.ndarray
    original: np.ndarray
    is_test: np.ndarray
    split_id: np.ndarray

    @property
    def flipped(self) -> np.ndarray:
        """Whose label was flipped on purpose."""
        return self.original != self.label


@dataclass(frozen=True, eq=False)
class Predictions:
    """What the teacher says of each shown sample at one checkpoint; `entropy` in nats."""

    predicted: np.ndarray
    confidence: np.ndarray
    true_probability: np.ndarray
    entropy: np.ndarray


@dataclass(frozen=True, eq=False)
class Embedding:
    """The points of one projection, [sample 2], and the checkpoint they were made from."""

    epoch: float
    points: np.ndarray


@dataclass(frozen=True)
class Figure:
    """One figure of the store's table `figure`; `low` and `high` are its 95 % interval."""

    metric: str
    split: str
    value: float | None
    n: int
    epoch: float | None = None
    low: float | None = None
    high: float | None = None


def chosen_study() -> str | None:
    """Return the study of the URL, else of `DARKROOM_STUDY`, else the first one; None if none."""
    known = studies(store_root())
    for wish in (st.query_params.get("study"), os.environ.get("DARKROOM_STUDY")):
        if wish in known:
            return wish
    return known[0] if known else None


def ignored_study() -> str | None:
    """Return one line if the URL names a study that is not in the store."""
    wish = st.query_params.get("study")
    known = studies(store_root())
    if wish is None or wish in known:
        return None
    there = ", ".join(known) or "none yet"
    return f"Ignored study={shortened(wish, 40)} in the address: the studies here are {there}."


def class_names(store: Store) -> list[str]:
    """Return the class names in the order of the teacher's outputs."""
    return _class_names(store, *_key(store))


def present_classes(store: Store) -> np.ndarray:
    """Return the numbers of the classes that the data holds images of, rising."""
    return _present_classes(store, *_key(store))


def capabilities(store: Store) -> frozenset[Capability] | None:
    """Return what the teacher can do; None before the stage `teacher` is built."""
    return _capabilities(store, *_key(store))


def warnings(store: Store) -> list[str]:
    """Return what belongs beside every figure: limit, notes, settings that are not the paper's."""
    return _warnings(store, *_key(store))


def limit(store: Store) -> str | None:
    """Return the limit of the data set in words; None without one."""
    return next((line for line in warnings(store) if line.startswith(circumstances.LIMITED)), None)


def holds_images(store: Store) -> bool:
    """Return whether the study holds images: one that was imported may have none."""
    return store.has("dataset") and "samples.parquet" in store.manifest("dataset").files


def samples(store: Store) -> Samples:
    """Return split and true class of every shown sample."""
    return _samples(store, *_key(store))


def predictions(store: Store, epoch: float) -> Predictions:
    """Return the teacher's answers at `epoch`."""
    return _predictions(store, *_key(store), epoch)


def probabilities(store: Store, epoch: float, sample_id: int) -> np.ndarray:
    """Return the probabilities of all classes for one image."""
    return np.array(store.array("predictions", "probabilities", epoch)[sample_id])


def methods(store: Store) -> list[str]:
    """Return the projections that the store holds, those of the representation first."""
    held = any(store.has(stage) for stage in ("projections", "darksight", "dvi"))
    return _methods(store, *_key(store)) if held else []


def embedding(store: Store, method: str) -> Embedding:
    """Return the points of `method` at the last checkpoint it was made for."""
    return _embedding(store, *_key(store), method)


def embedding_at(store: Store, method: str, epoch: float) -> np.ndarray:
    """Return the points of `method` at a checkpoint, [sample 2]."""
    return _embedding_at(store, *_key(store), method, epoch)


def density(store: Store) -> np.ndarray | None:
    """Return DarkSight's confidence of every sample, 0..1; None before its stage is built."""
    return _density(store, *_key(store)) if store.has("darksight") else None


def figures(store: Store, view: str, method: str) -> list[Figure]:
    """Return the figures that the store holds of a view's method."""
    return _figures(store, *_key(store), view, method)


def _key(store: Store) -> tuple[str, str, str]:
    return str(store.root), store.study, store.fingerprint


@st.cache_resource(max_entries=8, show_spinner=False)
def _class_names(_store: Store, root: str, study: str, fingerprint: str) -> list[str]:
    frame = _store.sql("select name from classes order by class")
    return [str(name) for name in frame["name"]]


@st.cache_resource(max_entries=8, show_spinner=False)
def _present_classes(_store: Store, root: str, study: str, fingerprint: str) -> np.ndarray:
    frame = _store.sql("select class from classes where present order by class")
    return _kept(frame["class"].to_numpy(np.int32))


@st.cache_resource(max_entries=8, show_spinner=False)
def _capabilities(
    _store: Store, root: str, study: str, fingerprint: str
) -> frozenset[Capability] | None:
    try:
        frame = _store.sql("select capability from capability group by 1 having bool_and(present)")
    except MissingArtifact:
        return None
    return frozenset(c for c in Capability if c in set(frame["capability"]))


@st.cache_resource(max_entries=8, show_spinner=False)
def _warnings(_store: Store, root: str, study: str, fingerprint: str) -> list[str]:
    return circumstances.lines(_store)


@st.cache_resource(max_entries=4, show_spinner=False)
def _samples(_store: Store, root: str, study: str, fingerprint: str) -> Samples:
    frame = _store.sql(
        "select split = 'test' as is_test, split_id, label, original_label from samples "
        "order by sample_id"
    )
    return Samples(
        label=_kept(frame["label"].to_numpy(np.int32)),
        original=_kept(frame["original_label"].to_numpy(np.int32)),
        is_test=_kept(frame["is_test"].to_numpy(bool)),
        split_id=_kept(frame["split_id"].to_numpy(np.int32)),
    )


@st.cache_resource(max_entries=16, show_spinner=False)
def _predictions(
    _store: Store, root: str, study: str, fingerprint: str, epoch: float
) -> Predictions:
    frame = _store.sql(
        "select predicted, confidence, true_probability, entropy from prediction "
        "where epoch = ? order by sample_id",
        [epoch],
    )
    return Predictions(
        predicted=_kept(frame["predicted"].to_numpy(np.int32)),
        confidence=_kept(frame["confidence"].to_numpy(np.float32)),
        true_probability=_kept(frame["true_probability"].to_numpy(np.float32)),
        entropy=_kept(frame["entropy"].to_numpy(np.float32)),
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def _methods(_store: Store, root: str, study: str, fingerprint: str) -> list[str]:
    found = set(_store.sql("select distinct method from embedding")["method"])
    usual = [
        f"{name}{space}"
        for space in ("", "_logits", "_probabilities")
        for name in ("tsne", "umap", "pca")
    ]
    return [m for m in usual if m in found] + sorted(found - set(usual))


@st.cache_resource(max_entries=12, show_spinner=False)
def _embedding(_store: Store, root: str, study: str, fingerprint: str, method: str) -> Embedding:
    frame = _store.sql(
        "select epoch, x, y from embedding where method = $1 and epoch = "
        "(select max(epoch) from embedding where method = $1) order by sample_id",
        [method],
    )
    if frame.empty:
        raise MissingArtifact(f"study {study} holds no projection {method}")
    return Embedding(
        epoch=float(frame["epoch"].iloc[0]),
        points=_kept(frame[["x", "y"]].to_numpy(np.float32)),
    )


@st.cache_resource(max_entries=12, show_spinner=False)
def _embedding_at(
    _store: Store, root: str, study: str, fingerprint: str, method: str, epoch: float
) -> np.ndarray:
    frame = _store.sql(
        "select x, y from embedding where method = ? and epoch = ? order by sample_id",
        [method, epoch],
    )
    return _kept(frame[["x", "y"]].to_numpy(np.float32))


@st.cache_resource(max_entries=4, show_spinner=False)
def _density(_store: Store, root: str, study: str, fingerprint: str) -> np.ndarray:
    frame = _store.sql("select confidence from darksight_sample order by sample_id")
    return _kept(frame["confidence"].to_numpy(np.float32))


@st.cache_resource(max_entries=32, show_spinner=False)
def _figures(
    _store: Store, root: str, study: str, fingerprint: str, view: str, method: str
) -> list[Figure]:
    try:
        frame = _store.sql(
            "select metric, split, value, n, epoch, low, high from figure "
            "where view = ? and method = ? order by metric",
            [view, method],
        )
    except MissingArtifact:  # no stage that judges anything is built yet
        return []
    return [
        Figure(str(metric), str(split), _number(value), int(n), *map(_number, numbers))
        for metric, split, value, n, *numbers in frame.itertuples(index=False)
    ]


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _kept(array: np.ndarray) -> np.ndarray:
    """Return the array itself, closed to writing: every session shares it."""
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array
