"""The last small moves of a picture, towards the neighbours that it should show.

After the descent through the edges (``layout``) neighbourhoods are right but for small moves.
``refine`` makes them for samples (equation 1 of DeepVisualInsight), ``settle`` for boundary points
(equation 2). Both equations count neighbours, so they jump; in their place stands a least-squares
loss between w_ij, whether j is truly among the k nearest of sample i, and

    p_ij = 1 / (1 + exp((d_ij - tau_i) / (softness * tau_i))),

how nearly it is among the k nearest in the plane: tau_i lies between the k-th and the next
distance there and is renewed as the picture moves. Pairs far apart in both count for nothing, so
only true neighbours and the nearest ``CANDIDATES`` in the plane are looked at. Steps are Adam's,
with the gradient written out.
"""

import inspect

import numba
import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import KDTree

from core.axes import Neighbors, Points, Scalars

CANDIDATES = 60
RENEW = 5  # steps between two looks at who is near in the plane


def refine(
    points: Points,
    neighbors: Neighbors,
    *,
    anchor: Points | None = None,
    reach: Scalars | None = None,
    steps: int = 30,
    rate: float = 0.1,
    softness: float = 0.15,
) -> Points:
    """Return places of the samples with which more of them keep their neighbours.

    Parameters
    ----------
    points, neighbors
        Places, and the nearest samples of each sample by representation.
    anchor, reach
        Places that each sample may not leave by more than its reach; without them anywhere.
    steps, rate
        Adam's steps, and the length of the first in units of the median of tau; it falls to zero.
    softness
        Of the smooth loss; above zero.
    """
    k = neighbors.shape[1]
    if len(points) <= k + 1:
        return points  # every sample is a neighbour of every other
    places = points.astype(np.float64)
    adam = _Adam(places)
    for looked in range(0, steps, RENEW):
        near, wanted, tau = _pairs(places, places, neighbors, own=True)
        unit = float(np.median(tau))
        for step in range(looked, min(looked + RENEW, steps)):
            gradient = np.zeros_like(places)
            _pull(places, places, near, wanted, tau, softness, gradient, gradient)
            places -= rate * unit * (1 - step / steps) * adam(gradient)
            if anchor is not None and reach is not None:
                places = anchor + _shortened(places - anchor, reach)
    return places.astype(np.float32)


def settle(
    points: Points,
    boundary: Float[np.ndarray, "point 2"],
    witnesses: Int[np.ndarray, "sample witness"],
    *,
    steps: int = 60,
    rate: float = 0.2,
    softness: float = 0.035,
) -> Float[np.ndarray, "point 2"]:
    """Return places of the boundary points with which more samples keep their witnesses.

    ``witnesses`` are each sample's nearest boundary points by representation. The samples stay.
    ``rate`` is the length of the first step in the plane; ``steps`` is a multiple of ``RENEW``.
    Of the places seen at each look those are returned that keep most witnesses.
    """
    k = witnesses.shape[1]
    if len(boundary) <= k or k == 0:
        return boundary  # every boundary point is a witness of every sample
    samples, places = points.astype(np.float64), boundary.astype(np.float64)
    unmoved = np.zeros_like(samples)
    adam = _Adam(places)
    best, most = places, -1
    for looked in range(0, steps + 1, RENEW):
        near, wanted, tau = _pairs(samples, places, witnesses, own=False)
        keeps = int(wanted[:, :k].sum())  # equation 2 itself
        if keeps > most:
            best, most = places.copy(), keeps
        for step in range(looked, min(looked + RENEW, steps)):
            gradient = np.zeros_like(places)
            _pull(samples, places, near, wanted, tau, softness, unmoved, gradient)
            places -= rate * (1 - step / steps) * adam(gradient)
    return best.astype(np.float32)


def _shortened(away: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Steps that are no longer than their reach."""
    length = np.linalg.norm(away, axis=1)
    return away * np.minimum(1, reach / np.maximum(length, 1e-12))[:, None]


class _Adam:
    """Adam's direction for one gradient after the other (Kingma and Ba 2014, algorithm 1)."""

    def __init__(self, places: np.ndarray) -> None:
        self.first, self.second = np.zeros_like(places), np.zeros_like(places)
        self.steps = 0

    def __call__(self, gradient: np.ndarray) -> np.ndarray:
        self.steps += 1
        self.first = 0.9 * self.first + 0.1 * gradient
        self.second = 0.99 * self.second + 0.01 * gradient**2
        mean, scale = self.first / (1 - 0.9**self.steps), self.second / (1 - 0.99**self.steps)
        return mean / (np.sqrt(scale) + 1e-12)


def _pairs(
    samples: np.ndarray, others: np.ndarray, true: np.ndarray, *, own: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs to look at (-1 for none), whether each is a true one, and tau of each sample."""
    k = true.shape[1]
    count = min(CANDIDATES, len(others) - own)
    found = KDTree(others).query(samples, k=count + own)
    distance, near = (np.asarray(part).reshape(len(samples), -1) for part in found)
    distance = distance[:, int(own) :]
    tau = (distance[:, k - 1] + distance[:, min(k, count - 1)]) / 2 + 1e-9
    if own:
        near = np.where(near == np.arange(len(samples))[:, None], -1, near)
    seen = true[:, :, None] == near[:, None, :]
    unseen = np.where(seen.any(axis=2), -1, true)
    wanted = np.concatenate([seen.any(axis=1), np.ones(true.shape, bool)], axis=1)
    return np.concatenate([near, unseen], axis=1), wanted, tau


def _compiled(function):
    """Compile; a check of types that tests put around the function is taken off first."""
    return numba.njit(cache=True)(inspect.unwrap(function))


@_compiled
def _pull(samples, others, near, wanted, tau, softness, of_samples, of_others):
    """Add the loss's gradient by the places of the samples and by those of the others."""
    for i in range(len(near)):
        scale = softness * tau[i]
        for c in range(near.shape[1]):
            j = near[i, c]
            if j < 0:
                continue
            dx, dy = others[j, 0] - samples[i, 0], others[j, 1] - samples[i, 1]
            distance = np.sqrt(dx * dx + dy * dy) + 1e-9
            z = (tau[i] - distance) / scale
            if abs(z) > 12:
                continue  # the sigmoid is flat there
            p = 1 / (1 + np.exp(-z))
            force = -2 * (p - wanted[i, c]) * p * (1 - p) / (scale * distance * len(near))
            of_others[j, 0] += force * dx
            of_others[j, 1] += force * dy
            of_samples[i, 0] -= force * dx
            of_samples[i, 1] -= force * dy
