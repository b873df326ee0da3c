"""The build's bar and its file: time left by the pace of the work, not of what came before."""

from pathlib import Path

import msgspec
import pytest

from precompute import progress as progress_module
from precompute.progress import Progress
from precompute.running import Running


def test_time_left_begins_with_the_counting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    now = [1000.0]
    monkeypatch.setattr(progress_module.time, "time", lambda: now[0])
    path = tmp_path / "progress.json"

    with Progress(path, 1, quiet=True) as progress:
        progress.stage("dataset", 1)
        now[0] += 100  # the data are read
        progress.expect(100)
        now[0] += 10
        progress.advance(10)
        running = msgspec.json.decode(path.read_bytes(), type=Running)

    assert running.elapsed == 110
    assert running.share == pytest.approx(0.1)
    assert running.remaining == pytest.approx(90)


def test_a_later_step_keeps_the_pace_of_those_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    now = [1000.0]
    monkeypatch.setattr(progress_module.time, "time", lambda: now[0])
    path = tmp_path / "progress.json"

    with Progress(path, 1, quiet=True) as progress:
        progress.stage("teacher", 2)
        progress.expect(10)
        now[0] += 40
        progress.step()
        progress.expect(10)
        now[0] += 20
        progress.advance(5)
        running = msgspec.json.decode(path.read_bytes(), type=Running)

    assert running.share == pytest.approx(0.75)
    assert running.remaining == pytest.approx(20)


def test_the_bar_judges_the_time_left_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    now = [1000.0]
    monkeypatch.setattr("tqdm.std.time", lambda: now[0])
    monkeypatch.setattr(progress_module.time, "time", lambda: now[0])

    with Progress(tmp_path / "progress.json", 1) as progress:
        progress.stage("dataset", 1)
        now[0] += 100
        progress.expect(100)
        now[0] += 11
        progress.advance(10)

    assert "01:39 left" in capsys.readouterr().err


def test_a_terminal_shows_at_once_what_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)

    with Progress(tmp_path / "progress.json", 1) as progress:
        progress.stage("projections", 1)
        progress.expect(3)
        progress.advance(0, "tsne")  # sooner than the bar would be drawn again
        shown = capsys.readouterr().err

    assert "0% " in shown
    assert "tsne" in shown
