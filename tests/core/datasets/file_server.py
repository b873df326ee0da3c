"""A server on this machine that sends one file, well or badly."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from core.datasets.originals import Original, RemoteFile

CONTENT = np.random.default_rng(0).bytes(3_000_000)


class Server(ThreadingHTTPServer):
    """Serves CONTENT; can cut it off, ignore ranges, send too much, or answer with an error."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.cut, self.ranges, self.status = CONTENT, None, True, 200
        self.declares_length = True
        self.asked: list[str | None] = []

    def handle_error(self, request, client_address) -> None:
        """Say nothing of clients that hang up."""

    def original(self, **changed) -> dict[str, Original]:
        given = {
            "name": "set.bin",
            "url": f"http://127.0.0.1:{self.server_port}/set.bin",
            "checksum": f"md5:{hashlib.md5(CONTENT).hexdigest()}",
            "size": len(CONTENT),
        }
        return {"toy": Original("Toy", "none", (RemoteFile(**{**given, **changed}),))}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        serving = self.server
        assert isinstance(serving, Server)
        asked = self.headers.get("Range")
        serving.asked.append(asked)
        content, start = serving.content, 0
        if serving.status != 200:
            self.send_error(serving.status)
            return
        if asked and serving.ranges:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(content):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        if serving.declares_length:
            self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        end = len(content) if serving.cut is None else serving.cut
        self.wfile.write(content[start:end])

    def log_message(self, format: str, *args) -> None:
        """Say nothing."""


@contextmanager
def file_server() -> Iterator[Server]:
    """A running server."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
