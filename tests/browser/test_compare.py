"""Two studies in a real browser: compared on the map, a cell opened, the other study opened."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.store import Store
from tests.browser.dashboard import in_address, opened, settled, wait_for_address
from tests.pages.toy_store import write_toy_store

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("two")
    write_toy_store(root, count=200, test=80)
    write_toy_store(root, "twin", count=200, test=80, strength=1.5)
    return root


@pytest.fixture(scope="module")
def url(serve, store: Path) -> Iterator[str]:
    with serve("app.py", {"DARKROOM_STORE": str(store), "DARKROOM_STUDY": "toy"}) as url:
        yield url


def said_of(store: Path, study: str, sample: int) -> int:
    query = "select predicted from prediction where epoch = 2 and sample_id = ?"
    return int(Store(study, store).sql(query, [sample]).to_numpy()[0, 0])


def label_of(store: Path, sample: int) -> int:
    query = "select label from samples where sample_id = ?"
    return int(Store("toy", store).sql(query, [sample]).to_numpy()[0, 0])


def test_a_cell_lists_its_images_and_a_click_shows_both_answers(page: Page, url, store):
    opened(page, f"{url}/compare?on=both")
    expect(page.locator(".map[data-points]")).to_have_count(2)
    page.locator(".st-key-w_cell_second button").first.click()
    wait_for_address(page, "cell", "value === 'second'")
    image = page.locator(".st-key-compare_images img").nth(1)
    image.click()
    wait_for_address(page, "sample", "value !== null")
    sample = int(in_address(page, "sample") or "")
    assert said_of(store, "toy", sample) != label_of(store, sample)
    assert said_of(store, "twin", sample) == label_of(store, sample)
    expect(page.locator(".darkroom-picked")).to_contain_text(str(sample))


def test_the_picked_image_opens_in_the_other_study(page: Page, url):
    opened(page, f"{url}/compare?sample=150")
    page.locator(".st-key-open_in_second").get_by_text("Overview").first.click()
    wait_for_address(page, "study", "value === 'twin'")
    assert in_address(page, "sample") == "150"
    page.wait_for_selector(".map[data-points]")
    settled(page)
    page.get_by_role("combobox", name="Study").click()
    page.get_by_role("option", name="toy").click()
    wait_for_address(page, "study", "value === 'toy'")
    assert in_address(page, "sample") == "150"
