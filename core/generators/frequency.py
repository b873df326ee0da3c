"""A generator without training: low-frequency cosine coefficients are the code.

Source: DeepVID, section 9 (encode "into a new space (e.g., latent or frequency space)"). The
transform is the orthonormal DCT-II of Ahmed, Natarajan and Rao, "Discrete Cosine Transform" (1974),
so the distance of two codes is the distance of the two low-pass pictures. No torch here.
"""

from functools import cached_property
from math import prod

import numpy as np
from jaxtyping import Float

from core.generators.generator import Code, Codes, Pictures


class Frequency:
    """The ``keep`` lowest frequencies along height and width of every channel.

    Decoding gives the low-pass picture, cut off at 0 and 1; ``keep`` as large as the picture keeps
    everything.

    Parameters
    ----------
    shape
        Channel, height, width of the pictures.
    keep
        Frequencies along each side, 1 to the shorter side.
    """

    def __init__(self, shape: tuple[int, int, int], keep: int = 16) -> None:
        if not 1 <= keep <= min(shape[1:]):
            raise ValueError(f"keep must be from 1 to {min(shape[1:])} for {shape}, got {keep}")
        self.shape = shape
        self.keep = keep

    @property
    def latent(self) -> int:
        """Number of coefficients."""
        return prod((self.shape[0], self.keep, self.keep))

    def encode(self, pictures: Pictures) -> Codes:
        """Return the coefficients, channel by channel, row by row from the lowest frequency."""
        if pictures.shape[1:] != self.shape:
            raise ValueError(
                f"pictures must have shape {self.shape} (channel, height, width), "
                f"got {pictures.shape[1:]}"
            )
        rows, columns = self._waves
        return (rows @ pictures @ columns.T).reshape(len(pictures), -1)

    def decode(self, codes: Codes) -> Pictures:
        """Return the low-pass picture of each code, float32 in 0..1."""
        if codes.shape[1] != self.latent:
            raise ValueError(f"codes must have {self.latent} coefficients, got {codes.shape[1]}")
        rows, columns = self._waves
        blocks = codes.astype(np.float32).reshape(-1, self.shape[0], self.keep, self.keep)
        return np.clip(rows.T @ blocks @ columns, 0, 1)

    @cached_property
    def _waves(self) -> tuple[np.ndarray, np.ndarray]:
        return cosines(self.shape[1])[: self.keep], cosines(self.shape[2])[: self.keep]


def cosines(length: int) -> Float[np.ndarray, "frequency place"]:
    """Return the orthonormal DCT-II matrix: row k is the wave of frequency k, float32."""
    places = np.arange(length)
    waves = np.cos(np.pi / length * (places + 0.5) * places[:, None]) * np.sqrt(2 / length)
    waves[0] /= np.sqrt(2)
    return waves.astype(np.float32)


def spread(codes: Codes) -> Code:
    """Return each dimension's standard deviation: a sigma where no encoder gives one."""
    return codes.std(axis=0)
