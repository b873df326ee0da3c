"""Two classifiers on the same images: where they differ, and whether one is better.

Of n images, `only_first` are those that only the first gets right, `only_second` those that only
the second does; the others tell nothing about which of the two is better.
"""

from math import sqrt
from typing import NamedTuple

import numpy as np

from core.axes import Probabilities, Scalars
from core.intervals import Interval, Z


class Difference(NamedTuple):
    """First accuracy minus second, -1..1, and its 95 % interval."""

    value: float
    interval: Interval


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the probability of a split at least as uneven, were both equally good; 0..1.

    McNemar's test in its exact two-sided form: of the images that only one gets right, each is
    then as likely the first's as the second's. Without such an image it is 1.

    Source: McNemar, "Note on the sampling error of the difference between correlated proportions
    or percentages" (1947).

    Parameters
    ----------
    only_first, only_second
        Images that only the first, and only the second, gets right; not negative.

    Raises
    ------
    ValueError
        If a count is negative.
    """
    _check(only_first, only_second)
    n, fewer = only_first + only_second, min(only_first, only_second)
    ways = total = 1  # whole numbers: exact however small the probability becomes
    for k in range(fewer):
        ways = ways * (n - k) // (k + 1)
        total += ways
    return min(1.0, 2 * total / 2**n)


def accuracy_difference(only_first: int, only_second: int, n: int) -> Difference:
    """Return how much more accurate the first is on the same `n` images, with its 95 % interval.

    The interval adds half an image to each of the four cells; the difference itself does not.

    Source: Agresti and Min, "Simple improved confidence intervals for comparing matched
    proportions" (2005), equation 4.

    Parameters
    ----------
    only_first, only_second
        Images that only the first, and only the second, gets right.
    n
        All images, at least as many; with none the interval is -1..1.

    Raises
    ------
    ValueError
        If a count is negative, or their sum larger than n.
    """
    _check(only_first, only_second)
    if only_first + only_second > n:
        raise ValueError(
            f"n must be at least only_first + only_second = {only_first + only_second}, got {n}"
        )
    if n == 0:
        return Difference(0.0, Interval(-1.0, 1.0))
    b, c, m = only_first + 0.5, only_second + 0.5, n + 2
    center = (b - c) / m
    half = Z * sqrt((b + c) - (b - c) ** 2 / m) / m
    return Difference(
        (only_first - only_second) / n,
        Interval(max(-1.0, center - half), min(1.0, center + half)),
    )


def total_variation(first: Probabilities, second: Probabilities) -> Scalars:
    """Return half the summed difference of two rows of probabilities, 0 (the same) to 1.

    It is the largest difference that the two can have in the probability of any set of classes.
    """
    return (0.5 * np.abs(first - second).sum(axis=1, dtype=np.float64)).clip(0.0, 1.0)


def _check(*counts: int) -> None:
    if min(counts) < 0:
        raise ValueError(f"counts of images must not be negative, got {counts}")
