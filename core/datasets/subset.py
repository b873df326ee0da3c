"""A smaller data set with the same shares of classes and splits."""

from dataclasses import replace

import numpy as np
from jaxtyping import Int, Shaped

from core.axes import Labels
from core.datasets.dataset import Dataset


def limited(data: Dataset, limit: int | None, seed: int) -> Dataset:
    """Return at most ``limit`` samples, drawn evenly from each split and class, in their order.

    Parameters
    ----------
    data
        The whole data set; returned as it is if it has no more samples than the limit.
    limit
        Number of samples to keep, at least one; None keeps all.
    seed
        Seed of the draw.

    Raises
    ------
    ValueError
        If the limit is below one.
    """
    rows = limited_rows(data.labels, data.split, limit, seed)
    if len(rows) == len(data):
        return data
    original = data.original_labels
    return replace(
        data,
        images=data.images[rows],
        labels=data.labels[rows],
        split=data.split[rows],
        split_id=data.split_id[rows],
        limit=limit,
        original_labels=None if original is None else original[rows],
    )


def limited_rows(
    labels: Labels, split: Shaped[np.ndarray, " sample"], limit: int | None, seed: int
) -> Int[np.ndarray, " row"]:
    """Return the rows that ``limited`` keeps; arguments and errors as there."""
    if limit is None or limit >= len(labels):
        return np.arange(len(labels))
    if limit < 1:
        raise ValueError(f"limit must be at least 1 or none, got {limit}")
    strata = labels.astype(np.int64) * 2 + (split == "test")
    return stratified(strata, limit, np.random.default_rng(seed))


def stratified(
    strata: Int[np.ndarray, " sample"], size: int, random: np.random.Generator
) -> Int[np.ndarray, " row"]:
    """Return ``size`` sorted rows that hold every stratum in its share, rounded.

    Shares are rounded down first; what is left goes to the largest remainders (the lower stratum
    among equals), so that each stratum is at most one off its exact share.
    """
    names, members, counts = np.unique(strata, return_inverse=True, return_counts=True)
    share = counts * size / len(strata)
    taken = np.floor(share).astype(int)
    left = size - int(taken.sum())
    taken[np.argsort(taken - share, kind="stable")[:left]] += 1
    rows = [
        random.choice(np.flatnonzero(members == stratum), taken[stratum], replace=False)
        for stratum in range(len(names))
    ]
    return np.sort(np.concatenate(rows))
