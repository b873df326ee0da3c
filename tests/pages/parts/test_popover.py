"""A widget that shows what the URL says: kept while it does, a new one as soon as it does not."""

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from pages.parts.popover import key_showing

    letters = ["a", "b"]
    said = st.query_params.get("letter")
    st.selectbox(
        "Letter",
        letters,
        index=None if said is None else letters.index(said),
        key=key_showing("letter", said),
    )


def shown(app: AppTest) -> tuple[str | None, str | None]:
    (box,) = app.run().selectbox
    assert not app.exception
    return box.key, box.value


def test_a_widget_is_kept_while_it_shows_what_the_url_says():
    app = AppTest.from_function(page)
    assert shown(app) == ("letter", None)
    app.selectbox[0].set_value("a")
    app.query_params["letter"] = "a"  # as its callback does
    assert shown(app) == shown(app) == ("letter", "a")


def test_a_widget_that_shows_something_else_gives_way_to_a_new_one():
    app = AppTest.from_function(page)
    app.query_params["letter"] = "a"
    assert shown(app) == ("letter", "a")
    app.query_params["letter"] = "b"
    assert shown(app) == ("letter_1", "b")
    del app.query_params["letter"]
    assert shown(app) == ("letter_2", None)
    app.selectbox[0].set_value("b")  # a choice that the URL does not take up
    assert shown(app) == ("letter_3", None)
