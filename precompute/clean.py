"""``clean``: removes artifacts that no run names."""

from collections.abc import Sequence
from pathlib import Path

import filelock

from core.store import unreferenced
from core.store.files import remove


def clean(root: Path, names: Sequence[str]) -> tuple[int, int]:
    """Remove what no run of the named studies needs; returns (artifacts, bytes) removed.

    A study that is being built is left alone, and said so.
    """
    count = size = 0
    for name in names:
        try:
            with filelock.FileLock(root / name / "build.lock", timeout=0):
                for path, bytes_ in unreferenced(root, name):
                    remove(path)
                    count, size = count + 1, size + bytes_
        except filelock.Timeout:
            print(f"{name} is being built: left alone")
    return count, size
