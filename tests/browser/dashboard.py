"""What a browser test waits for on a page of the dashboard, and for how long."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

# Timings are no tests: a machine that stands still for a minute fails none.
PATIENCE_SECONDS = 180


def patient_context(browser: Browser, **options: Any) -> BrowserContext:
    """A new context (with Playwright's options) whose pages wait as long as that."""
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    return context


def until(page: Page, true: Callable[[], bool]) -> None:
    """Wait for what no selector can say: a picture, or what lives in a shadow tree."""
    for _ in range(PATIENCE_SECONDS * 10):
        if true():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"it did not happen within {PATIENCE_SECONDS} seconds")


def drawn(page: Page) -> None:
    """Wait until the browser has drawn what it knows by now."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


def settled(page: Page) -> None:
    """Wait until the server has nothing left to draw."""
    expect(page.locator('[data-testid="stApp"]')).to_have_attribute(
        "data-test-script-state", "notRunning"
    )


def opened(page: Page, address: str) -> None:
    """Open a page with a map, and wait until its points stand."""
    page.goto(address)
    page.wait_for_selector(".map[data-frame-ms][data-points]")
    settled(page)


def in_address(page: Page, name: str) -> str | None:
    """Return a word of the URL; None where it does not stand there."""
    return page.evaluate("(name) => new URLSearchParams(location.search).get(name)", name)


def wait_for_address(page: Page, name: str, test: str) -> None:
    """Wait until a word of the URL, `value` in the JavaScript expression `test`, passes it."""
    page.wait_for_function(
        f"(name) => ((value) => {test})(new URLSearchParams(location.search).get(name))", arg=name
    )
    settled(page)
