"""On how many images each method of the saliency contest is judged.

Where the study gives no numbers, they are what ``BUDGET`` seconds of one core allow, judged from
the network's floating-point operations and each method's passes: figures that do not depend on how
busy a machine is, so that a build repeats. Quick methods get more images than those that take many
passes; all get the first images of one order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from core.saliency.method import Examined
from core.teachers.inference import evaluating
from precompute.saliency_methods import Contestant
from precompute.settings import Saliency

BUDGET = 600.0  # seconds of one core
LEAST, MOST_QUICK, MOST = 10, 2_000, 200  # images
CALL, RATE = 25e-6, 4e10  # seconds of a pass of no work, and operations in a second
ELSE = 1.5  # what a method's own arithmetic adds to the teacher's
CURVES = 200  # passes of deletion and insertion together
BLACK_BOX = 1e-4  # seconds of a pass of a teacher that is no network
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
    """The shares of quick and of slow methods, and about how many seconds of a core all takes.

    ``rows`` of saliency_explained are made for further samples than the gallery's.
    """

    quick: Share
    slow: Share
    rows: int
    seconds: float

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
    curves = CURVES + removed
    cost = {
        quick: sum(ELSE * one_pass * (one.passes + curves) for one in methods if one.quick == quick)
        for quick in (True, False)
    }
    images = settings.images or _clip(0.6 * BUDGET / max(cost[False], 1e-9), MOST)
    images = min(images, available)
    quick = settings.quick_images or (
        settings.images or _clip(0.4 * BUDGET / max(cost[True], 1e-9), MOST_QUICK)
    )
    quick = min(max(quick, images), available)
    usual = SENSITIVE if max(shape[1:]) <= 64 else SENSITIVE_LARGE
    shares = [
        Share(
            count,
            min(count, settings.sanity or few(most)),
            min(count, settings.sensitivity or few(least)),
        )
        for count, most, least in ((quick, SANITY, usual), (images, images // 5, images // 20))
    ]
    rows = settings.explained or (12 if images >= 50 else 2)
    seconds = sum(
        cost[kind] * (share.images + share.sanity + DRAWS * share.sensitivity + rows)
        for kind, share in zip((True, False), shares, strict=True)
    )
    return Plan(shares[0], shares[1], rows, seconds)


def few(count: int) -> int:
    """The count, or 0 where it is so small that a mean would say nothing."""
    return count if count >= FEWEST else 0


def seconds_of_pass(teacher: Examined, shape: tuple[int, int, int]) -> float:
    """About how long one picture takes the teacher on one core; the same on every machine."""
    module = teacher.module
    if module is None:
        return BLACK_BOX
    example = torch.zeros(1, *shape, device=next(module.parameters()).device)
    with evaluating(module), torch.no_grad(), FlopCounterMode(display=False) as counted:
        module(example)
    return CALL + counted.get_total_flops() / RATE


def _clip(count: float, most: int) -> int:
    return int(np.clip(count, LEAST, most))
