"""The reader's own image: chosen once for all pages, kept in the session's memory and nowhere else.

What lenses find out about it is kept beside it, and forgotten with it.
"""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import streamlit as st
from PIL import Image

from core.store import Store, StoreError
from pages.parts import live
from pages.parts.literal import literal

INVERT = "w_invert"
WORDS = "your image"
_GIVEN = "darkroom.given"
_FOUND = "darkroom.given_found"
_TURN = "darkroom.given_turn"

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Given:
    """The image as the teacher sees it, uint8 [1 height width channel], and as a PNG file.

    `key` names the study's run and the file; `failure` is one line where it cannot be read.
    """

    key: tuple[object, ...]
    image: np.ndarray
    png: bytes
    failure: str = ""


def file_key() -> str:
    """Return the key of the file widget: a new one empties it."""
    return f"w_upload_{st.session_state.get(_TURN, 0)}"


def given(store: Store) -> Given | None:
    """Return the session's image, read once; None where there is none for this study's run."""
    file = st.session_state.get(file_key())
    before: Given | None = st.session_state.get(_GIVEN)
    run = (str(store.root), store.study, store.fingerprint)
    if before is not None and before.key[:3] != run:
        before = None  # of another study or an older run
    if file is None:
        return before
    encoded, inverted = file.getvalue(), bool(st.session_state.get(INVERT))
    key = (*run, hashlib.sha256(encoded).hexdigest(), inverted)
    if before is None or before.key != key:
        before = _read(store, encoded, key, invert=inverted)
        st.session_state[_GIVEN], st.session_state[_FOUND] = before, {}
    return before


def found(of: Given, name: object, make: Callable[[], Result]) -> Result | str:
    """Return what a lens finds out about the image, made once; one line where it cannot.

    Parameters
    ----------
    name
        Names the finding, with all that decides it beside the image.
    make
        Makes it; may raise `LiveError` or `StoreError`.
    """
    kept: dict[object, object] = st.session_state.setdefault(_FOUND, {})
    at = (of.key, name)
    if at not in kept:
        try:
            kept[at] = make()
        except (live.LiveError, StoreError) as error:  # a pack may lack the models
            kept[at] = str(error)
    return kept[at]  # type: ignore[return-value]


def at_hand(of: Given, name: object) -> object | None:
    """Return what was found out before; None if nobody has asked."""
    return st.session_state.get(_FOUND, {}).get((of.key, name))


def chooser(store: Store, now: Given | None) -> None:
    """Draw the choice of a file, what is done to it, and the way to take it away."""
    height, width, channels = live.image_shape(store)
    kind = "grey" if channels == 1 else "colour"
    st.file_uploader(
        f"An image: its middle is cut out and scaled to {width} × {height} pixels, {kind}, as the "
        "study's images are; it is stored nowhere",
        type=list(live.IMAGE_TYPES),
        max_upload_size=live.LARGEST_UPLOAD,
        key=file_key(),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.toggle(
            "Invert light and dark",
            key=INVERT,
            help="For dark strokes on a light ground where the study's images are light on dark",
        )
        if now is not None:
            st.button("Take it away", key="w_forget", icon=":material/close:", on_click=forget)
    if now is None:
        st.caption("Nothing uploaded yet.")
    elif now.failure:
        st.error(literal(now.failure))


def forget() -> None:
    """Take the image away, with all that was found out about it."""
    st.session_state.pop(_GIVEN, None)
    st.session_state.pop(_FOUND, None)
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def _read(store: Store, encoded: bytes, key: tuple[object, ...], *, invert: bool) -> Given:
    shape = live.image_shape(store)
    try:
        image = live.read_image(encoded, shape, invert=invert)
    except live.LiveError as error:
        return Given(key, np.zeros((1, *shape), np.uint8), b"", str(error))
    return Given(key, image, _png(image[0]))


def _png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).save(file, "PNG")
    return file.getvalue()
