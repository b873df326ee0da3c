"""Nearest neighbours, and how many of them a picture keeps.

Everything is exact and works in blocks of rows: no sample x sample matrix ever exists, so 70,000
samples of 512 features need about 100 MB besides the data. Distances are Euclidean. A sample is
never its own neighbour (it is left out by its index, so a duplicate at distance zero does count),
and equal distances are ordered by index: the same data always give the same neighbours.

A block's distances come from one matrix product where features are many. That product rounds, so
it only proposes; differences in float64 decide wherever rounding could change an answer.

Sources: neighbour preservation is equation 1 of DeepVisualInsight; trustworthiness is equation 1
of Venna and Kaski, "Neighborhood preservation in nonlinear projection methods" (2001), where our
``high`` is their data space and our ``low`` their projection.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial.distance import cdist

from core.axes import Features

BLOCK_ENTRIES = 4_000_000  # distances held at once: 32 MB in float64
FEW_FEATURES = (
    32  # up to here differences are about as fast as the product, and need no second look
)
SPARE = 8  # candidates beyond k, so that a rounding error seldom reaches the k-th


def nearest_neighbors(
    data: Float[np.ndarray, "sample feature"],
    k: int,
    *,
    queries: Float[np.ndarray, "query feature"] | None = None,
    rows: Int[np.ndarray, " row"] | None = None,
    block: int = 1024,
) -> tuple[Int[np.ndarray, "row neighbor"], Float[np.ndarray, "row neighbor"]]:
    """Return indices into ``data`` and Euclidean distances of the k nearest, nearest first.

    Parameters
    ----------
    data
        Vectors to search among, finite.
    k
        Neighbours for each row; below the number of samples (at most that number with queries).
    queries
        Vectors whose neighbours are asked; without them each sample of ``data`` asks about the
        others, itself excluded.
    rows
        The samples of ``data`` that ask; all of them without it. Not together with queries.
    block
        Largest number of rows handled at once; fewer where the data are many.

    Raises
    ------
    ValueError
        If k does not fit the number of samples, or if a value is not finite.
    """
    others = len(data) - (queries is None)
    if not 1 <= k <= others:
        raise ValueError(f"k must be from 1 to {others} for {len(data)} samples, got {k}")
    if queries is not None and rows is not None:
        raise ValueError("give queries or rows, not both")
    space = _Space(data)
    if queries is not None:
        own, asking = None, _finite(queries, "queries")
    else:
        own = np.arange(len(data)) if rows is None else rows
        asking = space.data if rows is None else space.data[rows]
    indices = np.empty((len(asking), k), np.int64)
    squared = np.empty((len(asking), k))
    for part in _blocks(len(asking), len(data), block):
        itself = None if own is None else own[part]
        indices[part], squared[part] = space.nearest(asking[part], itself, k)
    return indices, np.sqrt(squared)


def neighbor_preservation(
    high: Float[np.ndarray, "sample feature"],
    low: Float[np.ndarray, "sample place"],
    k: int,
    *,
    rows: Int[np.ndarray, " row"] | None = None,
) -> float:
    """Return the mean share of a sample's k neighbours in ``high`` that are so in ``low`` too.

    From 0 to 1; 1 means that every neighbourhood survived. Source: DeepVisualInsight, equation 1.
    With ``rows`` the mean is over these samples only; their neighbours are found among all.
    """
    there, _ = nearest_neighbors(high, k, rows=rows)
    here, _ = nearest_neighbors(low, k, rows=rows)
    shared = sum(
        int((there[part, :, None] == here[part, None, :]).sum())
        for part in _blocks(len(there), k * k, 1 << 20)
    )
    return shared / there.size


def trustworthiness(
    high: Float[np.ndarray, "sample feature"],
    low: Float[np.ndarray, "sample place"],
    k: int,
    *,
    rows: Int[np.ndarray, " row"] | None = None,
) -> float:
    """Return how far the k neighbours in ``low`` are from being strangers in ``high``.

    T = 1 - 2 / (n k (2n - 3k - 1)) * sum over i, and over j among the k neighbours of i in low,
    of max(0, r(i, j) - k), where r(i, j) is the rank of j among the neighbours of i in high.
    From 0 to 1; 1 means that no stranger has entered a neighbourhood. With ``rows`` the sum over i
    is over these samples only, and the first n in the formula's denominator is their number.

    Raises
    ------
    ValueError
        If k is not below half the number of samples, where T is not defined.
    """
    n = len(high)
    if not 1 <= k < n / 2:
        raise ValueError(f"k must be from 1 to below half the number of samples ({n / 2}), got {k}")
    here, _ = nearest_neighbors(low, k, rows=rows)
    asked = np.arange(n) if rows is None else rows
    space = _Space(high)
    excess = 0
    for part in _blocks(len(asked), n, 1024):
        ranks = space.ranks(asked[part], here[part])
        excess += int(np.maximum(ranks - k, 0).sum())
    return 1 - 2 / (len(asked) * k * (2 * n - 3 * k - 1)) * excess


class _Space:
    """Vectors prepared for block-wise distances: originals, and a centred copy for products."""

    def __init__(self, data: Features) -> None:
        self.data = _finite(data, "data")
        self.direct = self.data.shape[1] <= FEW_FEATURES
        self.center = self.data.mean(axis=0, dtype=np.float64)
        self.centered = self.data if self.direct else self._centered(self.data)
        self.norms = np.einsum("ij,ij->i", self.centered, self.centered, dtype=np.float64)

    def _centered(self, rows: np.ndarray) -> np.ndarray:
        return rows.astype(np.float64) - self.center

    def distances(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Squared distances of rows to all samples, and how far each row's may be off."""
        if self.direct:
            return _differences(rows, self.data), np.zeros(len(rows))
        centered = self._centered(rows)
        norms = np.einsum("ij,ij->i", centered, centered)
        squared = centered @ self.centered.T
        squared *= -2
        squared += norms[:, None]
        squared += self.norms
        terms = rows.shape[1] + 8
        slack = 4 * np.finfo(np.float64).eps * terms * (norms + self.norms.max())
        return squared, slack

    def nearest(
        self, rows: np.ndarray, own: np.ndarray | None, k: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return indices and squared distances of the k nearest samples of each row."""
        squared, slack = self.distances(rows)
        if own is not None:
            squared[np.arange(len(rows)), own] = np.inf
        most = min(k + SPARE, squared.shape[1] - (own is not None))
        proposed = np.argpartition(squared, most - 1, axis=1)[:, :most]
        horizon = np.take_along_axis(squared, proposed, axis=1).max(axis=1)
        proposed.sort(axis=1)
        exact = self._exact(rows, proposed, squared)
        indices, distances = _sorted(proposed, exact, k)
        everything = most == squared.shape[1] - (own is not None)
        doubtful = (
            np.empty(0, int) if everything else np.flatnonzero(distances[:, -1] >= horizon - slack)
        )
        for row in doubtful:
            near = np.flatnonzero(squared[row] <= distances[row, -1] + slack[row])
            exact = self._exact(rows[row : row + 1], near[None], squared[row : row + 1])
            best, its_distances = _sorted(near[None], exact, k)
            indices[row], distances[row] = best[0], its_distances[0]
        return indices, distances

    def ranks(self, own: np.ndarray, neighbors: np.ndarray) -> np.ndarray:
        """Rank, from 1, of each given neighbour among all the neighbours of these samples."""
        rows = self.data[own]
        squared, slack = self.distances(rows)
        squared[np.arange(len(rows)), own] = np.inf
        asked = np.take_along_axis(squared, neighbors, axis=1)
        ordered = np.sort(squared, axis=1)
        ranks = np.empty(neighbors.shape, np.int64)
        for row, (values, line) in enumerate(zip(asked, ordered, strict=True)):
            below = np.searchsorted(line, values - slack[row], side="left")
            upto = np.searchsorted(line, values + slack[row], side="right")
            ranks[row] = below + 1
            if (upto - below > 1).any():  # another sample is as far, or rounding hides which is
                low, high = values.min() - slack[row], values.max() + slack[row]
                near = np.flatnonzero((squared[row] >= low) & (squared[row] <= high))
                exact = self._exact(rows[row : row + 1], near[None], squared[row : row + 1])[0]
                place = np.empty(len(near), np.int64)
                place[np.argsort(exact, kind="stable")] = np.arange(len(near))
                ranks[row] = below.min() + 1 + place[np.searchsorted(near, neighbors[row])]
        return ranks

    def _exact(self, rows: np.ndarray, proposed: np.ndarray, squared: np.ndarray) -> np.ndarray:
        if self.direct:
            return np.take_along_axis(squared, proposed, axis=1)
        exact = np.empty(proposed.shape)
        for part in _blocks(len(rows), proposed.shape[1] * rows.shape[1], 1024):
            step = self.data[proposed[part]].astype(np.float64) - rows[part, None]
            exact[part] = np.einsum("ijk,ijk->ij", step, step)
        return exact


def _differences(rows: np.ndarray, data: np.ndarray) -> np.ndarray:
    return cdist(rows, data, "sqeuclidean")


def _sorted(proposed: np.ndarray, squared: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """First k of candidates in index order, by distance and then by index."""
    order = np.argsort(squared, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(proposed, order, axis=1), np.take_along_axis(squared, order, axis=1)


def _blocks(rows: int, columns: int, largest: int) -> Iterator[slice]:
    step = max(1, min(largest, BLOCK_ENTRIES // max(columns, 1)))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def _finite(data: np.ndarray, what: str) -> np.ndarray:
    wrong = ~np.isfinite(data).all(axis=1)
    if wrong.any():
        raise ValueError(
            f"{what} must be finite, got NaN or infinity in {wrong.sum()} of {len(data)} rows, "
            f"first in row {wrong.argmax()}"
        )
    return data
