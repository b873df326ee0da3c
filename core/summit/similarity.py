"""How alike classes are by their channels, and where that puts them (sections 7.1 and 7.2).

Similarity is the cosine between rows of A. The embedding of a layer is UMAP on those rows, begun
from the layer before, so that a class keeps its place if it can; below six classes, where UMAP has
no neighbourhoods to speak of, it is classical scaling of the cosine distances, turned and mirrored
to lie as the layer before. No torch here; UMAP is imported only when it is used.
"""

import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from core.axes import Points

ClassCounts = Int[np.ndarray, "class channel"] | Float[np.ndarray, "class channel"]
LayerCounts = Sequence[Int[np.ndarray, "class _"] | Float[np.ndarray, "class _"]]

CONTINUED = 100  # epochs of UMAP from a layer on to the next; its own start takes up to 500
FEW = 6  # below so many classes, classical scaling


def cosine(counts: ClassCounts) -> Float[np.ndarray, "class class"]:
    """Return the cosine between the classes' rows of A.

    A class without any count is like nothing but itself.
    """
    rows = np.asarray(counts, np.float64)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = np.divide(rows, length, out=np.zeros_like(rows), where=length > 0)
    similar = np.clip(unit @ unit.T, 0, 1)
    np.fill_diagonal(similar, 1)
    return similar


def similarity_to(counts: ClassCounts, label: int) -> Float[np.ndarray, " class"]:
    """Return one row of the cosines."""
    rows = np.asarray(counts, np.float64)
    length = np.linalg.norm(rows, axis=1)
    product = rows @ rows[label]
    scale = length * length[label]
    similar = np.divide(product, scale, out=np.zeros_like(product), where=scale > 0)
    similar[label] = 1
    return np.clip(similar, 0, 1)


def by_similarity(counts: ClassCounts, label: int) -> Int[np.ndarray, " class"]:
    """Return the classes from most to least similar: the class itself first, ties by number."""
    similar = similarity_to(counts, label)
    similar[label] = np.inf
    return np.argsort(-similar, kind="stable")


def embeddings(
    counts: LayerCounts,
    *,
    neighbors: int = 15,
    seed: int = 0,
    progress: Callable[[int, int, str], object] | None = None,
) -> list[Points]:
    """Return each layer's embedding of the classes, the lowest layer first.

    Parameters
    ----------
    counts
        A of each layer.
    neighbors
        UMAP's, at most one fewer than there are classes.
    seed
        Of UMAP.
    progress
        Called after each layer with layers done, layers in all, and a word.
    """
    found: list[Points] = []
    for done, layer in enumerate(counts, 1):
        before = found[-1] if found else None
        if len(layer) < FEW:
            points = classical_scaling(layer)
            found.append(points if before is None else _turned(points, before))
        else:
            found.append(_umap(layer, before, neighbors, seed))
        if progress is not None:
            progress(done, len(counts), "embedding classes")
    return found


def classical_scaling(counts: ClassCounts) -> Points:
    """Return points whose distances come closest to 1 - cosine, the largest axis first."""
    distance = 1 - cosine(counts)
    n = len(distance)
    center = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(-0.5 * center @ (distance**2) @ center)
    order = np.argsort(-values)[:2]
    points = np.zeros((n, 2))
    points[:, : len(order)] = vectors[:, order] * np.sqrt(np.maximum(values[order], 0))
    heaviest = np.abs(points).argmax(0)
    signs = np.where(points[heaviest, [0, 1]] < 0, -1, 1)
    return (points * signs).astype(np.float32)


def _umap(counts: ClassCounts, before: Points | None, neighbors: int, seed: int) -> Points:
    with warnings.catch_warnings():
        # umap says at import that it has no TensorFlow, which only its parametric variant needs
        warnings.simplefilter("ignore", ImportWarning)
        from umap import UMAP
    distance = 1 - cosine(counts)
    n = len(distance)
    start: Any = _start(classical_scaling(counts) if before is None else before)
    method = UMAP(
        n_neighbors=max(2, min(neighbors, n - 1)),
        metric="precomputed",
        init=start,
        n_epochs=None if before is None else CONTINUED,
        random_state=seed,
        n_jobs=1,
    )
    with warnings.catch_warnings():
        # a precomputed metric cannot place further points, which nobody asks of it
        warnings.filterwarnings("ignore", message=".*precomputed metric.*", category=UserWarning)
        warnings.filterwarnings("ignore", message=".*disconnected.*", category=UserWarning)
        points = np.asarray(method.fit_transform(distance), np.float32)
    # UMAP drifts and turns as it goes: only how classes lie to each other is its result
    return points if before is None else _turned(points, before)


def _start(points: Points) -> Points:
    """Scale to UMAP's own start (a range of ten); equal places are set apart a little."""
    spread = float(np.ptp(points, axis=0).max())
    scaled = points / spread * 10 if spread > 0 else points.astype(np.float64)
    apart = np.random.default_rng(0).normal(scale=1e-3, size=points.shape)
    return (scaled + apart).astype(np.float32)


def _turned(points: Points, towards: Points) -> Points:
    """Turn and mirror points onto others (Procrustes), about the others' centre."""
    center, goal = points - points.mean(0), towards - towards.mean(0)
    left, _, right = np.linalg.svd(center.T @ goal)
    return (center @ (left @ right) + towards.mean(0)).astype(np.float32)


def neighbor_change(
    counts: LayerCounts,
    *,
    neighbors: int = 5,
) -> Float[np.ndarray, "step class"]:
    """Return for each step to the next layer what share of a class's nearest classes changed.

    The path of a class through the layers (section 8.2); classes with large values move most.
    """
    rows = [_nearest(layer, neighbors) for layer in counts]
    steps = []
    for below, above in pairwise(rows):
        shared = [len(set(a) & set(b)) for a, b in zip(below, above, strict=True)]
        known = below.shape[1]  # none, for a class alone
        steps.append(1 - np.array(shared) / known if known else np.zeros(len(below)))
    return np.array(steps, np.float64).reshape(len(steps), len(counts[0]))


def _nearest(counts: ClassCounts, neighbors: int) -> np.ndarray:
    similar = cosine(counts)
    np.fill_diagonal(similar, -1)
    return np.argsort(-similar, axis=1, kind="stable")[:, : min(neighbors, len(similar) - 1)]
