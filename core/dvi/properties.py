"""How faithful a visualization is: the four properties of DeepVisualInsight, and one of our own.

Equations 1 to 4 and 11 of the paper, as exactly as DEFINITIONS in the repository's design pins
them down; ``motion_honesty`` asks that what stands still in representation stands still on screen.
Neighbours are exact and Euclidean, the point itself left out. No torch.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy.stats import rankdata

from core.axes import Labels, Neighbors, Points, Representations, Scalars
from core.neighborhoods import nearest_neighbors

LEAST_PAIRS = 3  # of consecutive checkpoints that a correlation over time needs


class TemporalPreservation(NamedTuple):
    """``value`` is the mean correlation; ``left_out`` what had no variation, of ``n`` in all."""

    value: float
    left_out: int
    n: int


def nn_pv(
    representations: Representations,
    points: Points,
    k: int = 15,
    *,
    of: Int[np.ndarray, " asked"] | None = None,
) -> float:
    """Return the mean share of a sample's k neighbours that the picture keeps: equation 1.

    Parameters
    ----------
    representations, points
        The same samples in both spaces.
    k
        Neighbours, below the number of samples.
    of
        Rows to average over, for instance the test samples among train and test; without it all.
    """
    rows = np.arange(len(points)) if of is None else of
    high = _neighbors_of(representations, rows, k)
    return float(shared(high, _neighbors_of(points, rows, k)).mean())


def boundary_pv(
    representations: Representations,
    boundary: Float[np.ndarray, "point representation"],
    points: Points,
    boundary_points: Float[np.ndarray, "point 2"],
    k: int = 15,
) -> float:
    """Return the mean share of a sample's k boundary neighbours that the picture keeps: eq. 2.

    Raises
    ------
    ValueError
        If there are not more than k boundary points: every picture would keep them all.
    """
    if len(boundary) <= k:
        raise ValueError(
            f"boundary_pv at k = {k} needs more than {k} boundary points, got {len(boundary)}"
        )
    high, _ = nearest_neighbors(boundary, k, queries=representations)
    low, _ = nearest_neighbors(boundary_points, k, queries=points)
    return float(shared(high, low).mean())


def ppr(predicted: Labels, after: Labels) -> float:
    """Return the share of samples whose predicted class survives the round trip, 0..1."""
    if predicted.shape != after.shape or len(predicted) == 0:
        raise ValueError(f"as many classes after as before, got {after.shape}, {predicted.shape}")
    return float((predicted == after).mean())


def rec_pv(representations: Representations, after: Representations) -> float:
    """Return the mean squared distance between representations and their return: equation 3."""
    step = representations.astype(np.float64) - after
    return float(np.einsum("ij,ij->i", step, step).mean())


def shared(one: Neighbors, other: Neighbors) -> Scalars:
    """Return the share of each row's neighbours that both have, 0..1: equation 11."""
    if one.shape != other.shape:
        raise ValueError(f"neighbours of the same samples expected, got {one.shape}, {other.shape}")
    return (one[:, :, None] == other[:, None, :]).any(axis=2).mean(axis=1)


def semantic_similarity(before: Representations, now: Representations, k: int = 15) -> Scalars:
    """Return the share of each sample's k neighbours that stay from one epoch to the next."""
    return shared(nearest_neighbors(before, k)[0], nearest_neighbors(now, k)[0])


def temporal_pv(
    similarity: Float[np.ndarray, "pair sample"], steps: Float[np.ndarray, "pair sample"]
) -> TemporalPreservation:
    """Return each sample's Pearson correlation over time, averaged over samples: equation 4.

    Negative is good: what keeps its neighbours moves little. Samples for which either series is
    constant are left out and counted; the value is NaN if all are.

    Parameters
    ----------
    similarity
        Equation 11 for each pair of consecutive checkpoints, in order.
    steps
        Length of each sample's step on screen between them.

    Raises
    ------
    ValueError
        If there are fewer than three pairs.
    """
    return _mean_correlation(similarity, steps, axis=0)


