"""The map and the grid in a real browser, on a page of made-up samples."""

import io
import json
import math
from collections.abc import Iterator
from urllib.parse import urlparse

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, WebSocket, expect

from tests.browser.dashboard import drawn, settled, until

pytestmark = pytest.mark.browser

# The middle of the ten clouds' ring, and a lasso of a third of the map around its right side.
RIGHT_SIDE = [(0.5, 0.3), (0.6, 0.2), (0.9, 0.2), (0.9, 0.85), (0.55, 0.8)]


@pytest.fixture(scope="module")
def url(serve) -> Iterator[str]:
    with serve("tests/browser/map_page.py") as url:
        yield url


def open_map(page: Page, url: str, query: str = "") -> None:
    page.goto(f"{url}/?{query}")
    page.wait_for_selector(".map[data-frame-ms][data-points]")
    page.wait_for_function("document.querySelector('#report')")
    settled(page)


def report(page: Page) -> dict:
    return json.loads(page.locator("#report").text_content() or "")


def wait_for_report(page: Page, name: str, value: object) -> dict:
    page.wait_for_function(
        """([name, value]) =>
          JSON.parse(document.querySelector('#report').textContent)[name] === value""",
        arg=[name, value],
    )
    return report(page)


def stage(page: Page) -> dict[str, float]:
    box = page.locator(".map .stage").bounding_box()
    assert box is not None
    return {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Screen coordinates of a place given in shares of the map."""
    box = stage(page)
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def draw_lasso(
    page: Page, corners: list[tuple[float, float]], shift: bool = True, steps: int = 4
) -> None:
    box = stage(page)
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    if shift:
        page.keyboard.down("Shift")
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=steps)
    page.mouse.up()
    if shift:
        page.keyboard.up("Shift")


def hover_a_point(page: Page, x: float = 0.45, y: float = 0.15) -> int:
    """Move over the map until a card shows, and return the sample it speaks of."""
    card = page.locator(".map .card")
    for step in range(60):
        page.mouse.move(*at(page, x + 0.006 * step, y + 0.004 * step))
        drawn(page)
        if card.is_visible():
            text = card.locator("dd").first.text_content() or ""
            return int(text.removeprefix("#"))
    raise AssertionError("no point under the pointer on the whole way")


def test_the_map_says_how_many_points_it_shows(page, url):
    open_map(page, url, "n=321")
    expect(page.locator(".map")).to_have_attribute("data-points", "321")
    expect(page.locator(".map .status")).to_have_text("321 images")


def test_hovering_shows_thumbnail_id_and_both_labels(page, url):
    open_map(page, url)
    sample = hover_a_point(page)
    facts = page.locator(".map .card").inner_text().split()
    index = (sample - 100) // 3
    random = np.random.default_rng(0)
    true = random.integers(0, 10, 1797)[index]
    assert facts[:4] == ["image", f"#{sample}", "true", str(true)]
    assert facts[4] == "predicted"
    image = page.locator(".map .card img")
    assert str(sample) in (image.get_attribute("src") or "")
    assert image.evaluate("e => getComputedStyle(e).imageRendering") == "pixelated"


def test_the_card_stays_inside_the_map(page, url):
    open_map(page, url)
    page.locator(".map canvas.points").focus()
    for key in ["Shift+ArrowLeft"] * 3 + ["Shift+ArrowUp"] * 3 + ["+"] * 2:
        page.keyboard.press(key)
    hover_a_point(page, 0.02, 0.4)
    box, card = stage(page), page.locator(".map .card").bounding_box()
    assert card is not None
    assert box["x"] <= card["x"]
    assert card["x"] + card["width"] <= box["x"] + box["width"]
    assert box["y"] <= card["y"]
    assert card["y"] + card["height"] <= box["y"] + box["height"]


def test_a_click_picks_the_point_under_it_once(page, url):
    open_map(page, url)
    sample = hover_a_point(page)
    page.mouse.down()
    page.mouse.up()
    after = wait_for_report(page, "picked", sample)
    assert after["event"] == "pick"
    page.get_by_text("value", exact=True).click()  # another rerun must not apply it again
    expect(page.locator(".map .ramp")).to_be_visible()
    assert report(page)["applied"] == 1


def test_a_lasso_selects_what_lies_in_it(page, url):
    open_map(page, url)
    draw_lasso(page, RIGHT_SIDE)
    after = wait_for_report(page, "event", "lasso")
    assert 3 <= after["corners"] <= 64
    # The same places by a plain count over the data: the drawn corners in data coordinates.
    box = stage(page)
    random = np.random.default_rng(0)
    true = random.integers(0, 10, 1797)
    angle = 2 * np.pi * true / 10
    points = np.stack([np.cos(angle), np.sin(angle)], 1) * 30 + random.normal(size=(1797, 2)) * 5
    low, high = points.min(0), points.max(0)
    scale = min(
        (box["width"] - 2 - 56 - 36) / (high - low)[0], (box["height"] - 2 - 56) / (high - low)[1]
    )
    middle = (low + high) / 2 + [18 / scale, 0]
    corners = [
        (
            middle[0] + (x * box["width"] - 1 - (box["width"] - 2) / 2) / scale,
            middle[1] - (y * box["height"] - 1 - (box["height"] - 2) / 2) / scale,
        )
        for x, y in RIGHT_SIDE
    ]
    expected = [winding(corners, point) for point in points]
    differing = set(np.flatnonzero(expected) * 3 + 100) ^ set(after["selected"])
    assert len(after["selected"]) > 300
    assert len(differing) <= 0.01 * len(after["selected"])  # points within a pixel of the line
    expect(page.locator(".map .status")).to_contain_text(f"{len(after['selected'])} of 1,797")
    expect(page.locator(".grid")).to_have_attribute("data-images", str(len(after["selected"])))


def winding(polygon: list[tuple[float, float]], point: np.ndarray) -> bool:
    """Whether the directions to the corners turn once around the point."""
    angles = [math.atan2(y - point[1], x - point[0]) for x, y in polygon]
    turns = [b - a for a, b in zip(angles, angles[1:] + angles[:1], strict=True)]
    return abs(sum((turn + math.pi) % (2 * math.pi) - math.pi for turn in turns)) > math.pi


def test_a_long_scrawl_becomes_a_lasso_of_under_a_kilobyte(page, url):
    sent: list[bytes] = []

    def watch(socket: WebSocket) -> None:
        socket.on(
            "framesent",
            lambda frame: sent.append(bytes(frame if isinstance(frame, bytes) else frame.encode())),
        )

    page.on("websocket", watch)
    open_map(page, url)
    scrawl = [
        (0.48 + (0.2 + 0.07 * math.sin(31 * t)) * math.cos(t), 0.5 + 0.3 * math.sin(t))
        for t in np.linspace(0, 6.2, 90)
    ]
    sent.clear()
    draw_lasso(page, scrawl, steps=1)
    after = wait_for_report(page, "event", "lasso")
    assert after["corners"] <= 64
    assert max(map(len, sent)) < 1024


def test_the_lasso_button_makes_a_plain_drag_a_lasso_and_escape_clears(page, url):
    open_map(page, url)
    page.get_by_title("Lasso").click()
    draw_lasso(page, RIGHT_SIDE, shift=False)
    wait_for_report(page, "event", "lasso")
    page.keyboard.press("Escape")
    after = wait_for_report(page, "event", "clear")
    assert after["lasso"] is None
    expect(page.locator(".map .status")).to_have_text("1,797 images")
    assert page.get_by_title("Lasso").get_attribute("aria-pressed") == "false"


def dark_ring_pixels(page: Page) -> int:
    """How many opaque dark pixels the overlay holds: rings and the names of classes."""
    return page.locator(".map canvas.overlay").evaluate(
        """canvas => {
          const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          let count = 0;
          for (let i = 0; i < data.length; i += 4) {
            if (data[i + 3] > 200 && data[i] + data[i + 1] + data[i + 2] < 250) count++;
          }
          return count;
        }"""
    )


def test_a_linked_pick_has_its_ring_at_first_sight(page, url):
    open_map(page, url)
    until(page, lambda: dark_ring_pixels(page) > 0)  # the names of the classes
    page.wait_for_timeout(700)
    without = dark_ring_pixels(page)
    open_map(page, url, "sample=400")
    until(page, lambda: dark_ring_pixels(page) > without + 40)
    assert report(page)["applied"] == 0
    expect(page.locator('.grid .cell[data-sample="400"]')).to_have_class("cell picked")


def test_hostile_class_names_show_literally(page, url):
    open_map(page, url, "hostile=1")
    shown = page.locator(".map .legend button span").all_inner_texts()
    assert shown[0] == "<script>window.hacked = true</script>"
    assert shown[1] == "\"quoted\" & 'single'"
    assert shown[2:4] == ["🦊 fox", "<b>bold</b>"]
    assert shown[5:9] == ["</style>", "{id}", "ß→∞", "${name}"]
    hover_a_point(page)
    names = page.locator(".map .card dd").all_inner_texts()
    assert names[1] in shown
    page.locator(".grid .cell").first.hover()
    assert "→" in page.locator(".grid .tip").inner_text()
    assert page.evaluate("window.hacked") is None
    assert page.locator(".map b, .map .legend script, .map .card script").count() == 0


def test_a_recolouring_keeps_the_place_and_a_new_projection_shows_all(page, url):
    open_map(page, url)
    canvas = page.locator(".map canvas.points")
    page.mouse.move(*at(page, 0.3, 0.3))
    for _ in range(6):
        page.mouse.wheel(0, -240)
        page.wait_for_timeout(40)
    page.mouse.move(*at(page, 0.02, 0.98))
    page.wait_for_timeout(300)
    canvas.evaluate("e => { e.marked = true }")
    zoomed = page.locator(".map .stage").screenshot()
    page.get_by_text("value", exact=True).click()
    expect(page.locator(".map .ramp")).to_be_visible()
    page.get_by_text("class", exact=True).first.click()
    expect(page.locator(".map .legend button")).to_have_count(10)
    page.mouse.move(*at(page, 0.02, 0.98))
    page.wait_for_timeout(500)  # time to move, if it would
    until(page, lambda: page.locator(".map .stage").screenshot() == zoomed)
    assert canvas.evaluate("e => e.marked") is True  # not remounted
    page.get_by_text("turned", exact=True).click()
    until(page, lambda: page.locator(".map .stage").screenshot() != zoomed)
    assert canvas.evaluate("e => e.marked") is True


def test_playing_runs_through_the_epochs_and_tells_where_it_stopped(page, url):
    open_map(page, url, "epochs=4&n=500")
    expect(page.locator(".map")).to_have_attribute("data-epoch", "4")
    page.locator(".map").evaluate(
        """map => {
          window.seen = [];
          new MutationObserver(() => window.seen.push(map.dataset.epoch))
            .observe(map, {attributeFilter: ["data-epoch"]});
        }"""
    )
    page.get_by_title("Play").click()
    wait_for_report(page, "epoch", 4)
    assert {"2", "3"} <= set(page.evaluate("window.seen"))
    assert report(page)["applied"] == 1  # the epochs on the way were not reported


def test_a_map_of_one_epoch_has_no_timeline(page, url):
    open_map(page, url)
    expect(page.locator(".map .timeline")).to_be_hidden()


def test_hovering_the_grid_lights_the_point_and_a_click_picks(page, url):
    open_map(page, url)
    cell = page.locator(".grid .cell").nth(5)
    cell.hover()
    sample = int(cell.get_attribute("data-sample") or "")
    expect(page.locator(".map .card")).to_be_visible()
    expect(page.locator(".map .card dd").first).to_have_text(f"#{sample}")
    cell.click()
    wait_for_report(page, "picked", sample)


def test_the_grid_is_walked_by_arrow_keys_and_enter_picks(page, url):
    open_map(page, url)
    page.locator(".grid .cell").first.click()
    wait_for_report(page, "picked", 100)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    wait_for_report(page, "picked", 106)
    assert page.locator('.grid .cell[tabindex="0"]').count() == 1


def test_ten_thousand_images_are_a_few_hundred_elements(page, url):
    open_map(page, url, "n=10000")
    expect(page.locator(".grid")).to_have_attribute("data-images", "10000")
    assert page.locator(".grid .cell").count() < 400
    page.locator(".grid .cell").first.click()
    page.keyboard.press("End")
    expect(page.locator(f'.grid .cell[data-sample="{9999 * 3 + 100}"]')).to_be_visible()
    assert page.locator(".grid .cell").count() < 400


def test_cells_of_the_grid_do_not_overlap(page, url):
    open_map(page, url)
    boxes = page.locator(".grid .cell").evaluate_all(
        """cells => cells.map(e => {
          const box = e.getBoundingClientRect();
          return [box.x, box.y, box.right, box.bottom];
        })"""
    )
    for i, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[i + 1 :]:
            apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            assert apart


def test_nothing_is_asked_of_another_host(page, url):
    hosts: set[str | None] = set()
    page.on("request", lambda request: hosts.add(urlparse(request.url).hostname))
    open_map(page, url)
    hover_a_point(page)
    assert hosts <= {"127.0.0.1", None, ""}  # data: and blob: have no host


def test_taking_the_map_away_gives_its_graphics_context_back(page, url):
    open_map(page, url)
    canvas = page.locator(".map canvas.points").element_handle()
    assert canvas.evaluate("e => e.getContext('webgl2').isContextLost()") is False
    page.get_by_text("Show the map").click()
    expect(page.locator(".map")).to_have_count(0)
    until(page, lambda: canvas.evaluate("e => e.getContext('webgl2').isContextLost()"))
    assert page.evaluate("[...window.darkroomParts.held.keys()].filter(k => k[0] === 'm')") == []
    page.get_by_text("Show the map").click()
    expect(page.locator(".map")).to_have_attribute("data-points", "1797")


def test_a_lost_graphics_context_comes_back_with_the_picture(page, url):
    open_map(page, url)
    before = page.locator(".map .stage").screenshot()
    page.locator(".map canvas.points").evaluate(
        """canvas => {
          const lose = canvas.getContext("webgl2").getExtension("WEBGL_lose_context");
          lose.loseContext();
          canvas.addEventListener("webglcontextrestored", () => { window.restored = true });
          setTimeout(() => lose.restoreContext(), 100);
        }"""
    )
    page.wait_for_function("window.restored")
    expect(page.locator(".map .words")).to_have_text("")
    until(page, lambda: page.locator(".map .stage").screenshot() == before)


def test_without_webgl_the_map_says_so(page, url):
    page.add_init_script(
        """const original = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
          return kind === "webgl2" ? null : original.call(this, kind, ...rest);
        };"""
    )
    page.goto(url)
    expect(page.locator(".map .words")).to_contain_text("offers no WebGL 2")


def test_the_legend_switches_a_class_off_and_on(page, url):
    open_map(page, url)
    button = page.locator(".map .legend button").nth(3)
    before = page.locator(".map .stage").screenshot()
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    until(page, lambda: page.locator(".map .stage").screenshot() != before)
    button.click()
    until(page, lambda: page.locator(".map .stage").screenshot() == before)


def test_the_picture_is_saved_with_its_legend(page, url):
    open_map(page, url)
    with page.expect_download() as download:
        page.get_by_title("Save as PNG").click()
    assert download.value.suggested_filename == "map.png"
    assert download.value.path().read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def canvas_corner(page: Page) -> str:
    """The colour in the corner of the points' canvas, as it was drawn last."""
    png = page.locator(".map canvas.points").screenshot()
    with Image.open(io.BytesIO(png)) as image:
        red, green, blue = np.asarray(image.convert("RGB"))[6, image.width // 2]
    return f"rgb({red}, {green}, {blue})"


def test_the_map_follows_the_theme_from_light_to_dark(page, url):
    open_map(page, url)
    page.wait_for_timeout(300)
    light = page.locator(".map .stage").evaluate("e => getComputedStyle(e).backgroundColor")
    before = page.locator(".map .stage").screenshot()
    page.emulate_media(color_scheme="dark")
    ground = page.locator(".map .stage")
    until(page, lambda: ground.evaluate("e => getComputedStyle(e).backgroundColor") != light)
    dark = ground.evaluate("e => getComputedStyle(e).backgroundColor")
    assert light == "rgb(255, 255, 255)"
    until(page, lambda: canvas_corner(page) == dark)
    assert page.locator(".map .stage").screenshot() != before
