"""The browser's history: one entry for one act of the reader, so that one step back is one."""

import streamlit as st
from streamlit.components.v2 import component

from pages.components.carrier import javascript

_history = component("darkroom_history", js=javascript("history.js"))


def one_entry_each() -> None:
    """Let the browser keep one entry for each act; call it before what a reader could click on.

    It shows nothing, takes no room, and holds once drawn.
    """
    st.html("<style>:has(> .st-key-history_aside) {position: absolute;}</style>")
    with st.container(key="history_aside"):
        _history(key="history")
