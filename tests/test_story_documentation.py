"""What the README says of stories and of the offline file holds."""

import re
import shlex
from pathlib import Path

from core.store import Store
from core.store.stories import parsed_story
from pages.parts.story.known import PAGES
from pages.parts.story.words import UNKNOWN, query, told
from precompute.__main__ import parser
from precompute.shipped_stories import shipped_stories
from tests.pages.toy_store import write_toy_store

README = (Path(__file__).resolve().parent.parent / "README.md").read_text("utf-8")
SECTION = README.split("## Stories, and one offline file")[1].split("\n## ")[0]


def example(language):
    found = re.search(rf"```{language}\n(.*?)```", SECTION, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_story_in_the_readme_is_one(tmp_path):
    story = parsed_story(example("toml").encode(), "README.md", PAGES)
    assert [step.page for step in story.steps] == ["overview", "dvi"]
    write_toy_store(tmp_path, "digits", count=80, test=40, figures=[("accuracy", "test", 2.0, 0.9)])
    store = Store("digits", tmp_path)
    assert told(store, story.steps[0].headline).startswith("90.0% of the test digits")
    assert query(store, story.steps[1]) == ({"study": "digits", "sample": "77"}, [])
    assert UNKNOWN not in told(store, story.steps[0].headline)


def test_the_commands_of_the_section_are_commands():
    lines = [line for line in example("sh").splitlines() if line]
    for line in lines:
        options = parser().parse_args(shlex.split(line.removeprefix("python -m precompute ")))
        assert options.command == "export"
        assert options.study in {story.study for story in shipped_stories().values()}
        assert options.story in {None, *shipped_stories()}


def test_every_story_that_comes_along_is_listed():
    for name, story in shipped_stories().items():
        assert f"| `{name}` | {story.title} | `{story.study}` |" in SECTION
