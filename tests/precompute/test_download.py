"""The command ``download`` against a server on this machine."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from core.datasets import downloads
from core.datasets.originals import ORIGINALS
from precompute.__main__ import main
from tests.core.datasets.file_server import CONTENT, file_server

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def server(monkeypatch):
    """A server whose file is the data set ``toy``."""
    with file_server() as server:
        monkeypatch.setitem(ORIGINALS, "toy", server.original()["toy"])
        yield server


def refused(capsys, code: int, *words: str) -> None:
    out, error = capsys.readouterr()
    lines = [line for line in error.splitlines() if line.startswith("darkroom: ")]
    assert len(lines) == 1, error
    assert error.endswith(f"{lines[0]}\n")
    assert "Traceback" not in error
    assert out == ""
    for word in words:
        assert word in lines[0]


def test_a_data_set_arrives_and_its_licence_is_said(server, tmp_path, capsys):
    assert main(["download", "toy", "--data-root", str(tmp_path)]) == 0
    assert (tmp_path / "toy" / "set.bin").read_bytes() == CONTENT
    out, error = capsys.readouterr()
    assert out == f"Toy is at hand: 1 files, 3 MB, in {tmp_path / 'toy'} (licence: none)\n"
    assert "set.bin: 100%" in error


def test_what_is_at_hand_is_not_fetched_again(server, tmp_path):
    for _ in range(2):
        assert main(["download", "toy", "--data-root", str(tmp_path)]) == 0
    assert len(server.asked) == 1


def test_the_environment_names_the_data_root(server, tmp_path, monkeypatch):
    monkeypatch.setenv("DARKROOM_DATA", str(tmp_path))
    assert main(["download", "toy"]) == 0
    assert (tmp_path / "toy" / "set.bin").exists()


def test_a_cut_off_download_says_so_and_the_same_command_goes_on(server, tmp_path, capsys):
    server.cut = 1_000_000
    assert main(["download", "toy", "--data-root", str(tmp_path)]) == 1
    refused(capsys, 1, "set.bin", "run the command again to continue")
    have = (tmp_path / "toy" / "set.bin.part").stat().st_size
    server.cut = None
    assert main(["download", "toy", "--data-root", str(tmp_path)]) == 0
    assert server.asked == [None, f"bytes={have}-"]
    assert (tmp_path / "toy" / "set.bin").read_bytes() == CONTENT


def test_a_wrong_checksum_is_one_line(server, tmp_path, capsys):
    server.content = b"y" + CONTENT[1:]
    assert main(["download", "toy", "--data-root", str(tmp_path)]) == 1
    refused(capsys, 1, "set.bin", "wrong checksum", "try again later")


def test_a_full_disk_is_one_line(server, tmp_path, capsys, monkeypatch):
    class Full:
        free = 1000

    monkeypatch.setattr(downloads.shutil, "disk_usage", lambda place: Full)
    assert main(["download", "toy", "--data-root", str(tmp_path)]) == 1
    refused(capsys, 1, "the disk is full: set.bin needs 3000000 bytes", "which continues")


def test_no_internet_is_one_line(server, tmp_path, capsys, monkeypatch):
    unreachable = server.original(url="http://127.0.0.1:9/set.bin")["toy"]
    monkeypatch.setitem(ORIGINALS, "toy", unreachable)
    assert main(["download", "toy", "--data-root", str(tmp_path)]) == 1
    refused(capsys, 1, "no connection to 127.0.0.1", "or put the file from http://127.0.0.1:9/")


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path, capsys):
    assert main(["download", "celeba", "--data-root", str(tmp_path)]) == 2
    refused(capsys, 2, "can download cifar10, cifar100, fashion_mnist, mnist, got 'celeba'")


def test_a_download_needs_a_place(capsys, monkeypatch):
    monkeypatch.delenv("DARKROOM_DATA", raising=False)
    assert main(["download", "mnist"]) == 2
    refused(capsys, 2, "give --data-root or DARKROOM_DATA")


@pytest.mark.parametrize(
    ("study", "file"),
    [("cifar100", "cifar-100-binary.tar.gz"), ("mnist", "train-images-idx3-ubyte.gz")],
)
def test_a_build_without_its_data_names_the_files_and_the_command_that_gets_them(
    study, file, tmp_path, capsys
):
    data = tmp_path / "my data"
    arguments = ["build", study, "--data-root", str(data), "--store", str(tmp_path / "store")]
    assert main(arguments) == 2
    refused(
        capsys, 2, file, f"into {data / study}",
        f"or run: python -m precompute download {study} --data-root '{data}'",
    )  # fmt: skip


def test_a_download_needs_neither_torch_nor_a_study(server, tmp_path):
    (file,) = server.original()["toy"].files
    code = (
        "import sys; from core.datasets.originals import ORIGINALS, Original, RemoteFile;"
        f"file = RemoteFile('set.bin', {file.url!r}, {file.checksum!r}, {file.size});"
        "ORIGINALS['toy'] = Original('Toy', 'none', (file,));"
        "from precompute.__main__ import main;"
        f"code = main(['download', 'toy', '--data-root', {str(tmp_path)!r}]);"
        "sys.exit(code or 3 * any(name in sys.modules for name in ('torch', 'sklearn', 'umap')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    md5 = hashlib.md5((tmp_path / "toy" / "set.bin").read_bytes()).hexdigest()
    assert f"md5:{md5}" == file.checksum
