"""Real faults: SIGKILL at every line, a disk that takes no more."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def run(script: str, *arguments: object) -> str:
    """What a script of this folder prints, run in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", f"tests.core.store.{script}", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        check=True,
        capture_output=True,
        text=True,
        timeout=600,
    ).stdout


def test_a_writer_killed_at_any_line_leaves_a_finished_artifact_or_none(tmp_path):
    moments, finished = map(int, run("killed_writer", tmp_path).split())
    assert moments > 20
    # Killed before the rename: absent. Killed after it, while publishing: finished.
    assert 1 < finished < moments - 10


def test_a_full_disk_is_an_error_and_leaves_nothing(tmp_path):
    came = json.loads(run("full_disk", tmp_path))
    assert set(came) == {"table", "array", "weights", "run", "notes"}
    for what in ("table", "array", "weights", "run"):
        assert came[what].startswith("OSError: [Errno 27]"), came[what]
    assert came["notes"].startswith("StoreError: selections cannot be written")
    assert not any("\n" in message for message in came.values())
    left = [path.name for path in tmp_path.glob("tiny/**/*") if path.is_file()]
    assert left == [".lock"]
