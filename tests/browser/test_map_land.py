"""The map's landscape, computed in the browser on an empty page from cells made here."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SOURCE = Path(__file__).parents[2] / "pages" / "components" / "map_land.js"
WHITE, BLACK = [255, 255, 255], [0, 0, 0]


@pytest.fixture
def land(page: Page) -> Page:
    page.goto("about:blank")
    page.add_script_tag(content=SOURCE.read_text("utf-8"))
    return page


def painted(page: Page, classes, margin, *, columns, paper, delta=0.1):
    """The colours of cells of two classes, red and blue, as [red, green, blue]."""
    pixels = page.evaluate(
        """([classes, margin, columns, paper, delta]) => {
          const land = { classes, margin, columns, rows: classes.length / columns, delta };
          return [...landPixels(land, 0, [[255, 0, 0], [0, 0, 255]], paper)];
        }""",
        [classes, margin, columns, paper, delta],
    )
    assert pixels[3::4] == [255] * len(classes)  # opaque
    return [pixels[i : i + 3] for i in range(0, len(pixels), 4)]


def test_the_surer_the_fuller(land):
    unsure, sure = painted(land, [0, 0], [60, 255], columns=2, paper=WHITE)
    assert unsure[0] == sure[0] == 255
    assert unsure[1] > sure[1] > 100  # points of the same colour still stand out


def test_where_the_margin_is_small_the_ground_is_white(land):
    cells = painted(land, [0, 0, 0], [25, 26, 255], columns=3, paper=WHITE)
    assert cells[0] == WHITE  # 25 of 255 is below a tenth
    assert cells[1] != WHITE


@pytest.mark.parametrize("paper", [WHITE, BLACK])
def test_a_boundary_too_narrow_for_any_cell_is_drawn_all_the_same(land, paper):
    # 0 0 1
    # 0 0 0   every margin is large, so no cell lies on the boundary itself
    cells = painted(land, [0, 0, 1, 0, 0, 0], [255] * 6, columns=3, paper=paper)
    bright = [min(cell) > 220 for cell in cells]
    assert bright == [False, True, True, False, False, False]


def test_in_the_dark_undecided_places_are_not_as_bright_as_lines(land):
    cells = painted(land, [0, 1, 1], [255, 255, 0], columns=3, paper=BLACK)
    assert min(cells[0]) > max(cells[2]) > 100


@pytest.mark.parametrize(
    ("place", "cell"),
    [
        ((0.1, 2.9), 0),
        ((3.9, 2.9), 3),
        ((0.1, -0.9), 8),
        ((3.9, -0.9), 11),
        ((2.5, 1.0), 6),
        ((-0.1, 1.0), -1),
        ((2.0, 3.1), -1),
    ],
)
def test_the_cell_under_a_place_counts_from_the_top_left(land, place, cell):
    extent = [0, 4, -1, 3]  # left, right, bottom, top; three rows of four cells
    found = land.evaluate(
        "([place, extent]) => landCell({ rows: 3, columns: 4, extent }, place)", [place, extent]
    )
    assert found == cell
