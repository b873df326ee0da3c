"""Serving a pack: seconds to the first page of a cold deployment, and memory with ten readers.

    python -m benchmarks.by_hand.packed_serving mnist.zip [READERS]

Starts `serve FILE` with an empty cache, as a new container does, lets READERS browsers' contexts
open one page of the dashboard each, then two more pages, and prints what the server holds. Says
whether torch was loaded. Not part of `bench`: it wants a pack, a browser and a quiet machine.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import Browser, sync_playwright

from benchmarks.serving import _wait
from tests.browser.conftest import FLAGS, chromium_path, free_port

PAGES = ("", "darksight", "dvi", "summit", "deepvid", "saliency", "sample", "trust")
LIMIT = 180_000  # milliseconds that a page may take on a busy machine
DONE = '[data-testid="stApp"][data-test-script-state="notRunning"]'


def main() -> None:
    """Measure and print."""
    pack, readers = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 10
    with tempfile.TemporaryDirectory() as cache, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        port = free_port()
        began = time.perf_counter()
        server = subprocess.Popen(
            [sys.executable, "-m", "precompute", "serve", str(pack), "--port", str(port)],
            env={**os.environ, "DARKROOM_CACHE": cache},
        )
        try:
            _wait(f"http://127.0.0.1:{port}/_stcore/health")
            healthy = time.perf_counter() - began
            process = psutil.Process(server.pid)
            used = sum(process.cpu_times()[:2])
            opened = time.perf_counter()
            _first_page(browser, port)
            first = time.perf_counter() - opened
            spent = sum(process.cpu_times()[:2]) - used
            print(f"start to healthy {healthy:.1f} s ({used:.1f} s of processor)")
            print(f"first page {first:.1f} s ({spent:.1f} s of the server's processor)")
            _readers(browser, port, readers, process)
            loaded = [m.path for m in process.memory_maps() if "libtorch" in m.path]
            print(f"torch loaded: {bool(loaded)}")
        finally:
            server.terminate()
            server.wait()
            browser.close()


def _first_page(browser: Browser, port: int) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"http://127.0.0.1:{port}")
    page.wait_for_selector(".map[data-frame-ms][data-points]", timeout=LIMIT)
    page.close()


def _readers(browser: Browser, port: int, readers: int, process: psutil.Process) -> None:
    pages = []
    most = 0.0
    for number in range(readers):
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        for turn in range(3):
            name = PAGES[(number + 3 * turn) % len(PAGES)]
            page.goto(f"http://127.0.0.1:{port}/{name}?sample={500 + number}")
            page.wait_for_selector(DONE, timeout=LIMIT)
            most = max(most, process.memory_info().rss / 1e6)
        pages.append(page)
        print(f"{number + 1} readers: {process.memory_info().rss / 1e6:.0f} MB", flush=True)
    print(f"most: {most:.0f} MB with {readers} open sessions")


if __name__ == "__main__":
    main()
