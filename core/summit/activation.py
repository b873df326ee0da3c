"""Which channels an image excites most, and how often over a class (section 6.1).

Z: the largest value of each channel over all positions, negative counting as zero. Method 1 takes
the k largest of an image; method 2 takes the largest until a share of the row's sum is reached.
A: how many images of a class took a channel. The paper divides by the sum over images where its
words say row sums: divided here by the sum over the layer's channels. Its formula leaves out the
channel with which the share is exceeded, its words take it in: ``crossing`` says which. An image
always keeps ``least`` channels, and how many images needed that is told. Equal maxima go to the
lower channel. No torch here, except that ``channel_maxima`` reads its tensors.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

Maxima = Float[np.ndarray, "sample channel"]
Chosen = Bool[np.ndarray, "sample channel"]
ClassCounts = Int[np.ndarray, "class channel"]


@dataclass(frozen=True)
class Choice:
    """Which channels each image chose; ``forced`` images reached the share with none or too few."""

    chosen: Chosen
    forced: Bool[np.ndarray, " sample"]


def channel_maxima(values: Any, axis: int = 1) -> Maxima:
    """Return the largest value of each channel over positions, at least zero (steps A1, A2).

    Parameters
    ----------
    values
        A tensor or array [sample, channel, *positions]; ``axis`` says which one is the channel.
    axis
        The channel's axis; 1, or the last one where channels stand last.
    """
    others = tuple(i for i in range(1, values.ndim) if i != axis % values.ndim)
    if isinstance(values, np.ndarray):
        most = values.max(axis=others) if others else values
    else:
        most = (values.amax(dim=others) if others else values).detach().float().cpu().numpy()
    return np.maximum(most, 0).astype(np.float32)


def top_channels(maxima: Maxima, k: int) -> Choice:
    """Return method 1: the k channels with the largest maxima of each image."""
    if not 1 <= k <= maxima.shape[1]:
        raise ValueError(f"k must be from 1 to {maxima.shape[1]} channels, got {k}")
    chosen = np.zeros(maxima.shape, bool)
    order = np.argsort(-maxima, axis=1, kind="stable")[:, :k]
    np.put_along_axis(chosen, order, True, axis=1)
    return Choice(chosen, np.zeros(len(maxima), bool))


def top_share(maxima: Maxima, share: float, *, crossing: bool = False, least: int = 1) -> Choice:
    """Return method 2: the largest channels of each image until a share of their sum is reached.

    Parameters
    ----------
    maxima
        Z, not negative. An image in which no channel is excited keeps none.
    share
        k_M2, above 0 and at most 1 (the paper: 0.03).
    crossing
        Take in the channel with which the share is exceeded, too.
    least
        Channels that every image keeps even if they exceed the share, the largest first; channels
        that are not excited are never kept.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share must be above 0 and at most 1, got {share}")
    order = np.argsort(-maxima, axis=1, kind="stable")
    sorted_ = np.take_along_axis(maxima, order, 1).astype(np.float64)
    total = sorted_.sum(1, keepdims=True)
    reached = np.cumsum(sorted_, 1) / np.where(total > 0, total, 1)
    rounding = 1e-12  # a share of exactly one must not fail for the last digit of a sum
    if crossing:
        before = np.concatenate([np.zeros((len(maxima), 1)), reached[:, :-1]], 1)
        keep = before < share - rounding
    else:
        keep = reached <= share + rounding
    excited = sorted_ > 0
    keep &= excited
    forced = keep.sum(1) < np.minimum(least, excited.sum(1))
    keep[:, :least] |= excited[:, :least]
    chosen = np.zeros(maxima.shape, bool)
    np.put_along_axis(chosen, order, keep, axis=1)
    return Choice(chosen, forced)


def least_contributing(choice_of: Maxima, share: float, *, least: int = 1) -> Choice:
    """Return the opposite of method 2: the smallest excited channels (section 9).

    As many channels per image as ``top_share`` would take of the largest, taken from below.
    """
    count = top_share(choice_of, share, least=least)
    wanted = count.chosen.sum(1)
    order = np.argsort(np.where(choice_of > 0, choice_of, np.inf), axis=1, kind="stable")
    keep = np.arange(choice_of.shape[1])[None] < wanted[:, None]
    chosen = np.zeros(choice_of.shape, bool)
    np.put_along_axis(chosen, order, keep, axis=1)
    return Choice(chosen & (choice_of > 0), count.forced)


def class_counts(chosen: Chosen, labels: Int[np.ndarray, " sample"], classes: int) -> ClassCounts:
    """Return A: for each class how many of its images chose each channel (step A4)."""
    counts = np.zeros((classes, chosen.shape[1]), np.int64)
    for label in np.unique(labels):
        counts[label] = chosen[labels == label].sum(0)
    return counts
