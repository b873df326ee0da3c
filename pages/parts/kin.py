"""Studies of the same data: which of the store's, and which image of one is which of the other.

Two studies are of the same data if their classes have the same names, the images that stand in the
same row of the same split's source have the same label, and those images look the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import streamlit as st

from core.store import MissingArtifact, Store, StoreError, current_fingerprint, studies
from pages.parts import reads
from pages.parts.earlier import named
from pages.parts.runs import stamp, store_root
from pages.parts.selection import (
    Cell,
    Found,
    Ids,
    Lasso,
    OfClass,
    Other,
    Rejected,
    RuleError,
    Saved,
    parsed,
    written,
)

AGREE = 0.99  # share of the paired images whose labels must be the same
LOOKED_AT = 16  # pairs of images that are compared pixel by pixel
FEWEST = 30  # pairs that convince by their labels alone, where images have other sizes


@dataclass(frozen=True, eq=False)
class Kin:
    """The images that two studies share: `here` and `there` are their numbers, `here` rising."""

    here: np.ndarray
    there: np.ndarray

    def counterpart(self, sample: int) -> int | None:
        """Return the number that image `sample` has in the other study; None if it is not there."""
        place = int(np.searchsorted(self.here, sample))
        known = place < len(self.here) and self.here[place] == sample
        return int(self.there[place]) if known else None

    def places(self, samples: np.ndarray) -> np.ndarray:
        """Return where `samples` stand in `here`, in their order; those not shared are left out."""
        place = np.searchsorted(self.here, samples)
        place[place == len(self.here)] = 0
        return place[self.here[place] == samples] if len(self.here) else place[:0]


@dataclass(frozen=True)
class Relatives:
    """The other studies of the same data, and those that could not be read, by name."""

    studies: tuple[str, ...]
    unread: tuple[str, ...]


def kin(store: Store, other: Store) -> Kin | None:
    """Return the images that two studies share; None where they are not of the same data."""
    return _kin(store, other, *_key(store), *_key(other))


def relatives(store: Store) -> Relatives:
    """Return the studies of the store, but for this one, that are of the same data."""
    root = store_root().resolve()
    found, unread = [], []
    for name in studies(root):
        if name == store.study:
            continue
        try:
            mark = _fingerprint(root, name, stamp(root / name / "run.json"))
            if mark is not None and _related(store, *_key(store), name, mark):
                found.append(name)
        except StoreError:
            unread.append(name)
    return Relatives(tuple(found), tuple(unread))


def translated(words: Mapping[str, str], store: Store, other: Store) -> dict[str, str]:
    """Return the shared words of a view of `store` as they hold for `other`.

    Images become their counterparts; what means nothing in the other study is left out.
    """
    shared = kin(store, other)
    found = named(other) | {word: words[word] for word in ("split", "color") if word in words}
    for word in ("sample", "sample2"):
        sample = _whole(words.get(word, ""))
        there = None if shared is None or sample is None else shared.counterpart(sample)
        if there is not None:
            found[word] = str(there)
    if shared is not None and "class" in words:
        found["class"] = words["class"]
    if words.get("projection") in reads.methods(other):
        found["projection"] = words["projection"]
    epochs = other.epochs() if other.has("predictions") else []
    if words.get("epoch") in [f"{epoch:g}" for epoch in epochs]:
        found["epoch"] = words["epoch"]
    if other.study == store.study and "layer" in words:
        found["layer"] = words["layer"]
    if shared is not None and (rule := _rule(words.get("rule"), shared, store, other)) is not None:
        found["rule"] = rule
    return found


def _rule(text: str | None, shared: Kin, store: Store, other: Store) -> str | None:
    """Return a selection's rule for the other study; None where it has no meaning there."""
    try:
        rule = None if text is None else parsed(text)
    except RuleError:
        return None
    same = store.study == other.study
    match rule:
        case OfClass() | Cell() | Other():
            return text
        case Found(preset):
            flipped = preset == "flipped_labels" and not reads.samples(other).flipped.any()
            return None if flipped else text
        case Rejected(measure):
            return text if measure != "darksight" or other.has("darksight") else None
        case Ids(sample_ids):
            there = [shared.counterpart(sample) for sample in sample_ids]
            kept = tuple(sample for sample in there if sample is not None)
            return written(Ids(kept)) if kept else None
        case Lasso(method=method):
            return text if same and method in reads.methods(other) else None
        case Saved():
            return text if same else None
    return None


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _key(store: Store) -> tuple[str, str, str]:
    return str(store.root), store.study, store.fingerprint


@lru_cache(maxsize=256)
def _fingerprint(root: Path, study: str, _stamp: tuple[int, int, int] | None) -> str | None:
    return current_fingerprint(root, study)


@st.cache_resource(max_entries=512, show_spinner=False)
def _related(
    _store: Store, root: str, study: str, fingerprint: str, other: str, other_fingerprint: str
) -> bool:
    # A store of its own: looking through many studies must not push open ones out of the cache.
    return kin(_store, Store(other, root)) is not None


@st.cache_resource(max_entries=24, show_spinner=False)
def _kin(
    _store: Store,
    _other: Store,
    root: str,
    study: str,
    fingerprint: str,
    other_root: str,
    other_study: str,
    other_fingerprint: str,
) -> Kin | None:
    try:
        one = _names(_store, root, study, fingerprint)
        if one != _names(_other, other_root, other_study, other_fingerprint):
            return None
        here, there = _paired(_rows(_store), _rows(_other))
    except MissingArtifact:  # a study without images, or one that is only begun
        return None
    if here is None or there is None or not _alike(_store, _other, here, there):
        return None
    here.flags.writeable = there.flags.writeable = False
    return Kin(here, there)


@st.cache_resource(max_entries=256, show_spinner=False)
def _names(_store: Store, root: str, study: str, fingerprint: str) -> list[str]:
    return _store.sql("select name from classes order by class")["name"].tolist()


def _rows(store: Store) -> tuple[np.ndarray, np.ndarray]:
    """Return each image's place in its source, test rows after all training rows, and its label."""
    frame = store.sql(
        "select split = 'test' as is_test, split_id, original_label from samples order by sample_id"
    )
    row = frame["split_id"].to_numpy(np.int64)
    return row + (frame["is_test"].to_numpy(np.int64) << 32), frame["original_label"].to_numpy()


def _paired(
    one: tuple[np.ndarray, np.ndarray], two: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray] | tuple[None, None]:
    _, here, there = np.intersect1d(one[0], two[0], return_indices=True)
    same = one[1][here] == two[1][there]
    if not len(same) or same.mean() < AGREE:
        return None, None
    here, there = here[same], there[same]
    order = np.argsort(here)
    return here[order], there[order]


def _alike(store: Store, other: Store, here: np.ndarray, there: np.ndarray) -> bool:
    """Return whether a few of the paired images are the same; equal rows and labels may chance."""
    one, two = store.array("dataset", "images"), other.array("dataset", "images")
    if one.shape[1:] != two.shape[1:]:
        return len(here) >= FEWEST
    some = np.unique(np.linspace(0, len(here) - 1, LOOKED_AT).astype(np.int64))
    return all(np.array_equal(one[here[i]], two[there[i]]) for i in some)
