"""Settings of every test; the checks of axes are installed by pytest's own options."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

# One thread: tests compare bits, and threads that wait for each other on busy cores took a hundred
# times as long. Libraries loaded later read the environment; numpy's is here already.
for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
threadpool_limits(int(os.environ["OPENBLAS_NUM_THREADS"]))


@pytest.fixture(scope="session")
def tiny_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the study `tiny`, built once by the command line as a user builds it."""
    root = tmp_path_factory.mktemp("store")
    subprocess.run(
        [sys.executable, "-m", "precompute", "build", "tiny", "--store", str(root)],
        cwd=Path(__file__).resolve().parent.parent,
        check=True,
        capture_output=True,
    )
    return root
