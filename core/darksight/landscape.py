"""The student's class regions as a picture behind the points.

Each cell of a grid over the plane holds the class that the student (equation 8 of Schacherer's
report on DarkSight) would name for a point at the cell's middle, and how sure it would be.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.axes import Points
from core.darksight.student import Student, log_probabilities


@dataclass(frozen=True)
class Extent:
    """A rectangle of the plane."""

    left: float
    right: float
    bottom: float
    top: float

    def __post_init__(self) -> None:
        if not (self.left < self.right and self.bottom < self.top):
            raise ValueError(f"an extent needs left < right and bottom < top, got {self}")


@dataclass(frozen=True)
class Landscape:
    """Class and confidence in each cell, as an image lies: row 0 on top.

    ``classes``  the student's first class; ``confidence``  its probability, 0..1
    ``extent``  of the whole grid, from edge to edge
    """

    classes: Int[np.ndarray, "row column"]
    confidence: Float[np.ndarray, "row column"]
    extent: Extent


def extent_of(points: Points, margin: float = 0.05, reach: float = 1.0) -> Extent:
    """Return the rectangle that holds the points, with a margin on each side.

    Parameters
    ----------
    points
        One or more.
    margin
        Share of each side's length added at both ends; a side without length becomes 2 long.
    reach
        Share of the points that each side must hold, above 0 and up to 1; below 1 a few far
        outliers do not shrink everything else.

    Raises
    ------
    ValueError
        If there is no point, or reach is out of range.
    """
    if len(points) == 0:
        raise ValueError("an extent needs at least one point, got none")
    if not 0 < reach <= 1:
        raise ValueError(f"reach must be above 0 and up to 1, got {reach}")
    low, high = np.quantile(points, [(1 - reach) / 2, (1 + reach) / 2], axis=0)
    edge = np.where(high > low, margin * (high - low), 1.0)
    (left, bottom), (right, top) = low - edge, high + edge
    return Extent(float(left), float(right), float(bottom), float(top))


def cell_middles(extent: Extent, rows: int, columns: int) -> Points:
    """Return the middle of each cell, row by row from the top left."""
    x = np.linspace(extent.left, extent.right, 2 * columns + 1)[1::2]
    y = np.linspace(extent.top, extent.bottom, 2 * rows + 1)[1::2]
    return np.stack([np.tile(x, rows), np.repeat(y, columns)], axis=1)


def landscape(student: Student, extent: Extent, rows: int = 200, columns: int = 200) -> Landscape:
    """Return the student's class regions on a grid.

    Parameters
    ----------
    student
        As fitted.
    extent
        What the grid covers.
    rows, columns
        Cells, 1 or more each.

    Raises
    ------
    ValueError
        If there is no cell.
    """
    if rows < 1 or columns < 1:
        raise ValueError(f"rows and columns must be at least 1, got {rows} and {columns}")
    middles = cell_middles(extent, rows, columns)
    step = max(1, 2_000_000 // student.classes)
    classes, confidence = np.empty(len(middles), np.int64), np.empty(len(middles))
    for begin in range(0, len(middles), step):
        chosen = slice(begin, begin + step)
        logs = log_probabilities(student, middles[chosen])
        classes[chosen], confidence[chosen] = logs.argmax(axis=1), np.exp(logs.max(axis=1))
    shape = (rows, columns)
    return Landscape(classes.reshape(shape), confidence.reshape(shape), extent)
