"""The page's controls: split, failure cases, and the way to an image; which panels there are."""

import streamlit as st

from core.store import Store
from pages.parts.controls import jump, presets, split_switch
from pages.parts.saliency import held
from pages.parts.saliency.asked import LOOKS, Look
from pages.parts.scene import Scene

LOOK_WORDS: dict[Look, str] = {
    "arena": "Arena",
    "curves": "Mean curves",
    "paper": "The paper's table",
    "gallery": "Six images",
    "synthetic": "Synthetic images",
    "apart": "Told apart most",
    "studies": "All studies",
}


def tools(scene: Scene) -> None:
    """Draw the controls in one row; each writes its word to the URL."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        split_switch(scene)
        if scene.answers is not None:
            presets(scene)
        jump(scene)


def looks_of(store: Store) -> list[Look]:
    """Return the panels that this study has."""
    lacking = {
        "synthetic": not held.synthetic_samples(store),
        "gallery": not len(held.explained_samples(store)),
    }
    return [look for look in LOOKS if not lacking.get(look)]
