"""A visualization model V = <phi, psi>: the plane for a representation, and the way back.

DeepVisualInsight, section 4.1: ``project`` is phi, ``inverse`` is psi, the ``Head`` is g. This
module holds the default model and needs no torch; the paper's autoencoder is in ``network``.

The default is a model of landmarks. *phi* puts a representation between the places of its nearest
landmarks (all samples and boundary points of the epoch), near ones counting more and those of
another predicted class less, at their weighted geometric median, which unlike the mean does not
end up between two clusters. A landmark itself is put exactly in its place. *psi* is a mean of the
codes of the nearest of M anchors in the plane, in a basis of principal components and the rows of
the head; it cannot leave the convex hull of the codes, so that empty parts of the plane have the
colours of their surroundings. Both are continuous in the weights' windows: a neighbour's weight is
zero when it leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse
from scipy.spatial import KDTree

from core.axes import Logits, Points, Representations

OTHER_CLASS = 0.05  # weight of a landmark of another predicted class
MEDIAN_STEPS = 5
SPARE = 16  # landmarks proposed beyond those wanted, so that rounding does not decide
BLOCK = 512  # representations projected at once


@dataclass(frozen=True)
class Head:
    """The teacher's last linear layer, g(x) = W x + b."""

    weight: Float[np.ndarray, "class representation"]
    bias: Float[np.ndarray, " class"]

    def __call__(self, representations: Representations) -> Logits:
        """Return the logits of representations."""
        return representations @ self.weight.T + self.bias


@runtime_checkable
class VisualModel(Protocol):
    """What every lens of DVI and its baselines with both directions can do."""

    def project(self, representations: Representations) -> Points:
        """Return the places in the plane: phi."""
        ...

    def inverse(self, points: Points) -> Representations:
        """Return the representations that places stand for: psi."""
        ...

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the model as named arrays, for storage."""
        ...


@dataclass(frozen=True)
class LandmarkModel:
    """The default model; every field is an array, so that ``arrays`` is the whole of it.

    ``basis`` has orthonormal rows; ``coordinates`` of the landmarks are in it, around ``center``.
    ``anchors`` are places, ``codes`` what they stand for, in the basis. ``head`` and ``bias`` are
    the classifier's, in the basis. ``near`` holds the number of landmarks and of anchors averaged.
    """

    center: Float[np.ndarray, " representation"]
    basis: Float[np.ndarray, "latent representation"]
    coordinates: Float[np.ndarray, "landmark latent"]
    places: Float[np.ndarray, "landmark 2"]
    anchors: Float[np.ndarray, "anchor 2"]
    codes: Float[np.ndarray, "anchor latent"]
    head: Float[np.ndarray, "class latent"]
    bias: Float[np.ndarray, " class"]
    near: Int[np.ndarray, " 2"]

    def project(self, representations: Representations) -> Points:
        """Return places; a representation that is a landmark gets exactly its place."""
        asked = (representations - self.center) @ self.basis.T
        count = min(int(self.near[0]) + 1, len(self.places))
        near, distance = self._nearest(asked, count)
        weight = _window(distance) / (distance[:, :-1] ** 2 + _tiny(distance))
        near = near[:, : weight.shape[1]]
        predicted = self._logits(asked).argmax(axis=1)
        classes = self._logits(self.coordinates[near.ravel()]).argmax(axis=1).reshape(near.shape)
        alike = classes == predicted[:, None]
        weight *= np.where(alike, 1.0, OTHER_CLASS)
        weight /= weight.sum(axis=1, keepdims=True)
        places = _median(self.places[near].astype(np.float64), weight)
        itself = distance[:, 0] <= 1e-6 * distance[:, -1]
        places[itself] = self.places[near[itself, 0]]
        return places.astype(np.float32)

    def inverse(self, points: Points) -> Representations:
        """Return representations, float32."""
        codes = anchor_weights(self.anchors, points, int(self.near[1])) @ self.codes
        return (codes @ self.basis + self.center).astype(np.float32)

    def logits(self, points: Points) -> Logits:
        """Return ``head(inverse(points))`` without making the representations."""
        weights = anchor_weights(self.anchors, points, int(self.near[1]))
        return (weights @ self._logits(self.codes)).astype(np.float32)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the model as named arrays, for storage."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "LandmarkModel":
        """Return the model that ``arrays`` made."""
        expected = {field.name for field in fields(cls)}
        if set(arrays) != expected:
            raise ValueError(
                f"a landmark model has the arrays {', '.join(sorted(expected))}, "
                f"got {', '.join(sorted(arrays))}"
            )
        return cls(**arrays)

    @cached_property
    def _norms(self) -> np.ndarray:
        return np.einsum("ij,ij->i", self.coordinates, self.coordinates)

    def _nearest(self, asked: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Nearest landmarks; a product proposes a few more, differences decide among them.

        One new representation is the common case, so nothing is prepared anew for each call.
        """
        proposed = min(count + SPARE, len(self.places))
        near = np.empty((len(asked), count), np.int64)
        distance = np.empty((len(asked), count))
        for begin in range(0, len(asked), BLOCK):
            rows = slice(begin, begin + BLOCK)
            squared = self._norms - 2 * (asked[rows] @ self.coordinates.T)
            candidates = np.argpartition(squared, proposed - 1, axis=1)[:, :proposed]
            step = self.coordinates[candidates].astype(np.float64) - asked[rows, None]
            exact = np.einsum("ijk,ijk->ij", step, step)
            order = np.lexsort((candidates, exact))[:, :count]
            near[rows] = np.take_along_axis(candidates, order, axis=1)
            distance[rows] = np.sqrt(np.take_along_axis(exact, order, axis=1))
        return near, distance

    def _logits(self, coordinates: np.ndarray) -> np.ndarray:
        return coordinates @ self.head.T + self.bias


