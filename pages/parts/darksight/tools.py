"""The page's controls: what is shown on the maps, and which panel stands beside them."""

import streamlit as st

from pages.parts import choose
from pages.parts.controls import jump, presets, split_switch
from pages.parts.darksight.asked import Asked, Panel
from pages.parts.darksight.territory import COLORS, DEFAULT_COLOR, figure_4_methods
from pages.parts.scene import Scene
from pages.parts.wording import COLOR_WORDS, method_words

PANEL_WORDS: dict[Panel, str] = {
    "selection": "Selection",
    "way": "Transition",
    "outliers": "Outliers",
    "misplaced": "Misplaced",
    "cases": "Case study",
    "reject": "Reject",
    "upload": "Upload",
}


def tools(scene: Scene, wish: Asked, others: list[str]) -> None:
    """Draw the controls of the maps in one row; each writes its word to the URL."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        split_switch(scene)
        st.session_state["w_darksight_color"] = scene.view.color
        st.selectbox(
            "Colour",
            COLORS,
            key="w_darksight_color",
            format_func=lambda color: f"Colour: {COLOR_WORDS[color]}",
            label_visibility="collapsed",
            width=275,
            disabled=wish.figure_4,
            on_change=choose.put_widget,
            args=("color", "w_darksight_color", DEFAULT_COLOR),
        )
        st.session_state["w_beside"] = wish.beside
        st.selectbox(
            "Beside",
            others,
            index=None,
            key="w_beside",
            format_func=lambda method: f"Beside: {method_words(method)}",
            placeholder="Compare with …",
            label_visibility="collapsed",
            width=250,
            disabled=wish.figure_4 or not others,
            on_change=choose.put_widget,
            args=("beside", "w_beside"),
        )
        st.session_state["w_figure_4"] = wish.figure_4
        st.toggle(
            "Figure 4",
            key="w_figure_4",
            on_change=_put_figure,
            disabled=len(figure_4_methods(scene)) < 2,
            help="As in the report: the same 500 random images in DarkSight and in t-SNE, coloured "
            "by entropy, dark is high",
        )
        presets(scene)
        jump(scene)


def _put_figure() -> None:
    choose.put("figure", "4" if st.session_state["w_figure_4"] else None)