def temporal_pv_across(
    similarity: Float[np.ndarray, "pair sample"], steps: Float[np.ndarray, "pair sample"]
) -> TemporalPreservation:
    """Return each pair's Pearson correlation over samples, averaged over pairs.

    Arguments and errors as in ``temporal_pv``; what is left out are pairs.
    """
    return _mean_correlation(similarity, steps, axis=1)


def step_lengths(
    places: Sequence[Float[np.ndarray, "sample coordinate"]],
) -> Float[np.ndarray, "pair sample"]:
    """Return how far each sample goes between consecutive epochs, in whatever space."""
    steps = [np.linalg.norm(now - before, axis=1) for before, now in pairwise(places)]
    return np.stack(steps)


def motion_honesty(representations: Sequence[Representations], pictures: Sequence[Points]) -> float:
    """Return the Spearman correlation of steps on screen with steps of the representation.

    Over all samples and consecutive epochs. A step on screen is divided by the diagonal of the
    later picture, a step of the representation by the later one's root-mean-square spread. From
    -1 to 1, higher is better; NaN if nothing moves.

    Raises
    ------
    ValueError
        If there are fewer than two epochs, or not a picture for each.
    """
    if len(representations) != len(pictures) or len(pictures) < 2:
        raise ValueError(
            f"motion needs two epochs or more with a picture each, got {len(representations)} "
            f"epochs and {len(pictures)} pictures"
        )
    shown, true = step_lengths(pictures), step_lengths(representations)
    for pair, (picture, after) in enumerate(zip(pictures[1:], representations[1:], strict=True)):
        shown[pair] /= max(float(np.linalg.norm(np.ptp(picture, axis=0))), 1e-12)
        true[pair] /= max(float(np.sqrt(after.var(axis=0).sum())), 1e-12)
    value, _ = _correlation(rankdata(shown.ravel())[None], rankdata(true.ravel())[None], axis=1)
    return float(value[0])


def _neighbors_of(data: np.ndarray, rows: np.ndarray, k: int) -> np.ndarray:
    """The k nearest of some rows among all, themselves left out."""
    if len(rows) == len(data):
        return nearest_neighbors(data, k)[0][rows]
    near, _ = nearest_neighbors(data, k + 1, queries=data[rows])
    itself = near == rows[:, None]
    itself[~itself.any(axis=1), -1] = True  # behind k + 1 duplicates: leave out the last of them
    return near[~itself].reshape(len(rows), k)


def _mean_correlation(similarity: np.ndarray, steps: np.ndarray, axis: int) -> TemporalPreservation:
    if similarity.shape != steps.shape or len(steps) < LEAST_PAIRS:
        raise ValueError(
            f"correlation over time needs {LEAST_PAIRS} pairs of checkpoints or more, "
            f"got {similarity.shape} similarities and {steps.shape} steps"
        )
    values, valid = _correlation(similarity, steps, axis)
    value = float(values[valid].mean()) if valid.any() else float("nan")
    return TemporalPreservation(value, int((~valid).sum()), len(valid))


def _correlation(one: np.ndarray, other: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Pearson along an axis, NaN where a series is constant, and where it is not."""
    a = one.astype(np.float64) - one.mean(axis=axis, keepdims=True, dtype=np.float64)
    b = other.astype(np.float64) - other.mean(axis=axis, keepdims=True, dtype=np.float64)
    varies = (np.ptp(one, axis=axis) > 0) & (np.ptp(other, axis=axis) > 0)
    scale = np.sqrt((a * a).sum(axis=axis) * (b * b).sum(axis=axis))
    varies &= scale > 0
    values = np.full(varies.shape, np.nan)
    np.divide((a * b).sum(axis=axis), scale, out=values, where=varies)
    return values, varies