def principal_basis(
    representations: Representations, head: Head, rank: int
) -> tuple[Float[np.ndarray, " representation"], Float[np.ndarray, "latent representation"]]:
    """Return the centre, and orthonormal rows: principal components, then what the head adds.

    At most ``rank`` components; a component of no variance is left out. The rows of the head are
    in their span, so that logits pass through the basis unchanged. Signs are fixed: the feature
    that weighs most weighs positively.
    """
    center = representations.mean(axis=0, dtype=np.float64)
    centered = representations - center
    variance, axes = np.linalg.eigh(centered.T @ centered)
    order = np.argsort(-variance, kind="stable")[:rank]
    order = order[variance[order] > 1e-10 * max(variance.max(), 1e-30)]
    basis = axes[:, order].T
    heaviest = np.abs(basis).argmax(axis=1)
    basis = basis * np.where(basis[np.arange(len(basis)), heaviest] < 0, -1.0, 1.0)[:, None]
    rest = head.weight - (head.weight @ basis.T) @ basis
    _, strength, added = np.linalg.svd(rest, full_matrices=False)
    added = added[strength > 1e-6 * max(np.abs(head.weight).max(), 1e-30)]
    basis = np.concatenate([basis, added])
    return center.astype(np.float32), basis.astype(np.float32)


def anchor_weights(
    anchors: Float[np.ndarray, "anchor 2"], points: Points, near: int
) -> sparse.csr_matrix:
    """Return the weight of each anchor at each point: rows sum to 1, ``near`` entries in each."""
    count = min(near + 1, len(anchors))
    distance, chosen = KDTree(anchors).query(points, k=count)
    distance, chosen = distance.reshape(-1, count), chosen.reshape(-1, count)
    weight = _window(distance)
    weight /= weight.sum(axis=1, keepdims=True)
    width = weight.shape[1]
    start = np.arange(0, weight.size + 1, width)
    shape = (len(points), len(anchors))
    return sparse.csr_matrix((weight.ravel(), chosen[:, :width].ravel(), start), shape=shape)


def _window(distance: np.ndarray) -> np.ndarray:
    """Weights that fall to zero at the furthest distance, which is itself left out if it can."""
    if distance.shape[1] == 1:
        return np.ones_like(distance)
    reach = distance[:, -1:] + 1e-12
    return (1 - (distance[:, :-1] / reach) ** 2) ** 2 + 1e-9


def _tiny(distance: np.ndarray) -> np.ndarray:
    return 1e-9 * distance[:, -1:] ** 2 + 1e-12


def _median(places: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted geometric median, by a few of Weiszfeld's steps from the weighted mean."""
    center = np.einsum("ij,ijk->ik", weight, places)
    for _ in range(MEDIAN_STEPS):
        away = np.linalg.norm(places - center[:, None], axis=2)
        pull = weight / (away + 1e-3)
        center = np.einsum("ij,ijk->ik", pull, places) / pull.sum(axis=1, keepdims=True)
    return center
