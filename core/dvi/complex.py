"""The boundary-augmented complex: which samples and boundary points belong together, how much.

DeepVisualInsight, definition 3: the vertices are U = X and B, our ``representations`` followed by
the ``boundary``; the edges join (a) a sample to its k nearest samples, (b) a sample to its k
nearest boundary points, (c) a boundary point to its k nearest boundary points. An edge's weight is
UMAP's membership strength (McInnes, Healy and Melville 2018, section 3.1), computed for each kind
of edge by itself; (a) and (c) are symmetrised by the fuzzy union.

Our k leaves the point itself out (definition 1); umap-learn counts it, so its ``n_neighbors`` is
our k + 1.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse

from core.axes import Distances, Labels, Neighbors, Representations
from core.neighborhoods import nearest_neighbors

EXACT_UP_TO = 20_000  # samples; beyond, a graph at hand is refined instead of searched anew
SMALLEST_SCALE = 1e-3  # of the mean distance, as in umap-learn
FEW_OF_ITS_CLASS = 5  # neighbours of the own predicted class: with fewer, some are added


@dataclass(frozen=True)
class Complex:
    """Weighted edges over ``samples`` samples and, numbered after them, ``boundary`` points.

    Every edge stands in both directions. ``neighbors`` are the k nearest samples of each sample,
    ``witnesses`` its k nearest boundary points (fewer columns where there are fewer points).
    """

    head: Int[np.ndarray, " edge"]
    tail: Int[np.ndarray, " edge"]
    weight: Float[np.ndarray, " edge"]
    samples: int
    boundary: int
    neighbors: Neighbors
    witnesses: Int[np.ndarray, "sample witness"]


def fuzzy_weights(distances: Distances) -> Distances:
    """Return the membership strength, 0..1, of each neighbour of each point.

    exp(-max(0, d - rho) / sigma): rho is the smallest positive distance of the row and sigma such
    that the row sums to log2(k + 1), where 1 is added for the point itself.

    Parameters
    ----------
    distances
        To the k nearest neighbours, nearest first, the point itself left out.
    """
    d = distances.astype(np.float64)
    k = d.shape[1]
    rho = np.where(d > 0, d, np.inf).min(axis=1, initial=np.inf)
    rho[~np.isfinite(rho)] = 0
    beyond = np.maximum(d - rho[:, None], 0)
    low, high, sigma = np.zeros(len(d)), np.full(len(d), np.inf), np.ones(len(d))
    for _ in range(64):
        above = np.exp(-beyond / sigma[:, None]).sum(axis=1) > np.log2(k + 1)
        high, low = np.where(above, sigma, high), np.where(above, low, sigma)
        middle = (low + np.where(np.isinf(high), 0, high)) / 2
        sigma = np.where(np.isinf(high), np.minimum(sigma * 2, 1e30), middle)
        sigma = np.maximum(sigma, 1e-30)
    smallest = np.where(rho > 0, d.sum(axis=1) / (k + 1), d.sum() / (len(d) * (k + 1)))
    sigma = np.maximum(sigma, np.maximum(SMALLEST_SCALE * smallest, 1e-30))
    return np.exp(-beyond / sigma[:, None])


def fuzzy_union(indices: Neighbors, weights: Distances) -> sparse.csr_matrix:
    """Return a + b - ab of each pair's two directed strengths, as a symmetric matrix."""
    directed = _matrix(indices, weights, len(indices))
    back = directed.T.tocsr()
    return (directed + back - directed.multiply(back)).tocsr()


def boundary_complex(
    representations: Representations,
    boundary: Float[np.ndarray, "point representation"],
    k: int = 15,
    *,
    neighbors: tuple[Neighbors, Distances] | None = None,
) -> Complex:
    """Return the complex of definition 3.

    Parameters
    ----------
    representations
        The samples X, finite.
    boundary
        The boundary points B; there may be fewer than k, or none: then all of them are neighbours.
    k
        Neighbours, below the number of samples.
    neighbors
        The k nearest samples and their distances where they are known, for instance from
        ``refined_neighbors``.
    """
    n, m = len(representations), len(boundary)
    indices, distances = neighbors or nearest_neighbors(representations, k)
    samples = fuzzy_union(indices, fuzzy_weights(distances))
    witnesses = np.zeros((n, 0), np.int64)
    across, between = sparse.csr_matrix((n, m)), sparse.csr_matrix((m, m))
    if m:
        witnesses, far = nearest_neighbors(boundary, min(k, m), queries=representations)
        across = _matrix(witnesses, fuzzy_weights(far), m)
    if m > 1:
        near, far = nearest_neighbors(boundary, min(k, m - 1))
        between = fuzzy_union(near, fuzzy_weights(far))
    edges = sparse.bmat([[samples, across], [across.T, between]], format="csr").tocoo()
    head, tail = edges.row.astype(np.int64), edges.col.astype(np.int64)
    return Complex(head, tail, edges.data, n, m, indices, witnesses)


