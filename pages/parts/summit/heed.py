"""What was clicked on the page: written to the URL before the view is read from it."""

from dataclasses import dataclass

import streamlit as st

from core.store import Store
from pages.components.attribution_graph import graph_event
from pages.components.class_list import class_list_event
from pages.components.class_map import class_map_event
from pages.parts import choose
from pages.parts.summit import held
from pages.parts.summit.asked import SCALES, SORTS, pin_words

MAP, LIST, GRAPH, SECOND = "summit_map", "summit_list", "summit_graph", "summit_graph_2"


@dataclass(frozen=True)
class Export:
    """A page of the graph that was asked for: of the whole graph, or of what is shown.

    `second` says that it is of the second of two graphs side by side.
    """

    token: int
    whole: bool
    second: bool


def heed(store: Store) -> Export | None:
    """Write clicks to the URL, and return the export that was asked for just now."""
    outline = held.outline(store)
    on_map, in_list = class_map_event(MAP), class_list_event(LIST)
    for picked in (on_map.picked, in_list.picked):
        if picked is not None and outline.place(picked) is not None:
            choose_class(picked)
    for second in (on_map.second, in_list.second):
        if second is not None and outline.place(second) is not None:
            compare_with(second)
    if on_map.layer is not None and 0 <= on_map.layer < len(outline.layers):
        name = outline.layers[on_map.layer]
        choose.put("layer", name, outline.layers[-1])
    if in_list.sort in SORTS:
        choose.put("sort", in_list.sort, "similarity")
    return _heed_graph(GRAPH) or _heed_graph(SECOND)


def _heed_graph(key: str) -> Export | None:
    event = graph_event(key)
    match event.kind:
        case "pin":
            choose.put("pin", None if event.pin is None else pin_words(event.pin))
        case "scale":
            choose.put("least", max(0, event.least), 0)
            for word, value in (("across", event.across), ("down", event.down)):
                choose.put(word, min(max(value, SCALES[0]), SCALES[1]), 100)
        case "flagged":
            choose.put("flagged", "hide" if event.hide else None)
        case "export":
            return Export(event.token, event.whole, key == SECOND)
    return None


def choose_class(class_: int) -> None:
    """Show another class; what was pinned or compared belonged to the one before."""
    choose.put("class", class_)
    choose.put("pin", None)
    choose.put("case", None)
    if st.query_params.get("part") == "cases":
        choose.put("part", None)
    if st.query_params.get("class2") == str(class_):
        choose.put("class2", None)


def compare_with(class_: int) -> None:
    """Compare the chosen class with another."""
    choose.put("class2", class_)
    choose.put("part", "compare")
    choose.put("case", None)
