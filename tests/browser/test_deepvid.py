"""DeepVID in a real browser: handles dragged, axes brushed, students trained, images morphed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from core.store import Store
from tests.browser.dashboard import in_address, settled, until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def url(serve, tiny_store: Path) -> Iterator[str]:
    environment = {"DARKROOM_STORE": str(tiny_store), "DARKROOM_STUDY": "tiny"}
    with serve("app.py", environment) as url:
        yield url


def opened(page: Page, url: str, query: str = "") -> None:
    page.goto(f"{url}/deepvid?{query}")
    page.wait_for_selector(".parallel[data-axes]")
    settled(page)


def wait_for_address(page: Page, word: str) -> str:
    page.wait_for_function("word => new URLSearchParams(location.search).has(word)", arg=word)
    settled(page)
    found = in_address(page, word)
    assert found is not None
    return found


def middle(locator: Locator) -> tuple[float, float]:
    locator.scroll_into_view_if_needed()
    box = locator.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def recons(page: Page) -> str:
    return page.locator(".parallel figure.recons canvas").evaluate("one => one.toDataURL()")


def explain(page: Page) -> None:
    page.get_by_role("button", name="Explain this image").click()
    page.wait_for_selector(".evidence[data-classes]")
    settled(page)


def test_an_image_explained_beforehand_shows_its_evidence_at_once(page, url):
    opened(page, url)
    expect(page.locator(".evidence")).to_have_attribute("data-classes", "10")
    expect(page.locator(".sheet")).to_have_attribute("data-neighbors", "144")
    page.locator(".evidence canvas").first.hover()
    expect(page.locator(".evidence .large canvas")).to_be_visible()


def test_a_dragged_handle_takes_the_reconstruction_along_and_reset_brings_it_back(page, url):
    opened(page, url)
    before = recons(page)
    x, y = middle(page.locator(".parallel .handle").first)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 30, steps=4)
    until(page, lambda: recons(page) != before)  # while the handle is still held
    page.mouse.move(x, y + 60, steps=4)
    page.mouse.up()
    expect(page.locator(".parallel .moved")).to_have_count(1)
    settled(page)
    page.locator(".parallel .reset").click()
    expect(page.locator(".parallel .moved")).to_have_count(0)
    until(page, lambda: recons(page) == before)


def test_a_range_drawn_on_an_axis_stands_in_the_address_and_a_click_takes_it_away(page, url):
    opened(page, url)
    field = page.locator(".parallel .field").nth(2)
    axis = field.get_attribute("data-field")
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    assert box is not None
    x = box["x"] + 4  # beside the handle
    page.mouse.move(x, box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(x, box["y"] + 0.5 * box["height"], steps=5)
    page.mouse.up()
    assert wait_for_address(page, "box").startswith(f"{axis},")
    expect(page.locator(f'.parallel [data-range="{axis}"]')).to_have_count(1)
    page.mouse.click(x, box["y"] + 0.35 * box["height"])
    page.wait_for_function("!new URLSearchParams(location.search).has('box')")
    settled(page)
    expect(page.locator(".parallel .range")).to_have_count(0)


def test_a_lock_keeps_its_axis(page, url):
    opened(page, url)
    lock = page.locator(".parallel .lock").first
    axis = lock.get_attribute("data-lock")
    lock.focus()
    page.keyboard.press("Enter")
    assert wait_for_address(page, "lock") == axis
    expect(page.locator(f'.parallel [data-handle="{axis}"]')).to_have_class(re.compile("locked"))


def test_a_student_is_trained_and_tells_its_loss(page, url):
    opened(page, url, "student=linear")
    expect(page.locator(".evidence")).to_have_count(0)
    explain(page)
    expect(page.locator(".evidence")).to_have_attribute("data-classes", "10")
    expect(page.get_by_text(re.compile(r"Training loss, \d"))).to_be_visible()
    expect(page.get_by_text(re.compile("On 48 neighbours kept from it"))).to_be_visible()


def test_a_morph_shows_both_images_and_all_between(page, url, tiny_store):
    shown = Store("tiny", tiny_store).table("samples").query("split == 'test'")["sample_id"]
    first, second = shown.to_list()[:2]
    opened(page, url, f"student=linear&sample={first}&sample2={second}")
    explain(page)
    expect(page.locator(".parallel polyline.second")).to_have_count(1)
    expect(page.locator(".parallel figure.second")).to_contain_text(f"image {second}")
    expect(page.get_by_alt_text(re.compile("× weights of")).first).to_be_visible()
    page.locator(".sheet .mosaic").hover()
    expect(page.locator(".sheet .card")).to_contain_text(re.compile(r"\d+ of 512"))
