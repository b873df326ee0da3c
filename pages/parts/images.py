"""The grid of the selected images: no overlap, 32 pixels unless the reader wants another size."""

import numpy as np
import streamlit as st

from pages.components.grid import grid_event, image_grid
from pages.parts import choose
from pages.parts.literal import shortened
from pages.parts.scene import Scene
from pages.parts.thumbnails import inline, template
from pages.parts.wording import split_words

KEY = "overview_images"
SIZES = (16, 32, 64)
MOST_INLINE = 400
"""How many images are shown where they have no address and travel inside the page."""


def images(scene: Scene, height: int) -> None:
    """Draw the images of the selection in its order; a click picks one."""
    ids = scene.members
    address = template(scene.store)
    cut = address is None and len(ids) > MOST_INLINE
    if cut:
        ids = ids[:MOST_INLINE]
    said, sizes = st.columns([0.45, 0.55], vertical_alignment="center")
    with said:
        counted = split_words(scene.view.split, len(scene.members))
        st.caption(f"The first {MOST_INLINE} of {counted}" if cut else counted.capitalize())
    with sizes:
        size = st.segmented_control(
            "Size of an image",
            SIZES,
            default=32,
            required=True,
            key="w_size",
            format_func=lambda pixels: f"{pixels} px",
            label_visibility="collapsed",
        )
    found = inline(scene.store, ids) if address is None else {}
    image_grid(
        key=KEY,
        sample_ids=ids,
        captions=_captions(scene, ids),
        wrong=_wrong(scene, ids),
        thumbnails=[found.get(i, "") for i in ids.tolist()] if address is None else address,
        size=size or 32,
        picked=scene.picked,
        study=scene.store.study,
        height=height,
        empty=f"{split_words(scene.view.split, 0).capitalize()} in this selection.",
        on_change=_pick,
    )


def _pick() -> None:
    event = grid_event(KEY)
    if event.picked is not None:
        choose.pick(event.picked)


def _wrong(scene: Scene, ids: np.ndarray) -> np.ndarray:
    if scene.answers is None:
        return np.zeros(len(ids), bool)
    return scene.answers.predicted[ids] != scene.samples.label[ids]


def _captions(scene: Scene, ids: np.ndarray) -> np.ndarray:
    """Return "true → predicted" for each image, each text made once."""
    names = np.array([shortened(name) for name in scene.names], dtype=object)
    true = scene.samples.label[ids]
    if scene.answers is None:
        return names[true]
    pairs = true.astype(np.int64) * scene.classes + scene.answers.predicted[ids]
    found, place = np.unique(pairs, return_inverse=True)
    texts = [
        names[pair // scene.classes]
        if pair // scene.classes == pair % scene.classes
        else f"{names[pair // scene.classes]} → {names[pair % scene.classes]}"
        for pair in found.tolist()
    ]
    return np.array(texts, dtype=object)[place]
