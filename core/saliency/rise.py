"""RISE: random masks, each weighed by the target's probability under it.

Source: Petsiuk, Das and Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box
Models" (2018), section 3.2 and equation 6: a small binary grid is stretched bilinearly to more than
the picture's size and cut out at a random place. Our ``masks`` are their N, ``cells`` their s,
``kept`` their p; the defaults are theirs for N = 4,000 (VGG16), s = 7 and p = 0.5.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from core.saliency.method import (
    Examined,
    Maps,
    Picture,
    Pictures,
    Progress,
    Targets,
    batches,
)
from core.saliency.refining import Partial
from core.teachers.protocol import Capability

BLOCK = 64  # masks between two maps, where one picture is watched


@dataclass(frozen=True)
class Rise:
    """The mean of the masks, weighed by the target's probability; the same masks for all."""

    name: ClassVar[str] = "rise"
    needs: ClassVar[frozenset[Capability]] = frozenset()
    masks: int = 4000
    cells: int = 7
    kept: float = 0.5

    def maps(
        self,
        teacher: Examined,
        pictures: Pictures,
        targets: Targets,
        *,
        seed: int = 0,
        batch_size: int = 512,
        progress: Progress | None = None,
    ) -> Maps:
        """Return the maps; see ``Method``."""
        height, width = pictures.shape[2:]
        random = np.random.default_rng(seed)
        maps = np.zeros((len(pictures), height * width), np.float64)
        done = 0
        # masks are drawn in blocks of fixed size: the batch size must not change which are drawn
        while done < self.masks:
            count = min(256, self.masks - done)
            drawn = rise_masks(count, (height, width), self.cells, self.kept, random)
            for number, picture in enumerate(pictures):
                for chosen in batches(count, batch_size):
                    target = np.full(chosen.stop - chosen.start, targets[number])
                    weights = teacher.probabilities(
                        picture[None] * drawn[chosen, None], target, batch_size=batch_size
                    )
                    flat = drawn[chosen].reshape(len(weights), -1)
                    maps[number] += weights.astype(np.float64) @ flat
            done += count
            if progress is not None:
                progress(len(pictures) * done // self.masks, len(pictures), self.name)
        scale = 1 / (self.masks * self.kept)
        return (maps * scale).reshape(-1, height, width).astype(np.float32)

    def refined(
        self,
        teacher: Examined,
        picture: Picture,
        target: int,
        *,
        seed: int = 0,
        batch_size: int = 256,
    ) -> Iterator[Partial]:
        """Yield the map after each block of masks; see ``core.saliency.refining``."""
        random = np.random.default_rng(seed)
        added = np.zeros(picture.shape[1:], np.float64)
        done = 0
        while done < self.masks:
            count = min(256, self.masks - done)
            drawn = rise_masks(count, picture.shape[1:], self.cells, self.kept, random)
            for chosen in batches(count, min(batch_size, BLOCK)):
                some = drawn[chosen]
                weights = teacher.probabilities(
                    picture[None] * some[:, None], np.full(len(some), target), batch_size=batch_size
                )
                added += np.tensordot(weights.astype(np.float64), some, 1)
                done += len(some)
                map_ = (added / (done * self.kept)).astype(np.float32)
                yield Partial(map_, done, self.masks, "masks")


def rise_masks(
    count: int,
    size: tuple[int, int],
    cells: int,
    kept: float,
    random: np.random.Generator,
) -> Float[np.ndarray, "mask height width"]:
    """Return smooth random masks in 0..1, float32.

    Parameters
    ----------
    count
        Number of masks.
    size
        Height and width.
    cells
        Cells of the grid along each side, at least 1.
    kept
        Probability that a cell stays visible, above 0 and at most 1.
    random
        Source of grids and shifts.

    Raises
    ------
    ValueError
        If cells or kept are out of range.
    """
    if cells < 1:
        raise ValueError(f"cells must be at least 1, got {cells}")
    if not 0 < kept <= 1:
        raise ValueError(f"kept must be above 0 and at most 1, got {kept}")
    cell = [-(-length // cells) for length in size]
    grids = (random.random((count, cells, cells)) < kept).astype(np.float32)
    shifts = [random.integers(0, step, count) for step in cell]
    stretched = (_bilinear(cells, (cells + 1) * step) for step in cell)
    rows, columns = stretched
    large = rows @ grids @ columns.T
    masks = np.empty((count, *size), np.float32)
    for mask, whole, top, left in zip(masks, large, *shifts, strict=True):
        mask[:] = whole[top : top + size[0], left : left + size[1]]
    return masks


def _bilinear(source: int, target: int) -> np.ndarray:
    """The matrix that stretches ``source`` values to ``target`` by linear interpolation."""
    places = np.clip((np.arange(target) + 0.5) * source / target - 0.5, 0, source - 1)
    below = np.minimum(places.astype(int), max(source - 2, 0))
    share = places - below
    matrix = np.zeros((target, source), np.float32)
    rows = np.arange(target)
    matrix[rows, below] = 1 - share
    matrix[rows, np.minimum(below + 1, source - 1)] += share
    return matrix
