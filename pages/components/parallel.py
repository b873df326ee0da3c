"""Parallel coordinates of a latent code: handles to drag, ranges to draw, axes to lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from streamlit import container
from streamlit.components.v2 import component

from pages.components.carrier import carry, javascript, nothing
from pages.components.events import integer, new_event, number, session_token

_parallel = component("darkroom_parallel", js=javascript("canvas.js", "parallel.js"))

Kind = Literal["drag", "brush", "unbrush", "lock", "reset"]


@dataclass(frozen=True)
class Axis:
    """An axis: which latent dimension, its range, and what to say of it.

    ``influence`` is how much it changes the teacher, 0..1, or None where nobody asked; ``together``
    whether it varies with another of the axes shown, which a star beside its name says.
    """

    dimension: int
    low: float
    high: float
    words: str
    influence: float | None = None
    together: bool = False


@dataclass(frozen=True)
class Gesture:
    """What was done to an axis; `low` is also the value that a handle was dragged to."""

    kind: Kind
    axis: int = 0
    low: float = 0.0
    high: float = 0.0
    final: bool = True


def gesture(key: str) -> Gesture | None:
    """The gesture that the component `key` reports and nobody has taken yet."""
    event = new_event(key)
    if event is None:
        return None
    kind, axis = event.get("kind"), integer(event.get("axis"))
    if kind == "reset":
        return Gesture("reset")
    if axis is None or axis < 0:
        return None
    if kind == "drag" and (value := number(event.get("value"))) is not None:
        return Gesture("drag", axis, value, value, bool(event.get("final")))
    if kind in ("unbrush", "lock"):
        return Gesture(kind, axis)
    low, high = number(event.get("low")), number(event.get("high"))
    if kind == "brush" and low is not None and high is not None and low <= high:
        return Gesture("brush", axis, low, high)
    return None


def parallel_coordinates(
    *,
    key: str,
    axes: Sequence[Axis],
    code: np.ndarray,
    band: np.ndarray,
    pictures: np.ndarray,
    captions: Sequence[str],
    ends: np.ndarray | None,
    moved: np.ndarray | None = None,
    other: np.ndarray | None = None,
    brushed: Sequence[int] = (),
    locked: Sequence[int] = (),
    height: int = 300,
) -> None:
    """Draw the plot; `gesture(key)` says what is done to it.

    Parameters
    ----------
    key
        Names the plot; with the same key new data remount nothing.
    axes
        Those shown, in order.
    code, other, moved
        Codes, a value for each latent dimension: the image's, a second image's, the dragged one.
    band
        [latent 2]: where neighbours are drawn from on each axis.
    pictures, captions
        uint8 [picture height width channel]: the image, its reconstruction, perhaps a second image.
    ends
        uint8 [axis end height width channel]: reconstructions at both ends of the axes shown.
    brushed, locked
        Dimensions whose range was drawn, and those that stay as they are.
    height
        In pixels.
    """
    chosen = [axis.dimension for axis in axes]
    with container(gap=None):
        _parallel(key=key, data={"key": key, "height": int(height)}, on_event_change=nothing)
        carry(
            key,
            "axes",
            {
                "axes": [
                    {
                        "place": place,
                        "dimension": axis.dimension,
                        "name": f"z{axis.dimension}",
                        "low": axis.low,
                        "high": axis.high,
                        "words": axis.words,
                        "influence": axis.influence,
                        "together": axis.together,
                    }
                    for place, axis in enumerate(axes)
                ]
            },
        )
        carry(
            key,
            "lines",
            {
                "code": _values(code, chosen),
                "other": None if other is None else _values(other, chosen),
                "moved": None if moved is None else _values(moved, chosen),
                "band": [[round(float(value), 5) for value in band[axis]] for axis in chosen],
                "brushed": list(map(int, brushed)),
                "locked": list(map(int, locked)),
            },
        )
        carry(
            key,
            "pictures",
            {"shape": pictures.shape[1:], "captions": list(captions)},
            {"pixels": pictures},
        )
        if ends is not None:
            carry(key, "ends", {"shape": ends.shape[2:]}, {"pixels": ends})
        carry(key, "view", {"session": session_token()})


def _values(code: np.ndarray, chosen: Sequence[int]) -> list[float]:
    return [round(float(code[axis]), 5) for axis in chosen]
