"""Neighbours in the latent space: line, band, box, morph, k-NN, and the order to show them in.

Source: DeepVID, algorithm 1 (``line``), section 6.2 (``band``, brushed ``box``, ``morph``) and
section 9 (``knn``). Our ``share`` is its Sampling_Percent as a share, our ``code`` its lat_x, our
``n`` its num_neighbors. Algorithm 1 moves all dimensions together; the text of section 6.2 samples
uniformly in the band: both are offered. The paper's defaults: a share of 0.15 and 512 neighbours.

Every function returns codes in the order in which they are shown: along the line for ``line`` and
``morph``, by the projection on the diagonal of the sampled region otherwise. No torch here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.generators.generator import Code, Codes, Ranges


@dataclass(frozen=True)
class Box:
    """A box in the latent space: ``low`` to ``high`` on every axis, equal where it is locked."""

    low: Code
    high: Code

    def __post_init__(self) -> None:
        if not (np.isfinite(self.low) & np.isfinite(self.high)).all():
            raise ValueError("a box must have finite ends, got NaN or infinity")
        wrong = np.flatnonzero(self.low > self.high)
        if len(wrong):
            axis = wrong[0]
            raise ValueError(
                f"a box must have low <= high on every axis, got {self.low[axis]} and "
                f"{self.high[axis]} on axis {axis}"
            )

    def brushed(self, axis: int, low: float, high: float) -> "Box":
        """Return the box with another range on one axis."""
        return Box(_with(self.low, axis, low), _with(self.high, axis, high))

    def locked(self, axes: Sequence[int], code: Code) -> "Box":
        """Return the box without width on the axes, there at the code's own values."""
        low, high = self.low.copy(), self.high.copy()
        low[list(axes)] = high[list(axes)] = code[list(axes)]
        return Box(low, high)


def band_around(code: Code, ranges: Ranges, share: float = 0.15) -> Box:
    """Return the band: on every axis a share of its range, centred at the code.

    Parameters
    ----------
    code
        The image's code, finite.
    ranges
        Smallest and largest value of every dimension over the training images.
    share
        Width of the band as a share of the range, not negative.

    Raises
    ------
    ValueError
        If the share is negative or not finite, or if the code or a range is not.
    """
    if not (np.isfinite(share) and share >= 0):
        raise ValueError(f"share must be finite and not negative, got {share}")
    half = ((ranges[:, 1] - ranges[:, 0]) * (share / 2)).astype(code.dtype)
    return Box(code - half, code + half)


def line(code: Code, ranges: Ranges, n: int = 512, *, share: float = 0.15) -> Codes:
    """Return n codes on the line through the band, from its low corner on (algorithm 1, line 7).

    As printed, code i is ``code - band / 2 + i * band / n``, so the high corner itself is never
    reached. Arguments and errors as in ``band_around``; n is at least 1.
    """
    _at_least_one(n)
    box = band_around(code, ranges, share)
    steps = np.arange(n, dtype=code.dtype)[:, None] / n
    return box.low + steps * (box.high - box.low)


def band(code: Code, ranges: Ranges, n: int = 512, *, share: float = 0.15, seed: int = 0) -> Codes:
    """Return n codes drawn uniformly from the band (section 6.2); arguments as in ``line``."""
    return box(band_around(code, ranges, share), n, seed=seed)


def box(region: Box, n: int = 512, *, seed: int = 0) -> Codes:
    """Return n codes drawn uniformly from a box, in order; n is at least 1."""
    _at_least_one(n)
    random = np.random.default_rng(seed)
    width = region.high - region.low
    drawn = region.low + random.random((n, len(width))).astype(width.dtype) * width
    return drawn[diagonal_order(drawn, width)]


def morph(start: Code, end: Code, n: int = 512) -> Codes:
    """Return n codes from one image's to another's, both included, in equal steps; n >= 2."""
    if n < 2:
        raise ValueError(f"a morph must have at least 2 codes, its ends, got n = {n}")
    steps = np.linspace(0, 1, n, dtype=start.dtype)[:, None]
    # this form, not start + steps * (end - start): it ends at the end to the last bit
    return (1 - steps) * start + steps * end


