"""Cached reads of the store: each is kept by the run's fingerprint and its own parameters.

A new run has a new fingerprint, so nothing old is ever shown; every cache is bounded. Arrays are
shared by all sessions and therefore read-only; row number = `sample_id`.
"""

import os
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.store import MissingArtifact, Store, studies
from pages.parts.literal import shortened
from pages.parts.runs import open_store, store_root

__all__ = ["chosen_study", "open_store"]


@dataclass(frozen=True, eq=False)
class Samples:
    """What the data set says of each shown sample."""

    label: np.ndarray
    is_test: np.ndarray
    split_id: np.ndarray


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
    """One figure of the store's table `figure`."""

    metric: str
    split: str
    value: float | None
    n: int


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


def warnings(store: Store) -> list[str]:
    """Return what belongs beside every figure: the limit of the data set, and notes on it."""
    return _warnings(store, *_key(store))


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
    return _methods(store, *_key(store)) if store.has("projections") else []


def embedding(store: Store, method: str) -> Embedding:
    """Return the points of `method` at the last checkpoint it was made for."""
    return _embedding(store, *_key(store), method)


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
def _warnings(_store: Store, root: str, study: str, fingerprint: str) -> list[str]:
    frame = _store.sql(
        "select topic, text from about where topic in ('limit', 'note') order by topic, number"
    )
    return [
        f"Limited to {text}" if topic == "limit" else str(text)
        for topic, text in frame.itertuples(index=False)
    ]


@st.cache_resource(max_entries=4, show_spinner=False)
def _samples(_store: Store, root: str, study: str, fingerprint: str) -> Samples:
    frame = _store.sql(
        "select split = 'test' as is_test, split_id, label from samples order by sample_id"
    )
    return Samples(
        label=_kept(frame["label"].to_numpy(np.int32)),
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


@st.cache_resource(max_entries=32, show_spinner=False)
def _figures(
    _store: Store, root: str, study: str, fingerprint: str, view: str, method: str
) -> list[Figure]:
    frame = _store.sql(
        "select metric, split, value, n from figure where view = ? and method = ? order by metric",
        [view, method],
    )
    return [
        Figure(str(metric), str(split), None if np.isnan(value) else float(value), int(n))
        for metric, split, value, n in frame.itertuples(index=False)
    ]


def _kept(array: np.ndarray) -> np.ndarray:
    """Return the array itself, closed to writing: every session shares it."""
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array
