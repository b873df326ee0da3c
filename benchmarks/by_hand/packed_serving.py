"""Serving a pack: seconds to the first page of a cold deployment, and memory with ten readers.

    python -m benchmarks.by_hand.packed_serving mnist.zip [READERS]

Starts `serve FILE` with an empty cache, as a new container does, and opens the first page in a real
browser. Then READERS sessions, which stay open, ask for three pages each over the WebSocket that a
browser would use, and what the server holds is printed. Says whether torch was loaded. Not part of
`bench`: it wants a pack, a browser and a quiet machine.
"""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import psutil
from playwright.sync_api import Browser, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from benchmarks.serving import _wait
from tests.browser.conftest import FLAGS, chromium_path, free_port

PAGES = ("", "darksight", "dvi", "summit", "deepvid", "saliency", "sample", "trust")
LIMIT = 180_000  # milliseconds that a page may take on a busy machine


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
            browser.close()
            _readers(port, readers, process)
            loaded = [m.path for m in process.memory_maps() if "libtorch" in m.path]
            print(f"torch loaded: {bool(loaded)}")
        finally:
            server.terminate()
            server.wait()


def _first_page(browser: Browser, port: int) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"http://127.0.0.1:{port}")
    page.wait_for_selector(".map[data-frame-ms][data-points]", timeout=LIMIT)
    page.close()


def _readers(port: int, readers: int, process: psutil.Process) -> None:
    most = 0.0
    with ExitStack() as sessions:
        for number in range(readers):
            session = sessions.enter_context(
                connect(
                    f"ws://127.0.0.1:{port}/_stcore/stream",
                    subprotocols=[Subprotocol("streamlit")],
                    max_size=None,
                )
            )
            for turn in range(3):
                name = PAGES[(number + 3 * turn) % len(PAGES)]
                _ask(session, name, f"sample={500 + number}")
                most = max(most, process.memory_info().rss / 1e6)
            print(f"{number + 1} readers: {process.memory_info().rss / 1e6:.0f} MB", flush=True)
        print(f"most: {most:.0f} MB with {readers} open sessions")


def _ask(session: ClientConnection, page: str, query: str) -> None:
    """Run a page in a session, to its end."""
    wish = ClientState(query_string=query, page_name=page)
    session.send(BackMsg(rerun_script=wish).SerializeToString())
    while True:
        said = ForwardMsg.FromString(_bytes(session.recv(timeout=LIMIT / 1000)))
        if said.WhichOneof("type") == "delta" and said.delta.new_element.HasField("exception"):
            raise RuntimeError(f"page {page}: {said.delta.new_element.exception.message}")
        if said.WhichOneof("type") == "script_finished":
            return


def _bytes(message: str | bytes) -> bytes:
    return message.encode() if isinstance(message, str) else message


if __name__ == "__main__":
    main()