def knn(
    code: Code, codes: Codes, n: int = 512, *, k: int = 32, seed: int = 0
) -> Float[np.ndarray, "neighbor latent"]:
    """Return n codes drawn evenly from the segments that join a code to its k nearest.

    Section 9's hybrid: real images' codes guide the perturbation.

    Parameters
    ----------
    code
        The image's code.
    codes
        Codes of a study's training images; the image's own, should it be there, is left out.
    n
        Number of codes, at least 1.
    k
        Segments, at least 1; all there are if that is fewer.
    seed
        Seed of places and segments.

    Raises
    ------
    ValueError
        If n or k is below 1, or no code differs from the image's own.
    """
    _at_least_one(n)
    nearest = codes[nearest_codes(code, codes, k)]
    random = np.random.default_rng(seed)
    ends = nearest[np.arange(n) % len(nearest)]
    steps = random.random((n, 1)).astype(code.dtype)
    drawn = code + steps * (ends - code)
    return drawn[diagonal_order(drawn, np.ptp(drawn, axis=0))]


def nearest_codes(code: Code, codes: Codes, k: int) -> Int[np.ndarray, " neighbor"]:
    """Return rows of the k nearest codes, nearest first, without those equal to the code.

    Fewer than k where there are no more; arguments and errors as in ``knn``.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    others = np.flatnonzero((codes != code).any(axis=1))
    if len(others) == 0:
        raise ValueError(f"k-NN needs a code that differs from the image's, got {len(codes)} equal")
    squared = np.square(codes[others] - code).sum(axis=1)
    return others[np.argsort(squared, kind="stable")[:k]]


def diagonal_order(codes: Codes, diagonal: Code) -> Int[np.ndarray, " sample"]:
    """Return the rows by increasing projection on a diagonal; equal ones keep their order."""
    return np.argsort(codes @ diagonal, kind="stable")


def evenly(n: int, shown: int = 144) -> Int[np.ndarray, " shown"]:
    """Return which of n ordered neighbours to show: ``shown`` evenly, both ends among them."""
    _at_least_one(n)
    if shown < 1:
        raise ValueError(f"shown must be at least 1, got {shown}")
    return np.rint(np.linspace(0, n - 1, min(n, shown))).astype(np.int64)


def influence(
    outputs: Float[np.ndarray, "latent end class"],
) -> Float[np.ndarray, " latent"]:
    """Return how much each axis changes the teacher: half the L1 distance between its two ends.

    ``outputs`` are the teacher's probabilities for the pictures of ``axis_ends``; 0 to 1.
    """
    return 0.5 * np.abs(outputs[:, 1] - outputs[:, 0]).sum(axis=1)


def axis_ends(code: Code, ranges: Ranges) -> Float[np.ndarray, "latent 2 latent"]:
    """Return for every axis the code with that axis at its smallest and at its largest value."""
    ends = np.broadcast_to(code, (len(code), 2, len(code))).copy()
    axes = np.arange(len(code))
    ends[axes, :, axes] = ranges
    return ends


def correlated_axes(codes: Codes, least: float = 0.3) -> list[tuple[int, int, float]]:
    """Return pairs of axes whose codes correlate by at least that, strongest first.

    A dimension that does not vary correlates with none.
    """
    centred = codes.astype(np.float64) - codes.mean(axis=0, dtype=np.float64)
    norms = np.linalg.norm(centred, axis=0)
    unit = np.divide(centred, norms, out=np.zeros_like(centred), where=norms > 0)
    correlation = unit.T @ unit
    pairs = [
        (int(i), int(j), float(correlation[i, j]))
        for i, j in zip(*np.triu_indices(codes.shape[1], 1), strict=True)
        if abs(correlation[i, j]) >= least
    ]
    return sorted(pairs, key=lambda pair: -abs(pair[2]))


def _with(values: Code, axis: int, value: float) -> Code:
    changed = values.copy()
    changed[axis] = value
    return changed


def _at_least_one(n: int) -> None:
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}")
