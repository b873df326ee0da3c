"""The gallery of saliency maps of one picture: a tile for each method, two of them chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from streamlit import container
from streamlit.components.v2 import component

from pages.components.carrier import carry, javascript, nothing
from pages.components.events import new_event, session_token

_gallery = component(
    "darkroom_map_gallery", js=javascript("canvas.js", "overlay.js", "map_gallery.js")
)
Ramp = Mapping[str, Sequence[int]]
"""The colours `against` the class, `zero` and `for` it, each red, green, blue in 0..255."""


@dataclass(frozen=True)
class Tile:
    """A method as its tile says it; every text is shown literally.

    ``share`` of its work that is done, 0..1; ``drawn`` whether there is a map; ``note`` why
    not, or what to know of it; ``flat`` whether it has one value everywhere.
    """

    name: str
    words: str
    drawn: bool = True
    share: float = 1.0
    note: str = ""
    flat: bool = False
    deletion: float | None = None
    insertion: float | None = None
    seconds: float | None = None
    cost: str = ""


def map_gallery(
    *,
    key: str,
    tiles: Sequence[Tile],
    picture: np.ndarray,
    maps: np.ndarray,
    deletion: np.ndarray,
    insertion: np.ndarray,
    ramp: Ramp,
    pair: Sequence[str],
    first: str | None = None,
    second: str | None = None,
    height: int = 640,
) -> None:
    """Draw the gallery; `picked_method(key)` tells which tile was clicked.

    Parameters
    ----------
    key
        Names the gallery; with the same key new data remount nothing.
    tiles
        In the order to show.
    picture
        uint8 [height width channel], one or three channels.
    maps
        uint8 [tile height width]: 127 is zero, 0 and 254 the largest size against and for.
    deletion, insertion
        Probabilities [tile step] at equal distances, NaN where they are not known.
    ramp
        The one colour scale.
    pair
        Colours "#rrggbb" of the two chosen methods.
    first, second
        Their names.
    height
        The most pixels it takes; what does not fit scrolls.

    Raises
    ------
    ValueError
        If tiles, maps, curves and picture disagree.
    """
    n = len(tiles)
    if maps.shape != (n, *picture.shape[:2]):
        raise ValueError(
            f"maps must be {(n, *picture.shape[:2])}, one per tile as large as the picture, got "
            f"{maps.shape}"
        )
    if deletion.shape != insertion.shape or len(deletion) != n:
        raise ValueError(
            f"both curves must have a row for each of {n} tiles, got {deletion.shape} and "
            f"{insertion.shape}"
        )
    with container(gap=None):
        _gallery(key=key, data={"key": key, "height": int(height)}, on_event_change=nothing)
        carry(
            key,
            "maps",
            {
                "methods": [_written(tile) for tile in tiles],
                "shape": list(picture.shape),
                "steps": deletion.shape[1],
                "ramp": {name: list(color) for name, color in ramp.items()},
                "pair": list(pair),
            },
            {
                "picture": picture,
                "maps": maps,
                "deletion": deletion.astype(np.float32),
                "insertion": insertion.astype(np.float32),
            },
        )
        carry(key, "view", {"session": session_token(), "first": first, "second": second})


def picked_method(key: str) -> str | None:
    """Return the method whose tile was just clicked; None if none was."""
    event = new_event(key)
    name = None if event is None else event.get("method")
    return name if isinstance(name, str) else None


def _written(tile: Tile) -> dict[str, object]:
    return {
        "name": tile.name,
        "words": tile.words,
        "drawn": bool(tile.drawn),
        "share": round(float(tile.share), 4),
        "note": tile.note,
        "flat": bool(tile.flat),
        "deletion": _rounded(tile.deletion),
        "insertion": _rounded(tile.insertion),
        "seconds": _rounded(tile.seconds),
        "cost": tile.cost,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else round(float(value), 5)
