"""The hybrid student: latent neighbours and masked copies of the image, taught by log-odds.

DeepVID, section 9, asks for a hybrid of its two categories of neighbours. Masked copies say what
each pixel does by itself, latent neighbours what changes together. The student's logits are fitted
to the teacher's centred logits; a second set of weights, the ``margins``, is fitted to the log-odds
of each class against all others, log p / (1 - p), which is what a pixel has to argue against. Both
are one ridge regression (equation of ``optimizers.closed_form``), solved at once.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from core.deepvid.optimizers import closed_form
from core.deepvid.pixels import masked_copies
from core.deepvid.student import Logits, Student, centred
from core.generators.generator import Picture, Pictures


@dataclass(frozen=True)
class Hybrid:
    """Settings of the hybrid student.

    ``masked``  masked copies, at least 1
    ``kept``  share of cells that stay in a copy, above 0 and below 1
    ``cell``  side of a cell in pixels
    ``fill``  value of what is masked; black, as in the removal curves
    ``latent_share``  weight of all latent neighbours together, against 1 for all masked copies
    ``image_share``  weight of the image itself, likewise
    ``l2``  penalty as a share of the neighbours' total variance
    """

    masked: int = 1000
    kept: float = 0.5
    cell: int = 1
    fill: float = 0.0
    latent_share: float = 0.1
    image_share: float = 0.1
    l2: float = 1e-4
    seed: int = 0


@dataclass(frozen=True)
class HybridStudent:
    """The student, and the weights that speak for each class against all others."""

    student: Student
    margins: Student


def hybrid(
    picture: Picture,
    teacher: Callable[[Pictures], Logits],
    latent: Pictures,
    settings: Hybrid,
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

    Raises
    ------
    ValueError
        If a setting is out of range, or the teacher's logits are not finite.
    """
    copies = masked_copies(
        picture,
        settings.masked,
        kept=settings.kept,
        cell=settings.cell,
        fill=settings.fill,
        seed=settings.seed,
    )
    pictures = np.concatenate([picture[None], copies, latent])
    return fit(pictures, teacher(pictures), len(copies), settings)


def fit(pictures: Pictures, logits: Logits, copies: int, settings: Hybrid) -> HybridStudent:
    """Return the student of the image (first), its masked copies and its latent neighbours (rest).

    Arguments and errors as in ``hybrid``; ``logits`` are the teacher's for all of them.
    """
    if not np.isfinite(logits).all():
        raise ValueError("the teacher's logits must be finite, got NaN or infinity")
    if min(settings.latent_share, settings.image_share, settings.l2) < 0:
        raise ValueError(
            "latent_share, image_share and l2 must not be negative, got "
            f"{settings.latent_share}, {settings.image_share}, {settings.l2}"
        )
    latent = len(pictures) - 1 - copies
    share = np.full(len(pictures), 1 / copies)
    share[0] = settings.image_share
    share[1 + copies :] = settings.latent_share / max(latent, 1)
    flat = pictures.reshape(len(pictures), -1)
    alive = np.ptp(flat, axis=0) > 0  # a pixel that never changes gets no weight either way
    targets = np.concatenate([centred(logits), log_odds(logits)], axis=1)
    found = np.zeros((flat.shape[1] + 1, targets.shape[1]), np.float32)
    rows = np.append(alive, True)
    found[rows] = closed_form(flat[:, alive], targets, settings.l2, share=share)
    classes = logits.shape[1]
    return HybridStudent(
        _student(found[:, :classes], pictures.shape[1:]),
        _student(found[:, classes:], pictures.shape[1:]),
    )


def log_odds(logits: Logits) -> Float[np.ndarray, "sample class"]:
    """Return log p / (1 - p) of every class, float64, without ever rounding p to 1."""
    z = logits.astype(np.float64)
    top = np.argmax(z, axis=1)
    rows = np.arange(len(z))
    whole = _log_sum(z)
    odds = z - whole[:, None]
    # 1 - p loses nothing for classes up to p = 1/2; the top class is taken against the others
    below = -np.expm1(np.minimum(odds, -1e-300))
    result = odds - np.log(np.maximum(below, 1e-300))
    others = z.copy()
    others[rows, top] = -np.inf
    result[rows, top] = z[rows, top] - _log_sum(others)
    return result


def _log_sum(z: np.ndarray) -> np.ndarray:
    top = z.max(axis=1)
    return top + np.log(np.exp(z - top[:, None]).sum(axis=1))


def _student(weights: np.ndarray, shape: tuple[int, ...]) -> Student:
    return Student(weights[:-1].T.reshape(-1, *shape).copy(), weights[-1].copy())
