"""The page's controls: the split, and which panel is open."""

import streamlit as st

from pages.parts.controls import panel_switch, split_switch
from pages.parts.summit.asked import Part
from pages.parts.summit.seen import Seen, parts_of

PART_WORDS: dict[Part, str] = {
    "graph": "Graph",
    "compare": "Compare",
    "image": "One image",
    "path": "Through the layers",
    "motifs": "Motifs",
    "early": "Early decision",
    "masking": "Masking",
    "channels": "Flagged channels",
    "cases": "Case studies",
}


def tools(seen: Seen) -> None:
    """Draw the controls in one row; each writes its word to the URL."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        if seen.scene is not None:
            split_switch(seen.scene)
        parts = parts_of(seen.store, seen.names)
        panel_switch("part", parts, PART_WORDS, seen.wish.part, "graph")
