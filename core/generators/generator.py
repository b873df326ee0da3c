"""What every generator can do, and where a study's images lie in its latent space.

Source: DeepVID (Wang et al., "DeepVID: Deep Visual Interpretation and Diagnosis for Image
Classifiers via Knowledge Distillation", 2019), section 4 and algorithm 1. Our ``encode`` and
``decode`` are its VAE_encoder and VAE_decoder, our ``ranges`` its Ranges.

Pictures are float32 in 0..1 with channels first: what a teacher reads. No torch here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from core.axes import Images

Pictures = Float[np.ndarray, "sample channel height width"]
Picture = Float[np.ndarray, "channel height width"]
Codes = Float[np.ndarray, "sample latent"]
Code = Float[np.ndarray, " latent"]
Ranges = Float[np.ndarray, "latent 2"]


@runtime_checkable
class Generator(Protocol):
    """A pair of maps between pictures and codes."""

    @property
    def latent(self) -> int:
        """Number of latent dimensions."""
        ...

    def encode(self, pictures: Pictures) -> Codes:
        """Return the code of each picture (of a VAE: the mean), float32."""
        ...

    def decode(self, codes: Codes) -> Pictures:
        """Return the picture of each code, float32 in 0..1."""
        ...


@dataclass(frozen=True)
class LatentSpace:
    """A study's images in a generator's latent space.

    ``codes`` one row per image; ``ranges`` smallest and largest of every dimension over them;
    ``errors`` mean squared difference of each image and its reconstruction, of values in 0..1.
    """

    codes: Codes
    ranges: Ranges
    errors: Float[np.ndarray, " sample"]


def as_pictures(images: Images) -> Pictures:
    """Return images (uint8, channels last) as pictures (float32 in 0..1, channels first)."""
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2), dtype=np.float32) / np.float32(255)


def latent_ranges(codes: Codes) -> Ranges:
    """Return smallest and largest value of every latent dimension.

    Raises
    ------
    ValueError
        If there is no code, or one is not finite.
    """
    if len(codes) == 0 or not np.isfinite(codes).all():
        raise ValueError(
            f"latent ranges need finite codes, at least one, got {len(codes)} of which "
            f"{int(np.isfinite(codes).all(axis=1).sum())} are finite"
        )
    return np.stack([codes.min(axis=0), codes.max(axis=0)], axis=1)


def encoded(generator: Generator, images: Images, *, batch_size: int = 512) -> Codes:
    """Return the code of each image; ``batch_size`` of them are encoded at once.

    Raises
    ------
    ValueError
        If there is no image, or the batch size is below 1.
    """
    if len(images) == 0:
        raise ValueError("images must hold at least one image, got none")
    codes = np.empty((len(images), generator.latent), np.float32)
    for chosen in _parts(len(images), batch_size):
        codes[chosen] = generator.encode(as_pictures(images[chosen]))
    return codes


def survey(generator: Generator, images: Images, *, batch_size: int = 512) -> LatentSpace:
    """Return codes, ranges and reconstruction errors of images.

    Parameters
    ----------
    generator
        A trained generator.
    images
        At least one; for the ranges of a study, its training images.
    batch_size
        Images at once, at least 1.

    Raises
    ------
    ValueError
        If there is no image, the batch size is below 1, or a code is not finite.
    """
    codes = encoded(generator, images, batch_size=batch_size)
    errors = np.empty(len(images), np.float32)
    for chosen in _parts(len(images), batch_size):
        wrong = generator.decode(codes[chosen]) - as_pictures(images[chosen])
        errors[chosen] = np.square(wrong).mean(axis=(1, 2, 3))
    return LatentSpace(codes, latent_ranges(codes), errors)


def _parts(count: int, size: int) -> Iterator[slice]:
    if size < 1:
        raise ValueError(f"batch_size must be at least 1, got {size}")
    return (slice(start, min(start + size, count)) for start in range(0, count, size))
