"""The way from one class to another: who stands along a line, and whether their order tells.

Source: section 4.2, figures 5 to 7 of Schacherer's report on DarkSight (2018): along a border the
probabilities of two classes change over smoothly. Sections 4.2 and 5 find the authors' comparison
with t-SNE unfair, because neighbouring points were not chosen alike; here every embedding is asked
in the same way.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.axes import Labels, Points, Probabilities
from core.darksight.ranks import spearman

NEAREST = 50
FEWEST = 5  # below that an order says nothing


@dataclass(frozen=True)
class Along:
    """Samples beside a line from start to end, in their order along it.

    ``place``  foot of the perpendicular: 0 at the start, 1 at the end; rises
    ``distance``  from the line, in the embedding's unit
    """

    samples: Int[np.ndarray, " found"]
    place: Float[np.ndarray, " found"]
    distance: Float[np.ndarray, " found"]


def along_line(
    points: Points,
    start: Float[np.ndarray, " 2"],
    end: Float[np.ndarray, " 2"],
    nearest: int = NEAREST,
) -> Along:
    """Return the samples nearest the line among those whose foot lies between its ends.

    Parameters
    ----------
    points
        An embedding.
    start, end
        Two different places.
    nearest
        Most samples to return.

    Raises
    ------
    ValueError
        If start and end are the same place.
    """
    way = (end - start).astype(np.float64)
    length = float(np.hypot(*way))
    if not length > 0:
        raise ValueError(f"a line needs two different places, got {tuple(start)} twice")
    step = points - start
    place = step @ way / length**2
    distance = np.abs(step[:, 0] * way[1] - step[:, 1] * way[0]) / length
    between = np.flatnonzero((place >= 0) & (place <= 1))
    found = between[np.argsort(distance[between], kind="stable")[:nearest]]
    found = found[np.argsort(place[found], kind="stable")]
    return Along(found, place[found], distance[found])


def class_centers(points: Points, predicted: Labels, classes: int) -> Float[np.ndarray, "class 2"]:
    """Return the mean place of the samples predicted as each class; NaN where there is none."""
    count = np.bincount(predicted, minlength=classes)
    sums = [np.bincount(predicted, points[:, axis], minlength=classes) for axis in (0, 1)]
    with np.errstate(invalid="ignore"):  # 0 / 0 is the NaN we promise
        return np.stack(sums, axis=1) / count[:, None]


def neighboring_classes(centers: Float[np.ndarray, "class 2"]) -> list[tuple[int, int]]:
    """Return the pairs of classes of which one is the other's nearest, each once, in order."""
    present = np.flatnonzero(~np.isnan(centers).any(axis=1))
    pairs = set()
    for one in present if len(present) > 1 else []:
        others = present[present != one]
        distances = np.hypot(*(centers[others] - centers[one]).T)
        other = int(others[distances.argmin()])
        pairs.add((min(int(one), other), max(int(one), other)))
    return sorted(pairs)


@dataclass(frozen=True)
class TransitionOrder:
    """How well places on the way between neighbouring classes follow the teacher's log-odds.

    ``value``  mean over pairs of Spearman's correlation, -1..1, higher is better; NaN without pairs
    ``pairs``, ``correlations``, ``counts``  each pair, its correlation and its number of samples
    """

    value: float
    pairs: list[tuple[int, int]]
    correlations: Float[np.ndarray, " pair"]
    counts: Int[np.ndarray, " pair"]


def transition_order(
    points: Points,
    probabilities: Probabilities,
    predicted: Labels,
    *,
    nearest: int = NEAREST,
    floor: float = 1e-12,
) -> TransitionOrder:
    """Return Spearman's correlation of place on the line and log-odds, pair by pair and as mean.

    For each pair of neighbouring classes (``neighboring_classes``) the samples nearest the line
    between the two classes' centres (``along_line``). Pairs with fewer than five samples there,
    or where nothing varies, have no order and are left out.

    Parameters
    ----------
    points
        An embedding of the samples, any unit.
    probabilities
        The teacher's.
    predicted
        The teacher's class of each sample.
    nearest
        Samples looked at for each pair.
    floor
        Probabilities below it count as equal to it.
    """
    centers = class_centers(points, predicted, probabilities.shape[1])
    kept, correlations, counts = [], [], []
    for one, other in neighboring_classes(centers):
        if (centers[one] == centers[other]).all():
            continue
        found = along_line(points, centers[one], centers[other], nearest)
        p = np.maximum(probabilities[found.samples][:, [one, other]].astype(np.float64), floor)
        odds = np.log(p[:, 1] / p[:, 0])
        if len(odds) < FEWEST or np.ptp(odds) == 0 or np.ptp(found.place) == 0:
            continue
        kept.append((one, other))
        correlations.append(spearman(found.place, odds))
        counts.append(len(odds))
    value = float(np.mean(correlations)) if kept else float("nan")
    return TransitionOrder(value, kept, np.array(correlations, float), np.array(counts, np.int64))
