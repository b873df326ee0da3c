"""What stands where a pixel is missing: one colour, or the picture blurred.

Source: RISE (Petsiuk, Das and Saenko, 2018), section 4.1: deletion puts zero in the network's
normalised space (the mean colour, in pixels), insertion begins with a blurred picture. Its code
blurs with a kernel of 11 x 11 and a standard deviation of 5 at 224 x 224; ours grows with larger
pictures, is a product of two Gaussians, and mirrors the picture at its border. In smaller pictures
it keeps its 11 pixels: scaled down to 3 pixels for digits of 28 x 28 it hid nothing (a LeNet still
gave their class 0.98, against 0.20 with 11), and a curve that begins at its end tells nothing.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from core.saliency.method import Pictures

LENGTH, DEVIATION, SIDE = 11, 5.0, 224  # RISE's kernel, and the side it was made for


def flat(pictures: Pictures, color: Sequence[float] = (0.0,)) -> Pictures:
    """Return one colour everywhere.

    Parameters
    ----------
    pictures
        Pictures whose shape it gets.
    color
        One value per channel, or one for all, in 0..1: the mean that a teacher's preprocessing
        subtracts is zero in its normalised space.

    Raises
    ------
    ValueError
        If there are neither one nor as many values as channels.
    """
    if len(color) not in (1, pictures.shape[1]):
        raise ValueError(
            f"a colour must have 1 or {pictures.shape[1]} values (one per channel), "
            f"got {len(color)}"
        )
    values = np.asarray(color, np.float32).reshape(1, -1, 1, 1)
    return np.broadcast_to(values, pictures.shape)


def blurred(pictures: Pictures, length: int | None = None) -> Pictures:
    """Return the pictures blurred; length is the kernel's in pixels, None: ``kernel_length``."""
    height, width = pictures.shape[2:]
    if length is None:
        length = kernel_length(height, width)
    rows, columns = (_blur_matrix(side, length) for side in (height, width))
    return rows @ pictures @ columns.T


def kernel_length(height: int, width: int) -> int:
    """Return the kernel's length in pixels, odd: 11 up to a shorter side of 224."""
    return max(LENGTH, 2 * int(min(height, width) * LENGTH / SIDE / 2) + 1)


def _blur_matrix(side: int, length: int) -> Float[np.ndarray, "height height"]:
    if length < 1 or length % 2 == 0:
        raise ValueError(f"a kernel's length must be odd and positive, got {length}")
    half = length // 2
    places = np.arange(-half, half + 1)
    kernel = np.exp(-0.5 * np.square(places / (length * DEVIATION / LENGTH)))
    kernel /= kernel.sum()
    matrix = np.zeros((side, side))
    for place, weight in zip(places, kernel, strict=True):
        mirrored = np.arange(side) + place
        # again and again: a kernel may be longer than the picture
        mirrored = mirrored % (2 * side)
        mirrored = np.where(mirrored < side, mirrored, 2 * side - 1 - mirrored)
        np.add.at(matrix, (np.arange(side), mirrored), weight)
    return matrix.astype(np.float32)
