"""Ranks and their correlation, in numpy alone: pages use them where scipy is not installed."""

import numpy as np
from jaxtyping import Float, Shaped

Values = Shaped[np.ndarray, " value"]


def midranks(values: Values) -> Float[np.ndarray, " value"]:
    """Return the rank of each value from 1 on; equal values share the mean of their ranks."""
    _, group, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2)[group]


def spearman(one: Values, other: Values) -> float:
    """Return Spearman's correlation, -1..1; NaN below three values or where nothing varies.

    Source: Spearman, "The Proof and Measurement of Association between Two Things" (1904), with
    midranks for ties.
    """
    if len(one) < 3:
        return float("nan")
    x, y = midranks(one), midranks(other)
    x, y = x - x.mean(), y - y.mean()
    norm = np.sqrt((x @ x) * (y @ y))
    return float(np.clip(x @ y / norm, -1, 1)) if norm > 0 else float("nan")
