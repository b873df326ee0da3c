"""Two teachers on the same images: who is right where, and how far their answers lie apart."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.agreement import Difference, accuracy_difference, mcnemar, total_variation
from core.intervals import Interval, wilson
from core.store import Store, epoch_label
from pages.parts import reads
from pages.parts.compare.asked import CELLS, Cell
from pages.parts.earlier import finished_words, run_of
from pages.parts.kin import Kin, kin
from pages.parts.literal import shortened
from pages.parts.selection import Split

BLOCK = 8192  # rows of probabilities read at a time


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two: its store, its checkpoint, and what it is called beside the other."""

    store: Store
    epoch: float
    name: str


@dataclass(frozen=True, eq=False)
class Pair:
    """Two teachers of the same data, and the images that both have seen judged."""

    first: Side
    second: Side
    shared: Kin


@dataclass(frozen=True, eq=False)
class Comparison:
    """The shared images of one split, one row each.

    `here` and `there` are an image's numbers in the two studies, `label` its true class (before
    labels were flipped on purpose), `predicted` and `other` what the two say, `group` the place in
    `CELLS` of who is right, `variation` half the L1 distance of the two's probabilities, 0..1.
    """

    here: np.ndarray
    there: np.ndarray
    label: np.ndarray
    predicted: np.ndarray
    other: np.ndarray
    group: np.ndarray
    variation: np.ndarray

    def __len__(self) -> int:
        return len(self.here)

    def count(self, cell: Cell) -> int:
        """Return how many images are in a cell."""
        return int((self.group == CELLS.index(cell)).sum())

    def row(self, sample: int | None) -> int | None:
        """Return the row of an image of the first study; None if it is not among them."""
        if sample is None:
            return None
        found = np.flatnonzero(self.here == sample)
        return int(found[0]) if len(found) else None


@dataclass(frozen=True)
class Verdict:
    """Which of the two is better on `n` images; `p` is McNemar's, `same` their equal answers."""

    n: int
    accuracy: tuple[float, float]
    intervals: tuple[Interval, Interval]
    difference: Difference
    p: float
    same: float
    variation: float


def side_names(
    first: Store, at: float | None, second: Store, other_at: float | None
) -> tuple[str, str]:
    """Return what two teachers are called, short and unlike."""
    names = []
    for store, epoch in ((first, at), (second, other_at)):
        name = shortened(store.study, 28)
        if first.study == second.study:
            if run_of(first) != run_of(second):
                earlier = run_of(store) is not None
                name = f"run of {finished_words(store.run)}" if earlier else "published run"
            elif epoch is not None:
                name = f"epoch {epoch_label(epoch)}"
        names.append(name)
    return names[0], names[1]


def compared(pair: Pair, split: Split) -> Comparison:
    """Return the comparison on the shared images of a split."""
    one, two = pair.first, pair.second
    return _compared(
        one.store, two.store, *_key(one.store), one.epoch, *_key(two.store), two.epoch, split
    )


def verdict(found: Comparison) -> Verdict | None:
    """Return who is better; None without an image."""
    n = len(found)
    if not n:
        return None
    both, first, second = (found.count(cell) for cell in ("both", "first", "second"))
    return Verdict(
        n,
        ((both + first) / n, (both + second) / n),
        (wilson(both + first, n), wilson(both + second, n)),
        accuracy_difference(first, second, n),
        mcnemar(first, second),
        float((found.predicted == found.other).mean()),
        float(found.variation.mean()),
    )


def p_words(p: float) -> str:
    """Return McNemar's probability in words."""
    return f"p = {p:.3f}" if p >= 0.001 else "p < 0.001" if p >= 1e-6 else "p < 0.000001"


def points(value: float) -> str:
    """Return a difference of accuracies in percentage points, with its sign."""
    return f"{100 * value:+.1f}"


def _key(store: Store) -> tuple[str, str, str]:
    return str(store.root), store.study, store.fingerprint


@st.cache_resource(max_entries=8, show_spinner=False)
def _compared(
    _first: Store,
    _second: Store,
    root: str,
    study: str,
    fingerprint: str,
    epoch: float,
    other_root: str,
    other_study: str,
    other_fingerprint: str,
    other_epoch: float,
    split: Split,
) -> Comparison:
    shared = kin(_first, _second)
    assert shared is not None  # the page offers nothing else
    samples = reads.samples(_first)
    wanted = np.ones(len(shared.here), bool)
    if split != "all":
        wanted = samples.is_test[shared.here] == (split == "test")
    here, there = shared.here[wanted], shared.there[wanted]
    label = samples.original[here]
    predicted = reads.predictions(_first, epoch).predicted[here]
    other = reads.predictions(_second, other_epoch).predicted[there]
    right, right_too = predicted == label, other == label
    group = np.where(right, np.where(right_too, 0, 1), np.where(right_too, 2, 3))
    variation = _variation(_first, epoch, here, _second, other_epoch, there)
    found = Comparison(here, there, label, predicted, other, group.astype(np.int32), variation)
    for array in vars(found).values():
        array.flags.writeable = False
    return found


def _variation(
    first: Store,
    epoch: float,
    here: np.ndarray,
    second: Store,
    other_epoch: float,
    there: np.ndarray,
) -> np.ndarray:
    p = first.array("predictions", "probabilities", epoch)
    q = second.array("predictions", "probabilities", other_epoch)
    blocks = [slice(i, i + BLOCK) for i in range(0, len(here), BLOCK)]
    parts = [total_variation(np.array(p[here[b]]), np.array(q[there[b]])) for b in blocks]
    return np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, np.float32)
