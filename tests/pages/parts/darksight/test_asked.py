import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.darksight.asked import Asked, Line, asked

METHODS = ["tsne", "umap"]


def test_an_empty_address_asks_for_nothing():
    assert asked({}, METHODS, 4) == (Asked(), [])


def test_every_word_is_read():
    found, ignored = asked(
        {
            "beside": "umap",
            "panel": "reject",
            "measure": "entropy",
            "threshold": "0.25",
            "from": "1",
            "to": "0",
            "line": "tsne~0,1;2.5,-3",
            "figure": "4",
            "hide": "3,1",
        },
        METHODS,
        4,
    )
    line = Line("tsne", ((0.0, 1.0), (2.5, -3.0)))
    assert found == Asked("umap", "reject", "entropy", 0.25, 1, 0, line, True, (1, 3))
    assert ignored == []


def test_only_hides_all_others():
    assert asked({"only": "2"}, METHODS, 4)[0].hidden == (0, 1, 3)
    assert asked({"only": "none"}, METHODS, 3)[0].hidden == (0, 1, 2)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("beside", "darksight"),
        ("threshold", "nan"),
        ("threshold", "inf"),
        ("from", "-1"),
        ("to", "4"),
        ("line", "tsne~0,0"),
        ("line", "tsne~0,0;nan,1"),
        ("line", "isomap~0,0;1,1"),
        ("line", "tsne~1e31,0;1,1"),
        ("hide", ""),
        ("hide", "1,x"),
        ("only", "7"),
    ],
)
def test_what_is_wrong_is_left_out_with_one_line(word, text):
    found, ignored = asked({word: text}, METHODS, 4)
    assert found == Asked()
    assert len(ignored) == 1
    assert ignored[0].startswith(f"Ignored {word}=")


def test_a_way_needs_two_different_classes():
    found, ignored = asked({"from": "2", "to": "2"}, METHODS, 4)
    assert (found.start, found.end) == (2, None)
    assert "two different classes" in ignored[0]


def hider() -> None:
    import streamlit as st

    from pages.parts.darksight.asked import put_hidden

    put_hidden(st.session_state["hidden"], st.session_state["classes"])


@pytest.mark.parametrize(
    ("hidden", "classes"),
    [([], 10), ([3], 10), ([0, 1, 2, 4, 5, 6, 7, 8, 9], 10), (list(range(10)), 10), ([1], 2)],
)
def test_hidden_classes_come_back_from_the_address(hidden, classes):
    page = AppTest.from_function(hider)
    page.session_state["hidden"], page.session_state["classes"] = hidden, classes
    page.run()
    assert not page.exception
    words = {
        word: value if isinstance(value, str) else value[-1]
        for word, value in page.query_params.items()
    }
    assert asked(words, METHODS, classes)[0].hidden == tuple(hidden)


def test_a_list_too_long_for_an_address_stays_out_of_it():
    page = AppTest.from_function(hider)
    page.session_state["hidden"], page.session_state["classes"] = list(range(400)), 1000
    page.run()
    assert dict(page.query_params) == {}
