"""Whoever does not see the page, or uses no mouse: words for pictures, names for controls."""

import re
from pathlib import Path

import pytest

from pages.parts import live
from pages.parts.deepvid import explain
from tests.pages.reading import html, opened
from tests.pages.toy_deepvid import answering
from tests.pages.toy_whole import write_toy_whole

PAGES = sorted(
    path.stem
    for path in (Path(__file__).resolve().parents[2] / "pages").glob("*.py")
    if path.stem != "__init__"
)
CONTROLS = ("button_group", "selectbox", "text_input", "text_area", "multiselect", "slider",
            "number_input", "toggle", "checkbox")  # fmt: skip


@pytest.fixture
def whole(store_folder, monkeypatch):
    write_toy_whole(store_folder)
    monkeypatch.setattr(live, "why_not", lambda store, *packages: None)
    monkeypatch.setattr(live, "answering", answering)
    explain._HELD.clear()


@pytest.mark.parametrize("name", PAGES)
def test_pictures_have_words_and_controls_have_names(whole, name):
    page = opened(name, sample="24")
    for kind in ("vega_lite_chart", "dataframe"):
        for element in page.get(kind):
            assert element.proto.alt, f"{kind} without words"
    for picture in re.findall(r"<img[^>]*>", html(page)):
        assert re.search(r'alt="[^"]+"', picture), picture
    for kind in CONTROLS:
        for element in page.get(kind):
            assert element.proto.label.strip(), f"{kind} without a name"
    for button in page.button:  # one with a picture alone is named by its tip
        assert button.label.strip() or button.proto.help.strip()
