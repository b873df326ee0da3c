"""Saliency in a real browser: two methods compared, their film played, an image explained now."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.store import Store
from tests.browser.dashboard import in_address, wait_for_address

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def url(serve, tiny_store: Path) -> Iterator[str]:
    environment = {"DARKROOM_STORE": str(tiny_store), "DARKROOM_STUDY": "tiny"}
    with serve("app.py", environment) as url:
        yield url


def step(page: Page) -> int:
    return int(page.locator(".film").get_attribute("data-step") or -1)


def frame(page: Page, at: int) -> str:
    """The picture of the film's frame of the first or second method."""
    return page.locator(".film .two").nth(1).locator("canvas").nth(at).evaluate(
        "one => one.toDataURL()"
    )  # fmt: skip


def test_two_methods_are_compared_and_their_film_is_played(page, url, tiny_store):
    kept = Store("tiny", tiny_store).table("saliency_explained")["sample_id"].to_list()
    page.goto(f"{url}/saliency?sample={kept[0]}")
    tiles = page.locator('.maps .tile[data-method="occlusion"], .maps .tile[data-method="random"]')
    expect(tiles).to_have_count(2)
    page.locator('.maps .tile[data-method="occlusion"]').click()
    wait_for_address(page, "method2", "value === 'occlusion'")
    second = page.locator('.maps .tile[data-method="random"]')
    second.focus()  # reachable without a mouse
    page.keyboard.press("Enter")
    wait_for_address(page, "method2", "value === 'random'")
    assert in_address(page, "method") == "occlusion"
    film = page.locator(".film")
    expect(film).to_have_attribute("data-methods", "occlusion random")
    assert step(page) == 0
    before = frame(page, 0), frame(page, 1)
    assert before[0] == before[1]  # nothing is deleted yet
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(
        "() => [...document.querySelectorAll('*')].some((one) => one.shadowRoot"
        "?.querySelector('.film')?.dataset.step === '100')"
    )
    page.locator(".film input").press("Home")
    page.locator(".film input").press("ArrowRight")
    page.locator(".film input").press("PageUp")
    assert 1 < step(page) < 100
    assert frame(page, 0) != frame(page, 1)  # each in its own order
    expect(film.locator(".told").first).to_have_text(re.compile(r"^p\(.+\) [01]\.\d{3}$"))
    page.get_by_role("button", name="Insertion").click()
    expect(film).to_have_attribute("data-game", "insertion")


def test_an_image_that_was_not_explained_beforehand_is_explained_now(page, url, tiny_store):
    store = Store("tiny", tiny_store)
    kept = set(store.table("saliency_explained")["sample_id"])
    test = store.table("samples").query("split == 'test'")["sample_id"].to_list()
    page.goto(f"{url}/saliency?sample={next(one for one in test if one not in kept)}")
    page.get_by_role("button", name="Explain this image").click()
    gallery = page.locator(".maps")
    expect(gallery).to_have_attribute("data-maps", re.compile("[1-9]"))
    expect(page.locator('.maps .tile[data-method="rise"] canvas')).to_be_visible()
    stop = page.get_by_role("button", name="Stop")
    expect(stop).to_have_count(0)
    assert gallery.get_attribute("data-maps") == gallery.get_attribute("data-done")
    expect(page.locator('.maps .tile[data-method="relabel"] svg')).to_be_visible()
