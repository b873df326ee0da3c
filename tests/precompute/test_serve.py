"""What `serve` opens: a study of the store, a pack, or a pack behind an address."""

import io
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from core.datasets.downloads import DownloadError
from core.store import Store, received
from precompute import fetch, settings
from precompute.__main__ import main
from precompute.fetch import check_address, fetched, plain, told
from precompute.pack import pack
from precompute.pack_file import PackError
from precompute.serve import cache_folder, is_pack, opened_pack
from precompute.settings import StudyError, load_study
from precompute.status import status
from tests.core.datasets.file_server import CONTENT, file_server
from tests.core.store import tiny

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache folder of this test's own."""
    monkeypatch.setenv("DARKROOM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def packed(tmp_path):
    tiny.build(tmp_path / "store")
    return pack("tiny", tmp_path / "store", tmp_path / "tiny.zip")


@pytest.fixture
def server(packed):
    with file_server() as server:
        server.content = packed.path.read_bytes()
        yield server


def address(server, name="tiny.zip"):
    return f"http://127.0.0.1:{server.server_port}/{name}"


def test_packs_are_told_from_studies():
    for pack_like in ("digits.zip", "./a/digits.zip", "https://a.org/x", "http://localhost/x.zip"):
        assert is_pack(pack_like)
    for study in ("digits", "pets.toml", "a/pets.toml"):
        assert not is_pack(study)


def test_a_pack_is_unpacked_into_the_cache_once(packed, cache):
    study, root = opened_pack(str(packed.path))
    assert (study, root) == ("tiny", cache / "packs" / packed.sha256[:16])
    run = root / "tiny/run.json"
    before = run.stat().st_ino
    assert opened_pack(str(packed.path)) == (study, root)
    assert run.stat().st_ino == before


def test_a_damaged_cache_is_made_anew(packed):
    study, root = opened_pack(str(packed.path))
    table = Store(study, root).path("dataset") / "samples.parquet"
    whole = table.read_bytes()
    table.write_bytes(b"")
    assert opened_pack(str(packed.path)) == (study, root)
    assert table.read_bytes() == whole


def test_the_cache_folder_is_the_one_that_was_asked_for(monkeypatch, tmp_path):
    monkeypatch.setenv("DARKROOM_CACHE", "here")
    assert cache_folder() == Path.cwd() / "here"
    monkeypatch.delenv("DARKROOM_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "darkroom"


def test_an_address_is_fetched_once(server, packed):
    study, root = opened_pack(address(server), quiet=True)
    assert opened_pack(address(server), quiet=True) == ("tiny", root)
    assert len(server.asked) == 2, "its size, then the file, both once"
    arrival = received(root, study)
    assert arrival is not None
    assert arrival.source == address(server)
    assert Store(study, root).fingerprint == arrival.fingerprint


def test_what_was_cut_off_goes_on_where_it_ended(server, tmp_path):
    server.content, server.cut = CONTENT, 1_000_000
    with pytest.raises(DownloadError, match="run the command again to continue"):
        fetched(address(server), tmp_path / "fetched")
    (part,) = (tmp_path / "fetched").glob("*.part")
    have = part.stat().st_size
    assert 0 < have <= 1_000_000
    server.cut = None
    assert fetched(address(server), tmp_path / "fetched").read_bytes() == CONTENT
    assert server.asked[-1] == f"bytes={have}-"


def test_a_changed_pack_is_refused_and_fetched_anew(server, packed):
    content = bytearray(server.content)
    content[100] ^= 1
    server.content = bytes(content)
    with pytest.raises(PackError, match="a byte of it has changed"):
        opened_pack(address(server), quiet=True)
    server.content = packed.path.read_bytes()
    assert opened_pack(address(server), quiet=True)[0] == "tiny"


def test_an_address_can_say_which_pack_it_must_be(server, packed):
    good = f"{address(server)}#sha256={packed.sha256}"
    assert opened_pack(good, quiet=True)[0] == "tiny"
    with pytest.raises(PackError, match="is not the pack with that SHA-256; it was removed"):
        opened_pack(f"{address(server)}#sha256={'0' * 64}", quiet=True)
    with pytest.raises(PackError, match="expected #sha256= and 64 hex digits, got 'page=2'"):
        opened_pack(f"{address(server)}#page=2", quiet=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/tiny.zip",
        "http://192.168.0.1/tiny.zip",
        "http://127.0.0.1.example.org/tiny.zip",
        "http://localhost.example.org/tiny.zip",
        "http://2130706433/tiny.zip",
        "ftp://127.0.0.1/tiny.zip",
        "file:///etc/passwd.zip",
        "https:///tiny.zip",
        "http://[::2]/tiny.zip",
        "http://[::1/tiny.zip",
        "https://example.org:port/tiny.zip",
    ],
)
def test_only_https_and_this_machine_are_asked(url):
    with pytest.raises(PackError, match=r"is not taken: expected https|is no address"):
        check_address(url)


@pytest.mark.parametrize(
    "url",
    ["https://example.org/a.zip", "http://localhost:1/a", "http://[::1]:8/a", "http://127.9.9.9"],
)
def test_allowed_addresses_are_allowed(url):
    check_address(url)


class Leading(BaseHTTPRequestHandler):
    """Leads on to wherever its server says."""

    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", self.server.leads)  # pyright: ignore[reportAttributeAccessIssue]
        self.end_headers()

    def log_message(self, format: str, *args) -> None:
        """Say nothing."""


def test_an_address_that_leads_elsewhere_must_lead_to_an_allowed_one(server, packed, tmp_path):
    with file_server() as first:
        first.RequestHandlerClass = Leading
        first.leads = "http://example.org/tiny.zip"  # pyright: ignore[reportAttributeAccessIssue]
        with pytest.raises(PackError, match=r"http://example.org/tiny.zip is not taken"):
            fetched(address(first), tmp_path / "fetched")
        first.leads = "/on"  # pyright: ignore[reportAttributeAccessIssue]
        with pytest.raises(DownloadError, match="leads on more than 5 times"):
            fetched(address(first), tmp_path / "fetched")
        first.leads = address(server)  # pyright: ignore[reportAttributeAccessIssue]
        place = fetched(address(first), tmp_path / "fetched")
    assert place.read_bytes() == server.content


def test_what_does_not_tell_its_size_or_is_too_large_is_refused(server, tmp_path, monkeypatch):
    server.declares_length = False
    with pytest.raises(DownloadError, match="does not tell the size of what it sends"):
        fetched(address(server), tmp_path)
    server.declares_length = True
    monkeypatch.setattr(fetch, "MOST_BYTES", 100)
    with pytest.raises(DownloadError, match="no pack is so large"):
        fetched(address(server), tmp_path)
    server.status = 404
    with pytest.raises(DownloadError, match=r"could not be fetched \(404"):
        fetched(address(server), tmp_path)
    assert not list(tmp_path.glob("*fetched*/*.zip"))


def test_secrets_of_an_address_are_not_kept():
    assert plain("https://me:word@a.org/x.zip?token=1#sha256=2") == "https://a.org/x.zip"


def test_progress_is_told_by_tenths_where_nobody_watches():
    out = io.StringIO()
    tell = told(out)
    for have in range(0, 1001, 50):
        tell(have, 1000, "x")
    lines = out.getvalue().splitlines()
    assert lines[0] == "fetched 0 % of 1 kB"
    assert lines[-1] == "fetched 100 % of 1 kB"
    assert len(lines) == 11


def test_a_pack_that_is_not_there_is_one_line(run, tmp_path):
    done = run("serve", tmp_path / "absent.zip")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "expected a pack, a study or an address" in done.stderr
    done = run("serve", "http://example.org/tiny.zip")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_what_came_in_a_pack_is_not_built_and_its_code_not_looked_for(packed, monkeypatch):
    monkeypatch.setattr(settings, "built_in_studies", list)
    study, root = opened_pack(str(packed.path))
    with pytest.raises(StudyError, match="came in a pack, so nothing can be built from it: give"):
        load_study(study, (), root)


def test_the_status_of_what_came_in_a_pack_looks_at_its_files_alone(packed, monkeypatch):
    from precompute import status as module

    def never(*_, **__):
        raise AssertionError("settings of a pack were followed")

    for name in ("plan", "content", "with_epochs"):
        monkeypatch.setattr(module, name, never)
    study, root = opened_pack(str(packed.path))
    shown = load_study("digits")

    class Renamed:
        name = study

    assert shown.name != study
    rows = status(Renamed(), root)  # pyright: ignore[reportArgumentType]
    assert {row.state for row in rows} == {"fresh"}
    assert {row.why for row in rows} == {"came in tiny.zip"}
    (Store(study, root).path("dataset") / "samples.parquet").write_bytes(b"")
    rows = status(Renamed(), root)  # pyright: ignore[reportArgumentType]
    assert rows[0].state == "damaged"


@pytest.mark.parametrize(
    ("given", "expected"),
    [(["--data-root", "elsewhere"], Path.cwd() / "elsewhere"), ([], None)],
)
def test_the_served_process_knows_the_data_root_that_was_given(
    packed, tmp_path, monkeypatch, given, expected
):
    for name in ("STORE", "STUDY", "EDIT"):  # so that the test leaves them as they were
        monkeypatch.setenv(f"DARKROOM_{name}", "before")
    monkeypatch.setenv("DARKROOM_DATA", "before")
    monkeypatch.delenv("DARKROOM_DATA")
    told = {}
    monkeypatch.setattr(os, "execv", lambda *_: told.update(os.environ))
    main(["serve", "tiny", "--store", str(tmp_path / "store"), *given])
    assert told["DARKROOM_STUDY"] == "tiny"
    assert told.get("DARKROOM_DATA") == (None if expected is None else str(expected))


def test_serving_needs_no_torch_and_no_pooch(packed, server, tmp_path):
    """The serving installation has neither; the dashboard itself is not started here."""
    code = (
        "import os, sys\n"
        "os.execv = lambda *arguments: print(os.environ['DARKROOM_STUDY'], arguments[1][3])\n"
        "class Absent:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name.partition('.')[0] in ('torch', 'pooch', 'tqdm', 'scipy', 'sklearn'):\n"
        "            raise ModuleNotFoundError(name=name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        "from precompute.__main__ import main\n"
        f"sys.exit(main(['serve', {address(server)!r}]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "DARKROOM_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("tiny run")
    assert "fetched 100 %" in done.stderr
