"""Settings of every test; the checks of axes are installed by pytest's own options."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from threadpoolctl import threadpool_limits

# One thread: tests compare bits, and threads that wait for each other on busy cores took a hundred
# times as long. Libraries loaded later read the environment; numpy's is here already.
for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
threadpool_limits(int(os.environ["OPENBLAS_NUM_THREADS"]))


@pytest.fixture(scope="session")
def tiny_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the study `tiny`, built by the command line as a user builds it.

    The first process that asks builds it, the next find it built; each has a copy to write to.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # all processes of a run share it
    root = folder / "tiny"
    with FileLock(folder / "tiny.lock"):
        subprocess.run(
            [sys.executable, "-m", "precompute", "build", "tiny", "--store", str(root)],
            cwd=Path(__file__).resolve().parent.parent,
            check=True,
            capture_output=True,
        )
    return Path(shutil.copytree(root, tmp_path_factory.mktemp("store") / "tiny"))
