"""In which order training meets its images, and the random numbers of every step.

All chance of a training is a function of its seed, the epoch and the step. A training can thus be
cut anywhere, also within an epoch, and go on bit for bit without anything to remember.
"""

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from core.axes import Labels


def chance(generator: torch.Generator, epoch: int, step: int | None = None) -> torch.Generator:
    """Return the generator of one step, or of the epoch's order if no step is given.

    Parameters
    ----------
    generator
        Only the seed that it began with counts, not how much has been drawn from it.
    epoch, step
        From 0.
    """
    key = (epoch,) if step is None else (epoch, step)
    seed = generator.initial_seed() & (2**64 - 1)
    drawn = np.random.SeedSequence(seed, spawn_key=key).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(drawn >> np.uint64(1)))


def epoch_order(
    labels: Labels, generator: torch.Generator, *, balanced: bool = False
) -> Int[Tensor, " step"]:
    """Return the rows that one epoch meets, as many as there are labels, in random order.

    Parameters
    ----------
    labels
        Classes of the training images.
    generator
        What the order is drawn from.
    balanced
        Every class that occurs is met equally often, up to one: rare images several times, common
        ones only now and then. Otherwise every image is met once.
    """
    n = len(labels)
    if not balanced:
        return torch.randperm(n, generator=generator)
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    share, rest = divmod(n, len(members))
    more = set(torch.randperm(len(members), generator=generator)[:rest].tolist())
    parts = []
    for number, rows in enumerate(members):
        wanted = share + (number in more)
        rounds = -(-wanted // len(rows))  # all rows come round before one comes again
        order = [torch.randperm(len(rows), generator=generator) for _ in range(rounds)]
        parts.append(torch.from_numpy(rows)[torch.cat(order)[:wanted]] if order else order)
    joined = torch.cat([part for part in parts if len(part)])
    return joined[torch.randperm(n, generator=generator)]
