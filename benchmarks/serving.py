"""Memory of the serving process with one open session, and how long it takes to start.

The dashboard runs as a user starts it; a real browser opens the Overview.
"""

import os
import subprocess
import sys
import time
import urllib.request

import psutil
from playwright.sync_api import sync_playwright

from precompute.bench import CHECKOUT, Row
from tests.browser.conftest import FLAGS, chromium_path, free_port


def run() -> list[Row]:
    """Rows: seconds from start to health, seconds to the first picture, megabytes resident.

    The last one is no time; it stands in the same column so that all rows have one form.
    """
    study = os.environ.get("DARKROOM_STUDY", "digits")
    port = free_port()
    began = time.perf_counter()
    command = [sys.executable, "-m", "precompute", "serve", study, "--port", str(port)]
    server = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health")
        healthy = time.perf_counter() - began
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            opened = time.perf_counter()
            page.goto(f"http://127.0.0.1:{port}")
            page.wait_for_selector(".map[data-frame-ms][data-points]", timeout=60_000)
            first = time.perf_counter() - opened
            for split in ("train", "all", "test"):
                page.goto(f"http://127.0.0.1:{port}/?split={split}")
                page.wait_for_selector(".map[data-frame-ms][data-points]", timeout=60_000)
            resident = psutil.Process(server.pid).memory_info().rss / 1e6
            browser.close()
    finally:
        server.terminate()
        server.wait()
    return [
        _row("serve: start to healthy", healthy, study),
        _row("serve: first picture of a cold server", first, study),
        _row("serve: resident memory, MB (not seconds)", resident, study),
    ]


def _wait(url: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"no answer from {url} within 30 s")


def _row(name: str, value: float, study: str) -> Row:
    return Row(
        name=name,
        ours_seconds=value,
        reference=None,
        reference_seconds=None,
        ratio=None,
        agrees=None,
        size=f"{study}, one session",
    )
