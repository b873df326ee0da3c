"""Pictures of high-dimensional vectors by the usual methods: PCA, t-SNE and UMAP.

These are the baselines that every lens is compared with. The methods are scikit-learn's and
umap-learn's; this module fixes the settings under which the same data give the same picture, and
says what happens to data too small or too flat for a method.

t-SNE: van der Maaten, "Accelerating t-SNE using Tree-Based Algorithms" (2014).
UMAP: McInnes, Healy and Melville, "UMAP" (2018).
"""

import warnings
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from core.axes import Features, Points
from core.neighborhoods import nearest_neighbors

Method = Literal["tsne", "umap", "pca"]
Source = Literal["representation", "logits", "probabilities"]

EXACT_NEIGHBORS_UP_TO = 20_000  # samples; beyond, UMAP's own approximate search is faster
TOO_FEW_FOR_SPECTRAL = 10  # samples; the eigenvectors that UMAP starts from need more


@dataclass(frozen=True)
class Projection:
    """Which picture: a method, what it shows, and its settings.

    A setting that its method does not use is ignored. ``seed`` is used by t-SNE and UMAP.
    """

    method: Method
    source: Source = "representation"
    perplexity: float = 30.0
    n_neighbors: int = 15
    seed: int = 0

    @property
    def name(self) -> str:
        """The embedding's name in tables: ``tsne``, ``tsne_logits``, ``tsne_probabilities``."""
        return self.method if self.source == "representation" else f"{self.method}_{self.source}"

    def fitted(self, n: int) -> "Projection":
        """Return the settings that n samples allow: smaller data have fewer neighbours."""
        return replace(
            self,
            perplexity=effective_perplexity(self.perplexity, n),
            n_neighbors=effective_neighbors(self.n_neighbors, n),
        )


def all_projections(
    *, perplexity: float = 30.0, n_neighbors: int = 15, seed: int = 0
) -> tuple[Projection, ...]:
    """Return the nine: t-SNE, UMAP and PCA, each on representation, logits and probabilities."""
    methods: tuple[Method, ...] = ("tsne", "umap", "pca")
    sources: tuple[Source, ...] = ("representation", "logits", "probabilities")
    return tuple(
        Projection(method, source, perplexity, n_neighbors, seed)
        for source in sources
        for method in methods
    )


def project(data: Features, projection: Projection, *, threads: int = 1) -> Points:
    """Return the picture that the settings describe; errors as in each method."""
    if projection.method == "tsne":
        return tsne(data, perplexity=projection.perplexity, seed=projection.seed, threads=threads)
    if projection.method == "umap":
        return umap(data, n_neighbors=projection.n_neighbors, seed=projection.seed)
    if projection.method == "pca":
        return pca(data)
    raise ValueError(f"method must be tsne, umap or pca, got {projection.method!r}")


def effective_perplexity(perplexity: float, n: int) -> float:
    """Return the perplexity that n samples allow: at most (n - 1) / 3, and at least 1."""
    if perplexity < 1:
        raise ValueError(f"perplexity must be at least 1, got {perplexity}")
    return max(1.0, min(float(perplexity), (n - 1) / 3))


def effective_neighbors(n_neighbors: int, n: int) -> int:
    """Return the number of neighbours that n samples allow: at most n - 1, and at least 2."""
    if n_neighbors < 2:
        raise ValueError(f"n_neighbors must be at least 2, got {n_neighbors}")
    return max(2, min(n_neighbors, n - 1))


def pca(data: Features) -> Points:
    """Return the first two principal components of each sample, exactly and always the same.

    The sign of an axis is chosen so that the feature which weighs most on it weighs positively.
    An axis without variance is zero, so that constant data are one point.

    Raises
    ------
    ValueError
        If there is no sample, or if a value is not finite.
    """
    _check(data, 1)
    points = np.zeros((len(data), 2), np.float32)
    if _is_one_place(data):
        return points
    centered = data.astype(np.float64) - data.mean(axis=0, dtype=np.float64)
    if centered.shape[0] > centered.shape[1]:  # the small square matrix has the same axes
        variances, axes = np.linalg.eigh(centered.T @ centered)
        axes = axes[:, np.argsort(-variances, kind="stable")[:2]].T
    else:
        axes = np.linalg.svd(centered, full_matrices=False)[2][:2]
    heaviest = np.abs(axes).argmax(axis=1)
    axes = axes * np.where(axes[np.arange(len(axes)), heaviest] < 0, -1.0, 1.0)[:, None]
    points[:, : len(axes)] = centered @ axes.T
    return points


