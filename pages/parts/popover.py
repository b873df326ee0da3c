"""Widgets of a popover that show what the URL says.

While a popover is shut its widgets do not stand in the browser: a value that the server gives to
one is lost, and with the reader's next click the browser sends what it showed last, which would
look like a choice. So a widget that would have to change gets another key instead: it is a new one,
which opens with the value it was made with, and what the browser still knows of the old one counts
for nothing.
"""

import streamlit as st

_TIMES = "darkroom.widgets_made"


def key_showing(key: str, value: object) -> str:
    """Return the key under which a widget made with `value` shows it, whatever it showed before.

    Parameters
    ----------
    key
        The key of the first one.
    value
        What the URL says; give it to the widget as its default too.
    """
    times = st.session_state.setdefault(_TIMES, {})
    if st.session_state.get(_numbered(key, times), value) != value:
        times[key] = times.get(key, 0) + 1
    return _numbered(key, times)


def _numbered(key: str, times: dict[str, int]) -> str:
    return f"{key}_{times[key]}" if key in times else key
