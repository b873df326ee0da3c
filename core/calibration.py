"""Calibration: does a confidence of 80 % mean being right in 80 % of the cases?.

Source: Guo et al., "On Calibration of Modern Neural Networks" (2017), equations 1 to 3. Our
``confidence`` is their p-hat (the largest probability), our ``correct`` their 1(y-hat = y).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.axes import Mask, Scalars


@dataclass(frozen=True)
class Reliability:
    """Samples gathered by confidence in bins of equal width over 0..1.

    Bin m holds confidences above ``edges[m]`` and up to ``edges[m + 1]``; the first holds 0 too.
    ``confidence`` (mean) and ``accuracy`` (share) are NaN where a bin is empty.
    """

    edges: Float[np.ndarray, " edge"]
    count: Int[np.ndarray, " bin"]
    confidence: Float[np.ndarray, " bin"]
    accuracy: Float[np.ndarray, " bin"]


def reliability(confidence: Scalars, correct: Mask, bins: int = 15) -> Reliability:
    """Return count, mean confidence and accuracy of each bin.

    Parameters
    ----------
    confidence
        Largest probability of each sample, 0..1.
    correct
        Whether the most probable class is the true one.
    bins
        Number of bins, at least 1.

    Raises
    ------
    ValueError
        If a confidence lies outside 0..1, or if there is no bin.
    """
    if bins < 1:
        raise ValueError(f"bins must be at least 1, got {bins}")
    if not ((confidence >= 0) & (confidence <= 1)).all():
        outside = np.flatnonzero(~((confidence >= 0) & (confidence <= 1)))[0]
        raise ValueError(f"confidence must be in 0..1, got {confidence[outside]} in row {outside}")
    edges = np.linspace(0, 1, bins + 1)
    # the edge in the confidence's own precision: float32 0.2 belongs to the bin that ends at 0.2
    members = np.searchsorted(edges[1:-1].astype(confidence.dtype), confidence, side="left")
    count = np.bincount(members, minlength=bins)
    with np.errstate(invalid="ignore"):  # an empty bin: 0 / 0 is the NaN we promise
        means = np.bincount(members, confidence, minlength=bins) / count
        shares = np.bincount(members, correct, minlength=bins) / count
    return Reliability(edges, count, means, shares)


def expected_calibration_error(confidence: Scalars, correct: Mask, bins: int = 15) -> float:
    """Return the mean gap between accuracy and confidence over bins, weighted by their counts.

    From 0 (calibrated) to 1; equation 3. Arguments and errors as in ``reliability``; no sample at
    all is refused as well.
    """
    if len(confidence) == 0:
        raise ValueError("expected calibration error needs at least one sample, got none")
    found = reliability(confidence, correct, bins)
    full = found.count > 0
    gaps = np.abs(found.accuracy[full] - found.confidence[full])
    return float(found.count[full] @ gaps / found.count.sum())
