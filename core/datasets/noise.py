"""Wrong labels put in on purpose, to see how a classifier learns them (DVI, figure 10).

The noise is symmetric: every other class is equally likely.
"""

import numpy as np

from core.axes import Labels, Mask

STREAM = 1  # of random numbers: one beside those that other draws make of the same seed


def flipped(labels: Labels, train: Mask, classes: int, share: float, seed: int) -> Labels:
    """Return the labels with a share of the training labels moved to another class.

    Parameters
    ----------
    labels
        The true labels, which are left as they are.
    train
        Which samples are for training; the others keep their label.
    classes
        Number of classes, at least two where the share is above zero.
    share
        Share of the training labels to flip, from 0 to below 1; rounded to whole samples.
    seed
        Seed of the draw.

    Raises
    ------
    ValueError
        If the share is out of range, or there is no other class.
    """
    if not 0 <= share < 1:
        raise ValueError(f"label_noise must be from 0 to below 1, got {share}")
    if not share:
        return labels
    if classes < 2:
        raise ValueError(f"labels can only be flipped between two classes or more, got {classes}")
    # The same seed draws which samples are shown, and must not pick the flipped ones.
    generator = np.random.default_rng([seed, STREAM])
    rows = np.flatnonzero(train)
    rows = generator.choice(rows, round(share * len(rows)), replace=False)
    noisy = labels.copy()
    noisy[rows] = (labels[rows] + generator.integers(1, classes, len(rows))) % classes
    return noisy
