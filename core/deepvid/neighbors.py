"""The neighbours of an image, by every sampler of the latent space.

Source: DeepVID, algorithm 1 lines 1 to 8. With ``keep_detail`` a neighbour is the image plus the
change that the generator sees, ``x + decode(z') - decode(z)`` cut off at 0 and 1, instead of
``decode(z')``: neighbours then lie around the image and not around its reconstruction, whose
difference is what made students disagree with the teacher on the image itself. A morph blends the
differences of both ends, so that it hits both images.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.generators.generator import Code, Codes, LatentSpace, Picture, Pictures
from core.generators.sampling import Box, band, box, knn, line, morph

Decode = Callable[[Codes], Pictures]


@dataclass(frozen=True)
class Sampling:
    """How neighbours are drawn; the defaults are the paper's but for ``keep_detail``.

    ``share`` is the band's width as a share of every axis's range (line, band); ``k`` the number of
    nearest codes (knn).
    """

    sampler: Literal["line", "band", "box", "morph", "knn"] = "line"
    n: int = 512
    share: float = 0.15
    k: int = 32
    keep_detail: bool = True
    seed: int = 0


@dataclass(frozen=True)
class Neighborhood:
    """Neighbours in the order in which they are shown, and their codes."""

    pictures: Pictures
    codes: Codes


def neighborhood(
    picture: Picture,
    code: Code,
    decode: Decode,
    space: LatentSpace,
    sampling: Sampling,
    *,
    region: Box | None = None,
    other: tuple[Picture, Code] | None = None,
) -> Neighborhood:
    """Return neighbours of an image.

    Parameters
    ----------
    picture, code
        The image and its place in the latent space.
    decode
        The generator's decoder.
    space
        Codes and ranges of the training images.
    sampling
        How to draw.
    region
        The brushed box, for the sampler ``box``.
    other
        The second image and its code, for ``morph``.

    Raises
    ------
    ValueError
        If the sampler lacks its region or its second image, or is unknown.
    """
    codes = _codes(code, space, sampling, region, other)
    pictures = decode(codes)
    if sampling.keep_detail:
        ends, places = (code[None], np.zeros(len(codes), np.float32))
        details = picture[None]
        if sampling.sampler == "morph" and other is not None:
            ends, details = np.stack([code, other[1]]), np.stack([picture, other[0]])
            places = np.linspace(0, 1, len(codes), dtype=np.float32)
        details = details - decode(ends)
        blend = places[:, None, None, None]
        pictures = np.clip(pictures + (1 - blend) * details[0] + blend * details[-1], 0, 1)
    return Neighborhood(pictures, codes)


def _codes(
    code: Code,
    space: LatentSpace,
    sampling: Sampling,
    region: Box | None,
    other: tuple[Picture, Code] | None,
) -> Codes:
    n, seed = sampling.n, sampling.seed
    match sampling.sampler:
        case "line":
            return line(code, space.ranges, n, share=sampling.share)
        case "band":
            return band(code, space.ranges, n, share=sampling.share, seed=seed)
        case "knn":
            return knn(code, space.codes, n, k=sampling.k, seed=seed)
        case "box":
            if region is None:
                raise ValueError("the sampler box needs a region, got none")
            return box(region, n, seed=seed)
        case "morph":
            if other is None:
                raise ValueError("the sampler morph needs a second image, got none")
            return morph(code, other[1], n)
    raise ValueError(f"sampler must be line, band, box, morph or knn, got {sampling.sampler!r}")
