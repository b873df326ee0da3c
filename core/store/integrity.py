"""Whether files are still what their manifest says.

DuckDB reads most changed bytes without a word, so each file's SHA-256 is compared once per
process before the file is used, and again when its size or time of change moves.
"""

import stat
from pathlib import Path
from threading import Lock

from core.store.errors import MissingArtifact, build_command, corrupt
from core.store.keys import content_hash
from core.store.manifest import MANIFEST, File, Manifest, load_manifest

# Arrays above this size are compared by size alone unless asked: 256 MB take 0.2 s to hash.
LARGE = 256 * 2**20

_verified: dict[Path, tuple[int, int, str]] = {}
_lock = Lock()


def verify_file(folder: Path, name: str, expected: File, *, full: bool = False) -> Path:
    """Path of a file of the artifact in `folder`, once its content is known to be right.

    Parameters
    ----------
    full
        hash the file even if this process has done so before, whatever its size.

    Raises
    ------
    CorruptArtifact
        when the file is missing, not a plain file, of another size, or of other content.
    MissingArtifact
        when the whole artifact is gone.
    """
    path = folder / name
    try:
        found = path.lstat()
    except OSError as error:
        if not folder.is_dir():
            study, stage, key = folder.parts[-3:]
            raise MissingArtifact(
                f"artifact {stage}/{key} of study {study} is gone; re{build_command(study)}"
            ) from None
        raise corrupt(folder, name, f"cannot be read ({error.strerror})") from None
    if not stat.S_ISREG(found.st_mode):
        raise corrupt(folder, name, "must be a plain file")
    if found.st_size != expected.bytes:
        raise corrupt(folder, name, f"must have {expected.bytes} bytes, has {found.st_size}")
    if not full and path.suffix == ".npy" and expected.bytes > LARGE:
        return path
    known = (found.st_size, found.st_mtime_ns, expected.sha256)
    if full or _verified.get(path) != known:
        if content_hash(path) != expected.sha256:
            raise corrupt(folder, name, "differs from its SHA-256 in the manifest")
        with _lock:
            _verified[path] = known
    return path


def verify_artifact(folder: str | Path, full: bool = True) -> Manifest:
    """Manifest of the artifact in `folder`, once all its files are known to be right.

    Parameters
    ----------
    full
        hash every file; otherwise those not yet hashed by this process, large arrays by size.

    Raises
    ------
    CorruptArtifact
        naming the first file that is not what the manifest says.
    """
    folder = Path(folder).absolute()
    manifest = load_manifest(folder)
    for name, expected in manifest.files.items():
        verify_file(folder, name, expected, full=full)
    return manifest


def intact(folder: str | Path, full: bool = True) -> bool:
    """Whether the artifact in `folder` is finished, undamaged and as it was made."""
    if not (Path(folder) / MANIFEST).is_file():
        return False
    try:
        return verify_artifact(folder, full).whole
    except (MissingArtifact, OSError, ValueError):
        return False
