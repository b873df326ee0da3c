"""The router with a story in its address: a step instead of the bar of pages."""

import pytest
from streamlit.testing.v1 import AppTest

from core.store.stories import Step, Story
from core.store.story_shelf import save_story
from tests.pages.reading import PAGES, html
from tests.pages.toy_store import write_toy_store

STORY = Story(
    "Two steps",
    "toy",
    (
        Step("overview", "One <b>x</b>", "**Said** of {teacher/accuracy/teacher/test:%}.", {}),
        Step("overview", "Two", "", {"sample": "test~99"}),
    ),
)


@pytest.fixture
def kept(store_folder):
    write_toy_store(store_folder, figures=[("accuracy", "test", 2.0, 0.75)])
    save_story(store_folder, "two", STORY)
    return store_folder


def routed(**words):
    page = AppTest.from_file(str(PAGES / "shell/main.py"), default_timeout=300)
    for word, value in words.items():
        page.query_params[word] = value
    page.run()
    assert not page.exception
    return page


def test_a_step_shows_its_words_above_the_view(kept):
    said = html(routed(study="toy", story="kept~two", step="1"))
    assert "<h1>One &lt;b&gt;x&lt;/b&gt;</h1>" in said
    assert "<strong>Said</strong> of 75.0%." in said
    assert "1 of 2" in said
    assert "darkroom-head" in said  # the page itself, its header hidden by the style


def test_a_step_says_what_cannot_be_shown(kept):
    said = html(routed(study="toy", story="kept~two", step="2"))
    assert "Row 99 of test is not among the shown images." in said


@pytest.mark.parametrize(
    "words",
    [
        {"story": "kept~two"},
        {"story": "kept~two", "step": "0"},
        {"story": "kept~two", "step": "3"},
        {"story": "kept~two", "step": "x"},
        {"story": "kept~two", "step": "99999999999999999999"},
        {"story": "kept~../two", "step": "1"},
        {"story": "<script>", "step": "1"},
    ],
)
def test_what_is_no_step_shows_the_page_alone(kept, words):
    page = routed(study="toy", **words)
    assert "darkroom-step" not in html(page)


def test_a_view_is_added_to_a_story_of_the_session(kept):
    page = routed(study="toy", sample="3")
    next(f for f in page.text_input if f.label == "Headline").set_value("Look here")
    page.run()
    next(b for b in page.button if b.label == "Add").click()
    page.run()
    assert not page.exception
    (story,) = page.session_state["darkroom.stories"].values()
    assert story.title == "Look here"
    assert story.steps == (Step("overview", "Look here", "", {"sample": "3"}),)
    next(f for f in page.text_input if f.label == "Headline").set_value("And here")
    page.run()
    next(b for b in page.button if b.label == "Add").click()
    page.run()
    (story,) = page.session_state["darkroom.stories"].values()
    assert [step.headline for step in story.steps] == ["Look here", "And here"]
