"""The map of classes and, below it, their list: both show likeness in the chosen layer."""

import streamlit as st

from pages.components.class_list import class_list
from pages.components.class_map import class_map
from pages.parts.literal import literal, plain
from pages.parts.summit import held
from pages.parts.summit.heed import LIST, MAP
from pages.parts.summit.seen import Seen


def territory(seen: Seen, map_height: int, list_height: int) -> None:
    """Draw both."""
    names = [plain(seen.names[class_]) for class_ in seen.outline.classes]
    wish, known = seen.wish, seen.known
    second = seen.second if wish.part == "compare" else None
    if wish.part == "cases" and wish.case is not None:
        second = wish.class2
    class_map(
        key=MAP,
        positions=held.embedding(seen.store),
        classes=seen.outline.classes,
        names=names,
        layers=seen.outline.layers,
        channels=seen.outline.channels,
        layer=wish.layer,
        picked=wish.class_,
        second=second,
        study=seen.store.study,
        height=map_height,
    )
    class_list(
        key=LIST,
        classes=seen.outline.classes,
        names=names,
        similarity=seen.similarity,
        picked=wish.class_,
        accuracy=None if known is None else known.accuracy,
        images=None if known is None else known.images,
        histogram=None if known is None else known.histogram,
        second=second,
        sort=wish.sort,
        layer=seen.layer,
        counted=f"Accuracy and histogram: {seen.counted}",
        missing=missing_words(seen),
        study=seen.store.study,
        height=list_height,
    )
    said = held.notes(seen.store)
    if (note := said.get("similarity")) is not None:
        st.caption(f"Similarity and map: {literal(note.text)}")


def missing_words(seen: Seen) -> str:
    """Return why accuracy and histogram are not there; empty where they are."""
    if seen.known is not None:
        return ""
    said = held.notes(seen.store)
    words = [said[part].text for part in ("accuracy", "histogram") if part in said]
    return " ".join(words) or "Accuracy and histogram come from the stage predictions."
