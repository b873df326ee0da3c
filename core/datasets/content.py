"""Where the files of a data set lie, what is missing, and a fingerprint of what they hold."""

import hashlib
import os
import shlex
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from core.datasets.originals import ORIGINALS

Root = str | os.PathLike[str] | None


class MissingData(ValueError):
    """A data set that is not at hand; the message is one line that says what to put where."""


def data_root(root: Root = None) -> Path | None:
    """Return the folder of all data sets: the argument, else ``$DARKROOM_DATA``, else None."""
    given = root if root is not None else os.environ.get("DARKROOM_DATA")
    return _expanded(given) if given else None


def placed(name: str, folder: str, wanted: Iterable[str], root: Root) -> list[Path]:
    """Return the paths of a built-in data set's files.

    Parameters
    ----------
    name
        The data set's name.
    folder
        Its folder below the data root.
    wanted
        Names of its files in that folder; one of ``a|b`` is enough, the first counts.
    root
        As in ``data_root``.

    Raises
    ------
    MissingData
        If there is no data root, or a file is not there.
    """
    base = data_root(root)
    wanted = list(wanted)
    files, absent = [], []
    for choice in wanted:
        found = [base / folder / file for file in choice.split("|")] if base else []
        there = [file for file in found if file.is_file()]
        files += there[:1]
        absent += [] if there else [choice.split("|")[0]]
    if absent:
        raise missing(name, folder, absent, base)
    return files


def missing(name: str, folder: str, absent: Iterable[str], base: Path | None) -> MissingData:
    """Return the error that says which files to put where, and how to download them."""
    where = f"{base / folder}" if base else f"DIR/{folder} and give --data-root DIR (DARKROOM_DATA)"
    command = f", or run: {_download(name, base)}" if name in ORIGINALS else ""
    return MissingData(
        f"data set {name} is not at hand: put {', '.join(absent)} into {where}{command}"
    )


def _download(name: str, base: Path | None) -> str:
    """The command that fetches a data set to where it was looked for."""
    given = shlex.quote(str(base)) if base else "DIR"
    root = "" if base and base == data_root() else f" --data-root {given}"
    return f"python -m precompute download {name}{root}"


def user_path(path: str | None, source: str, root: Root) -> Path:
    """Return where a user's own data lies.

    An absolute path or one below ``~`` is taken as it is; any other lies below the data root or,
    where nothing is there, below the working folder.

    Raises
    ------
    ValueError
        If no path is given, or (``MissingData``) nothing lies there.
    """
    if not path:
        raise ValueError(f"data source {source!r} needs a path: set data.path")
    given = _expanded(path)
    places = [base / given for base in (data_root(root) or Path(), Path())]
    for place in places:
        if place.exists():
            return place
    raise MissingData(
        f"data.path: there is nothing at {places[0]}: give an absolute path, or one below the data "
        f"root (--data-root or DARKROOM_DATA) or the working folder"
    )


def _expanded(path: str | os.PathLike[str]) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise MissingData(f"{path}: there is no such user's home: give an absolute path") from None


def one_line(error: Exception) -> str:
    """Return what an error says, on one line; its kind where it says nothing."""
    return " ".join(str(error).split()) or type(error).__name__


def named_files(arguments: object) -> Iterator[Path]:
    """Yield the files that a function's arguments name: it may read weights or data from them."""
    if isinstance(arguments, Mapping):
        arguments = list(arguments.values())
    if isinstance(arguments, list | tuple):
        for part in arguments:
            yield from named_files(part)
    elif isinstance(arguments, str):
        with suppress(OSError, ValueError):  # too long for a file's name, or with a zero in it
            yield from [path for path in (Path(arguments),) if path.is_file()]


def fingerprint(files: Iterable[Path], base: Path) -> str:
    """Return one SHA-256 over the names, relative to ``base``, and the contents of the files."""
    total = hashlib.sha256()
    for file in sorted(files):
        name = os.path.relpath(file, base).replace(os.sep, "/")
        total.update(f"{name}\0{file_hash(file)}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, read once per process for each path, size and time."""
    status = path.stat()
    key = (str(path.absolute()), status.st_size, status.st_mtime_ns)
    if key not in _hashes:
        with path.open("rb") as file:
            _hashes[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return _hashes[key]


_hashes: dict[tuple[str, int, int], str] = {}
