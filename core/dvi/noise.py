"""Noisy and hard samples, by when and how they are pulled to the territory of their label.

DeepVisualInsight, section 7 and figure 10: clean samples glide into their label's territory in the
first epochs; noisy ones stay where they look alike and are pulled late, if ever. Two readings, both
averaged over time so that a late pull does not wash them out: *reluctance*, the probability that
the classifier withholds from the label, and *foreignness*, the share of the neighbours in the
picture that bear another label. The score is their mean, 0..1. No torch.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from core.axes import Labels, Scalars
from core.neighborhoods import nearest_neighbors


@dataclass(frozen=True)
class NoiseScore:
    """``score`` is the mean of the two readings; all 0..1, higher is more suspicious."""

    score: Scalars
    reluctance: Scalars
    foreignness: Scalars


@dataclass(frozen=True)
class Detection:
    """Precision and recall after each rank of the table, and the average precision."""

    precision: Float[np.ndarray, " rank"]
    recall: Float[np.ndarray, " rank"]
    average_precision: float


def noise_score(
    label_probability: Float[np.ndarray, "epoch sample"],
    points: Float[np.ndarray, "epoch sample 2"],
    labels: Labels,
    *,
    k: int = 15,
) -> NoiseScore:
    """Return how reluctantly each training sample follows its label.

    Parameters
    ----------
    label_probability
        What the classifier gives to the label at each epoch, 0..1.
    points
        The pictures of the same epochs.
    labels
        The labels trained on.
    k
        Neighbours in the picture, below the number of samples.
    """
    if points.shape[:2] != label_probability.shape or len(points) == 0:
        raise ValueError(
            f"a picture for each epoch is needed, got {points.shape[:2]} places and "
            f"{label_probability.shape} probabilities"
        )
    reluctance = 1 - label_probability.mean(axis=0, dtype=np.float64)
    foreign = [
        (labels[nearest_neighbors(picture, k)[0]] != labels[:, None]).mean(axis=1)
        for picture in points
    ]
    foreignness = np.mean(foreign, axis=0)
    return NoiseScore((reluctance + foreignness) / 2, reluctance, foreignness)


def detection(score: Scalars, flipped: Bool[np.ndarray, " sample"]) -> Detection:
    """Return how well a score finds the samples known to be flipped, most suspicious first.

    Samples of equal score count together: each of their ranks has the precision and recall of
    the last of them, so that the order of the rows does not matter.

    Raises
    ------
    ValueError
        If no sample is flipped: there is nothing to find.
    """
    if not flipped.any():
        raise ValueError("precision and recall need at least one flipped sample, got none")
    order = np.argsort(-score, kind="stable")
    last = np.searchsorted(-score[order], -score[order], side="right")
    found = np.cumsum(flipped[order])[last - 1]
    precision, recall = found / last, found / flipped.sum()
    steps = np.diff(np.concatenate([[0.0], recall]))
    return Detection(precision, recall, float((precision * steps).sum()))


def last_loss(label_probability: Float[np.ndarray, "epoch sample"]) -> Scalars:
    """Return the plain baseline: the loss of each sample at the last epoch, in nats."""
    return -np.log(np.maximum(label_probability[-1].astype(np.float64), 1e-12))
