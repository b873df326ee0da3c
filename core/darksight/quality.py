"""Whether clusters, distances between them and neighbourhoods of an embedding mean anything.

Source: the design principles of section 3 of Schacherer's report on DarkSight (2018), each as a
figure that any embedding of the same predictions can be given. ``predicted`` is always the
teacher's class.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial.distance import cdist

from core.axes import Labels, Points, Probabilities, Scalars
from core.darksight.ranks import spearman
from core.darksight.transitions import class_centers
from core.neighborhoods import nearest_neighbors

BLOCK_ENTRIES = 4_000_000


@dataclass(frozen=True)
class PerClass:
    """A figure that is a mean over classes.

    ``value``  the mean; NaN where no class has one
    ``low``, ``high``  its 95 % bootstrap interval over samples, NaN if none was asked for
    ``by_class``  each class's own; NaN where it has fewer than three samples or nothing varies
    """

    value: float
    low: float
    high: float
    by_class: Float[np.ndarray, " class"]


def cluster_preservation(
    points: Points,
    predicted: Labels,
    confidence: Scalars,
    classes: int,
    *,
    seed: int = 0,
    resamples: int = 100,
) -> PerClass:
    """Return the mean over classes of Spearman(confidence, minus distance to the class's centre).

    From -1 to 1; 1 means that confidence falls from each cluster's centre to its border.

    Parameters
    ----------
    points
        An embedding.
    predicted
        Class of each sample, 0..classes-1; its centre is the mean place of its samples.
    confidence
        Higher is surer.
    classes
        Number of classes.
    seed, resamples
        Of the bootstrap; 0 resamples give no interval.
    """

    def correlations(rows: np.ndarray) -> np.ndarray:
        place, label, sure = points[rows], predicted[rows], confidence[rows]
        near = -np.hypot(*(place - class_centers(place, label, classes)[label]).T)
        return np.array([spearman(sure[label == k], near[label == k]) for k in range(classes)])

    by_class = correlations(np.arange(len(points)))
    random = np.random.default_rng(seed)
    n = len(points)
    means = [_mean(correlations(random.integers(n, size=n))) for _ in range(resamples)]
    low, high = _interval(means)
    return PerClass(_mean(by_class), low, high, by_class)


def silhouette(points: Points, predicted: Labels) -> Scalars:
    """Return each sample's silhouette, -1..1: (b - a) / max(a, b).

    a is its mean distance to the other samples of its class, b the least mean distance to another
    class's; 0 for a class's only sample. Blocks of rows: no sample x sample matrix.

    Source: Rousseeuw, "Silhouettes" (1987).

    Raises
    ------
    ValueError
        If fewer than two classes are predicted.
    """
    names, label = np.unique(predicted, return_inverse=True)
    if len(names) < 2:
        raise ValueError(f"a silhouette needs two predicted classes, got {len(names)}")
    order = np.argsort(label, kind="stable")
    count = np.bincount(label)
    begin = np.concatenate([[0], np.cumsum(count)[:-1]])
    sorted_points = points[order].astype(np.float64)
    result = np.empty(len(points))
    step = max(1, BLOCK_ENTRIES // len(points))
    for first in range(0, len(points), step):
        rows = slice(first, first + step)
        own = label[rows]
        sums = np.add.reduceat(cdist(points[rows], sorted_points), begin, axis=1)
        line = np.arange(len(own))
        inside = sums[line, own] / np.maximum(count[own] - 1, 1)
        means = sums / count
        means[line, own] = np.inf
        outside = means.min(axis=1)
        larger = np.maximum(inside, outside)
        value = np.divide(outside - inside, larger, where=larger > 0, out=np.zeros(len(own)))
        result[rows] = np.where(count[own] == 1, 0, value)
    return result


def global_fidelity(
    points: Points,
    predicted: Labels,
    confusion: Float[np.ndarray, "class class"],
) -> float:
    """Return Spearman over class pairs between distance of centres and minus their confusion.

    From -1 to 1; 1 means that the nearer two clusters, the more often they are confused. Classes
    that are never predicted have no place and are left out; NaN below three pairs.

    Parameters
    ----------
    points
        An embedding.
    predicted
        Class of each sample.
    confusion
        Row-normalised, as ``hard_confusion`` or ``mean_probabilities`` give it; rows of NaN
        (classes without samples) count as no confusion.
    """
    centers = class_centers(points, predicted, len(confusion))
    present = np.flatnonzero(~np.isnan(centers).any(axis=1))
    symmetric = np.nan_to_num(confusion)
    symmetric = (symmetric + symmetric.T) / 2
    one, other = np.triu_indices(len(present), 1)
    one, other = present[one], present[other]
    return spearman(np.hypot(*(centers[one] - centers[other]).T), -symmetric[one, other])


def hard_confusion(
    labels: Labels, predicted: Labels, classes: int
) -> Float[np.ndarray, "class class"]:
    """Return the share of each true class's samples predicted as each class; NaN without any."""
    cells = np.bincount(labels.astype(np.int64) * classes + predicted, minlength=classes**2)
    table = cells.reshape(classes, classes)
    with np.errstate(invalid="ignore"):  # 0 / 0 is the NaN we promise
        return table / table.sum(axis=1, keepdims=True)


def mean_probabilities(
    labels: Labels, probabilities: Probabilities
) -> Float[np.ndarray, "class class"]:
    """Return the teacher's mean probabilities over each true class; NaN without samples.

    The soft form of ``hard_confusion``. Where no labels are known, pass the predicted classes.
    """
    classes = probabilities.shape[1]
    sums = np.zeros((classes, classes))
    np.add.at(sums, labels, probabilities)
    with np.errstate(invalid="ignore"):  # 0 / 0 is the NaN we promise
        return sums / np.bincount(labels, minlength=classes)[:, None]


def jensen_shannon_distance(
    p: Float[np.ndarray, "row class"], q: Float[np.ndarray, "row class"]
) -> Float[np.ndarray, " row"]:
    """Return the square root of the Jensen-Shannon divergence in bits, 0..1, row by row."""
    middle = (p + q) / 2
    divergence = _entropy_bits(middle) - (_entropy_bits(p) + _entropy_bits(q)) / 2
    return np.sqrt(np.clip(divergence, 0, 1))


def local_fidelity(
    points: Points, probabilities: Probabilities, k: int = 100
) -> Float[np.ndarray, " k"]:
    """Return M_1 to M_k: mean Jensen-Shannon distance to the 1 to k nearest points (equation 10).

    From 0 to 1, lower is better.

    Parameters
    ----------
    points
        An embedding.
    probabilities
        The teacher's for every embedding, or the student's in the paper's own reading.
    k
        Most neighbours, below the number of samples.

    Raises
    ------
    ValueError
        If k does not fit the number of samples.
    """
    neighbors, _ = nearest_neighbors(points, k)
    p = probabilities.astype(np.float64)
    own = _entropy_bits(p)
    sums = np.zeros(k)
    step = max(1, BLOCK_ENTRIES // (k * p.shape[1]))
    for first in range(0, len(p), step):
        rows = slice(first, first + step)
        near = neighbors[rows]
        middle = p[near]
        middle += p[rows, None]
        middle /= 2
        divergence = _entropy_bits(middle) - (own[rows, None] + own[near]) / 2
        sums += np.sqrt(np.clip(divergence, 0, 1)).sum(axis=0)
    return np.cumsum(sums) / np.arange(1, k + 1) / len(p)


def most_misplaced(per_sample: Scalars, number: int) -> Int[np.ndarray, " worst"]:
    """Return the samples that the picture misplaces most, the worst first (section 4.6).

    Parameters
    ----------
    per_sample
        Symmetric KL divergence of each sample.
    number
        How many, at most.
    """
    return np.argsort(-per_sample, kind="stable")[:number]


def _entropy_bits(p: np.ndarray) -> np.ndarray:
    logs = np.log2(p, where=p > 0, out=np.zeros_like(p, dtype=np.float64))
    return -np.einsum("...k,...k->...", p, logs)


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _interval(means: list[float]) -> tuple[float, float]:
    known = [value for value in means if not np.isnan(value)]
    if not known:
        return float("nan"), float("nan")
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)
