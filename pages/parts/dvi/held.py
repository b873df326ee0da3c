"""What the store holds of DeepVisualInsight, over all checkpoints; cached like `parts/reads.py`.

Arrays have one row per checkpoint and one column per `sample_id`; all sessions share them.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core.store import MissingArtifact, Store, StoreError, studies
from pages.components.encoding import Frame
from pages.parts import reads
from pages.parts.past_rules import KINDS, EventKind
from pages.parts.runs import open_store, store_root

STAGE = "dvi_landscape"
HISTORY = "dvi_history"
EVALUATION = "dvi_evaluation"


@dataclass(frozen=True, eq=False)
class Story:
    """The pictures of all checkpoints in one frame.

    `positions` is [epoch sample 2]; `classes`, `confidence` and `margin` of the landscapes are
    [epoch row column], the last two in 255ths; `method` names the pictures in tables.
    """

    method: str
    epochs: list[float]
    positions: np.ndarray
    classes: np.ndarray
    confidence: np.ndarray
    margin: np.ndarray
    extent: Frame

    @property
    def diagonal(self) -> float:
        """The length of the diagonal of the samples' places over all checkpoints."""
        return float(np.linalg.norm(np.ptp(self.positions, axis=(0, 1)))) or 1.0


@dataclass(frozen=True, eq=False)
class Answers:
    """What the teacher says at every checkpoint that has a picture, [epoch sample]."""

    predicted: np.ndarray
    confidence: np.ndarray
    true_probability: np.ndarray
    entropy: np.ndarray


@dataclass(frozen=True, eq=False)
class Happenings:
    """All events: kind (a place in `KINDS`), epoch (a row of the arrays), sample and size."""

    kind: np.ndarray
    epoch: np.ndarray
    sample: np.ndarray
    size: np.ndarray

    def counts(self, kind: EventKind, epochs: int, belongs: np.ndarray) -> np.ndarray:
        """Return how many events of a kind each epoch has among samples where `belongs`."""
        chosen = (self.kind == KINDS.index(kind)) & belongs[self.sample]
        return np.bincount(self.epoch[chosen], minlength=epochs)

    def of(self, sample: int) -> "Happenings":
        """Return those of one sample."""
        at = np.flatnonzero(self.sample == sample)
        return Happenings(self.kind[at], self.epoch[at], self.sample[at], self.size[at])


def story(store: Store) -> Story:
    """Return the pictures; raises `MissingArtifact` before their stage is built."""
    return _story(store, *_key(store))


def has_story(store: Store) -> bool:
    """Return whether the store holds pictures: the stage may have been declined."""
    return store.has(STAGE) and "positions.npy" in store.manifest(STAGE).files


def other_studies(store: Store) -> list[str]:
    """Return the other studies of the store that have pictures."""
    root = store_root().resolve()
    runs = tuple((name, (root / name / "run.json").stat().st_mtime_ns) for name in studies(root))
    return [name for name in _with_stories(str(root), runs) if name != store.study]


def unavailable(store: Store) -> str | None:
    """Return the sentence that says why a stage made nothing for this lens; None if none did."""
    return _unavailable(store, *_key(store))


def answers(store: Store) -> Answers:
    """Return what the teacher says at every checkpoint."""
    return _answers(store, *_key(store))


def happenings(store: Store) -> Happenings | None:
    """Return all events; None before the stage is built."""
    return _happenings(store, *_key(store)) if store.has(HISTORY) else None


def learned_at(store: Store) -> np.ndarray | None:
    """Return the checkpoint from which each sample stays right, NaN if it ends wrong."""
    return _learned_at(store, *_key(store)) if store.has(HISTORY) else None


def suspicions(store: Store, method: str) -> pd.DataFrame:
    """Return the training samples by how suspicious their labels are, most suspicious first."""
    if not store.has(HISTORY):
        return pd.DataFrame()
    query = "select * from noise_score where method = ? order by rank"
    return _table(store, *_key(store), query, (method,))


def suspicion_methods(store: Store) -> list[str]:
    """Return the scores that rank suspicious labels."""
    if not store.has(HISTORY):
        return []
    return list(_table(store, *_key(store), "select distinct method from noise_score")["method"])


def figures(store: Store, view: str = "dvi") -> pd.DataFrame:
    """Return all rows of the table `figure` of one view."""
    query = "select * from figure where view = ? order by metric, method, split, epoch"
    try:
        return _table(store, *_key(store), query, (view,))
    except MissingArtifact:  # nothing has been judged yet
        return pd.DataFrame()


def losses(store: Store) -> dict[str, np.ndarray]:
    """Return the mean cross-entropy with the labels (nats) at every checkpoint, by split."""
    return _losses(store, *_key(store))


