"""What a browser test waits for on a page of the dashboard."""

from playwright.sync_api import Page, expect


def settled(page: Page) -> None:
    """Wait until the server has nothing left to draw."""
    expect(page.locator('[data-testid="stApp"]')).to_have_attribute(
        "data-test-script-state", "notRunning", timeout=30_000
    )


def opened(page: Page, address: str) -> None:
    """Open a page with a map, and wait until its points stand."""
    page.goto(address)
    page.wait_for_selector(".map[data-frame-ms][data-points]", timeout=60_000)
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
