"""Fit one epoch's visualization model, from nothing or warm from the epoch before.

DeepVisualInsight, section 5, in the lean preset's order: the boundary-augmented complex
(``complex``), places in the plane (``layout``), the way back (``decoder``). The paper's preset
trains its autoencoder on the same complex instead (``network``).

Deterministic for a seed at a fixed number of threads; the number is set from outside.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Float

from core.axes import Distances, Neighbors, Points, Representations, Scalars
from core.dvi.complex import (
    EXACT_UP_TO,
    Complex,
    boundary_complex,
    keep_classes,
    refined_neighbors,
)
from core.dvi.decoder import anchor_codes, head_gradients
from core.dvi.layout import arrange, first_places
from core.dvi.model import Head, LandmarkModel, VisualModel, anchor_weights, principal_basis
from core.dvi.properties import shared
from core.dvi.refine import refine, settle
from core.neighborhoods import nearest_neighbors

Progress = Callable[[int, int, str], None]
LEAST_ANCHORS = 500
RESCUERS = 10  # samples beside which a sample may be put whose prediction would be lost
REACH = 0.25  # of the picture's root-mean-square radius, for a sample that lost all neighbours
BESIDE = 0.05  # distance at which a rescued sample stops; neighbours are about 0.5 apart
WARM_RATE = 0.25  # a whole step would shake off the places of the epoch before


@dataclass(frozen=True)
class FitSettings:
    """How a model is fitted; the defaults are the lean preset's.

    ``neighbors`` is k of the complex. ``temporal`` is the weight of temporal continuity
    (equation 12's third), 0 for DVI-T: in the lean preset a sample may go REACH / temporal times
    the share of neighbours that it lost and half a neighbour more. ``beta`` is equation 8's. The
    rest concerns the lean preset: ``rank`` of the basis, the share of samples that are ``anchors``
    of the decoder (at least 500), landmarks and anchors averaged (``near``), ``rounds`` through
    the edges from nothing and warm, ``across`` and ``own`` of ``keep_classes``, and
    ``prediction``, the weight of keeping the head's prediction.
    """

    preset: Literal["lean", "paper"] = "lean"
    neighbors: int = 15
    temporal: float = 0.3
    beta: float = 1.0
    rank: int = 48
    anchors: float = 0.25
    near: tuple[int, int] = (15, 12)
    rounds: int = 200
    warm_rounds: int = 150
    across: float = 0.1
    own: int = 3
    prediction: float = 1.0


@dataclass(frozen=True)
class Fit:
    """One epoch's model, the places it gave, and what the next epoch starts from.

    ``neighbors`` are the nearest samples of each sample, ``kept`` is equation 11 of each against
    the epoch before; none for a first epoch.
    """

    model: VisualModel
    points: Points
    boundary_points: Float[np.ndarray, "point 2"]
    neighbors: Neighbors
    kept: Scalars | None
    representations: Representations
    boundary: Float[np.ndarray, "point representation"]
    head: Head


def fit(
    representations: Representations,
    boundary: Float[np.ndarray, "point representation"],
    head: Head,
    *,
    settings: FitSettings | None = None,
    previous: Fit | None = None,
    seed: int = 0,
    name: str = "the epoch",
    progress: Progress | None = None,
) -> Fit:
    """Return the model of one epoch.

    Parameters
    ----------
    representations
        Of the training samples at this epoch, finite, the same samples in every epoch.
    boundary
        Boundary points of this epoch; there may be none.
    head
        The teacher's last layer at this epoch.
    settings
        Without them the lean preset's.
    previous
        The fit of the epoch before; with it the model starts warm and temporal continuity counts.
        If nothing at all has changed since, its model is returned as it is.
    seed
        Seed of everything left to chance.
    name
        What errors call this epoch.
    progress
        Called with (steps done, steps in all, what comes).

    Raises
    ------
    ValueError
        If a value is not finite, if there are too few samples, or if the epoch before had other
        samples or another architecture.
    """
    settings = settings or FitSettings()
    report = progress or _silent
    _check(representations, boundary, head, settings, previous, name)
    if previous is not None and _same(representations, boundary, head, previous):
        ones = np.ones(len(representations))
        return Fit(previous.model, previous.points, previous.boundary_points, previous.neighbors,
                   ones, representations, boundary, head)  # fmt: skip
    report(0, 3, "neighbours")
    edges = boundary_complex(
        representations,
        boundary,
        settings.neighbors,
        neighbors=_neighbors(representations, settings.neighbors, previous),
    )
    kept = None if previous is None else shared(previous.neighbors, edges.neighbors)
    report(1, 3, "places")
    if settings.preset == "paper":
        from core.dvi.network import NetworkModel, fit_network  # torch: only here

        before = previous.model if previous is not None else None
        model = fit_network(
            representations,
            boundary,
            head,
            edges,
            temporal_weight=settings.temporal,
            beta=settings.beta,
            kept=kept,
            previous=before if isinstance(before, NetworkModel) else None,
            seed=seed,
        )
        points = model.project(np.concatenate([representations, boundary]))
    else:
        model, points = _fit_lean(
            representations, boundary, head, edges, settings, kept, previous, seed, report
        )
    report(3, 3, "done")
    n = len(representations)
    return Fit(
        model, points[:n], points[n:], edges.neighbors, kept, representations, boundary, head
    )


def _fit_lean(
    representations: np.ndarray,
    boundary: np.ndarray,
    head: Head,
    edges: Complex,
    settings: FitSettings,
    kept: np.ndarray | None,
    previous: Fit | None,
    seed: int,
    report: Progress,
) -> tuple[LandmarkModel, np.ndarray]:
    n = len(representations)
    everything = np.concatenate([representations, boundary])
    logits = head(everything)
    predicted = logits.argmax(axis=1)
    center, basis = principal_basis(everything, head, settings.rank)
    coordinates = (everything - center) @ basis.T
    points = _places(
        edges, coordinates, predicted[:n], representations, settings, kept, previous, seed
    )
    report(2, 3, "the way back")
    count = max(LEAST_ANCHORS, round(settings.anchors * n))
    chosen = np.sort(np.random.default_rng(seed).permutation(n)[:count])
    weights = anchor_weights(points[chosen], points, settings.near[1])
    gradients = head_gradients(head, logits)
    codes = anchor_codes(
        weights,
        coordinates,
        basis,
        ((1 + gradients) ** settings.beta).astype(np.float32),
        (head.weight @ basis.T).astype(np.float32),
        (head.weight @ center + head.bias).astype(np.float32),
        predicted,
        np.where(np.arange(len(everything)) < n, settings.prediction, 0).astype(np.float32),
    )
    model = LandmarkModel(
        center,
        basis,
        coordinates.astype(np.float32),
        points,
        points[chosen],
        codes,
        (head.weight @ basis.T).astype(np.float32),
        (head.weight @ center + head.bias).astype(np.float32),
        np.array(settings.near, np.int64),
    )
    points = _rescued(model, representations, predicted[:n], points)
    return replace(model, places=points), points


def _places(
    edges: Complex,
    coordinates: np.ndarray,
    predicted: np.ndarray,
    representations: np.ndarray,
    settings: FitSettings,
    kept: np.ndarray | None,
    previous: Fit | None,
    seed: int,
) -> np.ndarray:
    """Places of samples and boundary points."""
    n = edges.samples
    held = keep_classes(edges, representations, predicted, across=settings.across, own=settings.own)
    if (representations == representations[0]).all():
        return np.zeros((n + edges.boundary, 2), np.float32)  # one thing has one place
    if previous is None or kept is None:
        start, rounds, rate = first_places(coordinates, seed), settings.rounds, 1.0
        anchor = reach = everywhere = None
    else:
        anchor = previous.points
        start = np.concatenate([anchor, _between(edges, anchor)])
        rounds, rate = settings.warm_rounds, WARM_RATE
        reach = _reach(anchor, kept, settings)
        anywhere = np.full(edges.boundary, np.inf)  # boundary points are new
        everywhere = None if reach is None else np.concatenate([reach, anywhere])
    places = arrange(held, start, rounds=rounds, rate=rate, reach=everywhere, seed=seed)
    samples = refine(places[:n], edges.neighbors, anchor=anchor, reach=reach)
    return np.concatenate([samples, settle(samples, places[n:], edges.witnesses)])


def _reach(points: Points, kept: Scalars, settings: FitSettings) -> Scalars | None:
    """How far each sample may go from its place of the epoch before."""
    if settings.temporal == 0:
        return None
    radius = float(np.sqrt(points.var(axis=0).sum()))
    lost = 1 - kept + 0.5 / settings.neighbors
    return REACH / settings.temporal * radius * lost


def _rescued(
    model: LandmarkModel, representations: np.ndarray, predicted: np.ndarray, points: np.ndarray
) -> np.ndarray:
    """Places after those samples whose prediction would be lost have moved to where it is kept.

    Of the nearest samples, in representation, of its own predicted class whose prediction
    survives, each goes beside the one closest on screen; seldom more than a few in a hundred move.
    """
    n = len(predicted)
    lost = model.logits(points[:n]).argmax(axis=1) != predicted
    places = points.copy()
    for class_ in np.unique(predicted[lost]):
        safe = np.flatnonzero(~lost & (predicted == class_))
        if len(safe) == 0:
            continue  # the whole class is lost: there is nowhere to go
        which = np.flatnonzero(lost & (predicted == class_))
        count = min(RESCUERS, len(safe))
        near, _ = nearest_neighbors(representations[safe], count, queries=representations[which])
        offered = points[safe[near]]
        closest = np.linalg.norm(offered - points[which, None], axis=2).argmin(axis=1)
        target = offered[np.arange(len(which)), closest]
        away = points[which] - target
        length = np.linalg.norm(away, axis=1, keepdims=True)
        places[which] = target + away * np.minimum(1, BESIDE / np.maximum(length, 1e-12))
    return places


def _between(edges: Complex, points: np.ndarray) -> np.ndarray:
    """First places of new boundary points: the middle of the samples that they are joined to."""
    n = edges.samples
    if edges.boundary == 0:
        return np.zeros((0, 2), np.float32)
    joined = (edges.head >= n) & (edges.tail < n)
    head, tail, weight = edges.head[joined] - n, edges.tail[joined], edges.weight[joined]
    total = np.bincount(head, weight, edges.boundary)
    places = np.stack(
        [np.bincount(head, weight * points[tail, axis], edges.boundary) for axis in (0, 1)], 1
    )
    lost = total <= 0  # no sample has it among its nearest: the middle of the picture
    places /= np.where(lost, 1, total)[:, None]
    places[lost] = points.mean(axis=0)
    return places.astype(np.float32)


def _neighbors(
    representations: np.ndarray, k: int, previous: Fit | None
) -> tuple[Neighbors, Distances]:
    if previous is None or len(representations) <= EXACT_UP_TO:
        return nearest_neighbors(representations, k)
    return refined_neighbors(representations, previous.neighbors)


def _same(representations: np.ndarray, boundary: np.ndarray, head: Head, previous: Fit) -> bool:
    return (
        np.array_equal(representations, previous.representations)
        and np.array_equal(boundary, previous.boundary)
        and np.array_equal(head.weight, previous.head.weight)
        and np.array_equal(head.bias, previous.head.bias)
    )


def _check(
    representations: np.ndarray,
    boundary: np.ndarray,
    head: Head,
    settings: FitSettings,
    previous: Fit | None,
    name: str,
) -> None:
    n, width = representations.shape
    for what, rows in [("representations", representations), ("boundary points", boundary)]:
        wrong = ~np.isfinite(rows).all(axis=1)
        if wrong.any():
            raise ValueError(
                f"{name}: {what} must be finite, got NaN or infinity in {wrong.sum()} of "
                f"{len(rows)} rows, first in row {wrong.argmax()}; leave this epoch out"
            )
    if not (np.isfinite(head.weight).all() and np.isfinite(head.bias).all()):
        raise ValueError(f"{name}: the head must be finite, got NaN or infinity in its weights")
    if n <= settings.neighbors:
        raise ValueError(f"{name}: more than {settings.neighbors} samples are needed, got {n}")
    if boundary.shape[1] != width or head.weight.shape[1] != width:
        raise ValueError(
            f"{name}: representations have {width} features, boundary points "
            f"{boundary.shape[1]} and the head {head.weight.shape[1]}: they must agree"
        )
    if previous is None:
        return
    before = previous.representations.shape
    if before != (n, width) or previous.head.weight.shape != head.weight.shape:
        raise ValueError(
            f"{name}: {n} samples of {width} features and {len(head.bias)} classes, the epoch "
            f"before has {before[0]} of {before[1]} and {len(previous.head.bias)}: checkpoints of "
            "one architecture and the same samples are needed"
        )


def _silent(done: int, steps: int, what: str) -> None:
    """Report to nobody."""
