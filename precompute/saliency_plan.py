"""On how many images each method of the saliency contest is judged.

Where the study gives no numbers, they are what ``BUDGET`` seconds of one core allow, judged from
the network's floating-point operations and each method's passes: figures that do not depend on how
busy a machine is, so that a build repeats. Quick methods get more images than those that take many
passes; all get the first images of one order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.saliency.cost import seconds_of_pass
from core.saliency.method import Examined
from precompute.saliency_methods import LARGE, Contestant
from precompute.settings import Saliency

BUDGET = 360.0  # seconds of one core for the curves; the other checks add about a quarter
LEAST_QUICK, LEAST = 10, 6  # images
MOST_QUICK, MOST = 2_000, 200
COPY, VALUE = 2e-5, 2e-8  # seconds that a method's own work adds to a pass: at all, and a value
CURVES = 200  # passes of deletion and insertion together
SANITY, SENSITIVE, SENSITIVE_LARGE, DRAWS = 100, 50, 10, 5
FEWEST = 5  # images below which a mean says nothing


@dataclass(frozen=True)
class Share:
    """On how many images a method is judged: by curves, by the sanity check, by sensitivity."""

    images: int
    sanity: int
    sensitivity: int


@dataclass(frozen=True)
class Plan:
    """The shares of quick and of slow methods.

    ``rows`` of saliency_explained are made for further samples than the gallery's; ``seconds`` of
    one core is about what all takes, ``one_pass`` what one picture takes the teacher.
    """

    quick: Share
    slow: Share
    rows: int
    seconds: float
    one_pass: float

    def share(self, one: Contestant) -> Share:
        """What a method gets; other samplers of DeepVID's get no sanity check or sensitivity."""
        found = self.quick if one.quick else self.slow
        return Share(found.images, 0, 0) if one.sampler else found


def planned(
    methods: Sequence[Contestant],
    teacher: Examined,
    shape: tuple[int, int, int],
    settings: Saliency,
    available: int,
    removed: int,
) -> Plan:
    """Return the numbers: as the study says, else what the budget allows.

    Parameters
    ----------
    methods
        Those that take part.
    teacher
        The teacher.
    shape
        Channel, height, width.
    settings
        What the study says.
    available
        Images at hand; no method gets more.
    removed
        Pixels that removal takes away one by one; 0 where it is not done.
    """
    one_pass = seconds_of_pass(teacher, shape)
    copied = one_pass + COPY + VALUE * float(np.prod(shape))
    maps, both = {}, {}  # seconds of all quick and of all slow methods for one image
    for quick in (True, False):
        passes = [one.passes for one in methods if one.quick == quick]
        maps[quick] = copied * sum(passes)
        both[quick] = maps[quick] + one_pass * len(passes) * (CURVES + removed)
    images = settings.images or _allowed(0.6, both[False], LEAST, MOST)
    images = min(images, available)
    quick = settings.quick_images or settings.images
    quick = quick or _allowed(0.4, both[True], LEAST_QUICK, MOST_QUICK)
    quick = min(max(quick, images), available)
    large = max(shape[1:]) > LARGE
    sensitive = min(SENSITIVE_LARGE if large else SENSITIVE, quick // 2)
    shares = [
        Share(
            count,
            min(count, settings.sanity or few(sanity)),
            min(count, settings.sensitivity or few(sensitivity)),
        )
        for count, sanity, sensitivity in (
            (quick, SANITY, sensitive),
            (images, min(SANITY, images // 5), min(sensitive, images // 20)),
        )
    ]
    rows = settings.explained or (12 if images >= 50 else 1)
    seconds = sum(
        both[kind] * (share.images + rows) + maps[kind] * (share.sanity + DRAWS * share.sensitivity)
        for kind, share in zip((True, False), shares, strict=True)
    )
    return Plan(shares[0], shares[1], rows, seconds, one_pass)


def few(count: int) -> int:
    """The count, or 0 where it is so small that a mean would say nothing."""
    return count if count >= FEWEST else 0


def _allowed(part: float, seconds: float, least: int, most: int) -> int:
    """Images that a part of the budget allows at so many seconds each."""
    return int(np.clip(part * BUDGET / max(seconds, 1e-9), least, most))