def keep_classes(
    edges: Complex,
    representations: Representations,
    predicted: Labels,
    *,
    across: float = 0.1,
    own: int = 3,
) -> Complex:
    """Return the complex with edges between samples of different predicted class weakened.

    A sample with fewer than five neighbours of its own predicted class is also joined to the
    nearest ``own`` samples of it, so that something holds it on its side of the boundary.

    Parameters
    ----------
    edges
        The complex of these samples.
    representations, predicted
        The samples and the classes predicted for them.
    across
        Factor for the weight of an edge between two predicted classes, 0..1; 1 keeps all.
    own
        Neighbours of the own class to add; 0 adds none.
    """
    n = edges.samples
    total = n + edges.boundary
    inside = (edges.head < n) & (edges.tail < n)
    other = np.zeros(len(edges.head), bool)
    other[inside] = predicted[edges.head[inside]] != predicted[edges.tail[inside]]
    weight = edges.weight * np.where(other, across, 1.0)
    head, tail = _own_class(edges.neighbors, representations, predicted, own)
    matrix = sparse.csr_matrix((weight, (edges.head, edges.tail)), shape=(total, total))
    strength = np.full(2 * len(head), 0.5)
    added = sparse.csr_matrix((strength, (np.r_[head, tail], np.r_[tail, head])), matrix.shape)
    added.data[:] = 0.5  # a pair that two samples ask for is one edge
    matrix = matrix.maximum(added).tocoo()
    head, tail = matrix.row.astype(np.int64), matrix.col.astype(np.int64)
    return replace(edges, head=head, tail=tail, weight=matrix.data)


def refined_neighbors(
    data: Representations, start: Neighbors, *, rounds: int = 3
) -> tuple[Neighbors, Distances]:
    """Return nearly the nearest neighbours, improved from those of the epoch before.

    Neighbours of neighbours, in both directions, are compared; each round replaces the furthest
    (Dong, Charikar and Li, "Efficient k-nearest neighbor graph construction", 2011). For many
    samples this is far cheaper than an exact search; distances are exact.

    Parameters
    ----------
    data
        The samples now, finite.
    start
        k neighbours of each sample to begin with.
    rounds
        How often neighbours of neighbours are looked at, at least 1.
    """
    if len(start) != len(data):
        raise ValueError(f"start must have a row for each of {len(data)} samples, got {len(start)}")
    k = start.shape[1]
    best = start.astype(np.int64)
    for _ in range(rounds):
        back = _reverse(best)
        candidates = np.concatenate([best, back], axis=1)
        best = _improved(data, candidates, best, k)
    distance = _distances(data, best)
    order = np.argsort(distance, axis=1, kind="stable")
    return np.take_along_axis(best, order, 1), np.take_along_axis(distance, order, 1)


def _improved(data: np.ndarray, near: np.ndarray, best: np.ndarray, k: int) -> np.ndarray:
    result = np.empty_like(best)
    width = near.shape[1] * (best.shape[1] + 1)
    step = max(1, 40_000_000 // (width * data.shape[1]))
    for begin in range(0, len(data), step):
        rows = np.arange(begin, min(begin + step, len(data)))
        around = best[near[rows]].reshape(len(rows), -1)
        pool = np.sort(np.concatenate([near[rows], around], axis=1), axis=1)
        distance = np.einsum("ijk,ijk->ij", *[data[pool] - data[rows, None]] * 2)
        repeated = np.zeros(pool.shape, bool)
        repeated[:, 1:] = pool[:, 1:] == pool[:, :-1]
        distance[repeated | (pool == rows[:, None])] = np.inf
        chosen = np.argpartition(distance, k - 1, axis=1)[:, :k]
        result[rows] = np.take_along_axis(pool, chosen, axis=1)
    return result


def _reverse(indices: np.ndarray) -> np.ndarray:
    """Up to k samples that have each sample among their neighbours; its first where fewer."""
    n, k = indices.shape
    tail = indices.ravel()
    order = np.argsort(tail, kind="stable")
    begin = np.searchsorted(tail[order], np.arange(n))
    place = np.arange(n * k) - begin[tail[order]]
    back = np.repeat(indices[:, :1], k, axis=1)
    kept = place < k
    back[tail[order][kept], place[kept]] = order[kept] // k
    return back


def _distances(data: np.ndarray, indices: np.ndarray) -> np.ndarray:
    squared = np.empty(indices.shape)
    for column in range(indices.shape[1]):
        step = data[indices[:, column]].astype(np.float64) - data
        squared[:, column] = np.einsum("ij,ij->i", step, step)
    return np.sqrt(squared)


def _own_class(
    neighbors: np.ndarray, representations: np.ndarray, predicted: np.ndarray, own: int
) -> tuple[np.ndarray, np.ndarray]:
    """Edges from samples with few neighbours of their class to the nearest ones of it."""
    alike = (predicted[neighbors] == predicted[:, None]).sum(axis=1)
    heads, tails = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for class_ in np.unique(predicted):
        members = np.flatnonzero(predicted == class_)
        lonely = members[alike[members] < FEW_OF_ITS_CLASS]
        if own == 0 or len(lonely) == 0 or len(members) <= own:
            continue
        near, _ = nearest_neighbors(
            representations[members], own + 1, queries=representations[lonely]
        )
        near = members[near]
        itself = near == lonely[:, None]
        itself[~itself.any(axis=1), -1] = True  # a duplicate took its place: leave out the last
        heads.append(np.repeat(lonely, own))
        tails.append(near[~itself])
    return np.concatenate(heads), np.concatenate(tails)


def _matrix(indices: np.ndarray, weights: np.ndarray, columns: int) -> sparse.csr_matrix:
    rows = np.repeat(np.arange(len(indices)), indices.shape[1])
    shape = (len(indices), columns)
    return sparse.csr_matrix((weights.ravel(), (rows, indices.ravel())), shape=shape)
