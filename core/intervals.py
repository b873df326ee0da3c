"""95 % intervals for a share, for a mean, and for a mean curve."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from core.axes import Scalars

BLOCK = 100_000  # drawn values that a bootstrap holds at once
Z = 1.959963984540054  # the normal distribution holds 95 % between -Z and Z


class Interval(NamedTuple):
    """Lower and upper end of a 95 % interval."""

    low: float
    high: float


class Band(NamedTuple):
    """A mean curve and, at each step, the ends of its 95 % interval."""

    mean: Float[np.ndarray, " step"]
    low: Float[np.ndarray, " step"]
    high: Float[np.ndarray, " step"]


def wilson(successes: int, n: int) -> Interval:
    """Return Wilson's score interval of a share, within 0..1; no trial at all tells 0..1.

    Source: Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927).

    Parameters
    ----------
    successes
        Trials that succeeded, 0..n.
    n
        Trials.

    Raises
    ------
    ValueError
        If successes lie outside 0..n.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"successes must be from 0 to n = {n}, got {successes}")
    if n == 0:
        return Interval(0.0, 1.0)
    share = successes / n
    center = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    # rounding would leave 1e-17 where the ends are exactly 0 and 1
    low = 0.0 if successes == 0 else float(center - half)
    high = 1.0 if successes == n else float(center + half)
    return Interval(low, high)


def bootstrap(values: Scalars, seed: int, *, resamples: int = 1000) -> Interval:
    """Return the percentile bootstrap interval of the mean of values.

    Source: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), section 13.3.

    Parameters
    ----------
    values
        One finite value per independent sample, at least one.
    seed
        Seed of the resampling; the same seed gives the same interval.
    resamples
        How often the values are drawn anew, at least 1.

    Raises
    ------
    ValueError
        If there is no value, or one that is not finite.
    """
    n = len(values)
    if n == 0 or not np.isfinite(values).all():
        raise ValueError(
            f"bootstrap needs finite values, at least one, got {n} of which "
            f"{int(np.isfinite(values).sum())} are finite"
        )
    random = np.random.default_rng(seed)
    values = values.astype(np.float64)
    at_once = max(1, BLOCK // n)
    means = np.concatenate(
        [
            values[random.integers(n, size=(min(at_once, resamples - start), n))].mean(axis=1)
            for start in range(0, resamples, at_once)
        ]
    )
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(float(low), float(high))


def bootstrap_band(
    curves: Float[np.ndarray, "sample step"], seed: int, *, resamples: int = 1000
) -> Band:
    """Return the mean of at least one curve and its percentile bootstrap interval, per step.

    Every resample draws whole curves, so that the steps of one belong together.
    """
    n = len(curves)
    counts = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), resamples)
    values = curves.astype(np.float64)
    low, high = np.quantile(counts @ values / n, [0.025, 0.975], axis=0)
    return Band(values.mean(axis=0), low, high)
