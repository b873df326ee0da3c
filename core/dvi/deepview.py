"""DeepView, from its paper's equations: a baseline for small subsets.

Schulz, Hinder and Hammer, "DeepView: Visualizing Classification Boundaries of Deep Neural Networks
as Scatter Plots Using Discriminative Dimensionality Reduction" (2020). The distance of two samples
is the square root of the Jensen-Shannon divergence between the classifier's probabilities, summed
over ``steps`` pieces of the straight line between them, mixed with the Euclidean distance; both
are scaled to a largest value of 1 before they are mixed, ``weight`` of the Euclidean one. UMAP
embeds the distances. The inverse is a kernel regression: a mean of the samples, each weighted by a
Gaussian of its distance in the plane as wide as its own neighbourhood there.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.spatial.distance import cdist

from core.axes import Points, Representations
from core.neighborhoods import nearest_neighbors
from core.projections import effective_neighbors

Probability = Callable[[np.ndarray], np.ndarray]
EUCLIDEAN_SHARE = 0.65
STEPS = 5
WIDTH_NEIGHBORS = 10  # the kernel of a sample reaches to this neighbour in the plane


@dataclass(frozen=True)
class DeepView:
    """DeepView of one classifier; nothing but arrays and the UMAP that embedded them.

    ``project`` places new samples by UMAP's own transform of their distances to the samples.
    """

    samples: Representations
    points: Points
    widths: Float[np.ndarray, " sample"]
    scales: tuple[float, float]
    weight: float
    steps: int
    reducer: object
    probability: Probability

    def project(self, representations: Representations) -> Points:
        """Return the places of new samples."""
        walked = discriminative_distances(
            self.probability, self.samples, queries=representations, steps=self.steps
        )
        straight = cdist(representations, self.samples)
        mixed = _mixed(walked, straight, self.scales, self.weight)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return np.asarray(self.reducer.transform(mixed), np.float32)  # type: ignore[attr-defined] - umap has no types

    def inverse(self, points: Points) -> Representations:
        """Return representations: the kernel regression."""
        away = cdist(points, self.points) / self.widths
        exponent = -(away**2) / 2
        kernel = np.exp(exponent - exponent.max(axis=1, keepdims=True))  # none may vanish far away
        kernel /= kernel.sum(axis=1, keepdims=True)
        return (kernel @ self.samples).astype(np.float32)


def deepview(
    representations: Representations,
    probability: Probability,
    *,
    n_neighbors: int = 15,
    steps: int = STEPS,
    weight: float = EUCLIDEAN_SHARE,
    seed: int = 0,
) -> DeepView:
    """Return DeepView of at most a few thousand samples: its cost grows with their square.

    Parameters
    ----------
    representations
        The samples, in the space in which straight lines are walked.
    probability
        Takes samples of that space and returns the classifier's probabilities.
    n_neighbors
        UMAP's, on the mixed distances.
    steps
        Pieces of the line, at least 1.
    weight
        Share of the Euclidean distance, 0..1.
    seed
        UMAP's seed.
    """
    if not 0 <= weight <= 1:
        raise ValueError(f"weight must be from 0 to 1, got {weight}")
    walked = discriminative_distances(probability, representations, steps=steps)
    straight = cdist(representations, representations)
    scales = (max(float(walked.max()), 1e-12), max(float(straight.max()), 1e-12))
    mixed = _mixed(walked, straight, scales, weight)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)  # umap says that it has no TensorFlow
        warnings.simplefilter("ignore", UserWarning)  # and what precomputed distances forbid
        from umap import UMAP

        reducer = UMAP(
            n_neighbors=effective_neighbors(n_neighbors, len(representations)),
            metric="precomputed",
            random_state=seed,
            n_jobs=1,
        )
        points = np.asarray(reducer.fit_transform(mixed), np.float32)
    near = min(WIDTH_NEIGHBORS, len(points) - 1)
    widths = np.maximum(nearest_neighbors(points, near)[1][:, -1], 1e-6)
    return DeepView(representations, points, widths, scales, weight, steps, reducer, probability)


def discriminative_distances(
    probability: Probability,
    samples: Representations,
    *,
    queries: Float[np.ndarray, "row representation"] | None = None,
    steps: int = STEPS,
) -> Float[np.ndarray, "row sample"]:
    """Return the length of the way the classifier goes from each query to each sample.

    The sum over the pieces of the line of the square root of the Jensen-Shannon divergence (in
    bits, so that each is at most 1) between the probabilities at the two ends of the piece.
    """
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    rows = samples if queries is None else queries
    total = np.zeros((len(rows), len(samples)))
    at_samples = probability(samples)
    at_rows = probability(rows)
    for row, start in enumerate(rows):
        here = np.broadcast_to(at_rows[row], at_samples.shape)
        for step in range(1, steps + 1):
            share = step / steps
            there = (
                at_samples
                if step == steps
                else probability((start + share * (samples - start)).astype(samples.dtype))
            )
            total[row] += jensen_shannon_distance(here, there)
            here = there
    return (total + total.T) / 2 if queries is None else total


def jensen_shannon_distance(
    one: Float[np.ndarray, "row class"], other: Float[np.ndarray, "row class"]
) -> Float[np.ndarray, " row"]:
    """Return the square root of the Jensen-Shannon divergence of each row, in bits: 0..1."""
    middle = (one.astype(np.float64) + other) / 2
    divergence = (_relative_entropy(one, middle) + _relative_entropy(other, middle)) / 2
    return np.sqrt(np.maximum(divergence, 0))


def _relative_entropy(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    p = p.astype(np.float64)
    ratio = np.divide(p, q, out=np.ones_like(p), where=p > 0)
    return (p * np.log2(ratio)).sum(axis=1)


def _mixed(
    walked: np.ndarray, straight: np.ndarray, scales: tuple[float, float], weight: float
) -> np.ndarray:
    mixed = (1 - weight) * walked / scales[0] + weight * straight / scales[1]
    if walked.shape[0] == walked.shape[1]:
        np.fill_diagonal(mixed, 0)
    return mixed
