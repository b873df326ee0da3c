"""The hybrid student: latent neighbours and masked copies of the image, taught by log-odds.

DeepVID, section 9, asks for a hybrid of its two categories of neighbours. Masked copies say what
each pixel does by itself, latent neighbours what changes together. The student's logits are fitted
to the teacher's centred logits; a second set of weights, the ``margins``, is fitted to the log-odds
of each class against all others, log p / (1 - p), which is what a pixel has to argue against. Both
are one ridge regression (``optimizers.closed_form``), solved at once.

Masked copies come in rounds. The first round's masks are drawn blindly, in pairs of a mask and its
opposite, so that what pairs of pixels do together cancels out. Every later round looks where the
rounds before point: it masks the cells that seem most important for the target class, in an order
blurred by noise, and as many of them as chance says. It thereby samples the way along which a
removal curve is walked, which is why its maps win there (``benchmarks/results/deepvid.md``); one
round alone is the unguided student.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from core.deepvid.optimizers import closed_form
from core.deepvid.pixels import grown, masks
from core.deepvid.student import Logits, Student, centred
from core.generators.generator import Picture, Pictures

Teacher = Callable[[Pictures], Logits]


@dataclass(frozen=True)
class Hybrid:
    """Settings of the hybrid student.

    ``masked``  masked copies in all rounds together
    ``rounds``  rounds, at least 1; the copies are shared out evenly
    ``cell``  side of a cell in pixels; a cell is masked as a whole
    ``fill``  value of what is masked; black, as in the removal curves
    ``noise``  blur of a later round's order, in standard deviations of the cells' importance
    ``reach``  largest share of cells that a later round masks, above 0 and at most 1
    ``guided_share``  weight of a later round's copy against 1 for one of the first round
    ``latent_share``  weight of all latent neighbours together, against 1 for all masked copies
    ``l2``  penalty as a share of the neighbours' total variance
    """

    masked: int = 1000
    rounds: int = 4
    cell: int = 1
    fill: float = 0.0
    noise: float = 1.0
    reach: float = 0.5
    guided_share: float = 3.0
    latent_share: float = 0.1
    l2: float = 1e-4
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.rounds <= self.masked:
            raise ValueError(
                f"rounds must be from 1 to the {self.masked} masked copies, got {self.rounds}"
            )
        if self.cell < 1:
            raise ValueError(f"cell must be at least 1, got {self.cell}")
        if not 0 < self.reach <= 1:
            raise ValueError(f"reach must be above 0 and at most 1, got {self.reach}")
        for name in ("noise", "guided_share", "latent_share", "l2"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")


@dataclass(frozen=True)
class HybridStudent:
    """The student, and the weights that speak for each class against all others."""

    student: Student
    margins: Student


def hybrid(
    picture: Picture,
    teacher: Teacher,
    latent: Pictures,
    settings: Hybrid,
    *,
    target: int | None = None,
) -> HybridStudent:
    """Return the hybrid student of an image.

    Parameters
    ----------
    picture
        The image.
    teacher
        From pictures to logits.
    latent
        Latent neighbours of the image; none at all will do.
    settings
        Masks, weights and penalty.
    target
        The class whose evidence later rounds look for; None: the teacher's own.

    Raises
    ------
    ValueError
        If the teacher's logits are not finite.
    """
    *_, last = rounds(picture, teacher, latent, settings, target=target)
    return last


def rounds(
    picture: Picture,
    teacher: Teacher,
    latent: Pictures,
    settings: Hybrid,
    *,
    target: int | None = None,
) -> Iterator[HybridStudent]:
    """Yield the student after each round; arguments and errors as in ``hybrid``.

    Latent neighbours join in the last round: they move every pixel, where masked copies move only
    lit ones, and the earlier rounds only have to say where to look.
    """
    if target is None:
        target = int(teacher(picture[None])[0].argmax())
    random = np.random.default_rng(settings.seed)
    pictures, share = picture[None][:0], np.empty(0)
    logits: Logits | None = None
    importance = None
    counts = np.diff(np.linspace(0, settings.masked, settings.rounds + 1).astype(int))
    for number, count in enumerate(counts, start=1):
        if importance is None:
            stay = _opposites(picture, int(count), settings, random)
        else:
            stay = _along_the_way(importance, picture, int(count), settings, random)
        copies = np.where(stay[:, None], picture, np.float32(settings.fill))
        answers = teacher(copies)
        pictures = np.concatenate([pictures, copies])
        logits = answers if logits is None else np.concatenate([logits, answers])
        weight = 1.0 if importance is None else settings.guided_share
        share = np.concatenate([share, np.full(count, weight)])
        if number == settings.rounds and len(latent):
            pictures = np.concatenate([pictures, latent])
            logits = np.concatenate([logits, teacher(latent)])
            each = settings.latent_share * share.sum() / len(latent)
            share = np.concatenate([share, np.full(len(latent), each)])
        found = fit(pictures, logits, share, settings.l2)
        yield found
        change = picture - np.float32(settings.fill)
        importance = (found.margins.weights[target] * change).sum(axis=0)


def fit(
    pictures: Pictures, logits: Logits, share: Float[np.ndarray, " sample"], l2: float
) -> HybridStudent:
    """Return the student of weighted neighbours: both sets of weights by one ridge regression.

    Parameters
    ----------
    pictures
        Neighbours.
    logits
        The teacher's for them, finite.
    share
        Weight of each, not negative, of any positive sum.
    l2
        Penalty as a share of the neighbours' total variance, not negative.

    Raises
    ------
    ValueError
        If a logit is not finite.
    """
    if not np.isfinite(logits).all():
        raise ValueError("the teacher's logits must be finite, got NaN or infinity")
    flat = pictures.reshape(len(pictures), -1)
    alive = np.ptp(flat, axis=0) > 0  # a pixel that never changes gets no weight either way
    targets = np.concatenate([centred(logits), log_odds(logits)], axis=1)
    found = np.zeros((flat.shape[1] + 1, targets.shape[1]), np.float32)
    found[np.append(alive, True)] = closed_form(flat[:, alive], targets, l2, share=share)
    classes = logits.shape[1]
    return HybridStudent(
        _student(found[:, :classes], pictures.shape[1:]),
        _student(found[:, classes:], pictures.shape[1:]),
    )


def log_odds(logits: Logits) -> Float[np.ndarray, "sample class"]:
    """Return log p / (1 - p) of every class, float64, without ever rounding p to 1."""
    z = logits.astype(np.float64)
    rows, top = np.arange(len(z)), z.argmax(axis=1)
    logs = z - log_sum(z)[:, None]
    others = z.copy()
    others[rows, top] = -np.inf
    # 1 - p is exact enough for all but the top class, which is taken against the others
    with np.errstate(divide="ignore"):  # the top class of a sure teacher: replaced below
        result = logs - np.log(-np.expm1(logs))
    result[rows, top] = z[rows, top] - log_sum(others)
    return result


def _opposites(
    picture: Picture, count: int, settings: Hybrid, random: np.random.Generator
) -> Bool[np.ndarray, "sample height width"]:
    size = (picture.shape[1], picture.shape[2])
    seed = int(random.integers(2**31))
    half = masks(size, (count + 1) // 2, cell=settings.cell, seed=seed)
    return np.concatenate([half, ~half])[:count]


def _along_the_way(
    importance: Float[np.ndarray, "height width"],
    picture: Picture,
    count: int,
    settings: Hybrid,
    random: np.random.Generator,
) -> Bool[np.ndarray, "sample height width"]:
    height, width = importance.shape
    per_cell = _sums(importance, settings.cell)
    # a cell that looks like the fill already changes nothing when it is masked
    there = _sums(np.abs(picture - settings.fill).sum(axis=0), settings.cell) > 0
    values = per_cell[there]
    stay = np.ones((count, *per_cell.shape), bool)
    if len(values):
        scale = values.std() or 1.0
        blurred = values / scale + settings.noise * random.standard_normal((count, len(values)))
        rank = np.argsort(np.argsort(-blurred, axis=1), axis=1)
        most = max(1, int(settings.reach * len(values)))
        stay[:, there] = rank >= random.integers(0, most + 1, count)[:, None]
    return grown(stay, settings.cell)[:, :height, :width]


def _sums(values: Float[np.ndarray, "height width"], cell: int) -> Float[np.ndarray, "row column"]:
    height, width = values.shape
    padded = np.pad(values, ((0, -height % cell), (0, -width % cell)))
    rows, columns = (length // cell for length in padded.shape)
    return padded.reshape(rows, cell, columns, cell).sum(axis=(1, 3))


def log_sum(z: Float[np.ndarray, "sample class"]) -> Float[np.ndarray, " sample"]:
    """Return log sum exp of each row, without overflow."""
    top = z.max(axis=1)
    return top + np.log(np.exp(z - top[:, None]).sum(axis=1))


def _student(weights: np.ndarray, shape: tuple[int, ...]) -> Student:
    return Student(weights[:-1].T.reshape(-1, *shape).copy(), weights[-1].copy())
