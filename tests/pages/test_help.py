"""Every page says what one sees, how to read it, what it cannot tell, and where it comes from."""

import ast
from pathlib import Path

import pytest

PAGES = sorted(
    path
    for path in (Path(__file__).resolve().parents[2] / "pages").glob("*.py")
    if path.stem != "__init__"
)
LENSES = ("overview", "darksight", "dvi", "summit", "deepvid", "saliency")


def guide(path):
    """Return the page's help, a constant of its module."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "GUIDE":
            return ast.literal_eval(node.value)
    return ""


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_page_has_help_in_the_same_three_parts(path):
    words = guide(path)
    assert "**What you see.**" in words
    assert "**How to read it.**" in words or "**How to use it.**" in words
    assert "**What it cannot tell.**" in words
    assert "st.markdown(GUIDE)" in path.read_text()


@pytest.mark.parametrize("name", LENSES)
def test_every_lens_names_its_paper_and_what_of_it_is_left_out(name):
    path = next((path for path in PAGES if path.stem == name), None)
    assert path is not None
    words = guide(path)
    assert "\nFrom *" in words
    assert "Not\nbuilt" in words or "Not built" in words or "is left out" in words