def nearest(store: Store, epoch: float, sample: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the k nearest samples by representation, and those by place in the picture.

    Both nearest first, the sample itself left out. A training sample's are sought among training
    samples, a test sample's among all (definition 1, `dvi/nn_pv`).
    """
    return _nearest(store, *_key(store), epoch, sample, k)


def _key(store: Store) -> tuple[str, str, str]:
    return str(store.root), store.study, store.fingerprint


@st.cache_resource(max_entries=4, show_spinner=False)
def _story(_store: Store, root: str, study: str, fingerprint: str) -> Story:
    edges = _store.sql("select * from landscape_extent").iloc[0]
    own = [m for m in reads.methods(_store) if m.partition("_")[0] == "dvi"]
    return Story(
        own[0],
        _store.epochs("dvi"),
        _kept(np.array(_store.array(STAGE, "positions"))),
        _kept(np.array(_store.array(STAGE, "class"))),
        _kept(np.array(_store.array(STAGE, "confidence"))),
        _kept(np.array(_store.array(STAGE, "margin"))),
        (float(edges["left"]), float(edges["right"]), float(edges["bottom"]), float(edges["top"])),
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def _with_stories(root: str, runs: tuple[tuple[str, int], ...]) -> list[str]:
    """Return the studies that have pictures; `runs` are all, each with when it was published."""
    found = []
    for name, _ in runs:
        try:
            if has_story(open_store(name)):
                found.append(name)
        except StoreError:  # the damaged study says so on its own page
            continue
    return found


@st.cache_resource(max_entries=8, show_spinner=False)
def _unavailable(_store: Store, root: str, study: str, fingerprint: str) -> str | None:
    try:
        rows = _store.sql("select reason from unavailable where lens = 'dvi' order by epoch")
    except MissingArtifact:
        return None
    return None if rows.empty else str(rows["reason"].iloc[0])


@st.cache_resource(max_entries=4, show_spinner=False)
def _answers(_store: Store, root: str, study: str, fingerprint: str) -> Answers:
    told = [reads.predictions(_store, epoch) for epoch in _store.epochs("dvi")]
    return Answers(
        _kept(np.stack([one.predicted for one in told])),
        _kept(np.stack([one.confidence for one in told])),
        _kept(np.stack([one.true_probability for one in told])),
        _kept(np.stack([one.entropy for one in told])),
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def _happenings(_store: Store, root: str, study: str, fingerprint: str) -> Happenings:
    frame = _store.sql("select kind, epoch, sample_id, size from event")
    epochs = _store.epochs("dvi")
    known = np.array(KINDS)
    order = np.argsort(known)
    kind = order[np.searchsorted(known[order], frame["kind"].to_numpy(str))]
    return Happenings(
        _kept(kind),
        _kept(np.searchsorted(epochs, frame["epoch"].to_numpy(np.float64))),
        _kept(frame["sample_id"].to_numpy(np.int64)),
        _kept(frame["size"].to_numpy(np.float32)),
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def _learned_at(_store: Store, root: str, study: str, fingerprint: str) -> np.ndarray:
    frame = _store.sql("select learned_at from learning order by sample_id")
    return _kept(frame["learned_at"].to_numpy(np.float64))


@st.cache_resource(max_entries=4, show_spinner=False)
def _losses(_store: Store, root: str, study: str, fingerprint: str) -> dict[str, np.ndarray]:
    is_test = reads.samples(_store).is_test
    p = np.maximum(answers(_store).true_probability.astype(np.float64), 1e-12)
    return {
        split: _kept(-np.log(p[:, rows]).mean(axis=1))
        for split, rows in (("train", ~is_test), ("test", is_test))
        if rows.any()
    }


@st.cache_resource(max_entries=64, show_spinner=False)
def _nearest(
    _store: Store,
    root: str,
    study: str,
    fingerprint: str,
    epoch: float,
    sample: int,
    k: int,
) -> tuple[np.ndarray, np.ndarray]:
    is_test = reads.samples(_store).is_test
    among = np.arange(len(is_test)) if is_test[sample] else np.flatnonzero(~is_test)
    among = among[among != sample]
    told = story(_store)
    places = told.positions[told.epochs.index(epoch)]
    high = _store.array("predictions", "representation", epoch)
    return _kept(_closest(high, among, sample, k)), _kept(_closest(places, among, sample, k))


def _closest(data: np.ndarray, among: np.ndarray, sample: int, k: int) -> np.ndarray:
    """Return the k rows of `among` nearest to `sample`, equal ones by number."""
    rows = np.asarray(data)[: among[-1] + 1] if len(among) else np.asarray(data)[:0]
    away = ((rows - np.asarray(data)[sample]) ** 2).sum(axis=1, dtype=np.float64)[among]
    k = min(k, len(among))
    chosen = np.argpartition(away, k - 1)[:k] if k else np.zeros(0, np.int64)
    return among[chosen[np.lexsort((among[chosen], away[chosen]))]]


@st.cache_resource(max_entries=24, show_spinner=False)
def _table(
    _store: Store,
    root: str,
    study: str,
    fingerprint: str,
    query: str,
    parameters: tuple[str, ...] = (),
) -> pd.DataFrame:
    return _store.sql(query, parameters)


def _kept(array: np.ndarray) -> np.ndarray:
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array
