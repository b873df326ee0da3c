"""The reader's theme, as far as the server knows it."""

import streamlit as st

from pages.charts.palette import Theme


def theme() -> Theme:
    """Return the theme that the browser reported; light until it has."""
    return "dark" if st.context.theme.type == "dark" else "light"
