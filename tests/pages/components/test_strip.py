"""The strip of cards as a page meets it."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.strip import Bar, Card, card_strip


def app() -> None:
    import streamlit as st

    from pages.components.strip import Bar, Card, card_strip

    cards = [Card(i, f"#{i}", ["a note"], [Bar("a", "#000000", 0.5, 0.25)]) for i in range(3)]
    state = card_strip(key="strip", cards=cards, thumbnails="/{id}.png")
    st.session_state.log = [*st.session_state.get("log", []), state.picked]


def test_a_click_is_handed_out_once():
    page = AppTest.from_function(app).run()
    page.session_state["strip"] = {"event": {"kind": "pick", "sample": 2, "sequence": 1}}
    page.run()
    page.run()
    assert not page.exception
    assert page.session_state.log == [None, 2, None]


@pytest.mark.parametrize("sample", ["2", None, 1.5, True])
def test_what_is_no_sample_picks_nothing(sample):
    page = AppTest.from_function(app).run()
    page.session_state["strip"] = {"event": {"kind": "pick", "sample": sample, "sequence": 1}}
    page.run()
    assert not page.exception
    assert page.session_state.log == [None, None]


def test_a_template_must_name_the_sample():
    with pytest.raises(ValueError, match=r"\{id\}"):
        card_strip(key="strip", cards=[], thumbnails="/image.png")


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_lies_between_0_and_1(share):
    with pytest.raises(ValueError, match="share must be 0 to 1"):
        card_strip(key="strip", cards=[Card(0, "", bars=[Bar("a", "#000000", share)])])
