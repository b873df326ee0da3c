"""Names that become folders and files.

A store may come from somebody else, so a name is refused unless it is plainly harmless: no
separator, no leading dot, nothing that a file system or a shell reads in its own way.
"""

import os
import re
from pathlib import Path

from core.store.errors import StoreError, shown

PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
# Entries of a study's folder that are not stages.
RESERVED = frozenset(
    {"notes", "runs", "run.json", "received.json", "progress.json", "build.lock", "build.pid"}
)
KINDS = {".parquet": "table", ".npy": "array", ".safetensors": "weights"}


def checked_name(kind: str, name: str) -> str:
    """`name` itself, once it is known to be harmless as the name of a file.

    Parameters
    ----------
    kind
        what the name is for: "study", "stage", "key", "table", "array", "weights".
    name
        1 to 100 letters, digits, `_`, `.` or `-`, beginning with a letter or digit.

    Raises
    ------
    StoreError
        for any other name, and for a stage that is called like the store's own files.
    """
    if not isinstance(name, str) or not PLAIN.fullmatch(name):
        raise StoreError(
            f"name of a {kind} must be 1 to 100 letters, digits, '_', '.' or '-' and begin with a"
            f" letter or digit, got {shown(name)}"
        )
    if kind == "stage" and name in RESERVED:
        raise StoreError(
            f"name of a stage must not be {name!r}: the store keeps its own file there"
        )
    return name


def checked_file(file: str) -> str:
    """`file` itself, once it is known to be NAME.parquet, NAME.npy or NAME.safetensors."""
    stem, dot, suffix = file.rpartition(".")
    if dot + suffix not in KINDS:
        raise StoreError(
            f"a file of an artifact must end in one of {', '.join(KINDS)}, got {shown(file)}"
        )
    checked_name(KINDS[dot + suffix], stem)
    return file


def store_root(root: str | Path | None = None) -> Path:
    """Absolute folder of the store: the argument, else $DARKROOM_STORE, else `artifacts`."""
    return Path(root or os.environ.get("DARKROOM_STORE") or "artifacts").absolute()


def study_folder(root: str | Path | None, study: str) -> Path:
    """Folder of a study in the store, whether or not it exists."""
    return store_root(root) / checked_name("study", study)
