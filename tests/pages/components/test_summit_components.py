"""The map and the list of classes and the attribution graph as a page meets them."""

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.components.attribution_graph import Drawn, encode_graph
from pages.components.class_list import class_list
from pages.components.class_map import class_map


def app() -> None:
    import streamlit as st

    from pages.components.attribution_graph import graph_event
    from pages.components.class_list import class_list_event
    from pages.components.class_map import class_map_event

    found = (graph_event("graph"), class_list_event("list"), class_map_event("map"))
    st.session_state.log = [*st.session_state.get("log", []), found]


def told(**events):
    page = AppTest.from_function(app).run()
    for key, event in events.items():
        page.session_state[key] = {"event": {"sequence": 1, **event}}
    page.run()
    page.run()
    assert not page.exception
    _, first, again = page.session_state.log
    return first, again


def test_an_event_is_handed_out_once():
    first, again = told(
        graph={"kind": "pin", "layer": 3, "channel": 7},
        list={"kind": "second", "value": 5},
        map={"kind": "layer", "value": 2},
    )
    assert (first[0].pin, first[1].second, first[2].layer) == ((3, 7), 5, 2)
    assert (again[0].kind, again[1].second, again[2].layer) == ("", None, None)


@pytest.mark.parametrize("value", ["5", None, 1.5, True, [1]])
def test_what_is_no_class_picks_none(value):
    first, _ = told(list={"kind": "pick", "value": value}, map={"kind": "pick", "value": value})
    assert first[1].picked is None
    assert first[2].picked is None


@pytest.mark.parametrize("event", [{"layer": 1}, {"channel": 2}, {"layer": "1", "channel": 2}])
def test_half_a_vertex_pins_nothing(event):
    first, _ = told(graph={"kind": "pin", **event})
    assert first[0].pin is None


def graph(**changes):
    two, one = np.zeros(2, np.int64), np.zeros(1, np.int64)
    names = ("layer", "channel", "count", "pagerank", "users", "flags", "group")
    arrays = dict.fromkeys(names, two)
    edges = {"source": one, "target": one + 1, "influence": one + 3, "edge_group": one}
    found: dict[str, Any] = arrays | edges | changes
    return Drawn(**found)


def test_a_graph_travels_with_its_own_numbers():
    meta, arrays = encode_graph(graph())
    assert meta == {"groups": []}
    assert arrays["influence"].tolist() == [3]
    assert "second" not in arrays


@pytest.mark.parametrize("end", [-1, 2])
def test_an_edge_ends_at_a_vertex(end):
    with pytest.raises(ValueError, match="edges must end at one of 2 vertices"):
        encode_graph(graph(target=np.array([end])))


def test_every_vertex_has_every_number():
    with pytest.raises(ValueError, match="count must have one entry for each of 2 vertices"):
        encode_graph(graph(count=np.zeros(3)))


def test_a_class_has_a_place_in_every_layer():
    arguments = {"classes": np.arange(2), "names": ["a", "b"], "layers": ["l"], "channels": [1]}
    with pytest.raises(ValueError, match="positions must be finite"):
        class_map(key="m", positions=np.full((1, 2, 2), np.nan), layer=0, **arguments)
    with pytest.raises(ValueError, match="layer must be from 0 to 0"):
        class_map(key="m", positions=np.zeros((1, 2, 2)), layer=1, **arguments)


def test_a_class_has_a_name_and_a_likeness():
    with pytest.raises(ValueError, match="similarity must have one entry for each of 2 classes"):
        class_list(
            key="l", classes=np.arange(2), names=["a", "b"], similarity=np.zeros(1), picked=0
        )
