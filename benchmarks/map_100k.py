"""The map at 100,000 points in a real Chromium with software rendering.

Time to the first picture, frame time while panning and while playing between two epochs, the round
trip of a lasso, and the bytes that cross the wire each way. Run as `python -m benchmarks.map_100k`.
"""

import json
import sys
import time
from typing import Any

from playwright.sync_api import Browser, Page, WebSocket, sync_playwright

from tests.browser.conftest import FLAGS, chromium_path, serving

POINTS = 100_000
LASSO = [(0.5, 0.3), (0.6, 0.2), (0.9, 0.2), (0.9, 0.85), (0.55, 0.8)]
GOAL_FIRST_PICTURE = 3.0  # seconds
GOAL_LASSO_BYTES = 1024
WATCH_FRAMES = """() => {
  window.frameTimes = [];
  let last = performance.now();
  const next = (now) => {
    window.frameTimes.push(now - last);
    last = now;
    window.watching = requestAnimationFrame(next);
  };
  window.watching = requestAnimationFrame(next);
}"""
# The real pointer is down (its id is 1); a move in every frame keeps the picture moving.
PAN = """async () => {
  const host = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")]
    .find((element) => element.shadowRoot.querySelector("canvas.points"));
  const canvas = host.shadowRoot.querySelector("canvas.points");
  const box = canvas.getBoundingClientRect();
  const times = [];
  let last = performance.now();
  for (let i = 0; i < 60; i++) {
    const clientX = box.left + box.width * (0.4 + 0.003 * i);
    const clientY = box.top + box.height * (0.5 + 0.1 * Math.sin(i / 9));
    canvas.dispatchEvent(new PointerEvent("pointermove", { pointerId: 1, clientX, clientY }));
    const now = await new Promise((resolve) => requestAnimationFrame(resolve));
    times.push(now - last);
    last = now;
  }
  return times.slice(2);
}"""
FRAMES = "() => { cancelAnimationFrame(window.watching); return window.frameTimes.slice(2); }"


class Traffic:
    """Bytes over the page's websocket, each way, since the last `reset`."""

    def __init__(self, page: Page) -> None:
        self.up: list[int] = []
        self.down: list[int] = []
        page.on("websocket", self._watch)

    def _watch(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: self.up.append(len(frame)))
        socket.on("framereceived", lambda frame: self.down.append(len(frame)))

    def reset(self) -> None:
        """Count from here."""
        self.up.clear()
        self.down.clear()


def _place(page: Page, x: float, y: float) -> tuple[float, float]:
    box = page.locator(".map .stage").bounding_box()
    assert box is not None
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def _first_picture(page: Page, url: str, epochs: int = 1) -> float:
    began = time.perf_counter()
    page.goto(f"{url}/?n={POINTS}&epochs={epochs}&grid=no")
    page.wait_for_selector(f'.map[data-frame-ms][data-points="{POINTS}"]', timeout=60_000)
    return time.perf_counter() - began


def _median(times: list[float]) -> float:
    return sorted(times)[len(times) // 2] / 1000


def _detail(page: Page) -> float:
    """The share of the points that moving pictures show: less than 1 where drawing is slow."""
    return float(page.locator(".map").get_attribute("data-detail") or 1)


def _pan(page: Page) -> tuple[float, float]:
    page.mouse.move(*_place(page, 0.4, 0.5))
    page.mouse.down()
    times = page.evaluate(PAN)
    detail = _detail(page)
    page.mouse.up()
    return _median(times), detail


def _play(page: Page) -> tuple[float, float]:
    page.get_by_title("Play").click()
    page.evaluate(WATCH_FRAMES)
    page.wait_for_selector('.map[data-epoch="1"]')
    page.wait_for_selector('.map[data-epoch="2"]', timeout=60_000)
    detail = _detail(page)
    return _median(page.evaluate(FRAMES)), detail


def _lasso(page: Page, traffic: Traffic) -> tuple[float, int, int, int]:
    page.keyboard.down("Shift")
    page.mouse.move(*_place(page, *LASSO[0]))
    page.mouse.down()
    for corner in LASSO[1:]:
        page.mouse.move(*_place(page, *corner), steps=12)
    traffic.reset()
    began = time.perf_counter()
    page.mouse.up()
    page.wait_for_function(
        "JSON.parse(document.querySelector('#report').textContent).event === 'lasso'"
        " && document.querySelector('#report') !== null"
    )
    page.locator(".map .status", has_text="selected").wait_for(timeout=60_000)
    seconds = time.perf_counter() - began
    page.keyboard.up("Shift")
    count = page.locator(".map .status").text_content() or ""
    selected = int(count.split(" of ")[0].replace(",", ""))
    page.wait_for_timeout(500)
    return seconds, sum(traffic.up), sum(traffic.down), selected


def _row(name: str, seconds: float | None, **more: Any) -> dict[str, Any]:
    row = {"name": name, "ours_seconds": seconds, "reference": None, "reference_seconds": None}
    return row | {"ratio": None, "agrees": None, "size": POINTS} | more


def _measure(browser: Browser, url: str) -> list[dict[str, Any]]:
    def visit() -> Page:
        return browser.new_page(viewport={"width": 1280, "height": 860})

    page = visit()
    cold = _first_picture(page, url)
    page.close()
    page = visit()
    traffic = Traffic(page)
    warm = _first_picture(page, url)
    loaded = sum(traffic.down)
    page.wait_for_timeout(1000)
    pan, pan_detail = _pan(page)
    lasso, up, down, selected = _lasso(page, traffic)
    page.close()
    page = visit()
    _first_picture(page, url, epochs=2)
    page.wait_for_timeout(1000)
    play, play_detail = _play(page)
    page.close()
    return [
        _row("map: navigation to first picture, server just started", cold),
        _row(
            "map: navigation to first picture",
            warm,
            goal_seconds=GOAL_FIRST_PICTURE,
            bytes_received=loaded,
        ),
        _row("map: frame while panning", pan, share_drawn=pan_detail),
        _row("map: frame while playing between two epochs", play, share_drawn=play_detail),
        _row(
            "map: lasso drawn to selection shown",
            lasso,
            bytes_sent=up,
            goal_bytes_sent=GOAL_LASSO_BYTES,
            bytes_received=down,
            selected=selected,
        ),
    ]


def run() -> list[dict[str, Any]]:
    """Rows of the benchmark, one per measurement; empty where no Chromium is found."""
    path = chromium_path()
    if path is None:
        return []
    with serving("tests/browser/map_page.py") as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            return _measure(browser, url)
        finally:
            browser.close()


if __name__ == "__main__":
    for row in run():
        sys.stdout.write(json.dumps(row) + "\n")
