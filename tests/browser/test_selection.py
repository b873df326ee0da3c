"""One selection in a real browser: it walks through every page by its links and by the bar."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ROOT
from tests.browser.dashboard import in_address, patient_context, settled, wait_for_address

pytestmark = pytest.mark.browser
SAMPLE = "250"
WALK = ("DarkSight", "DVI", "Summit", "DeepVID", "Saliency", "Sample", "Overview")
"""The line *Open in*, taken link by link, from page to page."""
ADDRESSES = {"Overview": ""}
BAR = ("DarkSight", "DeepVisualInsight", "Summit", "DeepVID", "Sample", "Trust", "Overview")


@pytest.fixture(scope="module")
def url(serve, tiny_store: Path) -> Iterator[str]:
    environment = {"DARKROOM_STORE": str(tiny_store), "DARKROOM_STUDY": "tiny"}
    with serve("app.py", environment) as url:
        yield url


def arrived(page: Page, address: str) -> None:
    """Wait until a page's address stands in the URL and the page is drawn."""
    page.wait_for_function(
        "(address) => location.pathname.replace(/^\\//, '') === address",
        arg=address,
    )
    settled(page)


def opened(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator(".st-key-open_in").first).to_be_visible()
    page.wait_for_function("Symbol.for('darkroom.history') in window")
    settled(page)


def test_one_sample_walks_through_every_page_by_its_links(page, url):
    opened(page, f"{url}/?sample={SAMPLE}&split=all&rule=class~3")
    for title in WALK:
        page.locator(".st-key-open_in a", has_text=title).first.click()
        arrived(page, ADDRESSES.get(title, title.lower()))
        shown = page.locator(f'img[alt="Image {SAMPLE}"]').first
        expect(shown).to_be_visible()
        assert in_address(page, "sample") == SAMPLE
        assert in_address(page, "split") == "all"
        assert in_address(page, "rule") == "class~3"
        expect(page.get_by_text("Ignored")).to_have_count(0)
        expect(page.get_by_text("Traceback")).to_have_count(0)


def test_the_bar_carries_the_view_and_the_way_back_does_not_lose_it(page, url):
    opened(page, f"{url}/?sample={SAMPLE}&sample2=251&class=3&epoch=2&split=all")
    for title in BAR:
        page.get_by_test_id("stTopNavLink").filter(has_text=title).click()
        arrived(page, {"DeepVisualInsight": "dvi"}.get(title, ADDRESSES.get(title, title.lower())))
        page.wait_for_function("new URLSearchParams(location.search).has('sample')")
        settled(page)
        found = [in_address(page, w) for w in ("sample", "sample2", "class", "epoch", "split")]
        assert found == [SAMPLE, "251", "3", "2", "all"]
        expect(page.get_by_text("Ignored")).to_have_count(0)
    page.go_back()
    arrived(page, "trust")
    wait_for_address(page, "sample", f"value === '{SAMPLE}'")


def test_one_step_back_undoes_one_click_and_finds_a_page_with_its_own_words(page, url):
    opened(page, f"{url}/dvi?sample={SAMPLE}&k=15")
    page.get_by_test_id("stTopNavLink").filter(has_text="Trust").click()
    arrived(page, "trust")
    page.wait_for_function("new URLSearchParams(location.search).has('sample')")
    assert in_address(page, "k") is None
    page.go_back()
    arrived(page, "dvi")
    wait_for_address(page, "k", "value === '15'")  # the page left may still write its own words
    assert in_address(page, "sample") == SAMPLE


def test_a_choice_of_a_shut_menu_does_not_come_back_with_the_next_click(page, url):
    opened(page, f"{url}/?sample={SAMPLE}")
    page.get_by_role("button", name="Go to").first.click()
    page.get_by_role("combobox", name="Class").click()
    page.get_by_role("option").nth(1).click()
    wait_for_address(page, "rule", "value?.startsWith('class~')")
    page.keyboard.press("Escape")
    expect(page.get_by_role("combobox", name="Class")).to_have_count(0)
    page.get_by_role("button", name="close").first.click()
    wait_for_address(page, "rule", "value === null")
    page.get_by_test_id("stButtonGroup").get_by_text("Misclassified").click()
    wait_for_address(page, "rule", "value === 'preset~misclassified'")
    page.get_by_role("button", name="Go to").first.click()
    expect(page.get_by_role("combobox", name="Class")).to_have_value("")


def test_two_browsers_at_once_do_not_see_each_others_selection(browser: Browser, url):
    contexts = [patient_context(browser) for _ in range(2)]
    one, other = (context.new_page() for context in contexts)
    try:
        opened(one, f"{url}/?sample=250&split=all")
        opened(other, f"{url}/?sample=12&split=train")
        for page, sample, split in ((one, "250", "all"), (other, "12", "train")):
            page.get_by_test_id("stTopNavLink").filter(has_text="DarkSight").click()
            arrived(page, "darksight")
            page.wait_for_function("new URLSearchParams(location.search).has('sample')")
            assert (in_address(page, "sample"), in_address(page, "split")) == (sample, split)
        third = contexts[0].new_page()  # a new session of the same browser begins with nothing
        opened(third, f"{url}/darksight")
        assert in_address(third, "sample") is None
    finally:
        for context in contexts:
            context.close()


def test_every_link_of_the_line_is_reached_by_the_keyboard(page, url):
    opened(page, f"{url}/sample?sample={SAMPLE}&split=all")
    first = page.locator(".st-key-open_in a").first
    first.focus()
    expect(first).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(".st-key-open_in a").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    arrived(page, "darksight")
    assert in_address(page, "sample") == SAMPLE


def test_the_sample_page_goes_on_by_the_arrow_keys(page, url):
    opened(page, f"{url}/sample?rule=ids~240,250,260&sample=250&split=all")
    expect(page.locator(".st-key-w_next button").first).to_be_enabled()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("new URLSearchParams(location.search).get('sample') === '260'")
    settled(page)
    expect(page.locator('img[alt="Image 260"]').first).to_be_visible()


def test_an_image_of_ones_own_is_judged_and_placed(page, url, tmp_path, tiny_store):
    from PIL import Image

    from core.store import Store

    pixels = Store("tiny", tiny_store).array("dataset", "images")[250, :, :, 0]
    Image.fromarray(pixels).save(tmp_path / "own.png")
    page.goto(f"{url}/upload")
    page.locator("input[type=file]").set_input_files(tmp_path / "own.png")
    for words in ("DarkSight: place of your image", "DVI, epoch 3: place of your image"):
        expect(page.locator(f'img[alt="{words}"]')).to_be_visible()
    settled(page)


def test_the_router_serves_every_page_of_the_folder():
    served = (ROOT / "pages/shell/main.py").read_text()
    pages = [path.stem for path in (ROOT / "pages").glob("*.py") if path.stem != "__init__"]
    assert [name for name in pages if f"pages/{name}.py" not in served] == []
