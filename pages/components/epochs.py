"""What the map shows of time: the landscape of each epoch, curves and marks under the timeline.

The landscape travels as its cells, one byte each for class, confidence and margin, so that the
browser can both paint it and tell what lies under the pointer.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from pages.components.encoding import Encoded, Frame

BOUNDARY = 0.1  # delta of DeepVisualInsight's definition 2


@dataclass(frozen=True, eq=False)
class Land:
    """A landscape: what a classifier says of every cell of the plane, [epoch row column].

    Rows run from the top (largest y) down. `confidence` and `margin` are in 255ths; cells with a
    margin up to `delta` are drawn as the boundary, others the fuller the larger it is.
    """

    classes: np.ndarray  # class numbers
    confidence: np.ndarray  # uint8
    margin: np.ndarray  # uint8
    extent: Frame
    names: Sequence[str]  # shown literally, by class number
    palette: Sequence[str]  # one colour "#rrggbb" for each name
    delta: float = BOUNDARY


@dataclass(frozen=True)
class Line:
    """A curve: one value per epoch, None where there is none; a share 0..1 or a loss."""

    panel: Literal["share", "loss"]
    name: str
    color: str
    values: Sequence[float | None]
    dashed: bool = False


@dataclass(frozen=True)
class Marks:
    """How many events of a kind each epoch has, and at which epochs the picked sample has one."""

    kind: str
    name: str
    color: str
    counts: Sequence[int]
    own: Sequence[bool]


@dataclass(frozen=True)
class Tracks:
    """Curves and marks under the timeline; `of` says whose events they are."""

    lines: Sequence[Line] = ()
    marks: Sequence[Marks] = ()
    of: str = ""


def encode_land(land: Land, n_epochs: int) -> Encoded:
    """The landscape's cells as bytes.

    Raises
    ------
    ValueError
        If shapes disagree, a class has no name or colour, or the extent is empty.
    """
    shape = land.classes.shape
    if len(shape) != 3 or shape[0] != n_epochs:
        raise ValueError(
            f"a landscape must be [epoch row column] for {n_epochs} epochs, got shape {shape}"
        )
    for name in ("confidence", "margin"):
        array = getattr(land, name)
        if array.shape != shape or array.dtype != np.uint8:
            raise ValueError(
                f"{name} must be uint8 of the landscape's shape {shape},"
                f" got {array.dtype} of {array.shape}"
            )
    if len(land.palette) != len(land.names):
        raise ValueError(
            f"palette must have one colour for each of {len(land.names)} names,"
            f" got {len(land.palette)}"
        )
    if land.classes.size and int(land.classes.max()) >= len(land.names):
        raise ValueError(
            f"classes must lie in 0..{len(land.names) - 1}, got {int(land.classes.max())}"
        )
    left, right, bottom, top = map(float, land.extent)
    if not (left < right and bottom < top):
        raise ValueError(f"the extent must be left < right and bottom < top, got {land.extent}")
    meta: dict[str, Any] = {
        "rows": shape[1],
        "columns": shape[2],
        "extent": [left, right, bottom, top],
        "names": list(map(str, land.names)),
        "palette": list(land.palette),
        "delta": float(land.delta),
    }
    code = np.uint8 if len(land.names) <= 256 else np.uint16
    return meta, {
        "classes": land.classes.astype(code),
        "confidence": land.confidence,
        "margin": land.margin,
    }


def encode_tracks(tracks: Tracks, n_epochs: int) -> dict[str, Any]:
    """The curves and marks as JSON can hold them.

    Raises
    ------
    ValueError
        If a curve or a row of marks does not have one entry per epoch.
    """
    for one, entries in [
        *((line.name, line.values) for line in tracks.lines),
        *((mark.name, mark.counts) for mark in tracks.marks),
        *((mark.name, mark.own) for mark in tracks.marks),
    ]:
        if len(entries) != n_epochs:
            raise ValueError(
                f"{one} must have one entry for each of {n_epochs} epochs, got {len(entries)}"
            )
    return {
        "lines": [
            [line.panel, line.name, line.color, line.dashed, list(map(_finite, line.values))]
            for line in tracks.lines
        ],
        "marks": [
            [
                mark.kind,
                mark.name,
                mark.color,
                list(map(int, mark.counts)),
                list(map(bool, mark.own)),
            ]
            for mark in tracks.marks
        ],
        "of": tracks.of,
    }


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), 6)
