"""Where the classes stand before the fit: on a ring, or on a map, neighbours by confusion.

The arrangement decides which valley the fit ends in, more than the optimiser does. Two classes
that the teacher confuses start as neighbours, so that the global fidelity of the picture
(section 4.3 of Schacherer's report) is built in. Confusions are soft: the mean over samples of
p_j p_k, which needs no labels.
"""

from dataclasses import dataclass
from itertools import count

import numpy as np
from jaxtyping import Float, Int

from core.darksight.derivatives import LOG_PRIOR, Theta

Confusion = Float[np.ndarray, "class class"]
Places = Float[np.ndarray, "class 2"]
RINGS = 3
SPACING = 7.5  # distance of neighbouring classes, in units of their scale


@dataclass(frozen=True)
class Arrangement:
    """Starting places of the classes and what they are called."""

    name: str
    places: Places


def soft_confusion(
    p: Float[np.ndarray, "class sample"], weight: Float[np.ndarray, " sample"]
) -> Confusion:
    """Return the weighted mean of p_j p_k over samples, a symmetric class x class table."""
    return (p * weight) @ p.T / weight.sum()


def arrangements(confusion: Confusion, number: int, seed: int = 0) -> list[Arrangement]:
    """Return up to ``number`` different starting arrangements, the most promising first.

    Rings from the best locally optimal orders, maps by multidimensional scaling, and after these
    places drawn at random. Above 40 classes a ring has too little room and none is tried.
    """
    classes = len(confusion)
    if classes <= 2:
        return [Arrangement("ring", class_ring(np.arange(classes)))]
    maps = [
        Arrangement(f"map^{power:g}", class_map(confusion, power)) for power in (0.5, 1.0, 0.25)
    ]
    rings = []
    if classes <= 40:
        rings = [
            Arrangement(f"ring {rank + 1}", class_ring(order))
            for rank, order in enumerate(ring_orders(confusion, RINGS, seed))
        ]
    known = [*rings[:1], *maps[:1], *rings[1:], *maps[1:]]
    random = np.random.default_rng(seed)
    scattered = [
        Arrangement(f"scatter {rank + 1}", _scattered(random, classes))
        for rank in range(number - len(known))
    ]
    return [*known, *scattered][:number]


def _scattered(random: np.random.Generator, classes: int) -> Places:
    return random.normal(scale=SPACING * np.sqrt(classes) / 2, size=(classes, 2))


def class_ring(order: Int[np.ndarray, " class"]) -> Places:
    """Return places on a circle, the classes following each other in the given order."""
    classes = len(order)
    turn = 2 * np.pi * np.arange(classes) / classes
    radius = max(SPACING * classes / (2 * np.pi), SPACING / 2)
    places = np.empty((classes, 2))
    places[order] = radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return places


def ring_orders(
    confusion: Confusion, number: int, seed: int = 0, tries: int = 20
) -> list[Int[np.ndarray, " class"]]:
    """Return the best orders of classes around a ring, confused ones close together.

    An order's cost is the sum over pairs of sqrt(confusion) (1 - cos of their angle); exchanges of
    two classes improve random orders until none helps. Same seed, same orders.
    """
    classes = len(confusion)
    attraction = np.sqrt(confusion)
    np.fill_diagonal(attraction, 0)
    turn = 2 * np.pi * np.arange(classes) / classes
    distance = 1 - np.cos(turn[:, None] - turn)
    random = np.random.default_rng(seed)
    found: dict[float, np.ndarray] = {}
    for _ in range(tries):
        order = _exchanged(random.permutation(classes), attraction, distance)
        cost = (attraction[np.ix_(order, order)] * distance).sum()
        found.setdefault(float(np.round(cost / max(attraction.sum(), 1e-300), 12)), order)
    return [order for _, order in sorted(found.items(), key=lambda item: item[0])][:number]


def _exchanged(order: np.ndarray, attraction: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Exchange the pair that helps most until none helps."""
    order = order.copy()
    for _ in count():
        a = attraction[np.ix_(order, order)]
        # cost with classes at i and j exchanged, less the cost now, for all pairs at once
        cross = a @ distance
        own = np.diag(cross)
        gain = cross + cross.T - own[:, None] - own + 2 * a * distance
        i, j = np.unravel_index(gain.argmin(), gain.shape)
        if gain[i, j] > -1e-12 * max(attraction.sum(), 1e-300):
            break
        order[[i, j]] = order[[j, i]]
    return order


def class_map(confusion: Confusion, power: float = 1.0) -> Places:
    """Return places by classical multidimensional scaling of how seldom classes are confused.

    The dissimilarity is minus the logarithm of the confusion, normalised by both classes' own
    entries, to a power; the map's mean spacing is that of the ring.
    """
    own = np.sqrt(np.maximum(np.diag(confusion), 1e-300))
    likeness = np.clip(confusion / own[:, None] / own, 1e-12, 1)
    dissimilar = (-np.log(likeness)) ** power
    np.fill_diagonal(dissimilar, 0)
    classes = len(confusion)
    center = np.eye(classes) - 1 / classes
    values, vectors = np.linalg.eigh(-0.5 * center @ dissimilar**2 @ center)
    places = vectors[:, -2:] * np.sqrt(np.maximum(values[-2:], 0))
    places *= np.sign(places[np.abs(places).argmax(axis=0), [0, 1]] + 1e-300)
    spread = np.sqrt((places**2).sum(axis=1).mean())
    return places * (SPACING * np.sqrt(classes) / 2 / max(spread, 1e-300))


def starting_theta(
    places: Places, p: Float[np.ndarray, "class sample"], weight: Float[np.ndarray, " sample"]
) -> Theta:
    """Return round classes of unit scale at the given places, the prior being their share."""
    theta = np.zeros((6, len(places)))
    theta[:2] = places.T
    theta[LOG_PRIOR] = np.log(p @ weight / weight.sum())
    return theta
