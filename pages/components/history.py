"""The browser's history: one entry for one act of the reader, so that one step back is one."""

from streamlit.components.v2 import component

from pages.components.carrier import javascript

_history = component("darkroom_history", js=javascript("history.js"))


def one_entry_each() -> None:
    """Let the browser keep one entry for each act; it shows nothing, and holds once drawn."""
    _history(key="history")
