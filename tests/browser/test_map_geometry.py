"""The map's plane geometry, run in the browser on an empty page and compared with numpy."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SOURCE = Path(__file__).parents[2] / "pages" / "components" / "map_geometry.js"


@pytest.fixture
def geometry(page: Page) -> Page:
    page.goto("about:blank")
    page.add_script_tag(content=SOURCE.read_text("utf-8"))
    return page


@pytest.mark.parametrize("n", [1, 2, 50, 3000])
def test_the_grid_finds_the_point_that_a_search_over_all_finds(geometry, n):
    random = np.random.default_rng(n)
    points = random.integers(0, 65536, (n, 2))
    queries = random.uniform(-500, 66000, (40, 2))
    radius = np.array([9000.0, 6000.0])
    found = geometry.evaluate(
        """([points, queries, [rx, ry]]) => {
          const grid = pointGrid(Uint16Array.from(points.flat()), 0, points.length);
          return queries.map(([x, y]) => nearestPoint(grid, x, y, rx, ry, (i) => i % 3 !== 1));
        }""",
        [points.tolist(), queries.tolist(), radius.tolist()],
    )
    admitted = np.arange(n) % 3 != 1
    for query, index in zip(queries, found, strict=True):
        away = np.where(admitted, (((points - query) / radius) ** 2).sum(1), np.inf)
        assert index == (int(away.argmin()) if away.min() < 1 else -1)


@pytest.mark.parametrize("scale", [0.001, 1.0, 37.5, 1e5])
def test_a_lasso_has_at_most_64_corners_and_480_characters(geometry, scale):
    path = geometry.evaluate(
        """(scale) => {
          const path = [];
          for (let t = 0; t < 6.28; t += 0.005) {
            const r = 200 + 60 * Math.sin(23 * t) + 9 * Math.sin(171 * t);
            path.push([400 + r * Math.cos(t), 300 + r * Math.sin(t)]);
          }
          return lassoPolygon(path, ([x, y]) => [(x - 400) / scale, (300 - y) / scale], scale);
        }""",
        scale,
    )
    text = geometry.evaluate("(polygon) => JSON.stringify(polygon.flat())", path)
    assert 3 <= len(path) <= 64
    assert len(text) <= 480
    assert all(float(f"{value:.5g}") == pytest.approx(value) for corner in path for value in corner)


def test_a_straight_lasso_keeps_its_own_corners_only(geometry):
    polygon = geometry.evaluate(
        """() => {
          const side = (a, b) => [...Array(50).keys()].map((i) => a + ((b - a) * i) / 50);
          const path = [
            ...side(0, 100).map((x) => [x, 0]), ...side(0, 100).map((y) => [100, y]),
            ...side(100, 0).map((x) => [x, 100]), ...side(100, 3).map((y) => [0, y]),
          ];
          return lassoPolygon(path, (corner) => corner, 1);
        }"""
    )
    assert polygon[:4] == [[0, 0], [100, 0], [100, 100], [0, 100]]
    assert len(polygon) == 5


def test_medians_are_those_of_each_category(geometry):
    random = np.random.default_rng(3)
    points = random.integers(0, 65536, (301, 2))
    categories = random.integers(0, 4, 301)
    categories[categories == 2] = 1  # nobody is of category 2
    medians = geometry.evaluate(
        """([points, categories]) => categoryMedians(
          Uint16Array.from(points.flat()), 0, points.length, Uint8Array.from(categories), 0, 4)""",
        [points.tolist(), categories.tolist()],
    )
    assert medians[2] is None
    for category in (0, 1, 3):
        own = np.sort(points[categories == category], axis=0)
        assert medians[category] == own[len(own) // 2].tolist()
