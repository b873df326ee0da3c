"""What happens to samples, and when: the queries of a time-travelling view.

DeepVisualInsight, section 2, asks for queries on samples and on iterations. Epochs are counted as
rows of the arrays, from 0. No torch.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int

Kind = Literal["flip", "jump", "move"]
Correct = Bool[np.ndarray, "epoch sample"]


@dataclass(frozen=True)
class Events:
    """Things that happened between an epoch and the one before it; one row each, in time order.

    ``size`` is the change of confidence of a jump, the length of a move, 1 for a flip.
    """

    kind: Kind
    epoch: Int[np.ndarray, " event"]
    sample: Int[np.ndarray, " event"]
    size: Float[np.ndarray, " event"]

    def __len__(self) -> int:
        return len(self.epoch)


def flips(predicted: Int[np.ndarray, "epoch sample"]) -> Events:
    """Return every change of a predicted class."""
    epoch, sample = np.nonzero(predicted[1:] != predicted[:-1])
    return Events("flip", epoch + 1, sample, np.ones(len(epoch)))


def jumps(confidence: Float[np.ndarray, "epoch sample"], least: float = 0.5) -> Events:
    """Return every change of confidence by at least ``least``, 0..1, up or down (signed size)."""
    if not 0 < least <= 1:
        raise ValueError(f"least must be above 0 and at most 1, got {least}")
    change = np.diff(confidence.astype(np.float64), axis=0)
    epoch, sample = np.nonzero(np.abs(change) >= least)
    return Events("jump", epoch + 1, sample, change[epoch, sample])


def largest_moves(points: Float[np.ndarray, "epoch sample 2"], count: int = 100) -> Events:
    """Return the ``count`` longest steps on screen, in time order; equal ones by epoch, sample."""
    if count < 0:
        raise ValueError(f"count must not be negative, got {count}")
    length = np.linalg.norm(np.diff(points.astype(np.float64), axis=0), axis=2)
    chosen = np.sort(np.argsort(-length.ravel(), kind="stable")[:count])
    epoch, sample = np.divmod(chosen, max(length.shape[1], 1))
    return Events("move", epoch + 1, sample, length[epoch, sample])


def forgotten(correct: Correct, first: int, last: int) -> Int[np.ndarray, " chosen"]:
    """Return the samples that are right at epoch ``first`` and wrong at the later ``last``."""
    if not 0 <= first < last < len(correct):
        raise ValueError(
            f"two epochs in order among {len(correct)} are needed, got {first} and {last}"
        )
    return np.flatnonzero(correct[first] & ~correct[last])


def learned_at(correct: Correct) -> Int[np.ndarray, " sample"]:
    """Return the epoch from which each sample stays right to the end; -1 if it ends wrong."""
    right_since = np.logical_and.accumulate(correct[::-1], axis=0)[::-1]
    return np.where(right_since[-1], right_since.argmax(axis=0), -1)


def never_learned(correct: Correct) -> Int[np.ndarray, " chosen"]:
    """Return the samples that are right at no epoch."""
    return np.flatnonzero(~correct.any(axis=0))


def late_learned(correct: Correct, since: int) -> Int[np.ndarray, " chosen"]:
    """Return the samples that stay right to the end, but only from epoch ``since`` or later."""
    return np.flatnonzero(learned_at(correct) >= max(since, 1))


def accuracy_drops(correct: Correct) -> tuple[Int[np.ndarray, " drop"], Float[np.ndarray, " drop"]]:
    """Return the epochs with a lower accuracy than the one before, deepest first, and by how much.

    The shares are positive.
    """
    change = -np.diff(correct.mean(axis=1))
    fell = np.flatnonzero(change > 0)
    order = fell[np.argsort(-change[fell], kind="stable")]
    return order + 1, change[order]


def restless_epochs(
    points: Float[np.ndarray, "epoch sample 2"],
) -> tuple[Int[np.ndarray, " pair"], Float[np.ndarray, " pair"]]:
    """Return the epochs by how far samples moved since the one before, most first, and the mean."""
    length = np.linalg.norm(np.diff(points.astype(np.float64), axis=0), axis=2).mean(axis=1)
    order = np.argsort(-length, kind="stable")
    return order + 1, length[order]
