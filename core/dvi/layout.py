"""Places in the plane for samples and boundary points: the part of a fit that runs through edges.

``arrange`` is UMAP's stochastic descent on the cross-entropy between the complex and the plane
(McInnes, Healy and Melville 2018, algorithm 5): an edge is visited as often as its weight says,
and each visit draws random pairs of the same kind, (x, x), (x, b) or (b, b), that repel, as
DeepVisualInsight's section 5.2 pairs them. The kernel is 1 / (1 + a d^2). It is ten times wider
(in d^2) for pairs of a sample and a boundary point: their edges must bring a boundary to the right
side of a cluster, not into it. Repulsion counts fourfold, which keeps neighbourhoods apart, and
ends at a distance of ``FAR``: what is left of it beyond would blow the picture up, epoch after
epoch, and move samples that have no reason to.

Temporal continuity (equations 10 and 11): in a model whose parameters are the places of its
landmarks, each sample has its own weights, and equation 10 bounds how far each may go from its
place of the epoch before. Here the bound is kept exactly: a sample's ``reach`` is in proportion to
the share of neighbours that it lost. A penalty in its place (a spring of strength
sem / (1 - sem)) kept fewer neighbours at the same temporal preservation.
"""

import inspect

import numba
import numpy as np
from jaxtyping import Float

from core.axes import Scalars
from core.dvi.complex import Complex

ATTRACTION = np.float32(1.0)  # a of the kernel within X and within B
ATTRACTION_ACROSS = np.float32(0.1)  # between X and B
REPULSION = np.float32(4.0)
REPULSION_ACROSS = np.float32(1.0)
NEGATIVES = 5
FAR = np.float32(10.0)  # neighbours are about 0.5 apart
LARGEST_STEP = np.float32(4.0)
EXTENT = 10.0  # half the width of the picture to begin with, as in umap-learn


def first_places(
    coordinates: Float[np.ndarray, "vertex coordinate"], seed: int
) -> Float[np.ndarray, "vertex 2"]:
    """Return places to begin with: two principal components, and a little noise to part twins.

    ``coordinates`` are principal components, the largest first.
    """
    places = np.zeros((len(coordinates), 2), np.float32)
    places[:, : min(2, coordinates.shape[1])] = coordinates[:, :2]
    largest = np.abs(places).max()
    if largest > 0:
        places *= EXTENT / largest
    noise = np.random.default_rng(seed).normal(0, 1e-4, places.shape)
    return places + noise.astype(np.float32)


def arrange(
    edges: Complex,
    start: Float[np.ndarray, "vertex 2"],
    *,
    rounds: int,
    rate: float = 1.0,
    reach: Scalars | None = None,
    seed: int = 0,
) -> Float[np.ndarray, "vertex 2"]:
    """Return places, samples first, after the given number of rounds.

    Parameters
    ----------
    edges
        The complex.
    start
        Places to begin with; with ``reach`` they are those of the epoch before.
    rounds
        Visits to an edge of the largest weight.
    rate
        Step length in the first round; it falls to zero.
    reach
        How far each vertex may go from its start; without it anywhere.
    seed
        Seed of the random pairs.
    """
    weight = edges.weight / edges.weight.max()
    kept = weight * rounds >= 1
    places = start.astype(np.float32).copy()
    _descend(
        places,
        start.astype(np.float32),
        edges.samples,
        edges.head[kept],
        edges.tail[kept],
        (1 / weight[kept]).astype(np.float32),
        rounds,
        np.float32(rate),
        np.zeros(0) if reach is None else reach.astype(np.float64),
        np.uint64(seed * 2 + 1),
    )
    return places


def _compiled(function):
    """Compile; a check of types that tests put around the function is taken off first."""
    return numba.njit(cache=True)(inspect.unwrap(function))


@_compiled
def _descend(places, anchor, samples, heads, tails, period, rounds, rate, reach, state):
    total = places.shape[0]
    due = period.copy()
    tiny = np.float32(0.001)
    state = state * np.uint64(2654435761) + np.uint64(88172645463325252)
    for now in range(rounds):
        step = rate * np.float32(1 - now / rounds)
        for edge in range(len(heads)):
            if due[edge] > now + 1:
                continue
            due[edge] += period[edge]
            i, j = heads[edge], tails[edge]
            across = (i < samples) != (j < samples)
            a = ATTRACTION_ACROSS if across else ATTRACTION
            gamma = REPULSION_ACROSS if across else REPULSION
            x, y = places[i, 0], places[i, 1]
            dx, dy = x - places[j, 0], y - places[j, 1]
            pull = -2 * a / (1 + a * (dx * dx + dy * dy))
            gx = min(LARGEST_STEP, max(-LARGEST_STEP, pull * dx))
            gy = min(LARGEST_STEP, max(-LARGEST_STEP, pull * dy))
            x += step * gx
            y += step * gy
            places[j, 0] -= step * gx
            places[j, 1] -= step * gy
            low, count = (0, samples) if j < samples else (samples, total - samples)
            for _ in range(NEGATIVES):
                state ^= state << np.uint64(13)
                state ^= state >> np.uint64(7)
                state ^= state << np.uint64(17)
                j = low + int(((state >> np.uint64(32)) * np.uint64(count)) >> np.uint64(32))
                dx, dy = x - places[j, 0], y - places[j, 1]
                d2 = dx * dx + dy * dy
                if d2 > FAR * FAR:
                    continue
                push = 2 * gamma / ((tiny + d2) * (1 + a * d2))
                x += step * min(LARGEST_STEP, max(-LARGEST_STEP, push * dx))
                y += step * min(LARGEST_STEP, max(-LARGEST_STEP, push * dy))
            places[i, 0] = x
            places[i, 1] = y
        for i in range(len(reach)):
            dx, dy = places[i, 0] - anchor[i, 0], places[i, 1] - anchor[i, 1]
            length = np.sqrt(dx * dx + dy * dy)
            if length > reach[i]:
                places[i, 0] = anchor[i, 0] + dx * (reach[i] / length)
                places[i, 1] = anchor[i, 1] + dy * (reach[i] / length)
