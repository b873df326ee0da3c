"""DarkSight in a real browser: linked maps, the legend, a line drawn by hand, the reject slider."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.dashboard import drawn, in_address, opened, wait_for_address
from tests.pages.toy_darksight import add_darksight
from tests.pages.toy_store import write_toy_store

pytestmark = pytest.mark.browser

NAMES = ("cat", "dog", "emu", "fox")


@pytest.fixture(scope="module")
def url(serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("darksight")
    write_toy_store(root, names=NAMES, count=120, test=80)
    add_darksight(root)
    with serve("app.py", {"DARKROOM_STORE": str(root), "DARKROOM_STUDY": "toy"}) as url:
        yield url


def overlay(page: Page, place: int) -> str:
    return page.locator(".map").nth(place).locator("canvas").nth(1).evaluate("c => c.toDataURL()")


def stage(page: Page, place: int = 0) -> dict[str, float]:
    box = page.locator(".map .stage").nth(place).bounding_box()
    assert box is not None
    return {name: float(box[name]) for name in ("x", "y", "width", "height")}


def test_hovering_one_map_rings_the_same_image_in_the_other_and_in_the_images(page, url):
    opened(page, f"{url}/darksight?beside=pca&split=test")
    expect(page.locator(".map")).to_have_count(2)
    before = overlay(page, 1)
    box, card = stage(page), page.locator(".map").nth(0).locator(".card")
    for step in range(400):  # over the whole map, row by row, until a point is under the pointer
        x, y = (step % 25 + 0.5) / 25, (step // 25 + 0.5) / 16
        page.mouse.move(box["x"] + x * box["width"] * 0.9, box["y"] + y * box["height"])
        drawn(page)
        if card.is_visible() and (card.inner_text().split() or [""])[0] == "image":
            break
    else:
        raise AssertionError("no point on the whole map")
    assert overlay(page, 1) != before
    sample = (card.locator("dd").first.text_content() or "").removeprefix("#")
    lit = page.locator(".grid .cell.hovered")
    if lit.count():  # where the image is in sight among the images, it is ringed there too
        assert lit.first.get_attribute("data-sample") == sample


def test_a_class_is_switched_off_and_on_in_the_legend_of_both_maps(page, url):
    opened(page, f"{url}/darksight?beside=pca")
    dogs = page.locator(".map .legend button", has_text="dog")
    expect(dogs).to_have_count(2)
    dogs.nth(0).click()
    wait_for_address(page, "hide", "value === '1'")
    expect(dogs.nth(1)).to_have_attribute("aria-pressed", "false")
    dogs.nth(1).click()
    wait_for_address(page, "hide", "value === null")
    expect(dogs.nth(0)).to_have_attribute("aria-pressed", "true")


def test_a_line_drawn_on_the_map_opens_the_way_and_can_be_taken_away(page, url):
    opened(page, f"{url}/darksight")
    page.locator(".map").get_by_title("Draw a line", exact=True).click()
    box = stage(page)
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.7 * box["height"], steps=5)
    page.mouse.up()
    wait_for_address(page, "line", "value?.startsWith('darksight~')")
    assert in_address(page, "panel") == "way"
    expect(page.get_by_role("button", name="Drawn in DarkSight")).to_be_visible()
    page.get_by_role("button", name="Drawn in DarkSight").click()
    wait_for_address(page, "line", "value === null")


def test_the_reject_slider_moves_by_key_and_says_what_is_kept(page, url):
    opened(page, f"{url}/darksight?panel=reject")
    slider = page.get_by_role("slider", name="Threshold")
    slider.focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    wait_for_address(page, "threshold", "Number(value) > 0")
    expect(page.get_by_role("button", name="Select the rejected")).to_be_visible()
    expect(page.locator(".map .status").first).to_contain_text("kept")
    page.get_by_role("button", name="Select the rejected").click()
    wait_for_address(page, "rule", "value !== null")


def test_a_card_among_the_outliers_picks_its_image(page, url):
    opened(page, f"{url}/darksight?panel=outliers")
    page.locator(".strip .card").nth(1).click()
    wait_for_address(page, "sample", "value !== null")
    expect(page.locator(".strip .card").nth(1)).to_have_attribute("aria-selected", "true")
