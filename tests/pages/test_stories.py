import re

import pytest

from core.store import Store
from core.store.stories import Step, Story, parsed_story, written_story
from core.store.story_shelf import save_story, shelf, stories_in
from pages.parts.story.known import PAGES, free_name, moved, with_step
from pages.parts.story.words import figures_named, query, told
from precompute.shipped_stories import shipped_stories
from tests.pages.reading import PAGES as FOLDER
from tests.pages.reading import address, html, opened
from tests.pages.toy_store import write_toy_store

STORY = Story(
    "Two <b>steps</b>",
    "toy",
    (
        Step("overview", "One <i>x</i>", "<script>alert(1)</script> *so*", {"sample": "3"}),
        Step("darksight", "Two", "Accuracy {teacher/accuracy/teacher/test:%}.", {"color": "true"}),
        Step("dvi", "Three"),
    ),
)


@pytest.fixture
def kept(store_folder):
    """A store with the study `toy` and one story."""
    write_toy_store(store_folder, figures=[("accuracy", "test", 2.0, 0.75)])
    save_story(store_folder, "two", STORY)
    return store_folder


def labels(page):
    return [button.label for button in page.button]


def click(page, label):
    next(button for button in page.button if button.label == label).click()
    page.run()
    assert not page.exception


def test_a_story_is_read_with_its_figures_and_nothing_hostile(kept):
    page = opened("stories")
    said = html(page)
    assert "Accuracy 75.0%." in said
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <em>so</em>" in said
    assert "<script>" not in said
    assert "<i>x</i>" not in said


def test_a_broken_file_is_told_in_one_line(kept):
    (shelf(kept, "toy") / "bad.toml").write_text("title = 1")
    page = opened("stories")
    assert "bad\\.toml" in page.warning[0].value
    assert "1 to 100 steps" in page.warning[0].value


def test_a_study_without_stories_says_how_to_begin_one(toy_store):
    page = opened("stories")
    assert "Add to a story" in page.info[0].value


def test_a_story_that_is_not_there_is_ignored_in_one_line(kept):
    page = opened("stories", story="kept~<b>")
    assert "Ignored story" in page.warning[0].value
    assert "<b>" not in page.warning[0].value


def test_a_copy_is_ordered_worded_and_cut(kept):
    page = opened("stories")
    click(page, "Edit a copy")
    assert address(page)["story"] == "mine~two"
    click(page, "Down")
    heads = [field.value for field in page.text_input if field.label.startswith("Headline")]
    assert heads == ["Two", "One <i>x</i>", "Three"]
    next(f for f in page.text_input if f.value == "Two").set_value("First now")
    page.run()
    click(page, "Remove")
    heads = [field.value for field in page.text_input if field.label.startswith("Headline")]
    assert heads == ["One <i>x</i>", "Three"]
    assert stories_in(shelf(kept, "toy"))[0] == {"two": STORY}  # the kept one is as it was


def test_only_an_editing_server_writes_a_story_into_the_store(kept, monkeypatch):
    monkeypatch.setenv("DARKROOM_EDIT", "0")
    page = opened("stories")
    click(page, "Edit a copy")
    save = next(button for button in page.button if button.label == "Save into the store")
    assert save.disabled
    monkeypatch.setenv("DARKROOM_EDIT", "1")
    page.run()
    next(f for f in page.text_input if f.label == "Title").set_value("Mine own")
    page.run()
    click(page, "Save into the store")
    found = stories_in(shelf(kept, "toy"))[0]
    assert found["mine_own"].title == "Mine own"
    assert address(page)["story"] == "kept~mine_own"
    click(page, "Delete from the store")
    assert list(stories_in(shelf(kept, "toy"))[0]) == ["two"]


def test_an_image_is_named_by_its_row_in_the_source(kept):
    store = Store("toy", kept)
    step = Step("overview", "x", "", {"sample": "test~2", "sample2": "test~99"})
    words, missing = query(store, step)
    assert words == {"study": "toy", "sample": "26"}
    assert missing == ["Row 99 of test is not among the shown images"]


def test_a_figure_that_the_store_lacks_is_said_to_lack(kept):
    store = Store("toy", kept)
    assert told(store, "{teacher/accuracy/teacher/test}") == "0.75"
    assert told(store, "{teacher/accuracy/teacher/test:.3}") == "0.750"
    assert told(store, "{teacher/nothing/teacher/test}") == "(not measured in this store)"
    assert told(store, "{0.__class__}") == "{0.__class__}"


def test_a_saved_view_that_the_study_lacks_is_said_to_lack(kept):
    words, missing = query(Store("toy", kept), Step("deepvid", "x", "", {"case": "Figure 14"}))
    assert words == {"study": "toy"}
    assert missing == ["This study has no saved view Figure 14"]


def test_steps_move_within_their_story():
    at = [step.page for step in moved(STORY, 2, -5).steps]
    assert at == ["dvi", "overview", "darksight"]
    assert len(with_step(STORY, 0, None).steps) == 2
    assert free_name("fresh") == "fresh"


@pytest.mark.parametrize("name", shipped_stories())
def test_a_shipped_story_names_pages_that_there_are(name):
    story = shipped_stories()[name]
    assert parsed_story(written_story(story).encode(), name, PAGES) == story
    for step in story.steps:
        assert (FOLDER / f"{step.page}.py").is_file(), step.page
        left = re.sub(r"\{\w+/\w+/[\w.@-]+/\w+(:[%n]|:\.\d)?\}", "", step.text + step.headline)
        assert "{" not in left


def test_the_story_of_digits_names_figures_of_a_built_study(tiny_store):
    store = Store("tiny", tiny_store)
    names = store.table("figure")[["view", "metric", "method", "split"]]
    known = set(names.itertuples(index=False, name=None))
    for step in shipped_stories()["digits"].steps:
        for figure in figures_named(step.headline + step.text):
            assert figure in known, figure


def test_every_page_can_be_a_step():
    without_view = {"__init__", "stories", "upload"}  # an image of one's own is never kept
    pages = {path.stem for path in FOLDER.glob("*.py")} - without_view
    assert pages <= set(PAGES)
