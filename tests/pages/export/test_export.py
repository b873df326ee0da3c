"""The offline file as text; that it works in a browser, `tests/browser/test_story.py` shows."""

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from core.store.errors import StoreError
from core.store.stories import Step, Story, StoryError, written_story
from pages.export.document import dark_colors, document, harmless
from pages.export.photograph import Album
from pages.export.report import chosen_story, export
from precompute.__main__ import main
from tests.pages.toy_store import write_toy_store

HOSTILE = (
    "</script><img src=x onerror=window.hacked=1>",
    "<!--<script>",
    '"><svg onload=window.hacked=1>',
    "**b** $x$ [a](javascript:window.hacked=1)",
)
STORY = Story(
    "Two <b>steps</b>",
    "toy",
    (
        Step("overview", "One of <i>two</i>", "<script>alert(1)</script>", {"sample": "30"}),
        Step("artifacts", "Two", "Accuracy {teacher/accuracy/teacher/test:%}."),
    ),
)


class Tags(HTMLParser):
    """What a browser would make of the file: tags, attributes, scripts."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.scripts = [], [], []
        self._in_script = False

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag == "script":
            self._in_script = True
            self.scripts.append((dict(attrs), ""))

    def handle_endtag(self, tag):
        self._in_script = self._in_script and tag != "script"

    def handle_data(self, data):
        if self._in_script:
            kept, text = self.scripts[-1]
            self.scripts[-1] = (kept, text + data)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The file of a study whose class names mean harm; made once, since a page takes a second."""
    root, out = tmp_path_factory.mktemp("store"), tmp_path_factory.mktemp("out") / "toy.html"
    write_toy_store(root, names=HOSTILE, figures=[("accuracy", "test", 2.0, 0.75)])
    before = dict(os.environ)
    size = export("toy", root, out, STORY)
    assert out.stat().st_size == size
    assert dict(os.environ) == before
    return out


def read(path):
    tags = Tags()
    tags.feed(path.read_text("utf-8"))
    return tags


def test_hostile_names_become_neither_tags_nor_attributes(file):
    found = read(file)
    assert {"img", "svg"} <= set(found.tags)  # thumbnails and charts, not names
    assert not [a for a in found.attributes if a[1].startswith("on")]
    assert not [value for tag, name, value in found.attributes if value == "x"]
    assert [set(kept) for kept, _ in found.scripts] == [{"type", "id"}] * 4 + [set()]
    for kept, text in found.scripts[:-1]:
        assert kept["type"] == "application/json"
        assert not re.search("[<>&]", text)
        json.loads(text)


def test_the_file_fetches_nothing(file):
    for tag, name, value in read(file).attributes:
        if name in ("src", "href", "action", "data", "srcset") and tag != "a":
            assert value.startswith(("data:", "#"))
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', file.read_text("utf-8"))
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert "unsafe-inline" not in policy[1].partition("script-src")[2]


def test_the_story_stands_first_with_its_figures(file):
    text = file.read_text("utf-8")
    assert text.index("One of &lt;i&gt;two&lt;/i&gt;") < text.index("<h2>Overview</h2>")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "Accuracy 75.0%." in text
    assert "1 of 2" in text


def test_views_of_one_page_do_not_mix(file):
    found = {kept["id"]: json.loads(text) for kept, text in read(file).scripts[:-1]}
    keys = [mount["data"]["key"] for mount in found["mounts"]]
    assert len(keys) == len(set(keys))
    assert {part["key"] for part in found["parts"]} == set(keys)
    assert {"s1.overview_map", "overview.overview_map"} <= set(keys)


def test_figures_and_provenance_are_tables(file):
    text = file.read_text("utf-8")
    assert "<h2>All figures</h2>" in text
    assert "<h2>Where this comes from</h2>" in text
    assert "projections" in text


def test_a_story_of_another_study_is_refused(store_folder, tmp_path):
    write_toy_store(store_folder)
    with pytest.raises(StoryError, match="the story is one of digits, not of toy"):
        export("toy", store_folder, tmp_path / "a.html", Story("T", "digits", STORY.steps))
    with pytest.raises(StoryError, match="step 1: there is no page nowhere"):
        export("toy", store_folder, tmp_path / "a.html", Story("T", "toy", (Step("nowhere", "x"),)))
    with pytest.raises(StoreError, match="must be a file in a folder that is there"):
        export("toy", store_folder, tmp_path / "none" / "a.html")
    assert not (tmp_path / "a.html").exists()


def test_a_story_is_named_by_file_or_by_name(store_folder, tmp_path):
    write_toy_store(store_folder)
    (tmp_path / "two.toml").write_text(written_story(STORY))
    assert chosen_story(str(tmp_path / "two.toml"), "toy", store_folder) == STORY
    assert chosen_story("digits", "digits", store_folder).study == "digits"
    with pytest.raises(StoryError, match="or a story of toy"):
        chosen_story("digits", "toy", store_folder)


def test_json_in_the_file_cannot_end_its_script():
    text = harmless(["</script>", "<!--", "&amp;", "\u2028", "🙂"])
    assert text.isascii()
    assert not set("<>&") & set(text)
    assert json.loads(text) == ["</script>", "<!--", "&amp;", "\u2028", "🙂"]


def test_a_program_that_would_end_its_script_is_refused():
    with pytest.raises(ValueError, match="must not hold the end of a script"):
        document("t", "", Album(programs={"x": "export default function () { '</script>' }"}))


def test_every_colour_of_the_light_theme_has_one_of_the_dark_theme():
    colors = dark_colors()
    assert len(colors) > 200
    assert all(re.fullmatch("#[0-9a-f]{6}", color) for pair in colors.items() for color in pair)


def test_the_command_says_how_large_the_file_is_and_needs_no_torch(store_folder, tmp_path):
    write_toy_store(store_folder, figures=[("accuracy", "test", 2.0, 0.75)])
    out = tmp_path / "toy.html"
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from precompute.__main__ import main\n"
        f"sys.exit(main(['export', 'toy', {str(out)!r}, '--store', {str(store_folder)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert re.fullmatch(r"\S*toy.html holds toy: [\d.,]+ [kM]B\n", done.stdout)
    assert out.is_file()


def test_explanations_made_while_exporting_find_the_model_below_the_data_root(
    tmp_path, monkeypatch
):
    told = {}
    monkeypatch.setenv("DARKROOM_DATA", "before")  # so that the test leaves it as it was
    monkeypatch.setattr("pages.export.report.export", lambda *_: told.update(os.environ) or 0)
    assert main(["export", "toy", str(tmp_path / "a.html"), "--data-root", str(tmp_path)]) == 0
    assert told["DARKROOM_DATA"] == str(tmp_path)
