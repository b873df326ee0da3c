"""DeepVisualInsight in a real browser: time moves on the map without the server."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.dashboard import in_address, opened, settled
from tests.pages.toy_dvi import write_toy_dvi
from tests.pages.toy_store import write_toy_store

pytestmark = pytest.mark.browser

EPOCHS = (1.0, 2.0, 3.0, 4.0, 5.0)


@pytest.fixture(scope="module")
def url(serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("dvi")
    write_toy_store(root, epochs=EPOCHS, count=200, test=80, flipped=(1, 5))
    write_toy_dvi(root)
    with serve("app.py", {"DARKROOM_STORE": str(root), "DARKROOM_STUDY": "toy"}) as url:
        yield url


def track(page: Page, epoch: int, share_of_height: float) -> tuple[float, float]:
    """Screen coordinates of an epoch (from 0) on the tracks, at a share of their height."""
    page.locator(".map .tracks").scroll_into_view_if_needed()
    slider = page.locator(".map .timeline input").bounding_box()
    tracks = page.locator(".map .tracks").bounding_box()
    assert slider is not None
    assert tracks is not None
    inner = slider["width"] - 16  # the slider's thumb is 16 pixels wide
    x = slider["x"] + 8 + inner * epoch / (len(EPOCHS) - 1)
    return x, tracks["y"] + share_of_height * tracks["height"]


def test_playing_moves_through_the_epochs_and_asks_the_server_once_it_stands(page, url):
    page.add_init_script(
        """const send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (words) {
          window.sent?.push(window.shown.dataset.epoch);
          return send.call(this, words);
        };"""
    )
    opened(page, f"{url}/dvi?epoch=1")
    map_ = page.locator(".map")
    expect(map_).to_have_attribute("data-epoch", "1")
    map_.evaluate("map => Object.assign(window, {shown: map, sent: []})")
    page.get_by_title("Play", exact=True).click()
    expect(map_).to_have_attribute("data-epoch", "5")
    page.wait_for_function("!new URLSearchParams(location.search).has('epoch')")
    sent = page.evaluate("window.sent")
    assert 1 <= len(sent) <= 3  # it tells where it stopped, once
    assert set(sent) == {"5"}  # and on the way there it says not a word to the server
    assert float(map_.get_attribute("data-frame-ms") or "nan") > 0


def test_a_click_on_the_curves_jumps_to_that_epoch(page, url):
    opened(page, f"{url}/dvi")
    page.mouse.click(*track(page, 1, 0.1))
    expect(page.locator(".map")).to_have_attribute("data-epoch", "2")
    page.wait_for_function("new URLSearchParams(location.search).get('epoch') === '2'")
    settled(page)
    said = page.locator(".map .tracks .said div b").first.text_content()
    page.mouse.move(*track(page, 4, 0.1))  # the curves tell what they say under the pointer
    expect(page.locator(".map .tracks .cursor.pointed")).to_have_count(1)
    assert page.locator(".map .timeline output").text_content() == "epoch 2"
    assert said is not None


def test_a_click_on_a_mark_selects_whom_it_concerns(page, url):
    opened(page, f"{url}/dvi")
    page.locator(".map .tracks").scroll_into_view_if_needed()
    flips = page.locator(".map .tracks .said button").first.bounding_box()
    tracks = page.locator(".map .tracks").bounding_box()
    assert flips is not None
    assert tracks is not None
    middle = (flips["y"] + flips["height"] / 2 - tracks["y"]) / tracks["height"]
    page.mouse.click(*track(page, 2, middle))
    page.wait_for_function("new URLSearchParams(location.search).get('rule') === 'event~flip~3'")
    settled(page)
    assert in_address(page, "epoch") == "3"


def test_an_empty_place_tells_its_class_and_the_nearest_samples(page, url):
    opened(page, f"{url}/dvi")
    stage = page.locator(".map .stage").bounding_box()
    assert stage is not None
    # The middle of the four clouds is empty.
    page.mouse.move(stage["x"] + stage["width"] / 2 - 18, stage["y"] + stage["height"] / 2)
    card = page.locator(".map .card")
    expect(card).to_be_visible()
    expect(card).to_contain_text("confidence")
    expect(card).to_contain_text("80 %")
    expect(card.locator("figure")).to_have_count(3)


def test_two_checkpoints_zoom_together(page, url):
    opened(page, f"{url}/dvi?epoch=3&epoch2=1")
    maps = page.locator(".map")
    expect(maps).to_have_count(2)
    expect(maps.nth(0)).to_have_attribute("data-epoch", "3")
    expect(maps.nth(1)).to_have_attribute("data-epoch", "1")
    page.evaluate(
        """() => {
          window.seen = [];
          window.addEventListener('darkroom:view', ({ detail }) => window.seen.push(detail));
        }"""
    )
    stage = maps.nth(0).locator(".stage").bounding_box()
    assert stage is not None
    page.mouse.move(stage["x"] + 100, stage["y"] + 100)
    page.mouse.wheel(0, -400)
    page.wait_for_function("window.seen.some((detail) => detail.share > 1.2)")
    expect(maps.nth(1)).to_have_attribute("data-epoch", "1")  # time is each map's own
