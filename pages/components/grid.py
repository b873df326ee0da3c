"""The image grid: thumbnails side by side, as many as there are, only those in sight built."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st
from streamlit.components.v2 import component

from pages.components.carrier import carry, either, javascript
from pages.components.encoding import encode_mask
from pages.components.events import Pick, pick_event, session_token

_grid = component("darkroom_grid", js=javascript("grid.js"))


def image_grid(
    *,
    key: str,
    sample_ids: np.ndarray,
    captions: Sequence[str] | np.ndarray,
    wrong: np.ndarray,
    thumbnails: str | Sequence[str],
    size: int = 32,
    picked: int | None = None,
    study: str = "",
    height: int = 400,
    empty: str = "No images in this selection.",
    on_change: Callable[[], None] | None = None,
) -> Pick:
    """What just happened on the grid that this draws.

    Parameters
    ----------
    key
        Names the grid; with the same key new data remount nothing.
    sample_ids
        Whole numbers, in the order to show.
    captions
        One text for each, shown literally when the image is hovered: "3 → 5".
    wrong
        Truth values: these bear a red border and a corner mark.
    thumbnails
        URL template with `{id}` for the sample, or one URL (a data URI, say) for each.
    size
        Edge of an image in pixels, 8 to 256.
    picked
        The sample to frame; it is scrolled into sight when it changes.
    study
        Hovering concerns only maps and grids of the same study.
    height
        Of the whole component, in pixels; what does not fit scrolls.
    empty
        The text to show when there is no image.
    on_change
        Called before the page runs again after an event; `pick_event(key)` says which.

    Raises
    ------
    ValueError
        If lengths disagree or the size is out of range.
    """
    ids = np.asarray(sample_ids)
    n = len(ids)
    texts = [str(caption) for caption in captions]
    if len(texts) != n:
        raise ValueError(f"captions must be one for each of {n} samples, got {len(texts)}")
    if not 8 <= size <= 256:
        raise ValueError(f"size must be 8 to 256 pixels, got {size}")
    if isinstance(thumbnails, str):
        if "{id}" not in thumbnails:
            raise ValueError(f"thumbnails must be a URL with {{id}} in it, got {thumbnails!r}")
    elif len(thumbnails) != n:
        raise ValueError(f"thumbnails must be one for each of {n} samples, got {len(thumbnails)}")
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    meta = {
        "n": n,
        "captions": list(places),
        "thumbnails": thumbnails if isinstance(thumbnails, str) else list(thumbnails),
    }
    arrays = {
        "ids": ids.astype(np.int32),
        "caption": np.array([places[text] for text in texts], np.uint32),
        "wrong": encode_mask("wrong", np.asarray(wrong, bool) if n == 0 else wrong, n),
    }
    with st.container(gap=None):
        _grid(
            key=key,
            data={"key": key, "height": int(height)},
            on_event_change=either(on_change),
        )
        carry(key, "images", meta, arrays)
        carry(
            key,
            "view",
            {
                "session": session_token(),
                "study": study,
                "picked": None if picked is None else int(picked),
                "size": int(size),
                "empty": empty,
            },
        )
    return pick_event(key)
