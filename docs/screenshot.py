"""Takes README's picture of the Overview: ``python docs/screenshot.py`` with ``digits`` built."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402

from tests.browser.conftest import FLAGS, chromium_path, serving  # noqa: E402

VIEW = "split=test&rule=preset~least_certain"


def main() -> None:
    """Write docs/overview.png."""
    environment = {"DARKROOM_STORE": str(ROOT / "artifacts"), "DARKROOM_STUDY": "digits"}
    with serving("app.py", environment) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
        page.goto(f"{url}/?{VIEW}")
        page.wait_for_selector(".map[data-frame-ms][data-points]", timeout=60_000)
        page.wait_for_timeout(5_000)
        page.screenshot(path=ROOT / "docs/overview.png")
        browser.close()


if __name__ == "__main__":
    main()
