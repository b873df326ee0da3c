"""The runs at hand: where the studies lie, and each one's store, opened once for everybody."""

from functools import lru_cache
from pathlib import Path

from core.store import Store, store_root

__all__ = ["open_store", "store_root"]


def open_store(study: str) -> Store:
    """Return the store of `study`: the same one for all sessions until a new run is published.

    Raises
    ------
    StoreError
        As `Store` does: without a run, or with one that cannot be read.
    """
    root = store_root().resolve()
    try:
        stat = (root / study / "run.json").stat()
        stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    except OSError:
        stamp = None
    return _opened(root, study, stamp)


@lru_cache(maxsize=8)
def _opened(root: Path, study: str, stamp: tuple[int, int, int] | None) -> Store:
    return Store(study, root)
