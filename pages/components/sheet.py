"""The sheet of an image's neighbours, and the teacher's probabilities along their order."""

from collections.abc import Sequence

import numpy as np
from streamlit import container
from streamlit.components.v2 import component

from pages.components.carrier import carry, javascript, nothing
from pages.components.events import session_token

_sheet = component("darkroom_sheet", js=javascript("canvas.js", "sheet.js"))


def neighbor_sheet(
    *,
    key: str,
    pictures: np.ndarray,
    order: np.ndarray,
    probability: np.ndarray,
    names: Sequence[str],
    colors: Sequence[str],
    mean: int = 1,
    height: int = 120,
) -> None:
    """Draw the sheet; hovering a picture shows it large, with its place on the chart.

    Parameters
    ----------
    key
        Names the sheet; with the same key new data remount nothing.
    pictures
        uint8 [shown height width channel], one or three channels.
    order
        Which of all neighbours each picture is, rising.
    probability
        [neighbor class] of all neighbours, 0..1: the classes that are drawn.
    names, colors
        Of these classes.
    mean
        Over how many neighbours the chart's lines are running means; 1 draws what the teacher says.
    height
        Of the chart, in pixels.

    Raises
    ------
    ValueError
        If pictures, order, or classes and their words disagree.
    """
    if len(pictures) != len(order):
        raise ValueError(f"order must name {len(pictures)} pictures, got {len(order)}")
    if not len(names) == len(colors) == probability.shape[1]:
        raise ValueError(
            f"names and colors must be one for each of {probability.shape[1]} classes, got "
            f"{len(names)} and {len(colors)}"
        )
    with container(gap=None):
        _sheet(key=key, data={"key": key, "height": int(height)}, on_event_change=nothing)
        carry(
            key,
            "sheet",
            {
                "n": len(probability),
                "shape": pictures.shape[1:],
                "names": list(names),
                "colors": list(colors),
                "mean": int(mean),
            },
            {
                "pixels": pictures,
                "order": order.astype(np.int32),
                "probability": probability.astype(np.float32),
            },
        )
        carry(key, "view", {"session": session_token()})
