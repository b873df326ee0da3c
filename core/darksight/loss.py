"""How far the student's prediction is from the teacher's: symmetric KL divergence.

Source: equations 5 to 7 of Schacherer's report on DarkSight (2018). Our ``teacher`` is their
P_T(c | x) = pi, our ``student`` their P_S(c | y; theta). Everything is in nats.

The divergence is infinite where a probability is exactly 0, and float32 rounds a confident
network's small ones to 0. ``soften`` therefore lifts probabilities below a floor to it; the floor
belongs to the figure and is stated with it.
"""

import numpy as np
from jaxtyping import Float

from core.axes import Probabilities, Scalars

FLOOR = 1e-12
ROW_SUM_TOLERANCE = 1e-3  # float16 and printed decimals; more is a table of something else


def soften(
    probabilities: Probabilities, temperature: float = 1.0, floor: float = FLOOR
) -> Probabilities:
    """Return log of the probabilities at a temperature: p^(1/T), floored, rows summing to 1.

    Parameters
    ----------
    probabilities
        The teacher's, 0..1, rows summing to 1 within 0.001; two classes or more.
    temperature
        T > 0; above 1 the rows become less decided, 1 leaves them.
    floor
        Probabilities below it count as equal to it, above 0 and below 1 / classes.

    Raises
    ------
    ValueError
        If there is no sample, fewer than two classes, or a value is out of its range.
    """
    if not temperature > 0 or np.isinf(temperature):
        raise ValueError(f"temperature must be positive and finite, got {temperature}")
    if probabilities.ndim != 2 or 0 in probabilities.shape or probabilities.shape[1] < 2:
        raise ValueError(
            "probabilities must be a table of at least one sample and two classes, "
            f"got shape {probabilities.shape}"
        )
    if not 0 < floor < 1 / probabilities.shape[1]:
        raise ValueError(
            f"floor must be above 0 and below 1 / classes = {1 / probabilities.shape[1]:.3g}, "
            f"got {floor}"
        )
    _check_rows(probabilities)
    p = np.maximum(probabilities, floor, dtype=np.float64)
    logs = np.log(p, out=p)
    logs /= temperature
    logs -= logs.max(axis=1, keepdims=True)
    logs -= np.log(np.exp(logs).sum(axis=1, keepdims=True))
    return logs


def _check_rows(probabilities: np.ndarray) -> None:
    finite = np.isfinite(probabilities).all(axis=1)
    if not finite.all():
        raise ValueError(
            f"probabilities must be finite, got NaN or infinity in {(~finite).sum()} of "
            f"{len(probabilities)} rows, first in row {finite.argmin()}"
        )
    inside = ((probabilities >= 0) & (probabilities <= 1 + ROW_SUM_TOLERANCE)).all(axis=1)
    if not inside.all():
        raise ValueError(
            f"probabilities must be from 0 to 1, row {inside.argmin()} is not; "
            "pass logits through softmax first"
        )
    sums = probabilities.sum(axis=1, dtype=np.float64)
    wrong = np.abs(sums - 1) > ROW_SUM_TOLERANCE
    if wrong.any():
        raise ValueError(
            f"each row of probabilities must sum to 1, row {wrong.argmax()} sums to "
            f"{sums[wrong.argmax()]:.6g}; pass logits through softmax first"
        )


def symmetric_kl(teacher_log: Probabilities, student_log: Probabilities) -> Scalars:
    """Return KL_sym(P_T, P_S) of each sample in nats, from logarithms of probabilities.

    Half of KL(P, Q) + KL(Q, P), which is half the sum of (P - Q)(log P - log Q); 0 or more
    (equations 6 and 7; the mean over samples is equation 5).
    """
    difference = np.exp(teacher_log) - np.exp(student_log)
    difference *= teacher_log - student_log
    return 0.5 * difference.sum(axis=1)


def top_class_agreement(
    teacher: Float[np.ndarray, "sample class"], student: Float[np.ndarray, "sample class"]
) -> float:
    """Return the share of samples whose most probable class is the same for both, 0..1."""
    return float((teacher.argmax(axis=1) == student.argmax(axis=1)).mean())
