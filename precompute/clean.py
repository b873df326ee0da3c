"""``clean``: removes artifacts that no run names, and forgets earlier runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import filelock

from core.store import run_files, unreferenced
from core.store.files import disk_size, remove


class Cleaned(NamedTuple):
    """How many artifacts and earlier runs were removed, and their bytes together."""

    artifacts: int
    runs: int
    bytes: int


def clean(root: Path, names: Sequence[str]) -> Cleaned:
    """Remove the earlier runs of the named studies and what no published run needs.

    A study that is being built is left alone, and said so.
    """
    artifacts = runs = size = 0
    for name in names:
        try:
            with filelock.FileLock(root / name / "build.lock", timeout=0):
                for path in run_files(root, name):  # before the artifacts that they name
                    size, runs = size + disk_size(path), runs + 1
                    remove(path)
                for path, bytes_ in unreferenced(root, name):
                    remove(path)
                    artifacts, size = artifacts + 1, size + bytes_
        except filelock.Timeout:
            print(f"{name} is being built: left alone")
    return Cleaned(artifacts, runs, size)
