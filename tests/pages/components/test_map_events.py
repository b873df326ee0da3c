"""Events of the map and the grid as the page meets them: each once, and never a stale one."""

import pytest
from streamlit.testing.v1 import AppTest


def app() -> None:
    import numpy as np
    import streamlit as st

    from pages.components.grid import image_grid
    from pages.components.map import CategoryColors, sample_map

    state = sample_map(
        key="map",
        positions=np.random.default_rng(0).normal(size=(20, 2)),
        sample_ids=np.arange(20),
        colors=CategoryColors(np.arange(20) % 2, ["a", "b"], ["#000000", "#ffffff"]),
    )
    st.session_state.log = [*st.session_state.get("log", []), state]
    grid = image_grid(
        key="grid",
        sample_ids=np.arange(20),
        captions=["a"] * 20,
        wrong=np.zeros(20, bool),
        thumbnails="/{id}.png",
    )
    st.session_state.grid_log = [*st.session_state.get("grid_log", []), grid]


@pytest.fixture
def at() -> AppTest:
    return AppTest.from_function(app)


def seeded(at: AppTest, **event: object) -> AppTest:
    at.session_state["map"] = {"event": event}
    return at.run()


def test_a_fresh_map_reports_nothing(at):
    at.run()
    assert not at.exception
    assert at.session_state.log[-1].kind == ""


def test_an_event_is_handed_out_once(at):
    seeded(at, kind="pick", sample=7, sequence=1)
    at.run()
    at.run()
    assert not at.exception
    assert [state.picked for state in at.session_state.log] == [7, None, None]


def test_a_newer_event_is_handed_out_after_an_older_one(at):
    seeded(at, kind="pick", sample=7, sequence=1)
    seeded(at, kind="epoch", epoch=3, sequence=2)
    seeded(at, kind="clear", sequence=3)
    assert [state.kind for state in at.session_state.log] == ["pick", "epoch", "clear"]
    assert at.session_state.log[1].epoch == 3.0


def test_an_event_of_another_session_is_stale(at):
    seeded(at, kind="pick", sample=7, sequence=1, session="of-another")
    assert at.session_state.log[-1].kind == ""


def test_a_lasso_comes_back_as_corners_with_its_projection(at):
    seeded(at, kind="lasso", polygon=[0, 0, 1, 0, 0.5, 1], sequence=1, projection="tsne")
    state = at.session_state.log[-1]
    assert state.lasso == [(0, 0), (1, 0), (0.5, 1)]
    assert state.projection == "tsne"


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "lasso", "polygon": [0, 0, 1, 0], "sequence": 1},
        {"kind": "lasso", "polygon": [0] * 130, "sequence": 1},
        {"kind": "lasso", "polygon": [0, 0, 1, 0, 1], "sequence": 1},
        {"kind": "lasso", "polygon": [0, 0, 1, 0, "x", 1], "sequence": 1},
        {"kind": "lasso", "polygon": [0, 0, 1, 0, float("inf"), 1], "sequence": 1},
        {"kind": "pick", "sample": "7", "sequence": 1},
        {"kind": "pick", "sample": True, "sequence": 1},
        {"kind": "epoch", "epoch": None, "sequence": 1},
        {"kind": "erase", "sequence": 1},
        {"kind": "pick", "sample": 7},
    ],
)
def test_what_no_map_would_send_is_ignored(at, event):
    seeded(at, **event)
    assert not at.exception
    assert at.session_state.log[-1].kind == ""


def test_a_pick_on_the_grid_is_handed_out_once(at):
    at.session_state["grid"] = {"event": {"kind": "pick", "sample": 4, "sequence": 9}}
    at.run()
    at.run()
    assert [state.picked for state in at.session_state.grid_log] == [4, None]


def test_a_line_is_handed_out_with_both_ends(at):
    seeded(at, kind="line", polygon=[0.0, 1.0, 2.0, 3.5], projection="pca", sequence=1)
    assert at.session_state.log[-1].line == ((0.0, 1.0), (2.0, 3.5))
    assert at.session_state.log[-1].projection == "pca"


@pytest.mark.parametrize("polygon", [[0, 0, 0, 0], [0, 0, 1], [0, 0, 1, "1"], None, [0, 0]])
def test_a_line_without_two_different_ends_is_no_event(at, polygon):
    seeded(at, kind="line", polygon=polygon, sequence=1)
    assert at.session_state.log[-1].kind == ""


def test_the_legend_says_which_categories_are_hidden(at):
    seeded(at, kind="hidden", hidden=[0, 3], sequence=1)
    assert at.session_state.log[-1].hidden == (0, 3)
    seeded(at, kind="hidden", hidden=[], sequence=2)
    assert at.session_state.log[-1].hidden == ()
    seeded(at, kind="hidden", hidden=["0"], sequence=3)
    assert at.session_state.log[-1].kind == ""


def test_a_clicked_mark_tells_its_kind_and_epoch(at):
    seeded(at, kind="mark", mark="flip", epoch=2.5, sequence=1)
    assert (at.session_state.log[-1].mark, at.session_state.log[-1].epoch) == ("flip", 2.5)
    seeded(at, kind="mark", mark="flip", epoch="2.5", sequence=2)
    assert at.session_state.log[-1].kind == ""
