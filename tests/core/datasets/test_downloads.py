"""Downloads against a server on this machine."""

import hashlib
import socket
import subprocess
import sys

import pytest

from core.datasets import downloads
from core.datasets.downloads import DownloadError, download
from core.datasets.originals import ORIGINALS
from tests.core.datasets.file_server import CONTENT, file_server


@pytest.fixture
def server():
    with file_server() as server:
        yield server


def test_a_file_arrives_whole_and_progress_is_told(server, tmp_path):
    told = []
    files = download(
        "toy", tmp_path, originals=server.original(), progress=lambda *seen: told.append(seen)
    )
    assert files == [tmp_path / "toy" / "set.bin"]
    assert files[0].read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT), "set.bin")
    assert {file.name for file in files[0].parent.iterdir()} <= {"set.bin", ".set.bin.lock"}


def test_a_file_that_is_there_is_not_fetched_again(server, tmp_path):
    for _ in range(2):
        download("toy", tmp_path, originals=server.original())
    assert len(server.asked) == 1


def test_a_cut_off_download_continues_where_it_ended(server, tmp_path):
    server.cut = 1_000_000
    with pytest.raises(DownloadError, match=r"set.bin .*run the command again to continue"):
        download("toy", tmp_path, originals=server.original())
    part = tmp_path / "toy" / "set.bin.part"
    have = part.stat().st_size
    assert 0 < have <= 1_000_000
    assert not (tmp_path / "toy" / "set.bin").exists()
    server.cut = None
    (file,) = download("toy", tmp_path, originals=server.original())
    assert server.asked == [None, f"bytes={have}-"]
    assert file.read_bytes() == CONTENT
    assert not part.exists()


def test_a_connection_that_ends_early_without_saying_so_is_noticed(server, tmp_path):
    server.cut, server.declares_length = 1_000_000, False
    with pytest.raises(
        DownloadError, match="ended after 1000000 of 3000000 bytes; run the command"
    ):
        download("toy", tmp_path, originals=server.original())


def test_a_server_that_ignores_ranges_sends_everything_again(server, tmp_path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "set.bin.part").write_bytes(b"x" * 1000)
    server.ranges = False
    (file,) = download("toy", tmp_path, originals=server.original())
    assert file.read_bytes() == CONTENT


def test_a_part_that_is_whole_needs_no_server(server, tmp_path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "set.bin.part").write_bytes(CONTENT)
    download("toy", tmp_path, originals=server.original())
    assert server.asked == []


def test_a_part_that_is_too_long_is_thrown_away(server, tmp_path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "set.bin.part").write_bytes(CONTENT + b"x")
    (file,) = download("toy", tmp_path, originals=server.original())
    assert server.asked == [None]
    assert file.read_bytes() == CONTENT


def test_a_part_beyond_what_the_server_has_is_thrown_away(server, tmp_path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "set.bin.part").write_bytes(bytes(2_000_000))
    server.content = CONTENT[:1000]
    checksum = hashlib.md5(server.content).hexdigest()
    with pytest.raises(DownloadError, match="ended after 1000 of 3000000 bytes"):
        download("toy", tmp_path, originals=server.original(checksum=f"md5:{checksum}"))
    assert server.asked == ["bytes=2000000-", None]


def test_a_wrong_checksum_leaves_nothing_behind(server, tmp_path):
    server.content = b"y" + CONTENT[1:]
    with pytest.raises(DownloadError, match="has the wrong checksum and was removed; try again"):
        download("toy", tmp_path, originals=server.original())
    assert {file.name for file in (tmp_path / "toy").iterdir()} <= {".set.bin.lock"}
    server.content = CONTENT
    download("toy", tmp_path, originals=server.original())


def test_a_part_of_another_file_is_found_by_the_checksum_and_then_fetched_anew(server, tmp_path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "set.bin.part").write_bytes(b"x" * 1000)
    with pytest.raises(DownloadError, match="wrong checksum"):
        download("toy", tmp_path, originals=server.original())
    (file,) = download("toy", tmp_path, originals=server.original())
    assert file.read_bytes() == CONTENT


