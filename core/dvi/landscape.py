"""The classification landscape: every place of the plane in the colour of its class.

DeepVisualInsight, section 5: a grid of places is inverse-projected and classified by the head; a
place on the delta-boundary (definition 2) is white; the shade is the rescaled difference of the
two largest logits. Rows run from the top of the picture (largest y) down, columns from left to
right; a cell's value is that of its centre. No torch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt8

from core.axes import Points
from core.dvi.boundary import margin
from core.dvi.model import Head, LandmarkModel, VisualModel
from core.uncertainty import softmax

PALEST = 0.25  # share of the class colour just beside the boundary


@dataclass(frozen=True)
class Extent:
    """Edges of the picture in data coordinates."""

    left: float
    right: float
    bottom: float
    top: float


@dataclass(frozen=True)
class Landscape:
    """Class, confidence (largest probability) and margin (definition 2) of each cell."""

    extent: Extent
    class_: Int[np.ndarray, "row column"]
    confidence: Float[np.ndarray, "row column"]
    margin: Float[np.ndarray, "row column"]


def common_extent(
    pictures: Sequence[Float[np.ndarray, "_ 2"]],  # of different lengths
    border: float = 0.05,
) -> Extent:
    """Return an extent that holds all pictures, with a border as a share of its size.

    The pictures of all epochs share it, so that the map does not jump. A picture of a single
    place gets one unit of width.
    """
    low = np.min([picture.min(axis=0) for picture in pictures], axis=0)
    high = np.max([picture.max(axis=0) for picture in pictures], axis=0)
    wide = np.where(high > low, (high - low) * border, 0.5)
    left, bottom = (low - wide).tolist()
    right, top = (high + wide).tolist()
    return Extent(left, right, bottom, top)


def grid(extent: Extent, rows: int, columns: int) -> Points:
    """Return the centres of the cells, row by row from the top left."""
    if rows < 1 or columns < 1:
        raise ValueError(f"a landscape needs rows and columns, got {rows} x {columns}")
    x = extent.left + (np.arange(columns) + 0.5) * (extent.right - extent.left) / columns
    y = extent.top - (np.arange(rows) + 0.5) * (extent.top - extent.bottom) / rows
    across, down = np.meshgrid(x, y)
    return np.stack([across.ravel(), down.ravel()], axis=1).astype(np.float32)


def landscape(
    model: VisualModel, head: Head, extent: Extent, *, rows: int = 160, columns: int = 160
) -> Landscape:
    """Return what the teacher's head says of every cell of the plane."""
    places = grid(extent, rows, columns)
    if isinstance(model, LandmarkModel):
        logits = model.logits(places)  # the same, without making the representations
    else:
        logits = head(model.inverse(places))
    shape = (rows, columns)
    return Landscape(
        extent,
        logits.argmax(axis=1).reshape(shape),
        softmax(logits).max(axis=1).reshape(shape),
        margin(logits).reshape(shape),
    )


def image(
    shown: Landscape, colors: UInt8[np.ndarray, "class 3"], *, delta: float = 0.1
) -> UInt8[np.ndarray, "row column 4"]:
    """Return the landscape as an opaque RGBA image.

    Parameters
    ----------
    shown
        The landscape.
    colors
        Colour of each class.
    delta
        Cells with a margin up to this are white.
    """
    if shown.class_.max() >= len(colors):
        raise ValueError(f"{shown.class_.max() + 1} colors are needed, got {len(colors)}")
    depth = PALEST + (1 - PALEST) * np.clip((shown.margin - delta) / max(1 - delta, 1e-9), 0, 1)
    depth = np.where(shown.margin <= delta, 0, depth)[:, :, None]
    mixed = 255 + depth * (colors[shown.class_].astype(np.float64) - 255)
    opaque = np.full((*shown.class_.shape, 1), 255)
    return np.concatenate([np.rint(mixed), opaque], axis=2).astype(np.uint8)
