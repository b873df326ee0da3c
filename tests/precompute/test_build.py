"""A build is finished or absent, whatever happens to it."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import filelock
import pytest

from core.store import Store, load_manifest, unreferenced
from precompute.build import build
from precompute.running import progress_file, running
from precompute.settings import StudyError, load_study
from tests.precompute.conftest import STUDY, with_readers

ROOT = Path(__file__).resolve().parents[2]


def contents(root: Path) -> dict[str, str]:
    """SHA-256 of every table, array and weight that a study's run names."""
    store = Store("mini", root)
    found = {}
    for stage, epoch, key in store.run.artifacts():
        for name, file in store.manifest(stage, epoch).files.items():
            found[f"{stage}/{key}/{name}"] = file.sha256
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    (folder / "mini.toml").write_text(STUDY)
    build(load_study(str(folder / "mini.toml")), folder / "store", quiet=True)
    return folder / "store"


@pytest.fixture
def built(whole, tmp_path) -> Path:
    """The study built without interruption; each test has a copy of its own."""
    return Path(shutil.copytree(whole, tmp_path / "whole"))


def start(mini: Path, root: Path, *extra: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "precompute", "build", str(mini), "--store", str(root), *extra],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def kill_in(stage: str, epoch: int, mini: Path, root: Path) -> None:
    """Kill a build while the given stage writes, after so many of its artifacts are finished."""
    process = start(mini, root)
    folder = root / "mini" / stage
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline and process.poll() is None:
        entries = list(folder.glob("[!.]*")) if folder.exists() else []
        open_ones = list(folder.glob(".*.tmp")) if folder.exists() else []
        if open_ones and len(entries) == epoch:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return
    process.kill()
    process.communicate()
    raise AssertionError(f"the build never came to {stage} after {epoch} artifacts")


def test_a_build_killed_at_several_moments_ends_with_the_same_bytes(mini, built, tmp_path):
    root = tmp_path / "killed"
    for stage, epoch in [("dataset", 0), ("teacher", 1), ("predictions", 0), ("projections", 0)]:
        kill_in(stage, epoch, mini, root)
        for manifest in root.glob("mini/*/[!.]*/manifest.json"):
            load_manifest(manifest.parent)  # what has its final name is whole
    build(load_study(str(mini)), root, quiet=True)
    assert contents(root) == contents(built)
    # single channels wait for other graphs that need them; `clean` removes them
    left = {path.parent.name for path, _ in unreferenced(root, "mini")}
    assert left == {"summit_channel"}
    assert not list(root.glob("mini/*/.*.tmp"))


def test_a_second_build_does_nothing(mini, built):
    rows = build(load_study(str(mini)), built, quiet=True)
    assert {row.built for row in rows} == {0}


def test_only_the_stages_that_depend_on_a_changed_setting_are_built_again(mini, built):
    before = unreferenced(built, "mini")
    study = load_study(str(mini), ["projections.methods=['pca', 'tsne']"])
    rows = {row.stage for row in build(study, built, quiet=True) if row.built}
    assert rows == with_readers("projections")
    assert {"pca", "tsne"} <= set(Store("mini", built).table("embedding")["method"])
    left = {row[0].parent.name for row in unreferenced(built, "mini") if row not in before}
    assert left == with_readers("projections")


def test_building_one_stage_keeps_the_others_in_the_run(mini, built):
    before = Store("mini", built).run.stages
    build(load_study(str(mini)), built, only=["projections"], quiet=True)
    assert Store("mini", built).run.stages == before


def test_a_first_build_can_be_opened_stage_by_stage(mini, tmp_path):
    build(load_study(str(mini)), tmp_path, only=["predictions"], quiet=True)
    assert Store("mini", tmp_path).stages() == ["dataset", "teacher", "predictions"]


def test_an_earlier_run_stays_until_a_changed_study_is_built_to_the_end(mini, built, monkeypatch):
    before = Store("mini", built).run.stages
    monkeypatch.setattr("precompute.stages.projections.project", failing)
    with pytest.raises(ValueError, match="on purpose"):
        build(load_study(str(mini), ["teacher.learning_rate=0.001"]), built, quiet=True)
    assert Store("mini", built).run.stages == before


