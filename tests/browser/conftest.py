"""A Streamlit server on a free port and a real Chromium to look at it.

Where there is no Chromium the browser tests are skipped and say so; with CI=true they fail.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.dashboard import PATIENCE_SECONDS, patient_context

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Serve = Callable[..., AbstractContextManager[str]]


def chromium_path() -> str | None:
    """The Chromium to drive: $CHROMIUM, else the first that the PATH has."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(
    script: str | Path, env: Mapping[str, str] | None = None, *options: str
) -> Iterator[str]:
    """The address of a Streamlit server that runs `script` until the context is left.

    Parameters
    ----------
    script
        The script or app, from the root of the repository.
    env
        Added to the environment.
    options
        Further options of `streamlit run`, such as `--theme.base=dark`.
    """
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / script)]
    command += ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
    command += ["--browser.gatherUsageStats=false", "--server.fileWatcherType=none", *options]
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        command,
        cwd=ROOT,
        env={"DARKROOM_EDIT": "1", **os.environ, **(env or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                    break
            except (urllib.error.URLError, OSError) as error:
                if server.poll() is not None:
                    raise RuntimeError(f"{' '.join(command)} ended at once") from error
                if time.monotonic() > deadline:
                    raise RuntimeError(f"no answer from {url} in {PATIENCE_SECONDS} s") from error
                time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        try:
            server.wait(5)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture(scope="session")
def serve() -> Serve:
    return serving


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium_path()
    if path is None:
        message = "no Chromium found: install the package chromium, or set CHROMIUM to its path"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    expect.set_options(timeout=PATIENCE_SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    # One for all pages: Streamlit's own scripts are then fetched and compiled once. Every page
    # is a session of its own on the server all the same.
    context = patient_context(browser, viewport={"width": 1280, "height": 860})
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A new page, thus a new session; an error in any of its scripts fails the test."""
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert errors == []
