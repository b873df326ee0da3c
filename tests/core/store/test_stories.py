import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.store.errors import StoreError
from core.store.stories import (
    Step,
    Story,
    StoryError,
    parsed_story,
    read_story,
    story_name,
    written_story,
)
from core.store.story_shelf import delete_story, save_story, shelf, stories_in

GOOD = """
title = "Two steps"
study = "digits"
[[step]]
page = "overview"
headline = "One"
text = "*Said*."
[step.view]
sample = 12
rule = "preset~misclassified"
[[step]]
page = "dvi"
headline = "Two"
"""
PAGES = ("overview", "dvi")


def refused(text, pages=PAGES):
    with pytest.raises(StoryError) as caught:
        parsed_story(text.encode() if isinstance(text, str) else text, "a.toml", pages)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_story_is_read_as_it_was_written():
    story = parsed_story(GOOD.encode(), "a.toml", PAGES)
    assert story.steps[0].view == {"sample": "12", "rule": "preset~misclassified"}
    assert story.steps[1] == Step("dvi", "Two")
    assert parsed_story(written_story(story).encode(), "b.toml") == story


PRINTED = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=60)
SAID = st.lists(PRINTED, max_size=5).map("\n".join)


@given(PRINTED, SAID, PRINTED)
def test_any_text_survives_the_file(headline, text, value):
    story = Story(headline, "digits", (Step("dvi", headline, text, {"rule": value}),))
    assert parsed_story(written_story(story).encode(), "a.toml") == story


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ('page = "dvi"', 'page = "nowhere"', "step 2 of a.toml: page must be one of dvi, overview"),
        ('page = "dvi"', 'page = "../etc"', "step 2 of a.toml: page must be one of"),
        ('headline = "Two"', "headline = 2", "step 2 of a.toml: headline must have 1 to 200"),
        ('headline = "Two"', "", "step 2 of a.toml: headline must have 1 to 200 characters, none"),
        ('headline = "Two"', 'headline = "Two"\nhtml = "x"', "step 2 of a.toml has no 'html'"),
        ("sample = 12", "sample = [1]", "step 1 of a.toml: sample must be a text or a number"),
        ("sample = 12", 'story = "x"', "step 1 of a.toml: view has no word 'story'"),
        ("sample = 12", '"a b" = "x"', "step 1 of a.toml: view has no word 'a b'"),
        ("sample = 12", 'class = "\\u0000"', "step 1 of a.toml: class must have"),
        ('text = "*Said*."', 'text = "\\u001b[2J"', "step 1 of a.toml: text must hold no control"),
        ('study = "digits"', 'study = "../digits"', "a.toml: name of a study must be"),
        ('title = "Two steps"', "", "a.toml: title must have 1 to 120 characters, none came"),
        ("[[step]]", "[[chapter]]", "a.toml has no 'chapter'"),
        ("title", "title = =", "a.toml must be a TOML file"),
    ],
)
def test_a_bad_story_is_refused_in_one_line(was, becomes, said):
    assert said in refused(GOOD.replace(was, becomes, 1 if was != "[[step]]" else -1))


def test_what_is_no_text_or_too_much_is_refused():
    assert "UTF-8" in refused(b"\xff\xfe")
    assert "1 to 100 steps" in refused('title = "x"\nstudy = "digits"')
    assert "1 to 100 steps" in refused(GOOD + '[[step]]\npage = "dvi"\nheadline = "x"\n' * 100)
    assert "1,000,000 bytes" in refused(GOOD + "#" * 1_000_001)
    assert "TOML" in refused("a = " + "[" * 100_000)


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(StoryError, match="cannot be read: No such file"):
        read_story(tmp_path / "none.toml")


def test_a_story_is_kept_with_its_study_and_forgotten(tmp_path):
    story = parsed_story(GOOD.encode(), "a.toml")
    save_story(tmp_path, "two", story)
    assert stories_in(shelf(tmp_path, "digits")) == ({"two": story}, [])
    delete_story(tmp_path, "digits", "two")
    delete_story(tmp_path, "digits", "two")
    assert stories_in(shelf(tmp_path, "digits")) == ({}, [])


def test_a_name_cannot_leave_the_shelf(tmp_path):
    story = parsed_story(GOOD.encode(), "a.toml")
    for name in ("../two", "a/b", ".hidden", ""):
        with pytest.raises(StoreError, match="name of a story"):
            save_story(tmp_path, name, story)
    assert not list(tmp_path.iterdir())


def test_a_broken_file_on_the_shelf_is_told(tmp_path):
    folder = shelf(tmp_path, "digits")
    folder.mkdir(parents=True)
    (folder / "bad.toml").write_text("title = 3")
    (folder / "good.toml").write_text(GOOD)
    found, complaints = stories_in(folder)
    assert list(found) == ["good"]
    assert len(complaints) == 1
    assert "bad.toml" in complaints[0]


def test_a_title_becomes_the_name_of_a_file():
    assert story_name("Ten Digits, and where/they blur!") == "ten_digits_and_where_they_blur"
    assert story_name("数字") == "story"
