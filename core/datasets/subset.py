"""A smaller data set with the same shares of classes and splits."""

from dataclasses import replace

import numpy as np
from jaxtyping import Int

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
    if limit is None or limit >= len(data):
        return data
    if limit < 1:
        raise ValueError(f"limit must be at least 1 or none, got {limit}")
    strata = data.labels * 2 + (data.split == "test")
    rows = stratified(strata, limit, np.random.default_rng(seed))
    return replace(
        data,
        images=data.images[rows],
        labels=data.labels[rows],
        split=data.split[rows],
        split_id=data.split_id[rows],
        limit=limit,
    )


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