@pytest.mark.parametrize("declares", [True, False])
def test_more_than_the_declared_size_is_never_written(server, tmp_path, declares):
    server.declares_length = declares
    with pytest.raises(
        DownloadError, match=r"sends \d+ bytes or more instead of 1000000, so it is"
    ):
        download("toy", tmp_path, originals=server.original(size=1_000_000))
    assert {file.name for file in (tmp_path / "toy").iterdir()} <= {".set.bin.lock"}


def test_an_error_of_the_server_is_one_line(server, tmp_path):
    server.status = 404
    with pytest.raises(DownloadError, match=r"could not be fetched \(404 .*or put the file from"):
        download("toy", tmp_path, originals=server.original())


def test_no_server_is_one_line(tmp_path, server):
    original = server.original(url="http://127.0.0.1:9/set.bin")
    line = r"set.bin could not be fetched \(no connection to 127.0.0.1: is this machine on the int"
    with pytest.raises(DownloadError, match=line) as error:
        download("toy", tmp_path, originals=original)
    assert "\n" not in str(error.value)


def test_a_server_that_never_answers_is_one_line(tmp_path, server, monkeypatch):
    monkeypatch.setattr(downloads, "TIMEOUT", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}/set.bin"
        with pytest.raises(DownloadError, match=r"could not be fetched \(127.0.0.1 does not answ"):
            download("toy", tmp_path, originals=server.original(url=url))


def test_another_file_in_its_place_is_never_replaced(server, tmp_path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "set.bin").write_bytes(b"mine")
    with pytest.raises(ValueError, match="is there, but is not the published file: move it away"):
        download("toy", tmp_path, originals=server.original())
    assert (tmp_path / "toy" / "set.bin").read_bytes() == b"mine"


def test_a_disk_without_room_is_noticed_before_the_download(server, tmp_path, monkeypatch):
    class Full:
        free = 1000

    monkeypatch.setattr(downloads.shutil, "disk_usage", lambda place: Full)
    with pytest.raises(DownloadError, match=r"the disk is full: set.bin needs 3000000 bytes in"):
        download("toy", tmp_path, originals=server.original())
    assert server.asked == []


def test_a_disk_that_fills_up_keeps_the_part_and_the_next_attempt_continues(server, tmp_path):
    program = """
import resource, sys
from core.datasets.downloads import download
from core.datasets.originals import Original, RemoteFile
url, checksum, size, root = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
file = RemoteFile("set.bin", url, checksum, int(size))
try:
    download("toy", root, originals={"toy": Original("", "", (file,))})
except OSError as error:
    sys.exit(str(error))
"""
    (file,) = server.original()["toy"].files
    arguments = [file.url, file.checksum, str(file.size), str(tmp_path)]
    ended = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("the disk is full: set.bin needs 3000000 bytes in")
    assert ended.stderr.count("\n") == 1
    have = (tmp_path / "toy" / "set.bin.part").stat().st_size
    assert 0 < have <= 1_000_000
    (whole,) = download("toy", tmp_path, originals=server.original())
    assert server.asked[1:] == [f"bytes={have}-"]
    assert whole.read_bytes() == CONTENT


def test_two_downloads_of_one_file_do_not_mix(server, tmp_path):
    import filelock

    (tmp_path / "toy").mkdir()
    with (
        filelock.FileLock(tmp_path / "toy" / ".set.bin.lock"),
        pytest.raises(DownloadError, match=r"set.bin is being downloaded by another process"),
    ):
        download("toy", tmp_path, originals=server.original())


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match=r"can download cifar10, cifar100, .*mnist, got 'celeba'"):
        download("celeba", tmp_path)


def test_a_download_needs_a_place(monkeypatch):
    monkeypatch.delenv("DARKROOM_DATA", raising=False)
    with pytest.raises(
        ValueError, match="no folder to download to: give --data-root or DARKROOM_D"
    ):
        download("mnist")


def test_every_original_declares_address_checksum_and_size():
    for original in ORIGINALS.values():
        for file in original.files:
            assert file.url.startswith("https://")
            assert file.url.endswith(f"/{file.name}")
            assert len(file.checksum.removeprefix("md5:")) == 32
            assert 1000 < file.size < 1 << 30
