"""From an image to every page: one line of links, the same beside the picked image everywhere."""

import streamlit as st

from core.store import Store
from core.teachers.protocol import missing
from pages.parts import reads, travel
from pages.parts.needs import LENSES, SERVED
from pages.parts.summit import held as summit

OVERVIEW, SAMPLE = "", "sample"


def open_in(store: Store, sample: int, label: int) -> None:
    """Draw links that open an image on the other pages, the view with it.

    Summit opens on the graph of its class with its own path, DeepVisualInsight on its way through
    training.

    Parameters
    ----------
    sample, label
        The image and its true class.
    """
    places = targets(store)
    if not places:
        return
    pages = st.session_state[SERVED]
    with st.container(horizontal=True, gap="xsmall", key="open_in", vertical_alignment="center"):
        st.caption("Open in", width="content")
        for page, title in places.items():
            st.page_link(
                pages[page],
                label=title,
                query_params=opening(store, page, sample, label),
                width="content",
            )


def targets(store: Store) -> dict[str, str]:
    """Return the pages that can show an image, but for the open one: address to title."""
    served = st.session_state.get(SERVED, {})
    can = reads.capabilities(store)
    lenses = {
        lens.page: lens.title for lens in LENSES if can is None or not missing(can, lens.needs)
    }
    every = {SAMPLE: "Sample", OVERVIEW: "Overview", **lenses}
    return {page: t for page, t in every.items() if page in served and page != travel.here()}


def opening(store: Store, page: str, sample: int, label: int) -> dict[str, str]:
    """Return the words of a link that opens an image on a page."""
    if page != "summit" or not summit.has_graphs(store):
        return travel.words(sample=sample)
    known = summit.outline(store).place(label) is not None
    return travel.words(sample=sample, class_=label if known else None, part="image")
