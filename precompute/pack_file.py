"""What a pack is: one zip file with a study's run, and a checksum that covers its every byte.

Its members are `pack.json`, which lists all others with size and SHA-256, `run.json`,
`notes/selections.json`, `notes/stories/NAME.toml` and `STAGE/KEY/FILE`. The zip's comment holds the
SHA-256 of all bytes before it, so that a changed byte is noticed wherever it stands.
"""

import hashlib
import os
import re
import stat
import zipfile
from pathlib import Path
from typing import BinaryIO

import msgspec

from core.store import StoreError
from core.store.errors import shown
from core.store.manifest import MANIFEST, RUN
from core.store.names import checked_file, checked_name

FORMAT = 1
CONTENTS = "pack.json"
SELECTIONS = "notes/selections.json"
STORIES = "notes/stories"

MOST_MEMBERS = 50_000
MOST_BYTES = 8 * 2**30  # of all members, unpacked
MOST_RATIO = 100  # times the file's own size: a real pack holds two to five times its size
SLACK = 16 * 2**20  # bytes that even a small pack may hold
MOST_WORDS = 16 * 2**20  # bytes of a member that is read as a whole: JSON and TOML

# LZMA's memory would be for the pack to choose.
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
_SEAL = b"darkroom pack sha256:"
_SEAL_LENGTH = len(_SEAL) + 64


class PackError(StoreError):
    """A file is no pack, or none that may be taken; the message is one line."""


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Size and SHA-256 of a member of a pack."""

    bytes: int
    sha256: str


class Contents(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a pack says of itself; `live` is whether it holds what a model needs to run."""

    format: int
    schema_version: int
    study: str
    live: bool
    files: dict[str, Member]


def placeholder() -> bytes:
    """The comment that a pack gets before its checksum is known."""
    return _SEAL + b"0" * 64


def seal(path: Path) -> str:
    """Write a finished pack's checksum into its comment; returns the SHA-256 of the whole file."""
    with path.open("r+b") as file:
        digest = _digest(file)
        file.seek(-64, os.SEEK_END)
        file.write(digest.encode())
        file.seek(0)
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_seal(path: Path) -> str:
    """The SHA-256 of the whole file, once every byte of it is known to be as it was packed.

    Raises
    ------
    PackError
        If it is no pack, or was changed or cut off.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - _SEAL_LENGTH, 0))
        found = re.fullmatch(re.escape(_SEAL) + rb"([0-9a-f]{64})", file.read())
        if found is None:
            raise PackError(
                f"{path.name} is no pack, or its end is missing: expected a file that"
                f" `python -m precompute pack STUDY FILE` wrote"
            )
        if _digest(file) != found[1].decode():
            raise PackError(
                f"{path.name} is not as it was packed, a byte of it has changed: get it again"
            )
        file.seek(0)
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(file: BinaryIO) -> str:
    left = file.seek(0, os.SEEK_END) - 64
    file.seek(0)
    total = hashlib.sha256()
    while left > 0 and (block := file.read(min(left, 2**20))):
        total.update(block)
        left -= len(block)
    return total.hexdigest()


def checked_members(zip: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    """The pack's members by name, once nothing about them can do harm.

    Parameters
    ----------
    size
        Of the zip file itself, in bytes.

    Raises
    ------
    PackError
        If a name leads elsewhere or is not one that packs use, a member is a link, encrypted or
        compressed in an unusual way, or all are larger than a pack may be.
    """
    members: dict[str, zipfile.ZipInfo] = {}
    folded: set[str] = set()
    infos = zip.infolist()
    if len(infos) > MOST_MEMBERS:
        raise PackError(f"a pack has at most {MOST_MEMBERS:,} files, this one has {len(infos):,}")
    for info in infos:
        name = checked_place(info.orig_filename)
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or info.is_dir():
            raise PackError(f"the pack's {shown(name)} is a link or no plain file")
        if info.flag_bits & 1 or info.compress_type not in _COMPRESSIONS:
            raise PackError(f"the pack's {shown(name)} is encrypted or compressed in another way")
        if name.casefold() in folded:
            raise PackError(f"the pack holds {shown(name)} twice")
        folded.add(name.casefold())
        members[name] = info
    _check_sizes(members, size)
    return members


def checked_place(name: str) -> str:
    """The name itself, once it is one that a member of a pack may have; else a `PackError`."""
    try:
        match name.split("/"):
            case [file] if file in (CONTENTS, RUN):
                return name
            case ["notes", "selections.json"]:
                return name
            case ["notes", "stories", file] if file.endswith(".toml"):
                checked_name("story", file.removesuffix(".toml"))
                return name
            case [stage, key, file]:
                checked_name("stage", stage)
                checked_name("key", key)
                return name if file == MANIFEST or checked_file(file) else ""
    except StoreError:
        pass
    raise PackError(f"the pack holds {shown(name)}, which is no file of a study")


def _check_sizes(members: dict[str, zipfile.ZipInfo], size: int) -> None:
    total = sum(info.file_size for info in members.values())
    if total > MOST_BYTES or total > MOST_RATIO * size + SLACK:
        raise PackError(
            f"the pack would unpack to {total:,} bytes from {size:,}: more than {MOST_RATIO} times"
            f" its size, or more than {MOST_BYTES:,}, is not taken"
        )
    for name, info in members.items():
        if name.endswith((".json", ".toml")) and info.file_size > MOST_WORDS:
            raise PackError(f"the pack's {shown(name)} has {info.file_size:,} bytes, too many")
