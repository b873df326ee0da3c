"""A story in a real browser: made, presented, taken away, exported, opened with the network off."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.store.stories import parsed_story
from tests.browser.dashboard import opened, patient_context, settled, wait_for_address
from tests.pages.toy_store import write_toy_store

pytestmark = pytest.mark.browser

HOSTILE = (
    "</script><img src=x onerror=window.hacked=1>",
    "<!--<script>",
    '"><svg onload=window.hacked=1>',
    "plain",
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("story")
    write_toy_store(root, names=HOSTILE, figures=[("accuracy", "test", 2.0, 0.75)])
    return root


@pytest.fixture(scope="module")
def url(serve, store: Path) -> Iterator[str]:
    environment = {"DARKROOM_STORE": str(store), "DARKROOM_STUDY": "toy", "DARKROOM_EDIT": "0"}
    with serve("app.py", environment) as url:
        yield url


def add(page: Page, headline: str, text: str) -> None:
    page.get_by_role("button", name="Add to a story").click()
    page.get_by_label("Headline").fill(headline)
    page.get_by_label("A few sentences, in Markdown").fill(text)
    page.get_by_label("Headline").click()  # the text counts once its field is left
    settled(page)
    page.get_by_role("button", name="Add", exact=True).click()
    page.keyboard.press("Escape")  # who is quick shuts the menu before the answer comes
    expect(page.get_by_test_id("stToast")).to_be_visible()
    settled(page)


def step(page: Page, at: str) -> None:
    expect(page.locator(".darkroom-step .at")).to_have_text(at)
    page.wait_for_selector(".map[data-points]")
    settled(page)


def test_a_story_is_made_presented_exported_and_opened_offline(
    page: Page, browser: Browser, url: str, store: Path, tmp_path: Path
) -> None:
    page.set_viewport_size({"width": 1700, "height": 900})  # every link of the bar in sight
    opened(page, f"{url}/?sample=3")
    add(page, "Where it errs", "Accuracy **{teacher/accuracy/teacher/test:%}**")
    page.get_by_test_id("stButtonGroup").get_by_text("Misclassified").click()
    wait_for_address(page, "rule", "value === 'preset~misclassified'")
    settled(page)
    add(page, "All that is misread", "<img src=x onerror=window.hacked=1>")

    page.get_by_role("link", name="Stories").click()
    second = page.get_by_label("Headline of step 2")
    expect(second).to_have_value("All that is misread")
    with page.expect_download() as download:
        page.get_by_role("button", name="TOML").click()
    file = tmp_path / "story.toml"
    download.value.save_as(file)
    story = parsed_story(file.read_bytes(), "story.toml")
    assert [one.headline for one in story.steps] == ["Where it errs", "All that is misread"]
    assert story.steps[0].view["sample"] == "3"
    assert story.steps[1].view["rule"] == "preset~misclassified"

    page.get_by_role("link", name="Present").click()
    step(page, "1 of 2")
    expect(page.locator(".darkroom-step")).to_contain_text("Accuracy 75.0%")
    expect(page.get_by_test_id("stHeader")).to_be_hidden()
    expect(page.get_by_test_id("stButtonGroup").first).to_be_hidden()
    expect(page.get_by_test_id("stPopover").first).to_be_hidden()
    page.keyboard.press("ArrowRight")
    step(page, "2 of 2")
    expect(page.locator(".darkroom-step .said")).to_have_text("<img src=x onerror=window.hacked=1>")
    page.keyboard.press("ArrowRight")  # the last step stays
    page.keyboard.press("ArrowLeft")
    step(page, "1 of 2")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Headline of step 1")).to_be_visible()
    assert page.evaluate("window.hacked") is None

    out = tmp_path / "toy.html"
    command = [sys.executable, "-m", "precompute", "export", "toy", str(out), "--story", str(file)]
    subprocess.run([*command, "--store", str(store)], check=True, capture_output=True)
    offline(browser, out)


def offline(browser: Browser, out: Path) -> None:
    """Open the file without a network; nothing is asked for, nothing smuggled in runs."""
    context = patient_context(browser, offline=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto(out.as_uri())
    expect(page.locator("h2").first).to_have_text("Where it errs")
    page.wait_for_selector("#step1 .map[data-points]")
    canvas = page.locator("#step1 .map canvas.points")
    before = page.evaluate("document.querySelectorAll('.mount > *').length")
    canvas.hover()
    page.mouse.wheel(0, -300)
    assert before >= 1
    page.locator("#provenance").scroll_into_view_if_needed()
    expect(page.locator("#provenance td").first).to_be_visible()
    expect(page.locator("#step1 .map")).to_have_count(0)  # far away: let go
    page.emulate_media(color_scheme="dark")
    page.locator("#overview").scroll_into_view_if_needed()
    page.wait_for_selector("#overview .map[data-points]")
    assert page.evaluate("window.hacked") is None
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert errors == []
    context.close()
