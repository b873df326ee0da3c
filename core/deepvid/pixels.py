"""Neighbours made in pixel space: masked copies, LIME's masked patches, nearest images.

Source: DeepVID, section 9 (the first category of neighbours); Ribeiro, Singh and Guestrin, "Why
Should I Trust You?" (2016), section 3.3 for masks whose parts are present with probability 1/2. Our
patches are squares where LIME's parts come from a segmentation.
"""

import numpy as np
from jaxtyping import Bool, Int

from core.axes import Images
from core.generators.generator import Picture, Pictures, as_pictures


def masks(
    size: tuple[int, int], n: int, *, kept: float = 0.5, cell: int = 1, seed: int = 0
) -> Bool[np.ndarray, "sample height width"]:
    """Return random masks, True where a picture stays.

    Parameters
    ----------
    size
        Height and width.
    n
        Number of masks, at least 1.
    kept
        Probability that a cell stays, above 0 and below 1.
    cell
        Side of a cell in pixels, at least 1; the grid is shifted at random where it is above 1.
    seed
        Seed of the draw.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    if n < 1 or cell < 1:
        raise ValueError(f"n and cell must be at least 1, got {n} and {cell}")
    if not 0 < kept < 1:
        raise ValueError(f"kept must be above 0 and below 1, got {kept}")
    random = np.random.default_rng(seed)
    rows, columns = (-(-length // cell) + (cell > 1) for length in size)
    cells = random.random((n, rows, columns), np.float32) < kept
    if cell == 1:
        return cells
    large = grown(cells, cell)
    shifts = random.integers(0, cell, (n, 2))
    height, width = size
    return np.stack(
        [
            whole[top : top + height, left : left + width]
            for whole, (top, left) in zip(large, shifts, strict=True)
        ]
    )


def grown(
    cells: Bool[np.ndarray, "sample row column"], cell: int
) -> Bool[np.ndarray, "sample height width"]:
    """Return masks whose every value has become a square of ``cell`` pixels."""
    return cells.repeat(cell, axis=1).repeat(cell, axis=2)


def masked_copies(
    picture: Picture,
    n: int = 1000,
    *,
    kept: float = 0.5,
    cell: int = 1,
    fill: float = 0.0,
    seed: int = 0,
) -> Pictures:
    """Return copies of a picture with random cells filled (0 is black); arguments as in ``masks``.

    LIME's neighbours are copies with ``cell=4`` or so.
    """
    stay = masks((picture.shape[1], picture.shape[2]), n, kept=kept, cell=cell, seed=seed)
    return np.where(stay[:, None], picture, np.float32(fill))


def nearest_images(picture: Picture, images: Images, n: int) -> Int[np.ndarray, " neighbor"]:
    """Return rows of the n images nearest in pixels, nearest first, equal ones left out.

    Fewer than n where there are no more; refused if there is none at all.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}")
    squared = np.empty(len(images), np.float32)
    for start in range(0, len(images), 4096):
        block = as_pictures(images[start : start + 4096])
        squared[start : start + 4096] = np.square(block - picture).sum(axis=(1, 2, 3))
    order = np.argsort(squared, kind="stable")
    found = order[squared[order] > 0][:n]
    if len(found) == 0:
        raise ValueError(f"no image differs from the picture among {len(images)}")
    return found
