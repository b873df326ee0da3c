"""The page's controls: what the map shows, what stands beside it, and which panel is open."""

import streamlit as st

from core.store import epoch_label
from pages.parts import choose
from pages.parts.controls import jump, split_switch
from pages.parts.dvi.asked import Asked, Look
from pages.parts.dvi.coloring import COLORS, DEFAULT_COLOR
from pages.parts.dvi.held import Story
from pages.parts.dvi.queries import queries
from pages.parts.dvi.territory import DEFAULT_SPLIT, seen_epoch
from pages.parts.literal import plain
from pages.parts.popover import key_showing
from pages.parts.scene import Scene
from pages.parts.wording import COLOR_WORDS, epoch_words

LOOK_WORDS: dict[Look, str] = {
    "sample": "Sample",
    "neighbors": "Neighbours",
    "epochs": "Epochs",
    "labels": "Suspicious labels",
    "rounds": "Rounds",
    "attack": "Attack",
}


def tools(seen: Scene, wish: Asked, told: Story, others: list[str]) -> None:
    """Draw the controls in one row; each writes its word to the URL."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        split_switch(seen, DEFAULT_SPLIT)
        st.session_state["w_dvi_color"] = seen.view.color
        st.selectbox(
            "Colour",
            COLORS,
            key="w_dvi_color",
            format_func=lambda color: f"Colour: {COLOR_WORDS[color]}",
            label_visibility="collapsed",
            width=250,
            on_change=choose.put_widget,
            args=("color", "w_dvi_color", DEFAULT_COLOR),
        )
        st.session_state["w_dvi_epoch"] = seen_epoch(seen, told)
        st.selectbox(
            "Checkpoint",
            told.epochs,
            key="w_dvi_epoch",
            format_func=lambda epoch: epoch_words(epoch, told.epochs).capitalize(),
            label_visibility="collapsed",
            width=140,
            disabled=len(told.epochs) == 1,
            on_change=_put_epoch,
            args=(told.epochs[-1],),
        )
        queries(seen, told)
        jump(seen)
        _compare(wish, told, others)


def _compare(wish: Asked, told: Story, others: list[str]) -> None:
    compared = wish.epoch2 is not None or wish.study2 is not None
    with st.popover(
        "Comparing" if compared else "Compare",
        icon=":material/compare:",
        help="Another checkpoint, or another run, beside this one",
    ):
        key = key_showing("w_epoch2", wish.epoch2)
        st.selectbox(
            "Another checkpoint",
            told.epochs,
            index=None if wish.epoch2 is None else told.epochs.index(wish.epoch2),
            key=key,
            format_func=lambda epoch: epoch_words(epoch, told.epochs).capitalize(),
            placeholder="None",
            disabled=len(told.epochs) == 1,
            on_change=_put_epoch2,
            args=(key,),
        )
        key = key_showing("w_study2", wish.study2)
        st.selectbox(
            "Another run",
            others,
            index=None if wish.study2 is None else others.index(wish.study2),
            key=key,
            format_func=plain,
            placeholder="None" if others else "No other run has pictures",
            disabled=not others,
            on_change=_put_study2,
            args=(key,),
        )
        st.caption("Both maps pan and zoom together; two runs also play together.")


def _put_epoch(last: float) -> None:
    epoch = st.session_state["w_dvi_epoch"]
    choose.put("epoch", None if epoch == last else epoch_label(epoch))


def _put_epoch2(key: str) -> None:
    epoch = st.session_state[key]
    choose.put("epoch2", None if epoch is None else epoch_label(epoch))
    choose.put("study2", None)


def _put_study2(key: str) -> None:
    choose.put("study2", st.session_state[key])
    choose.put("epoch2", None)
