"""Files that are finished or absent: written aside, flushed to the disk, renamed.

Whoever writes aside holds a lock on the temporary file or folder. The system drops the lock when
the writer dies, however it dies, so a torso is a temporary file whose lock can be taken; process
numbers would not do, they are given again.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def sync(path: Path) -> None:
    """Flush a file or a folder's entries to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def temporary_name(target: Path) -> Path:
    """Fresh hidden name beside `target`: .NAME.PID-RANDOM.tmp."""
    return target.parent / f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp"


def is_temporary(path: Path) -> bool:
    """Whether `temporary_name` gave this name."""
    return path.name.startswith(".") and path.name.endswith(".tmp")


@contextmanager
def temporary_folder(target: Path) -> Iterator[Path]:
    """Empty locked folder beside `target`; removed at the end unless it was renamed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    folder, handle = _locked_folder(target)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _locked_folder(target: Path) -> tuple[Path, int]:
    while True:
        folder = temporary_name(target)
        folder.mkdir()
        handle = os.open(folder, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)
        if folder.exists():
            return folder, handle
        os.close(handle)  # somebody cleaned up between the two lines; take another name


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` at `path` in one step: a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = temporary_name(path)
    try:
        with aside.open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            aside.replace(path)
        sync(path.parent)
    finally:
        aside.unlink(missing_ok=True)


def abandoned(path: Path) -> bool:
    """Whether nobody is writing to a temporary file or folder any more."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True


def remove(path: Path) -> None:
    """Remove a file or a folder with all that is in it; nothing happens if it is gone."""
    if path.is_dir() and not path.is_symlink():
        with suppress(FileNotFoundError):  # somebody else is removing it too
            shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def disk_size(path: Path) -> int:
    """Bytes in a file, or in all files of a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.lstat().st_size for file in files if not file.is_dir())
