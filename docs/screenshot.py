"""Takes README's pictures of the pages: ``python docs/screenshot.py`` with ``digits`` built."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402

from tests.browser.conftest import FLAGS, chromium_path, serving  # noqa: E402

VIEWS = {
    "overview": "?split=test&rule=preset~least_certain",
    "darksight": "darksight?split=test&rule=preset~misclassified",
    "dvi": "dvi?rule=preset~misclassified",
    "summit": "summit?class=8",
    "deepvid": "deepvid?rule=preset~misclassified",
    "saliency": "saliency?rule=preset~misclassified",
}


def main() -> None:
    """Write docs/PAGE.png of every page."""
    environment = {"DARKROOM_STORE": str(ROOT / "artifacts"), "DARKROOM_STUDY": "digits"}
    with serving("app.py", environment) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        for name, view in VIEWS.items():
            page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
            page.goto(f"{url}/{view}")
            page.wait_for_selector("canvas, svg.marks", timeout=60_000)
            page.wait_for_timeout(8_000)
            page.screenshot(path=ROOT / f"docs/{name}.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
