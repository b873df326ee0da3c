"""The page's controls: the split, and which panel is open."""

import streamlit as st

from pages.parts import choose
from pages.parts.controls import split_switch
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
        st.session_state["w_part"] = seen.wish.part
        st.segmented_control(
            "Panel",
            parts_of(seen.store, seen.names),
            key="w_part",
            required=True,
            format_func=PART_WORDS.__getitem__,
            label_visibility="collapsed",
            on_change=choose.put_widget,
            args=("part", "w_part", "graph"),
        )
