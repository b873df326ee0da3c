"""Whether the student may be believed: on the image itself, and on neighbours it never saw.

Source: DeepVID, section 6.3: when the student's prediction is not similar to the teacher's, the
explanation should not be trusted. All at temperature 1.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from core.deepvid.student import Student, centred, soften
from core.generators.generator import Picture, Pictures

Verdict = Literal["agrees", "differs", "disagrees"]
CLOSE = 0.1  # total variation up to which probabilities count as alike


@dataclass(frozen=True)
class Trust:
    """Teacher and student on the image itself.

    ``total_variation`` half the L1 distance of their probabilities, 0..1; ``teacher_class`` and
    ``student_class`` their most probable single classes.
    """

    teacher: Float[np.ndarray, " class"]
    student: Float[np.ndarray, " class"]
    total_variation: float
    teacher_class: int
    student_class: int

    @property
    def same_top_class(self) -> bool:
        """Whether both read the image alike."""
        return self.teacher_class == self.student_class

    @property
    def verdict(self) -> Verdict:
        """``disagrees`` where they read another class, ``differs`` where probabilities do."""
        if not self.same_top_class:
            return "disagrees"
        return "agrees" if self.total_variation <= CLOSE else "differs"


@dataclass(frozen=True)
class HeldOut:
    """The student on neighbours that it was not trained on.

    ``kl`` mean KL(teacher || student) in nats; ``top_agreement`` share of neighbours with the same
    most probable class; ``r2`` share of the variance of the teacher's centred logits that the
    student explains, NaN where they do not vary.
    """

    kl: float
    top_agreement: float
    r2: float
    n: int


def trust(
    student: Student,
    picture: Picture,
    logits: Float[np.ndarray, " class"],
    *,
    others: bool = False,
) -> Trust:
    """Return how teacher and student compare on the image.

    Parameters
    ----------
    student
        A trained student.
    picture
        The image itself, not its reconstruction.
    logits
        The teacher's logits for it, finite.
    others
        Whether the last one stands for all other classes together, which is no class to read: of
        1,000 classes those outside may sum to more than any of the few that are named.

    Raises
    ------
    ValueError
        If a logit is not finite.
    """
    if not np.isfinite(logits).all():
        raise ValueError("the teacher's logits must be finite, got NaN or infinity")
    named = len(logits) - others
    teacher = soften(logits[None], 1.0)[0]
    ours = student.probabilities(picture[None])[0]
    return Trust(
        teacher,
        ours,
        float(0.5 * np.abs(teacher - ours).sum()),
        int(teacher[:named].argmax()),
        int(ours[:named].argmax()),
    )


def held_out(
    student: Student, pictures: Pictures, logits: Float[np.ndarray, "sample class"]
) -> HeldOut:
    """Return how well the student follows the teacher on neighbours it never saw.

    Parameters
    ----------
    student
        A trained student.
    pictures
        At least one neighbour from the region where it was trained.
    logits
        The teacher's logits for them, finite.

    Raises
    ------
    ValueError
        If there is no neighbour, or a logit is not finite.
    """
    if len(pictures) == 0 or not np.isfinite(logits).all():
        raise ValueError(
            f"held-out neighbours must be at least one with finite logits, got {len(pictures)}"
        )
    ours = student.logits(pictures).astype(np.float64)
    theirs = logits.astype(np.float64)
    p = soften(theirs, 1.0)
    kl = (p * (_log_softmax(theirs) - _log_softmax(ours))).sum(axis=1).mean()
    return HeldOut(
        kl=float(max(kl, 0.0)),  # rounding may leave -1e-17
        top_agreement=float((ours.argmax(1) == theirs.argmax(1)).mean()),
        r2=explained_share(centred(theirs), centred(ours)),
        n=len(pictures),
    )


def explained_share(
    truth: Float[np.ndarray, "sample class"], found: Float[np.ndarray, "sample class"]
) -> float:
    """Return R2: the share of the variance of ``truth`` that ``found`` explains, at most 1.

    Over all classes together, each about its own mean; NaN where the truth does not vary.
    """
    rest = np.square(truth - found).sum()
    variance = np.square(truth - truth.mean(axis=0)).sum()
    return float(1 - rest / variance) if variance > 1e-12 else float("nan")


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
