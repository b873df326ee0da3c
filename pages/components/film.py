"""Two methods compared: maps, the film of deletion or insertion, and their curves on one chart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from streamlit import container
from streamlit.components.v2 import component

from pages.components.carrier import carry, javascript, nothing
from pages.components.events import session_token
from pages.components.map_gallery import Ramp

_film = component("darkroom_film", js=javascript("canvas.js", "overlay.js", "film.js"))


@dataclass(frozen=True, eq=False)
class Cast:
    """A method in the film.

    ``map_`` uint8 [height width] as in the gallery, ``rank`` each pixel's place in the order
    [pixel], both None where there is no map, and ``note`` says why; curves [step] in 0..1, None
    where they are not known.
    """

    name: str
    words: str
    map_: np.ndarray | None
    rank: np.ndarray | None
    deletion: np.ndarray | None = None
    insertion: np.ndarray | None = None
    areas: tuple[float, float] | None = None
    note: str = ""


def film(
    *,
    key: str,
    image: int,
    cast: Sequence[Cast],
    small: np.ndarray,
    picture: np.ndarray,
    blurred: np.ndarray,
    stand_in: Sequence[int],
    changed: np.ndarray,
    class_name: str,
    ramp: Ramp,
    colors: Sequence[str],
    height: int = 150,
) -> None:
    """Draw the comparison; scrubbing and playing never run the page again.

    Parameters
    ----------
    key
        Names the film; with the same key new data remount nothing.
    image
        Number of the picture: a new one begins at its first step.
    cast
        One or two methods.
    small
        The picture as large as the maps, uint8 [height width channel].
    picture, blurred
        The picture and what insertion begins with, uint8 [height width channel], in full size.
    stand_in
        What a deleted pixel becomes, one value in 0..255 per channel.
    changed
        Pixels that are changed at each step [step], rising from 0 to all.
    class_name
        Class whose probability the curves tell, shown literally.
    ramp, colors
        The maps' colours; "#rrggbb" of each method.
    height
        Of the chart, in pixels.

    Raises
    ------
    ValueError
        If a rank or a curve does not fit picture and steps.
    """
    pixels, steps = picture.shape[0] * picture.shape[1], len(changed)
    for one in cast:
        if one.rank is not None and len(one.rank) != pixels:
            raise ValueError(f"rank must place {pixels} pixels, got {len(one.rank)} of {one.name}")
        for curve in (one.deletion, one.insertion):
            if curve is not None and len(curve) != steps:
                raise ValueError(f"curves must have {steps} steps, got {len(curve)} of {one.name}")
    unknown = np.full(steps, np.nan, np.float32)
    nowhere = np.zeros(pixels, np.uint32)
    empty = np.full(small.shape[:2], 127, np.uint8)
    with container(gap=None):
        _film(key=key, data={"key": key, "height": int(height)}, on_event_change=nothing)
        carry(
            key,
            "film",
            {
                "image": int(image),
                "methods": [
                    {
                        "name": one.name,
                        "words": one.words,
                        "drawn": one.map_ is not None,
                        "note": one.note,
                        "deletion": None if one.areas is None else round(one.areas[0], 5),
                        "insertion": None if one.areas is None else round(one.areas[1], 5),
                    }
                    for one in cast
                ],
                "small_shape": list(small.shape),
                "shape": list(picture.shape),
                "steps": steps,
                "stand_in": [int(value) for value in stand_in],
                "class_name": class_name,
                "ramp": {name: list(color) for name, color in ramp.items()},
                "colors": list(colors),
            },
            {
                "small": small,
                "picture": picture,
                "blurred": blurred,
                "changed": changed.astype(np.int32),
                "maps": np.stack([empty if one.map_ is None else one.map_ for one in cast]),
                "rank": np.stack(
                    [nowhere if one.rank is None else one.rank.astype(np.uint32) for one in cast]
                ),
                "deletion": np.stack(
                    [unknown if one.deletion is None else one.deletion for one in cast]
                ).astype(np.float32),
                "insertion": np.stack(
                    [unknown if one.insertion is None else one.insertion for one in cast]
                ).astype(np.float32),
            },
        )
        carry(key, "view", {"session": session_token()})
