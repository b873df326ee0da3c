"""Probabilities out of logits, and how undecided they are."""

import numpy as np
from jaxtyping import Float

from core.axes import Logits, Probabilities


def softmax(logits: Logits) -> Probabilities:
    """Return probabilities, in the logits' own precision: exp(z) over its sum in each row.

    Each row is shifted by its largest value first, so that nothing overflows; the sum is taken in
    float64.

    Raises
    ------
    ValueError
        If a logit is NaN or infinite.
    """
    wrong = ~np.isfinite(logits).all(axis=1)
    if wrong.any():
        raise ValueError(
            f"logits must be finite, got NaN or infinity in {wrong.sum()} of {len(logits)} rows, "
            f"first in row {wrong.argmax()}"
        )
    weights = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return (weights / weights.sum(axis=1, keepdims=True)).astype(logits.dtype)


def entropy(probabilities: Probabilities) -> Float[np.ndarray, " sample"]:
    """Return the predictive entropy of each row in nats: minus the sum of p log p, 0 log 0 = 0.

    From 0 (certain) to log of the number of classes (undecided), in float64.

    Raises
    ------
    ValueError
        If a probability is negative or NaN.
    """
    p = probabilities.astype(np.float64)
    if not (p >= 0).all():
        raise ValueError(f"probabilities must not be negative or NaN, the smallest is {p.min()}")
    logs = np.log(p, where=p > 0, out=np.zeros_like(p))
    return 0.0 - (p * logs).sum(axis=1)  # 0.0 - x, since -0.0 would show as "-0"
