"""Is a confidence of use? What remains right when the least confident predictions are rejected.

Source: section 4.4 and figure 8 of Schacherer's report on DarkSight (2018). A higher confidence
means more trust; only its order counts, so densities, probabilities and minus entropies compare.
Samples of equal confidence share their mean, as if the order among them were drawn at random.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from core.axes import Mask, Scalars
from core.darksight.ranks import midranks


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % bootstrap interval and the number of samples behind it.

    Value and interval are NaN where the figure is not defined.
    """

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class RejectCurve:
    """What happens at each possible threshold on a confidence, from strict to lenient.

    ``threshold``  predictions of at least this confidence are kept; falls
    ``coverage``  share of the samples kept, above 0 and up to 1
    ``accuracy``  share of those that are right
    """

    threshold: Float[np.ndarray, " threshold"]
    coverage: Float[np.ndarray, " threshold"]
    accuracy: Float[np.ndarray, " threshold"]


def reject_curve(confidence: Scalars, correct: Mask) -> RejectCurve:
    """Return coverage and accuracy for every distinct confidence as threshold (figure 8)."""
    _check(confidence, correct)
    order = np.argsort(-confidence, kind="stable")
    ordered = confidence[order]
    last = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)
    right = np.cumsum(correct[order])[last]
    return RejectCurve(ordered[last], (last + 1) / len(ordered), right / (last + 1))


def at_threshold(curve: RejectCurve, threshold: float) -> tuple[float, float]:
    """Return coverage and accuracy at a threshold; nothing kept is coverage 0, accuracy NaN."""
    kept = int(np.searchsorted(-curve.threshold, -threshold, side="right"))
    if kept == 0:
        return 0.0, float("nan")
    return float(curve.coverage[kept - 1]), float(curve.accuracy[kept - 1])


def accuracy_data_curve(confidence: Scalars, correct: Mask) -> Scalars:
    """Return the accuracy among the first 1, 2, ... N samples by falling confidence (figure 8).

    Parameters
    ----------
    confidence
        Any finite measure, higher is surer; one sample or more.
    correct
        Whether the prediction is the true class.

    Raises
    ------
    ValueError
        If there is no sample or a confidence is not a number.
    """
    _check(confidence, correct)
    order = np.argsort(-confidence, kind="stable")
    ordered, right = confidence[order], correct[order].astype(np.float64)
    group = np.concatenate([[0], np.cumsum(ordered[1:] != ordered[:-1])])
    shared = (np.bincount(group, right) / np.bincount(group))[group]
    return np.cumsum(shared) / np.arange(1, len(shared) + 1)


def accuracy_data_area(
    confidence: Scalars, correct: Mask, *, seed: int = 0, resamples: int = 300
) -> Estimate:
    """Return the mean of the accuracy-data curve, 0..1, higher is better.

    Arguments and errors as in ``accuracy_data_curve``; ``resamples`` of 0 gives no interval.
    """

    def area(rows: np.ndarray) -> float:
        return float(accuracy_data_curve(confidence[rows], correct[rows]).mean())

    return _estimate(area, len(confidence), seed, resamples)


def accuracy_data_gain(
    confidence: Scalars, other: Scalars, correct: Mask, *, seed: int = 0, resamples: int = 300
) -> Estimate:
    """Return by how much one confidence's area exceeds another's on the same samples.

    The interval draws samples once for both, so it is narrower than the two areas' own. It is
    above 0 throughout where the first confidence is the better one beyond doubt.
    """

    def gain(rows: np.ndarray) -> float:
        first = accuracy_data_curve(confidence[rows], correct[rows]).mean()
        return float(first - accuracy_data_curve(other[rows], correct[rows]).mean())

    return _estimate(gain, len(confidence), seed, resamples)


def outlier_auroc(
    confidence: Scalars, correct: Mask, *, seed: int = 0, resamples: int = 300
) -> Estimate:
    """Return the area under the ROC curve of confidence as a test for being right.

    The chance that a right prediction is more confident than a wrong one, ties counting half;
    0.5 is chance. NaN where all are right, or all wrong. Arguments and errors as in
    ``accuracy_data_curve``.
    """
    _check(confidence, correct)

    def auroc(rows: np.ndarray) -> float:
        right = correct[rows]
        positive, negative = int(right.sum()), int((~right).sum())
        if positive == 0 or negative == 0:
            return float("nan")
        ranks = midranks(confidence[rows])[right].sum()
        return float((ranks - positive * (positive + 1) / 2) / (positive * negative))

    return _estimate(auroc, len(confidence), seed, resamples)


def _estimate(figure, n: int, seed: int, resamples: int) -> Estimate:
    """Value on all samples, and the percentile bootstrap interval over samples."""
    value = figure(np.arange(n))
    if resamples == 0 or np.isnan(value):
        return Estimate(value, float("nan"), float("nan"), n)
    random = np.random.default_rng(seed)
    values = np.array([figure(random.integers(n, size=n)) for _ in range(resamples)])
    low, high = np.nanquantile(values, [0.025, 0.975])
    return Estimate(value, float(low), float(high), n)


def _check(confidence: np.ndarray, correct: np.ndarray) -> None:
    if len(confidence) == 0:
        raise ValueError("a confidence needs at least one sample, got none")
    if np.isnan(confidence).any():
        raise ValueError(
            f"confidence must be a number, got NaN in {np.isnan(confidence).sum()} of "
            f"{len(confidence)} samples"
        )
