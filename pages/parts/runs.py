"""The runs at hand: where the studies lie, and each one's store, opened once for everybody.

A study has one published run; a build that replaced another keeps it as an earlier run, which
opens by its name.
"""

from functools import lru_cache
from pathlib import Path

from core.store import EarlierRun, Store, StoreError, earlier_run, earlier_runs, store_root

__all__ = ["earlier", "open_store", "stamp", "store_root", "store_with"]

Stamp = tuple[int, int, int]


def open_store(study: str, run: str | None = None) -> Store:
    """Return the store of `study`: the same one for all sessions until a new run is published.

    Parameters
    ----------
    run
        The name of an earlier run; None opens the published one.

    Raises
    ------
    StoreError
        As `Store` does: without a run, or with one that cannot be read.
    """
    root = store_root().resolve()
    if run is None:
        return _opened(root, study, stamp(root / study / "run.json"))
    return _opened_earlier(root, study, run, stamp(root / study / "runs" / f"{run}.json"))


def earlier(study: str) -> list[EarlierRun]:
    """Return the study's earlier runs, the last finished first."""
    root = store_root().resolve()
    return _earlier(root, study, stamp(root / study / "runs"))


def store_with(study: str, stage: str, key: str) -> Store | None:
    """Return the study's store, published or earlier, whose stage is the artifact of that key."""
    for run in (None, *(one.name for one in earlier(study))):
        store = open_store(study, run)
        if store.run.stages.get(stage) == key:
            return store
    return None


def stamp(path: Path) -> Stamp | None:
    """Return what changes whenever a file is replaced or a folder's entries change."""
    try:
        stat = path.stat()
    except (OSError, ValueError):  # a name too long, or with a zero in it
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


@lru_cache(maxsize=8)
def _opened(root: Path, study: str, _stamp: Stamp | None) -> Store:
    return Store(study, root)


@lru_cache(maxsize=4)
def _opened_earlier(root: Path, study: str, run: str, _stamp: Stamp | None) -> Store:
    return Store(study, root, run=earlier_run(root, study, run).run)


@lru_cache(maxsize=64)
def _earlier(root: Path, study: str, _stamp: Stamp | None) -> list[EarlierRun]:
    try:
        return earlier_runs(root, study)
    except (StoreError, OSError):
        return []
