"""The range that figure 12's view opens with: where one axis leads among images of the class.

In the paper a 7 was reconstructed as a 9, so were its neighbours, and the student said 9; a range
drawn anew on one axis mended all of it. Which axis that is depends on the generator.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.generators.generator import Codes
from pages.parts.deepvid.asked import written_box
from pages.parts.literal import shortened
from precompute.latent import Latent

SWEPT = 41  # values tried along an axis
NEAR = 16  # nearest images that are counted there
BAND = 0.15  # width of the drawn range, as the paper's band: a share of the axis's range


@dataclass(frozen=True)
class Drawn:
    """A range drawn on an axis, as the URL carries it, and what it does."""

    written: str
    said: str


def class_range(
    space: Latent, sample: int, predicted: np.ndarray, names: Sequence[str]
) -> Drawn | None:
    """Return the range on one axis around which most of the nearest images share the image's class.

    The paper's experts looked for the axis by hand. Here every axis is swept alone, and `NEAR`
    images of the nearest codes are counted; of equals the shortest way from the image's own value
    is taken. None where no value has more of them than the image's own.

    Parameters
    ----------
    predicted
        The class that the teacher reads, for each of the space's images.
    """
    code, ranges = space.codes[sample], space.space.ranges
    codes = np.repeat(code[None, None], SWEPT, axis=1).repeat(len(code), axis=0)
    values = np.linspace(ranges[:, 0], ranges[:, 1], SWEPT, axis=1, dtype=np.float32)
    for axis, swept in enumerate(values):
        codes[axis, :, axis] = swept
    alike = predicted == predicted[sample]
    share = _alike_near(codes.reshape(-1, len(code)), space.codes, alike, sample)
    (own,) = _alike_near(code[None], space.codes, alike, sample)
    span = np.maximum(ranges[:, 1] - ranges[:, 0], 1e-9)
    way = np.abs(values - code[:, None]) / span[:, None]
    axis, place = divmod(int(np.lexsort((way.ravel(), -share))[0]), SWEPT)
    most = share[axis * SWEPT + place]
    if most <= own:
        return None
    value, low, high = float(values[axis, place]), *map(float, ranges[axis])
    half = BAND * (high - low) / 2
    box = {axis: (max(low, value - half), min(high, value + half))}
    return Drawn(
        written_box(box) or "",
        f"Here the view opens with a range on z{axis} around {value:.2f}: of all axes, each moved "
        f"alone, there most of the {NEAR} nearest images are read as "
        f"{shortened(names[predicted[sample]], 14)} too ({most:.0%}; at the image's own code "
        f"{own:.0%}). Click the range to take it away, and compare.",
    )


def _alike_near(codes: Codes, among: Codes, alike: np.ndarray, sample: int) -> np.ndarray:
    """Return for each code the share of its nearest images, the sample left out, that are alike."""
    away = np.square(codes).sum(1)[:, None] + np.square(among).sum(1) - 2 * codes @ among.T
    away[:, sample] = np.inf
    count = min(NEAR, len(among) - 1)
    return alike[np.argpartition(away, count - 1, axis=1)[:, :count]].mean(axis=1)
