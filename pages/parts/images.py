"""The grid of the selected images: no overlap, 32 pixels unless the reader wants another size."""

import numpy as np
import streamlit as st

from pages.components.events import pick_event
from pages.components.grid import image_grid
from pages.parts import choose
from pages.parts.literal import shortened
from pages.parts.scene import Scene
from pages.parts.thumbnails import inline, template
from pages.parts.wording import flip_words, split_words

KEY = "overview_images"
SIZES = (16, 32, 64)
DEFAULT_SIZE = 32
MOST_INLINE = 400
"""How many images are shown where they have no address and travel inside the page."""


def images(scene: Scene, height: int) -> None:
    """Draw the images of the selection in its order; a click picks one."""
    ids = scene.members
    address = template(scene.store)
    cut = address is None and len(ids) > MOST_INLINE
    if cut:
        ids = ids[:MOST_INLINE]
    counted = split_words(scene.view.split, len(scene.members))
    st.caption(f"Images · the first {MOST_INLINE} of {counted}" if cut else f"Images · {counted}")
    found = inline(scene.store, ids) if address is None else {}
    image_grid(
        key=KEY,
        sample_ids=ids,
        captions=_captions(scene, ids),
        wrong=_wrong(scene, ids),
        thumbnails=[found.get(i, "") for i in ids.tolist()] if address is None else address,
        size=st.session_state.get("w_size") or DEFAULT_SIZE,
        picked=scene.picked,
        study=scene.store.study,
        height=height,
        empty=f"{split_words(scene.view.split, 0).capitalize()} in this selection.",
    )


def size_switch() -> None:
    """Draw the switch for the size of an image in the grid."""
    st.segmented_control(
        "Size of an image in pixels",
        SIZES,
        default=DEFAULT_SIZE,
        required=True,
        key="w_size",
        format_func=str,
        label_visibility="collapsed",
        help="Size of an image in pixels",
    )


def heed_images() -> None:
    """Write what was clicked in the grid to the URL; call it before the view is read."""
    event = pick_event(KEY)
    if event.picked is not None:
        choose.pick(event.picked)


def _wrong(scene: Scene, ids: np.ndarray) -> np.ndarray:
    if scene.answers is None:
        return np.zeros(len(ids), bool)
    return scene.answers.predicted[ids] != scene.samples.label[ids]


def _captions(scene: Scene, ids: np.ndarray) -> np.ndarray:
    """Return "true → predicted" for each image, each text made once."""
    true, original = scene.samples.label[ids], scene.samples.original[ids]
    said = true if scene.answers is None else scene.answers.predicted[ids]
    codes = (true.astype(np.int64) * scene.classes + said) * scene.classes + original
    found, place = np.unique(codes, return_inverse=True)
    return np.array([_caption(scene, code) for code in found.tolist()], dtype=object)[place]


def _caption(scene: Scene, code: int) -> str:
    pair, original = divmod(code, scene.classes)
    true, said = divmod(pair, scene.classes)
    text = shortened(scene.names[true])
    if said != true:
        text += f" → {shortened(scene.names[said])}"
    if original != true:
        text += f" (label {flip_words(shortened(scene.names[original]))})"
    return text
