"""Two replicas as the Dockerfile starts them, behind nginx as it is configured."""

import http.client
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from precompute.pack import pack
from tests.browser.conftest import free_port
from tests.deploy.container import ROOT, copied, dockerfile, started
from tests.pages.toy_store import write_toy_store

PATIENCE = 300  # seconds until a server must have answered, or ended
COOKIE = "darkroom_at"


def nginx_path() -> str | None:
    return shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")


@pytest.fixture(scope="module")
def place():
    """A folder that everybody may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="darkroom-deployment-"))
    folder.chmod(0o755)
    yield folder
    subprocess.run(["chmod", "-R", "u+w", str(folder)], check=False)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def replicas(place):
    """Ports of two servers, each with a read-only tree and a cache folder of its own."""
    write_toy_store(place / "store", study="faces")
    pack("faces", place / "store", place / "study.zip")
    (place / "study.zip").chmod(0o444)
    stage = dockerfile()["serving"]
    app = copied(stage, place / "app")
    running = {}
    try:
        for name in ("darkroom-1", "darkroom-2"):
            port = free_port()
            home, cache = place / f"{name}-home", place / f"{name}-cache"
            for folder in (home, cache):
                folder.mkdir()
                folder.chmod(0o777)
            command = [word.replace("/packs/", f"{place}/") for word in stage.command()]
            environment = stage.environment() | {
                "DARKROOM_CACHE": str(cache),
                "HOME": str(home),
                "STREAMLIT_SERVER_ADDRESS": "127.0.0.1",
            }
            server = started([*command, "--port", str(port)], app, environment)
            running[name] = (port, server)
        for port, server in running.values():
            check = [word.replace(":8501/", f":{port}/") for word in stage.health()]
            deadline = time.monotonic() + PATIENCE
            while not _answers(f"http://127.0.0.1:{port}/_stcore/health"):
                assert server.poll() is None, server.communicate()[0]
                assert time.monotonic() < deadline, "never healthy"
                time.sleep(0.2)
            healthy = started(check, app, {})
            assert healthy.communicate()[0] == ""
            assert healthy.returncode == 0
        yield {name: port for name, (port, _) in running.items()}
    finally:
        for _, server in running.values():
            server.terminate()
        for _, server in running.values():
            server.communicate(timeout=PATIENCE)


@pytest.fixture(scope="module")
def proxy(place, replicas):
    """The address of nginx before the replicas; it says in a header which one has answered."""
    path = nginx_path()
    if path is None:
        message = "no nginx found: install Debian's nginx-light"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    port = free_port()
    text = (ROOT / "deploy/nginx.conf").read_text()
    for name, at in replicas.items():
        assert text.count(f"{name}:8501 ") == 1
        text = text.replace(f"{name}:8501 ", f"127.0.0.1:{at} ")
    text = text.replace("listen 8080;", f"listen 127.0.0.1:{port};").replace(
        "/tmp/", f"{place}/tmp/"
    )
    text = text.replace(
        "add_header Set", "add_header X-Replica $upstream_addr always;\nadd_header Set"
    )
    (place / "nginx.conf").write_text(text)
    (place / "tmp").mkdir()
    (place / "tmp").chmod(0o1777)
    command = [path, "-c", f"{place}/nginx.conf", "-p", f"{place}/tmp", "-g", "daemon off;"]
    server = started([*command, "-e", "stderr"], place, {})
    try:
        deadline = time.monotonic() + PATIENCE
        while not _answers(f"http://127.0.0.1:{port}/_stcore/health"):
            assert server.poll() is None, server.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.communicate(timeout=PATIENCE)


def _answers(url):
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def asked(port, path="/", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        # What has switched to a WebSocket sends no end.
        body = b"" if answer.status == 101 else answer.read()
        return answer, body
    finally:
        connection.close()


def test_the_dashboard_runs_as_nobody_on_a_tree_that_it_cannot_write(place, replicas):
    for port in replicas.values():
        answer, body = asked(port)
        assert answer.status == 200
        assert b'<div id="root">' in body
    assert not list((place / "app").rglob("__pycache__"))
    for name in replicas:
        assert len(list((place / f"{name}-cache/packs").glob("*/faces/run.json"))) == 1
    try_it = "import os, pathlib; print(os.geteuid()); pathlib.Path('core/new').touch()"
    said = started(["python", "-c", try_it], place / "app", {}).communicate()[0]
    assert said.split("\n")[0] != "0"
    assert "Permission denied" in said


def reader_of(answer):
    """The number that the proxy's cookie gives a reader."""
    (cookie,) = (
        one for one in answer.headers.get_all("Set-Cookie") if one.startswith(f"{COOKIE}=")
    )
    number, _, rest = cookie.removeprefix(f"{COOKIE}=").partition("; ")
    assert rest == "Path=/; HttpOnly; SameSite=Lax"
    return number


def test_a_reader_stays_with_one_replica(proxy):
    answer, _ = asked(proxy)
    reader, replica = reader_of(answer), answer.headers["X-Replica"]
    assert re.fullmatch(r"[0-9a-f]{32}", reader)
    for path in ("/", "/_stcore/health", "/darksight", "/"):
        answer, _ = asked(proxy, path, Cookie=f"{COOKIE}={reader}")
        assert answer.status == 200
        assert answer.headers["X-Replica"] == replica
        assert reader_of(answer) == reader


def test_new_readers_are_spread_over_both(proxy, replicas):
    seen = {asked(proxy, "/_stcore/health")[0].headers["X-Replica"] for _ in range(40)}
    assert seen == {f"127.0.0.1:{port}" for port in replicas.values()}


def test_a_cookie_of_ones_own_making_counts_for_nothing(proxy):
    for made in ("x", "0" * 31, "0" * 33, "Z" * 32):
        answer, _ = asked(proxy, Cookie=f"{COOKIE}={made}")
        assert reader_of(answer) != made


def test_sessions_reach_their_replica_through_the_proxy(proxy):
    reader = "0123456789abcdef" * 2
    where = asked(proxy, Cookie=f"{COOKIE}={reader}")[0].headers["X-Replica"]
    answer, _ = asked(
        proxy,
        "/_stcore/stream",
        Cookie=f"{COOKIE}={reader}",
        Origin=f"http://127.0.0.1:{proxy}",
        **{
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        },
    )
    assert answer.status == 101
    assert answer.headers["X-Replica"] == where


def test_pictures_come_through_the_proxy(proxy, place):
    from core.store import Store

    key = Store("faces", place / "store").manifest("dataset").key
    answer, body = asked(proxy, f"/thumbnails/faces/{key}/0.png")
    assert (answer.status, body[:4]) == (200, b"\x89PNG")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