def tsne(data: Features, *, perplexity: float = 30.0, seed: int = 0, threads: int = 1) -> Points:
    """Return the Barnes-Hut t-SNE picture, begun from PCA, after 1,000 iterations.

    Parameters
    ----------
    data
        At least 4 samples, finite. If all are the same, so are their points.
    perplexity
        Effective number of neighbours, at least 1; lowered to (n - 1) / 3 where needed.
    seed
        Seed of the method.
    threads
        OpenMP threads. The picture repeats bit for bit at one and at two threads; with more, the
        order of a sum is left to chance. On busy cores threads that spin while they wait cost
        thirty times the time: set ``OMP_WAIT_POLICY=passive`` before Python starts.

    Raises
    ------
    ValueError
        If there are fewer than 4 samples, a value is not finite, or perplexity is below 1.
    """
    _check(data, 4)
    perplexity = effective_perplexity(perplexity, len(data))
    if _is_one_place(data):
        return np.zeros((len(data), 2), np.float32)
    from sklearn.manifold import TSNE  # a second of import that the other methods need not pay
    from threadpoolctl import threadpool_limits

    with threadpool_limits(threads):
        start = pca(data)
        start *= np.float32(1e-4) / start[:, 0].std()  # scikit-learn's scale for its own PCA start
        method = TSNE(perplexity=perplexity, init=start, random_state=seed, n_jobs=threads)
        return method.fit_transform(data).astype(np.float32)


def umap(data: Features, *, n_neighbors: int = 15, seed: int = 0) -> Points:
    """Return the UMAP picture, on one thread: with more it does not repeat.

    Up to 20,000 samples it works on exact neighbours.

    Parameters
    ----------
    data
        At least 4 samples, finite. If all are the same, so are their points.
    n_neighbors
        Size of a neighbourhood, the sample itself included, at least 2; lowered to n - 1.
    seed
        Seed of the method.

    Raises
    ------
    ValueError
        If there are fewer than 4 samples, a value is not finite, or n_neighbors is below 2.
    """
    _check(data, 4)
    n_neighbors = effective_neighbors(n_neighbors, len(data))
    if _is_one_place(data):
        return np.zeros((len(data), 2), np.float32)
    method = _umap_class()(
        n_neighbors=n_neighbors,
        random_state=seed,
        n_jobs=1,
        init="random" if len(data) < TOO_FEW_FOR_SPECTRAL else "spectral",
        **exact_neighbors(data, n_neighbors),
    )
    with warnings.catch_warnings():
        # we never ask this UMAP to place further points, which is what the search index is for
        warnings.filterwarnings("ignore", "precomputed_knn", UserWarning)
        return np.asarray(method.fit_transform(data), np.float32)


def _umap_class() -> type:
    with warnings.catch_warnings():
        # umap says at import that it has no TensorFlow, which only its parametric variant needs
        warnings.simplefilter("ignore", ImportWarning)
        from umap import UMAP  # seconds of import and compilation that nobody else should pay

    return UMAP


def exact_neighbors(data: np.ndarray, n_neighbors: int) -> dict[str, Any]:
    """Arguments that hand UMAP its neighbours, itself first, as its own search would.

    For small data UMAP computes all distances by a Python call each: 2.5 s of the 4 s that 1,797
    samples took. Beyond the limit it searches by itself.
    """
    n = len(data)
    if n > EXACT_NEIGHBORS_UP_TO:
        return {}
    indices, distances = nearest_neighbors(data, n_neighbors - 1)
    itself = np.arange(n)[:, None]
    return {
        "precomputed_knn": (
            np.hstack([itself, indices]).astype(np.int32),
            np.hstack([np.zeros((n, 1)), distances]).astype(np.float32),
        ),
        "force_approximation_algorithm": True,  # else small data ignore the neighbours given
    }


def _check(data: np.ndarray, least: int) -> None:
    if len(data) < least:
        raise ValueError(f"the method needs at least {least} samples, got {len(data)}")
    wrong = ~np.isfinite(data).all(axis=1)
    if wrong.any():
        raise ValueError(
            f"data must be finite, got NaN or infinity in {wrong.sum()} of {len(data)} rows, "
            f"first in row {wrong.argmax()}"
        )


def _is_one_place(data: np.ndarray) -> bool:
    return bool((data == data[0]).all())
