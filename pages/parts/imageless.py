"""A study without images: graphs that somebody published, which one lens alone can show."""

from html import escape

import streamlit as st

from core.store import Store
from pages.parts import reads, travel
from pages.parts.literal import literal, plain
from pages.parts.needs import SERVED
from pages.parts.picker import study_picker
from pages.parts.provenance import provenance

SUMMIT = "summit"


def plain_header(store: Store) -> None:
    """Draw title and figures of a study that holds no images, in one line."""
    settings = store.settings
    teacher, names = settings.get("teacher"), reads.class_names(store)
    model = teacher.get("architecture") if isinstance(teacher, dict) else None
    facts = (
        ("model", plain(model or "unknown")),
        ("classes", f"{len(reads.present_classes(store)):,} of {len(names):,}"),
        ("images", "none in this study"),
    )
    cells = "".join(
        f"<div><span>{escape(name)}</span><b>{escape(value)}</b></div>" for name, value in facts
    )
    title = plain(settings.get("title") or store.study)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        study_picker(store)
        st.html(f'<div class="darkroom-head"><h1>{escape(title)}</h1>{cells}</div>')


def without_images(store: Store) -> None:
    """Say what the study holds instead of images, and lead to the page that shows it."""
    plain_header(store)
    st.info(
        "This study holds the attribution graphs of a network that its authors published, without "
        "the images and without the network's answers. So there is nothing to see here; what it "
        "does hold, which channels each class uses and how they feed one another, is on the page "
        "Summit."
    )
    page = st.session_state.get(SERVED, {}).get(SUMMIT)
    if page is not None:
        st.page_link(page, label="Open Summit", query_params=travel.words())
    about = store.sql("select text from about where topic in ('source', 'licence') order by topic")
    if len(about):
        st.caption(" · ".join(literal(text) for text in reversed(about["text"].tolist())))
    provenance(store, [("dataset", None)])
