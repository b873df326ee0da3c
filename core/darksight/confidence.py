"""Confidence by density: a prediction unlike all others deserves little trust.

Source: section 2.3 of Schacherer's report on DarkSight (2018): kernel density at the points of the
picture. Beside it, for comparison (section 4.4), a Gaussian mixture on any embedding, kernel
density and a Dirichlet mixture on the probabilities themselves, predictive entropy
(``core.uncertainty.entropy``) and the largest probability.

Densities are kept as logarithms. ``normalized`` turns them into the confidence shown: the density
as a share of the greatest one.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.spatial.distance import cdist

from core.axes import Features, Probabilities, Scalars

LogDensity = Float[np.ndarray, " query"]

BLOCK_ENTRIES = 2_000_000
MOST_KERNELS = 20_000
BANDWIDTHS = 16


@dataclass(frozen=True)
class Kernels:
    """A kernel density estimate: a Gaussian of one bandwidth on each of its centres.

    ``centers``  the data, or a random part of them where they are many
    ``bandwidth``  standard deviation of the kernel in the data's unit
    ``tried``, ``scores``  bandwidths compared, and the mean log-density that each gave to left-out
    samples; empty where the bandwidth was given
    """

    centers: Features
    bandwidth: float
    tried: Float[np.ndarray, " candidate"]
    scores: Float[np.ndarray, " candidate"]

    def log_density(self, queries: Float[np.ndarray, "query feature"]) -> LogDensity:
        """Return the logarithm of the density at each query, in blocks."""
        n, dimensions = self.centers.shape
        result = np.empty(len(queries))
        for rows in _blocks(len(queries), n):
            squared = cdist(queries[rows], self.centers, "sqeuclidean")
            result[rows] = _log_sum(squared, self.bandwidth)
        return result - np.log(n) - dimensions * np.log(self.bandwidth * np.sqrt(2 * np.pi))


def kernel_density(
    data: Features,
    *,
    bandwidth: float | None = None,
    seed: int = 0,
    kernels: int = MOST_KERNELS,
    queries: int = 2000,
) -> Kernels:
    """Return a kernel density estimate of the data, its bandwidth chosen by cross-validation.

    The bandwidth is the one of sixteen, from 1/100 of the data's spread to all of it, that gives
    left-out samples the greatest mean log-density; each is left out of its own estimate, and so
    are its exact twins, whose zero distance would ask for no bandwidth at all.

    Parameters
    ----------
    data
        Points of a picture, or vectors; finite.
    bandwidth
        Above 0; chosen if left out.
    seed
        Of the random parts.
    kernels
        Most centres; of more data a random part is kept.
    queries
        Most samples left out in turn.

    Raises
    ------
    ValueError
        If there is no sample, a value is not finite or the bandwidth is not positive.
    """
    if len(data) == 0 or not np.isfinite(data).all():
        raise ValueError(
            f"kernel density needs finite data of at least one sample, got {len(data)} samples of "
            f"which {int(np.isfinite(data).all(axis=1).sum())} are finite"
        )
    if bandwidth is not None and not bandwidth > 0:
        raise ValueError(f"bandwidth must be positive, got {bandwidth}")
    random = np.random.default_rng(seed)
    centers = data.astype(np.float64)
    if len(data) > kernels:
        centers = centers[np.sort(random.choice(len(data), kernels, replace=False))]
    if bandwidth is not None:
        return Kernels(centers, float(bandwidth), np.empty(0), np.empty(0))
    spread = float(np.sqrt(centers.var(axis=0).mean()))
    if not spread > 0:  # all samples alike: any bandwidth gives them the same density
        return Kernels(centers, 1.0, np.empty(0), np.empty(0))
    tried = spread * np.geomspace(0.01, 1, BANDWIDTHS)
    asked = centers
    if len(centers) > queries:
        asked = centers[np.sort(random.choice(len(centers), queries, replace=False))]
    scores = _left_out_scores(centers, asked, tried)
    return Kernels(centers, float(tried[scores.argmax()]), tried, scores)


def _left_out_scores(centers: np.ndarray, asked: np.ndarray, tried: np.ndarray) -> np.ndarray:
    sums, counted = np.zeros(len(tried)), 0
    dimensions = centers.shape[1]
    for rows in _blocks(len(asked), len(centers)):
        squared = cdist(asked[rows], centers, "sqeuclidean")
        squared[squared == 0] = np.inf
        known = np.isfinite(squared).any(axis=1)
        counted += int(known.sum())
        for number, width in enumerate(tried):
            logs = _log_sum(squared[known], width)
            sums[number] += (logs - dimensions * np.log(width)).sum()
    return sums / max(counted, 1)


def _log_sum(squared: np.ndarray, width: float) -> np.ndarray:
    """Logarithm of the sum of exp(-squared / 2 width^2) over each row."""
    nearest = squared.min(axis=1, keepdims=True)
    kernel = np.exp((nearest - squared) / (2 * width**2))
    return np.log(kernel.sum(axis=1)) - nearest[:, 0] / (2 * width**2)


def normalized(log_density: LogDensity, greatest: float | None = None) -> LogDensity:
    """Return densities as shares of the greatest, 0..1.

    Parameters
    ----------
    log_density
        Logarithms of densities, one or more.
    greatest
        The logarithm that becomes 1, for new samples that are to be compared with earlier ones
        (a denser one still becomes 1); the greatest given if left out.
    """
    greatest = float(log_density.max()) if greatest is None else greatest
    return np.exp(np.minimum(log_density - greatest, 0))


def largest_probability(probabilities: Probabilities) -> Scalars:
    """Return the probability of each sample's first class."""
    return probabilities.max(axis=1)


def _blocks(rows: int, columns: int):
    step = max(1, BLOCK_ENTRIES // max(columns, 1))
    for first in range(0, rows, step):
        yield slice(first, first + step)
