"""The dashboard itself in a real browser: app.py on a study that the command line built."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Browser, Page, expect

from core.store import Store
from tests.browser.dashboard import opened, patient_context, settled
from tests.pages.toy_store import HOSTILE, write_toy_store

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def url(serve, tiny_store: Path) -> Iterator[str]:
    environment = {"DARKROOM_STORE": str(tiny_store), "DARKROOM_STUDY": "tiny"}
    with serve("app.py", environment) as url:
        yield url


def parameters(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def wait_for_parameter(page: Page, name: str) -> str:
    page.wait_for_function(f"new URLSearchParams(location.search).has({json.dumps(name)})")
    settled(page)
    return parameters(page)[name]


def lasso_everything(page: Page) -> None:
    box = page.locator(".map .stage").bounding_box()
    assert box is not None
    corners = [(0.02, 0.02), (0.9, 0.02), (0.9, 0.97), (0.02, 0.97)]
    page.keyboard.down("Shift")
    page.mouse.move(box["x"] + 0.02 * box["width"], box["y"] + 0.02 * box["height"])
    page.mouse.down()
    for x, y in corners[1:]:
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=5)
    page.mouse.up()
    page.keyboard.up("Shift")


def test_the_very_first_request_after_a_start_may_be_a_deep_link(serve, page, tiny_store):
    environment = {"DARKROOM_STORE": str(tiny_store), "DARKROOM_STUDY": "tiny"}
    with serve("app.py", environment) as fresh:
        opened(page, f"{fresh}/?split=train&sample=7&color=entropy&projection=umap")
        expect(page.get_by_text("UMAP of representation").first).to_be_visible()
        expect(page.locator(".map")).to_have_attribute("data-points", "217")
        assert parameters(page)["sample"] == "7"


def test_a_lasso_selects_and_its_link_shows_the_same_in_a_new_session(page, context, url):
    opened(page, url)
    lasso_everything(page)
    rule = wait_for_parameter(page, "rule")
    assert rule.startswith("lasso~tsne~test~")
    assert rule.count(";") < 64
    said = page.get_by_text(re.compile(r"^\d+ of 83 selected$")).inner_text()
    other = context.new_page()
    opened(other, page.url)
    expect(other.get_by_text(said, exact=True).first).to_be_visible()
    other.close()


def test_clicking_an_image_of_the_grid_picks_it(page, url):
    opened(page, url)
    page.locator(".grid [data-id], .grid img").nth(5).click()
    picked = int(wait_for_parameter(page, "sample"))
    assert 217 <= picked < 300


def test_hovering_an_image_of_the_grid_shows_its_point_on_the_map(page, url):
    opened(page, url)
    page.locator(".grid img").nth(3).hover()
    expect(page.locator(".map .card")).to_be_visible()


def test_the_artifacts_page_lists_every_stage(page, url):
    page.goto(f"{url}/artifacts")
    expect(page.get_by_text("Freshness is judged").first).to_be_visible()
    settled(page)


def test_thumbnails_have_an_address_that_may_be_kept_forever(url, tiny_store):
    store = Store("tiny", tiny_store)
    key = store.path("dataset").name
    with urllib.request.urlopen(f"{url}/thumbnails/tiny/{key}/0.png") as answer:
        assert answer.headers["Content-Type"] == "image/png"
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.read().startswith(b"\x89PNG")
    for wrong in (
        f"tiny/{key}/999999.png",
        "tiny/0000000000000000/0.png",
        f"other/{key}/0.png",
        f"..%2F..%2Fetc/{key}/0.png",
    ):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{url}/thumbnails/{wrong}")
        refused.value.close()
        assert refused.value.code in (400, 404)


def test_hostile_class_names_show_literally_and_run_nothing(page, serve, tmp_path):
    write_toy_store(tmp_path)
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    with serve("app.py", {"DARKROOM_STORE": str(tmp_path), "DARKROOM_STUDY": "toy"}) as url:
        opened(page, f"{url}/?split=all")
        expect(page.get_by_text(HOSTILE[0]).first).to_be_visible()
        expect(page.get_by_text(HOSTILE[3]).first).to_be_visible()
        page.locator(".grid img").first.hover()
        expect(page.locator(".map .card")).to_be_visible()
    assert alerts == []


def test_a_click_opens_the_column_of_classes_that_the_data_does_not_hold(page, serve, tmp_path):
    names = [f"class {number}" for number in range(300)]
    write_toy_store(tmp_path, names=names, present=[7, 70, 170], test=40, strength=3)
    with serve("app.py", {"DARKROOM_STORE": str(tmp_path), "DARKROOM_STUDY": "toy"}) as url:
        opened(page, url)
        chart = page.locator('[data-testid="stVegaLiteChart"]').nth(1)
        expect(chart.locator("canvas, svg").first).to_be_visible()
        box = chart.bounding_box()
        assert box is not None
        # The head is the last cell of the first row.
        page.mouse.click(box["x"] + box["width"] - 12, box["y"] + 18)
        assert wait_for_parameter(page, "rule") == "other"
        expect(page.get_by_text("Taken for other classes").first).to_be_visible()
        expect(page.get_by_text(re.compile(r"^Other · \d+ classes"))).to_be_visible()


def test_nothing_is_asked_of_any_other_host(page, url):
    hosts = set()
    page.on("request", lambda request: hosts.add(urlparse(request.url).hostname))
    opened(page, url)
    page.goto(f"{url}/artifacts")
    expect(page.get_by_text("Freshness is judged").first).to_be_visible()
    assert hosts <= {"127.0.0.1", None}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_first_screen_holds_map_matrix_and_images(browser: Browser, url, theme, tmp_path):
    context = patient_context(browser, viewport={"width": 1440, "height": 900}, color_scheme=theme)
    page = context.new_page()
    opened(page, url)
    for what in (".map .stage", ".grid", '[data-testid="stVegaLiteChart"]'):
        box = page.locator(what).first.bounding_box()
        assert box is not None
        assert box["y"] < 700
        assert box["x"] + box["width"] <= 1440
    page.wait_for_timeout(500)  # the picture, not the test, wants the last frame
    picture = tmp_path / f"overview-{theme}.png"
    page.screenshot(path=picture)
    assert picture.stat().st_size > 50_000
    context.close()
