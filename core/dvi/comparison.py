"""All properties of one method's pictures, so that every method is measured in the same way.

A ``Scene`` is what is true at a checkpoint: neighbours among the samples and among the boundary
points, searched once for all methods and all k. A ``View`` is what a method shows of it.
``measured`` gives the properties of one view, ``measured_over_time`` those of a method's views of
consecutive checkpoints. No torch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from core.axes import Points, Representations
from core.dvi.model import Head
from core.dvi.properties import (
    LEAST_PAIRS,
    motion_honesty,
    ppr,
    rec_pv,
    shared,
    step_lengths,
    temporal_pv,
    temporal_pv_across,
)
from core.neighborhoods import nearest_neighbors

NewRepresentations = Float[np.ndarray, "test representation"]
NewPoints = Float[np.ndarray, "test 2"]
BoundaryRepresentations = Float[np.ndarray, "point representation"]
BoundaryPoints = Float[np.ndarray, "point 2"]
Nearest = Int[np.ndarray, "_ _"]  # by sample of the split; nearest first
KS = (10, 15, 20)
ACROSS_K = 15
Split = Literal["train", "test"]


class Measure(NamedTuple):
    """One property; ``value`` is NaN where it is not defined, ``n`` what it is the mean of."""

    metric: str
    split: Split
    value: float
    n: int


@dataclass(frozen=True)
class Scene:
    """What is true at one checkpoint.

    ``near`` are each split's nearest samples (training samples among themselves, test samples
    among train and test together), ``witnesses`` its nearest boundary points.
    """

    train: Representations
    test: NewRepresentations
    boundary: BoundaryRepresentations
    head: Head
    near: dict[Split, Nearest]
    witnesses: dict[Split, Nearest]


@dataclass(frozen=True)
class View:
    """What a method shows of a scene.

    ``inverse`` takes places and returns representations, none if the method has no way back;
    ``asked`` are the training samples on whose return it is judged, all and the test samples too
    if not given.
    """

    train: Points
    test: NewPoints
    boundary: BoundaryPoints
    inverse: Callable[[Points], Representations] | None = None
    asked: Int[np.ndarray, " asked"] | None = None


def scene(
    train: Representations,
    test: NewRepresentations,
    boundary: BoundaryRepresentations,
    head: Head,
) -> Scene:
    """Return the truth about one checkpoint; ``test`` may be empty."""
    return Scene(
        train,
        test,
        boundary,
        head,
        {"train": _near(train), "test": _near(train, test)},
        {"train": _witnesses(boundary, train), "test": _witnesses(boundary, test)},
    )


def measured(of: Scene, view: View) -> list[Measure]:
    """Return nn_pv, boundary_pv, and PPR and rec_pv where there is a way back, by split.

    Equations 1 to 3. With no more than k neighbours or boundary points to choose from every
    picture would keep them all: the value is NaN.
    """
    near = {"train": _near(view.train), "test": _near(view.train, view.test)}
    measures = []
    for split, places in _splits(view):
        n = len(places)
        witnesses = _witnesses(view.boundary, places)
        for k in KS:
            others = len(view.train) - 1 if split == "train" else len(view.train) + n - 1
            value = _kept(of.near[split], near[split], k, others)
            measures.append(Measure(f"nn_pv_k{k}", split, value, n))
        for k in KS:
            value = _kept(of.witnesses[split], witnesses, k, len(view.boundary))
            measures.append(Measure(f"boundary_pv_k{k}", split, value, n))
        if view.inverse is not None and (split == "train" or view.asked is None):
            measures += _round_trip(of, view, split, places)
    return measures


def measured_over_time(scenes: Sequence[Scene], views: Sequence[View]) -> list[Measure]:
    """Return temporal_pv (equation 4) and motion_honesty of views of consecutive checkpoints.

    Correlations over time need three pairs of checkpoints, motion one: below that NaN.
    """
    if len(scenes) != len(views):
        raise ValueError(f"a view of each scene is needed, got {len(views)} of {len(scenes)}")
    measures = []
    for split, places in _splits(views[0]):
        pictures = [getattr(view, split) for view in views]
        representations = [getattr(one, split) for one in scenes]
        steps = step_lengths(pictures) if len(views) > 1 else np.zeros((0, len(places)))
        for k in KS:
            similarity = _similarity(scenes, split, k)
            enough = len(steps) >= LEAST_PAIRS and len(similarity) == len(steps)
            over_time = temporal_pv(similarity, steps) if enough else None
            value, n = _counted(over_time)
            measures.append(Measure(f"temporal_pv_k{k}", split, value, n))
            if k == ACROSS_K:
                across = temporal_pv_across(similarity, steps) if enough else None
                value, n = _counted(across)
                measures.append(Measure(f"temporal_pv_across_k{k}", split, value, n))
        honest = motion_honesty(representations, pictures) if len(views) > 1 else float("nan")
        measures.append(Measure("motion_honesty", split, honest, steps.size))
    return measures


def _splits(view: View) -> list[tuple[Split, Points]]:
    splits: list[tuple[Split, Points]] = [("train", view.train), ("test", view.test)]
    return [(split, places) for split, places in splits if len(places)]


def _near(train: np.ndarray, test: np.ndarray | None = None) -> np.ndarray:
    """Nearest of each sample: of training samples, or of test samples among both."""
    most = max(KS)
    if test is None:
        return nearest_neighbors(train, min(most, len(train) - 1))[0]
    if len(test) == 0:
        return np.zeros((0, most), np.int64)
    both = np.concatenate([train, test])
    rows = np.arange(len(train), len(both))
    return nearest_neighbors(both, min(most, len(both) - 1), rows=rows)[0]


def _witnesses(boundary: np.ndarray, samples: np.ndarray) -> np.ndarray:
    count = min(max(KS), len(boundary))
    if count == 0 or len(samples) == 0:
        return np.zeros((len(samples), count), np.int64)
    return nearest_neighbors(boundary, count, queries=samples)[0]


def _kept(true: np.ndarray, shown: np.ndarray, k: int, others: int) -> float:
    if others <= k:
        return float("nan")
    return float(shared(true[:, :k], shown[:, :k]).mean())


def _round_trip(of: Scene, view: View, split: Split, places: np.ndarray) -> list[Measure]:
    assert view.inverse is not None
    true = getattr(of, split)
    if view.asked is not None:
        places, true = places[view.asked], true[view.asked]
    after = view.inverse(places)
    kept = ppr(of.head(true).argmax(axis=1), of.head(after).argmax(axis=1))
    n = len(places)
    return [Measure("ppr", split, kept, n), Measure("rec_pv", split, rec_pv(true, after), n)]


def _similarity(scenes: Sequence[Scene], split: Split, k: int) -> np.ndarray:
    """Equation 11 for each pair of consecutive scenes."""
    near = [one.near[split] for one in scenes]
    if near[0].shape[1] < k or len(near) < 2:
        return np.zeros((0, len(near[0])))
    return np.stack([shared(before[:, :k], now[:, :k]) for before, now in pairwise(near)])


def _counted(found) -> tuple[float, int]:
    return (float("nan"), 0) if found is None else (found.value, found.n - found.left_out)
