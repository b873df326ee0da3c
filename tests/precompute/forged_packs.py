"""Packs as somebody with bad intentions writes them: whole to the last checksum."""

import hashlib
import zipfile
from pathlib import Path

import msgspec

from core.store import SCHEMA_VERSION
from precompute.pack_file import CONTENTS, placeholder, seal


def members(pack: Path) -> dict[str, bytes]:
    """What a pack holds, its list of contents aside."""
    with zipfile.ZipFile(pack) as zip:
        return {name: zip.read(name) for name in zip.namelist() if name != CONTENTS}


def forged(
    path: Path,
    held: dict[str, bytes],
    *,
    said: dict[str, object] | None = None,
    listed: dict[str, bytes] | None = None,
    entries: list[tuple[zipfile.ZipInfo | str, bytes]] | None = None,
) -> Path:
    """Write a pack with a list of contents and checksums that agree with what it holds.

    `said` changes what the list says, `listed` are the files it lists where these are others, and
    `entries` are written into the zip beside `held`.
    """
    files = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in (held if listed is None else listed).items()
    }
    contents: dict[str, object] = {
        "format": 1,
        "schema_version": SCHEMA_VERSION,
        "study": "tiny",
        "live": False,
        "files": files,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zip:
        zip.comment = placeholder()
        zip.writestr(CONTENTS, msgspec.json.encode(contents | (said or {})))
        for name, content in [*held.items(), *(entries or [])]:
            zip.writestr(name, content)
    seal(path)
    return path