def failing(*_, **__):
    raise ValueError("fails on purpose")


def test_a_second_build_at_the_same_time_is_refused_in_one_line(mini, tmp_path):
    folder = tmp_path / "mini"
    folder.mkdir()
    (folder / "build.pid").write_text("4711")
    with (
        filelock.FileLock(folder / "build.lock"),
        pytest.raises(StudyError, match=r"another build is running \(process 4711\); wait"),
    ):
        build(load_study(str(mini)), tmp_path, quiet=True)


def test_two_builds_started_together_never_mix(mini, built, tmp_path):
    root = tmp_path / "both"
    processes = [start(mini, root), start(mini, root)]
    said = [process.communicate(timeout=600)[1] for process in processes]
    codes = sorted(process.returncode for process in processes)
    assert codes in ([0, 0], [0, 2]), said
    if codes == [0, 2]:
        refused = next(s for p, s in zip(processes, said, strict=True) if p.returncode == 2)
        assert "another build is running" in refused
        assert refused.count("\n") == 1
    assert contents(root) == contents(built)


def test_a_full_disk_gives_one_line_and_leaves_nothing_half_made(mini, tmp_path):
    root = tmp_path / "small"
    # A limit on file sizes is how a disk that fills up looks to a program: writing fails midway.
    code = (
        "import resource, signal, sys;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000));"
        "from precompute.__main__ import main;"
        f"sys.exit(main(['build', {str(mini)!r}, '--store', {str(root)!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("darkroom: ")
    assert "nothing half-made is left" in last
    assert "Traceback" not in done.stderr
    assert not list(root.glob("mini/*/.*.tmp"))
    for manifest in root.glob("mini/*/*/manifest.json"):
        load_manifest(manifest.parent)


def test_progress_is_told_while_a_build_runs_and_gone_when_it_ends(mini, tmp_path):
    root = tmp_path / "watched"
    process = start(mini, root)
    seen = set()
    while process.poll() is None:
        build_now = running(root, "mini")
        if build_now is not None:
            assert build_now.pid == process.pid
            assert 0 <= build_now.share <= 1
            seen.add(build_now.stage)
    assert {"teacher", "projections"} <= seen
    assert not progress_file(root, "mini").exists()
    process.communicate()


def test_a_killed_builds_progress_does_not_count_as_running(tmp_path):
    path = progress_file(tmp_path, "mini")
    path.parent.mkdir()
    path.write_text(
        '{"pid": 1, "started": 0, "stage": "x", "number": 1, "stages": 2, "share": 0.5,'
        ' "elapsed": 1, "remaining": 1, "updated": 0}'
    )
    assert running(tmp_path, "mini") is None
    with filelock.FileLock(path.parent / "build.lock"):
        assert running(tmp_path, "mini") is not None


def test_a_build_that_does_nothing_leaves_the_run_as_it_is(mini, built):
    before = (built / "mini" / "run.json").read_bytes()
    build(load_study(str(mini)), built, quiet=True)
    assert (built / "mini" / "run.json").read_bytes() == before


def test_a_damaged_run_file_is_mended_by_a_build(mini, built):
    path = built / "mini" / "run.json"
    path.write_bytes(path.read_bytes().replace(b"a", b"b", 1))
    build(load_study(str(mini), ["projections.methods=['tsne']"]), built, quiet=True)
    methods = set(Store("mini", built).table("embedding")["method"])
    assert "tsne" in methods
    assert "pca" not in methods


def test_a_part_of_another_study_does_not_replace_the_run(mini, built):
    before = Store("mini", built).run.stages
    changed = load_study(str(mini), ["teacher.learning_rate=0.01"])
    build(changed, built, only=["dataset"], quiet=True)
    assert Store("mini", built).run.stages == before


def test_a_study_of_ones_own_is_known_by_its_name_once_it_is_built(mini, built):
    assert load_study("mini", store=built) == load_study(str(mini))
