"""Two methods on the same images: the mean difference, its interval, and how likely by chance.

The interval is the percentile bootstrap's over images; the p-value is Fisher's sign-flip test
(Fisher, "The Design of Experiments" (1935), section 21), drawn at random: were both methods equal,
every image's difference could as well have the other sign.
"""

from typing import NamedTuple

import numpy as np

from core.axes import Scalars
from core.intervals import Interval, bootstrap


class Paired(NamedTuple):
    """Mean of ours minus theirs, its 95 % interval, and the two-sided p-value in 0..1."""

    difference: float
    interval: Interval
    p: float


def paired(ours: Scalars, theirs: Scalars, *, seed: int = 0, flips: int = 4000) -> Paired:
    """Return how two methods differ on the same images, in the same order.

    Parameters
    ----------
    ours, theirs
        One finite figure per image.
    seed
        Seed of bootstrap and flips.
    flips
        Random assignments of signs, at least 1; the smallest p-value is 1 / (flips + 1).

    Raises
    ------
    ValueError
        If the figures differ in number, or one is not finite, or there is none.
    """
    if len(ours) != len(theirs):
        raise ValueError(
            f"a paired test needs as many figures of both, got {len(ours)} and {len(theirs)}"
        )
    difference = ours.astype(np.float64) - theirs
    interval = bootstrap(difference, seed)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], (flips, len(difference)))
    # rounding must not make an assignment that equals the observed one look smaller
    least = abs(difference.mean()) * (1 - 1e-12)
    extreme = int((np.abs(signs @ difference) / len(difference) >= least).sum())
    return Paired(float(difference.mean()), interval, (1 + extreme) / (1 + flips))
