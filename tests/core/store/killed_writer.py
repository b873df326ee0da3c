"""Write an artifact and publish it again and again, and die at another line each time.

Each attempt is a forked child that kills itself with SIGKILL, so nothing can clean up behind it.
Prints how many moments there were and after how many of them the artifact was finished.
"""

import os
import signal
import sys
from pathlib import Path

import numpy as np

from core.store import Run, artifact_finished, publish, read_run, remove_torsos, verify_artifact
from core.store.files import remove
from tests.core.store import tiny

STRIDE = 6  # every line would take six times as long and finds the same


def write(root: Path) -> None:
    with tiny.writer(root, "predictions", "k") as artifact:
        artifact.table("classes", tiny.classes("a", "b"))
        artifact.array("logits", np.ones((3, 2), dtype=np.float32))
        artifact.weights("net", {"a": np.ones(2)})
    publish(root, "tiny", RUN)


RUN = Run(study="tiny", settings={}, stages={"predictions": "k"}, finished="")


def die_at_line(moment: int) -> None:
    """Kill this process when it reaches its `moment`-th line in the files that write."""
    left = moment

    def trace(frame, event, _):
        nonlocal left
        if Path(frame.f_code.co_filename).name not in ("writer.py", "files.py"):
            return None
        if event == "line":
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)


def survives(root: Path, moment: int) -> bool:
    child = os.fork()
    if not child:
        os.fsync = lambda handle: None  # a killed process loses no page, only a machine does
        die_at_line(moment)
        write(root)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return not os.WIFSIGNALED(status)


def check(root: Path) -> bool:
    """Whether the artifact was finished; complain about anything between."""
    finished = artifact_finished(root, "tiny", "predictions", "k")
    if finished:
        verify_artifact(root / "tiny/predictions/k")
    if (root / "tiny/run.json").exists():
        assert finished
        assert read_run(root, "tiny")[0].stages == RUN.stages
    remove_torsos(root, "tiny")
    left = {path.name for path in root.glob("tiny/**/*")}
    assert left <= {"predictions", "run.json"} | (FILES if finished else set()), left
    return finished


FILES = {"k", "manifest.json", "classes.parquet", "logits.npy", "net.safetensors"}


def main(root: Path) -> None:
    finished: list[bool] = []
    while not survives(root, STRIDE * len(finished)):
        finished.append(check(root))
        remove(root / "tiny")
    assert check(root)
    print(len(finished), sum(finished))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
