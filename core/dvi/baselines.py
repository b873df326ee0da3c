"""What DVI is compared with: PCA, t-SNE, UMAP, UMAP-T and UMAP's inverse.

All see the same samples and the same boundary points. t-SNE and UMAP embed both together
(a method without a projection for new points has no other way); PCA is fitted to the samples.
UMAP-T starts each epoch from the picture of the epoch before (Table 3 of the paper) and takes
``WARM_ROUNDS`` from there, as UMAP does by itself for large data. DVI-T is ``fit`` with
``temporal = 0``. ``DeepView`` has a file of its own.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from core.axes import Points, Representations
from core.neighborhoods import nearest_neighbors
from core.projections import effective_neighbors, exact_neighbors, tsne

WARM_ROUNDS = 200


@dataclass(frozen=True)
class LinearModel:
    """PCA both ways: a projection onto two axes, and back into their plane."""

    center: Float[np.ndarray, " representation"]
    axes: Float[np.ndarray, "2 representation"]

    def project(self, representations: Representations) -> Points:
        """Return the two coordinates."""
        return ((representations - self.center) @ self.axes.T).astype(np.float32)

    def inverse(self, points: Points) -> Representations:
        """Return the point of the plane."""
        return (points @ self.axes + self.center).astype(np.float32)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the model as named arrays, for storage."""
        return {"center": self.center, "axes": self.axes}


@dataclass(frozen=True)
class Picture:
    """Places of samples and boundary points by a method, and the method where it can do more."""

    points: Points
    boundary_points: Float[np.ndarray, "point 2"]
    reducer: Any = None


def pca_model(representations: Representations) -> LinearModel:
    """Return the first two principal components of the samples; signs are fixed."""
    center = representations.mean(axis=0, dtype=np.float64)
    centered = representations - center
    variance, axes = np.linalg.eigh(centered.T @ centered)
    axes = axes[:, np.argsort(-variance, kind="stable")[:2]].T
    heaviest = np.abs(axes).argmax(axis=1)
    axes = axes * np.where(axes[np.arange(2), heaviest] < 0, -1.0, 1.0)[:, None]
    return LinearModel(center.astype(np.float32), axes.astype(np.float32))


def tsne_picture(
    representations: Representations,
    boundary: Float[np.ndarray, "point representation"],
    *,
    perplexity: float = 30.0,
    seed: int = 0,
    threads: int = 1,
) -> Picture:
    """Return t-SNE's picture of samples and boundary points together."""
    places = tsne(
        np.concatenate([representations, boundary]),
        perplexity=perplexity,
        seed=seed,
        threads=threads,
    )
    return _split(places, len(representations))


def umap_picture(
    representations: Representations,
    boundary: Float[np.ndarray, "point representation"],
    *,
    n_neighbors: int = 15,
    seed: int = 0,
    previous: Points | None = None,
    projects: bool = False,
) -> Picture:
    """Return UMAP's picture of samples and boundary points together, with the reducer.

    Parameters
    ----------
    representations, boundary
        What to embed.
    n_neighbors
        UMAP's, which counts the point itself; lowered for fewer samples.
    seed
        Seed of the method.
    previous
        Places of the same samples at the epoch before: UMAP-T. Boundary points, which are new,
        begin at the mean place of their five nearest samples.
    projects
        Whether ``umap_project`` will be asked: UMAP then searches neighbours itself, which takes
        most of its time with few samples.
    """
    together = np.concatenate([representations, boundary])
    neighbors = effective_neighbors(n_neighbors, len(together))
    start: Any = "spectral" if len(together) > 10 else "random"
    if previous is not None:
        start = previous.astype(np.float32)
        if len(boundary):
            near, _ = nearest_neighbors(
                representations, min(5, len(representations)), queries=boundary
            )
            start = np.concatenate([start, start[near].mean(axis=1)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)  # umap says that it has no TensorFlow
        warnings.simplefilter("ignore", UserWarning)  # and that a seed means one thread
        from umap import UMAP  # seconds of import that nobody else should pay

        reducer = UMAP(
            n_neighbors=neighbors,
            init=start,
            n_epochs=None if previous is None else WARM_ROUNDS,
            random_state=seed,
            n_jobs=1,
            **({} if projects else exact_neighbors(together, neighbors)),
        )
        places = np.asarray(reducer.fit_transform(together), np.float32)
    return _split(places, len(representations), reducer)


def umap_project(picture: Picture, representations: Representations) -> Points:
    """Return where UMAP puts new samples."""
    return np.asarray(_quietly(_reducer(picture).transform, representations), np.float32)


def umap_inverse(picture: Picture, points: Points) -> Representations:
    """Return UMAP's inverse at the given places.

    Each costs 50 ms where representations have 84 dimensions, 420 ms where they have 512.
    """
    return np.asarray(_quietly(_reducer(picture).inverse_transform, points), np.float32)


def _reducer(picture: Picture) -> Any:
    if picture.reducer is None:
        raise ValueError("this picture has no reducer: only UMAP's can take new points")
    return picture.reducer


def _quietly(method: Any, argument: np.ndarray) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return method(argument)


def _split(places: np.ndarray, samples: int, reducer: Any = None) -> Picture:
    return Picture(places[:samples], places[samples:], reducer)
