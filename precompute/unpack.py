"""``unpack``: takes a study out of a pack into the store, verified, in one step.

A pack may come from anybody. Nothing of it is run or unpickled; its names lead nowhere else; no
more is written than a pack may hold; what it brings is read as the store reads, and only then
renamed into its place. Its settings, which may name code, are marked as received: nobody imports
what they name (`core.store.received`).
"""

import errno
import hashlib
import shutil
import struct
import zipfile
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TypeVar

import msgspec

from core.store import SCHEMA_VERSION, Received
from core.store.errors import shown
from core.store.files import abandoned, remove, temporary_folder
from core.store.keys import content_hash
from core.store.manifest import MANIFEST, RUN, fingerprint
from core.store.names import checked_name
from core.store.received import record_arrival
from precompute.arrived import check_study
from precompute.pack_file import (
    CONTENTS,
    FORMAT,
    Contents,
    Member,
    PackError,
    check_seal,
    checked_members,
    checked_place,
)

_BLOCK = 2**20
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    UnicodeDecodeError,
)
Kind = TypeVar("Kind")


class DamagedStudy(PackError):
    """The store holds the pack's study, but a file of it has changed there."""


def unpack(pack: Path, root: Path, *, source: str | None = None) -> tuple[str, bool]:
    """Put the pack's study into the store; returns its name and whether it was there already.

    Parameters
    ----------
    pack
        The file.
    root
        The store.
    source
        What is told of where the pack came from; its file's name if not said.

    Raises
    ------
    PackError
        If it is no pack, was changed, may do harm, or is of another version; or if the store holds
        another study of that name. One line; the store is as it was.
    OSError
        If the file is not there or the disk is full; the store is as it was.
    """
    digest = check_seal(pack)
    try:
        with zipfile.ZipFile(pack) as zip:
            members = checked_members(zip, pack.stat().st_size)
            contents = _contents(zip, members)
            if _is_there(root, contents):
                return contents.study, True
            _take(zip, members, contents, root, source or pack.name, digest)
    except _UNREADABLE as error:
        raise PackError(f"{pack.name} cannot be read as a zip file: {_one_line(error)}") from None
    return contents.study, False


def _contents(zip: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> Contents:
    """What the pack says of itself, which must be what it holds."""
    if CONTENTS not in members:
        raise PackError(f"the pack has no {CONTENTS}, so it is none")
    text = zip.read(members[CONTENTS])
    version = _decoded(text, Versions)
    if (version.format, version.schema_version) != (FORMAT, SCHEMA_VERSION):
        raise PackError(
            f"the pack has format {version.format} and schema version {version.schema_version};"
            f" this Darkroom reads format {FORMAT} and schema version {SCHEMA_VERSION}: unpack it"
            f" with the version that packed it, or pack it anew with this one"
        )
    contents = _decoded(text, Contents)
    checked_name("study", contents.study)
    for name in contents.files:
        checked_place(name)
    told, held = set(contents.files), set(members) - {CONTENTS}
    if odd := sorted(told ^ held):
        what = "lists but lacks" if odd[0] in told else "holds but does not list"
        raise PackError(f"the pack {what} {shown(odd[0])}")
    for name, member in contents.files.items():
        if member.bytes != members[name].file_size:
            raise PackError(f"the pack's {shown(name)} has another size than it lists")
    return contents


class Versions(msgspec.Struct, frozen=True):
    """What every version of a pack's list of contents begins with."""

    format: int
    schema_version: int


def _decoded(text: bytes, kind: type[Kind]) -> Kind:
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise PackError(f"the pack's {CONTENTS} is not understood: {_one_line(error)}") from None


def _is_there(root: Path, contents: Contents) -> bool:
    """Whether the store holds just this study already; `PackError` if it holds another."""
    folder = root / contents.study
    if not folder.exists() and not folder.is_symlink():
        return False
    run = folder / RUN
    if not run.is_file() or content_hash(run) != contents.files[RUN].sha256:
        raise PackError(
            f"the store {root} holds another study {contents.study}: choose another store with"
            f" --store DIR, or move {folder} away"
        )
    built_here = {
        manifest.removesuffix(MANIFEST)
        for manifest, member in contents.files.items()
        if manifest.endswith(f"/{MANIFEST}")
        and (folder / manifest).is_file()
        and content_hash(folder / manifest) != member.sha256
    }
    for name, member in contents.files.items():
        # notes are people's own by now; what was built here is whole, what arrived is not
        if name.startswith("notes/") or f"{name.rpartition('/')[0]}/" in built_here:
            continue
        if not (folder / name).is_file() or content_hash(folder / name) != member.sha256:
            raise DamagedStudy(
                f"the store {root} holds study {contents.study}, but its {name} is damaged or"
                f" missing: move {folder} away and unpack again"
            )
    return True


def _take(
    zip: zipfile.ZipFile,
    members: dict[str, zipfile.ZipInfo],
    contents: Contents,
    root: Path,
    source: str,
    digest: str,
) -> None:
    target = root / contents.study
    root.mkdir(parents=True, exist_ok=True)
    _remove_torsos(root, contents.study)
    needed = sum(member.bytes for member in contents.files.values())
    if shutil.disk_usage(root).free < needed:
        raise OSError(errno.ENOSPC, f"the pack needs {needed:,} bytes", str(root))
    with temporary_folder(target) as aside:
        folder = aside / contents.study
        for name, member in contents.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            with zip.open(members[name]) as packed:
                _copy(packed, folder / name, name, member)
        check_study(contents.study, aside, set(contents.files))
        arrival = Received(
            source=source,
            sha256=digest,
            fingerprint=fingerprint((folder / RUN).read_bytes()),
            arrived=datetime.now(UTC).isoformat(timespec="seconds"),
            live=contents.live,
        )
        record_arrival(folder, arrival)
        try:
            folder.rename(target)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            _is_there(root, contents)  # another process was faster


def _copy(packed: IO[bytes], target: Path, name: str, member: Member) -> None:
    """Write a member, and never more of it than it may have."""
    total, size = hashlib.sha256(), 0
    with target.open("xb") as file:
        while block := packed.read(_BLOCK):
            size += len(block)
            if size > member.bytes:
                break
            total.update(block)
            file.write(block)
    if size != member.bytes or total.hexdigest() != member.sha256:
        raise PackError(f"the pack's {shown(name)} differs from its SHA-256")


def _remove_torsos(root: Path, study: str) -> None:
    """Remove what a killed `unpack` left behind."""
    for path in root.glob(f".{study}.*.tmp"):
        if abandoned(path):
            remove(path)


def _one_line(error: BaseException) -> str:
    return shown(" ".join(str(error).split()) or type(error).__name__, 120)
