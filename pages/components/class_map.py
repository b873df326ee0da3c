"""The map of classes: one point per class and layer, and a small picture of the network.

Points glide when the layer changes; names appear as the reader zooms in. What the list of classes
has in sight or under the pointer stands out here, without the server.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.components.v2 import component

from pages.components.carrier import carry, either, javascript
from pages.components.events import integer, new_event, session_token

_map = component(
    "darkroom_class_map",
    js=javascript("class_map_style.js", "class_map_draw.js", "minimap.js", "class_map.js"),
)


@dataclass(frozen=True)
class ClassMapState:
    """What just happened on the map; all None when nothing new did."""

    picked: int | None = None  # the number of the class clicked
    second: int | None = None  # the class clicked with Alt held
    layer: int | None = None  # the layer clicked in the small picture
    sequence: int = 0  # rises with every event


def class_map_event(key: str) -> ClassMapState:
    """The event that the map `key` reports and nobody has taken yet; empty if there is none."""
    event = new_event(key)
    if event is None:
        return ClassMapState()
    kind, sequence = event.get("kind"), event["sequence"]
    number = integer(event.get("value"))
    match kind:
        case "pick":
            return ClassMapState(picked=number, sequence=sequence)
        case "second":
            return ClassMapState(second=number, sequence=sequence)
        case "layer":
            return ClassMapState(layer=number, sequence=sequence)
    return ClassMapState(sequence=sequence)


def class_map(
    *,
    key: str,
    positions: np.ndarray,
    classes: np.ndarray,
    names: Sequence[str],
    layers: Sequence[str],
    channels: Sequence[int],
    layer: int,
    picked: int | None = None,
    second: int | None = None,
    study: str = "",
    height: int = 320,
    on_change: Callable[[], None] | None = None,
) -> ClassMapState:
    """What just happened on the map that this draws.

    Parameters
    ----------
    key
        Names the map; with the same key new data remount nothing.
    positions
        Coordinates [layer class 2], all finite, in one frame.
    classes, names
        Number and name of each class; names are shown literally.
    layers, channels
        Name and width of each layer, from the image up.
    layer
        The layer shown, a place in `layers`.
    picked, second
        Numbers of the classes to mark.
    study
        Hovering concerns only maps and lists of the same study.
    height
        Of the whole component, in pixels.
    on_change
        Called before the page runs again after an event; `class_map_event(key)` says which.

    Raises
    ------
    ValueError
        If shapes disagree or a position is not finite.
    """
    shape = (len(layers), len(classes), 2)
    if positions.shape != shape or not np.isfinite(positions).all():
        raise ValueError(f"positions must be finite and of shape {shape}, got {positions.shape}")
    if len(names) != len(classes) or len(channels) != len(layers):
        raise ValueError(
            f"there must be one name for each of {len(classes)} classes and one width for each of "
            f"{len(layers)} layers, got {len(names)} and {len(channels)}"
        )
    if not 0 <= layer < len(layers):
        raise ValueError(f"layer must be from 0 to {len(layers) - 1}, got {layer}")
    with st.container(gap=None):
        _map(
            key=key,
            data={"key": key, "height": int(height)},
            on_event_change=either(on_change),
        )
        carry(
            key,
            "classes",
            {
                "names": [str(name) for name in names],
                "layers": [str(name) for name in layers],
                "channels": [int(width) for width in channels],
            },
            {"ids": classes.astype(np.int32), "positions": positions.astype(np.float32)},
        )
        carry(
            key,
            "view",
            {
                "session": session_token(),
                "study": study,
                "layer": int(layer),
                "picked": None if picked is None else int(picked),
                "second": None if second is None else int(second),
            },
        )
    return class_map_event(key)
