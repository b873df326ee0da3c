"""What may be thrown away: torsos of killed writers, artifacts that no run names."""

from pathlib import Path

from core.store.errors import UnknownStudy
from core.store.files import abandoned, disk_size, is_temporary, remove
from core.store.integrity import intact
from core.store.manifest import MANIFEST, read_run
from core.store.names import PLAIN, RESERVED, checked_name, study_folder


def artifact_finished(
    root: str | Path | None, study: str, stage: str, key: str, *, verify: bool = False
) -> bool:
    """Whether the artifact is there; with `verify`, also whether its files are undamaged."""
    folder = study_folder(root, study) / checked_name("stage", stage) / checked_name("key", key)
    return intact(folder, full=False) if verify else (folder / MANIFEST).is_file()


def torsos(root: str | Path | None, study: str) -> list[Path]:
    """Temporary files and folders that nobody is writing to any more."""
    folder = study_folder(root, study)
    places = [folder, *(place for place in _entries(folder) if place.is_dir())]
    found = [path for place in places for path in _entries(place) if is_temporary(path)]
    return sorted(path for path in found if abandoned(path))


def remove_torsos(root: str | Path | None, study: str) -> None:
    """Remove what killed writers left behind; what is being written stays."""
    for path in torsos(root, study):
        remove(path)


def unreferenced(root: str | Path | None, study: str) -> list[tuple[Path, int]]:
    """Artifacts that no run names, and torsos, each with its bytes.

    Hold the study's build lock meanwhile: a running build's artifacts have no run yet.

    Raises
    ------
    CorruptArtifact
        when run.json is broken: then nobody knows what is needed.
    """
    folder = study_folder(root, study)
    try:
        run, _ = read_run(root, study)
        needed = {folder / stage / key for stage, _, key in run.artifacts()}
    except UnknownStudy:
        needed = set()
    stages = [place for place in _entries(folder) if _is_stage(place)]
    artifacts = [path for place in stages for path in _entries(place) if _is_artifact(path)]
    unused = [path for path in artifacts if path not in needed]
    return [(path, disk_size(path)) for path in sorted([*unused, *torsos(root, study)])]


def _is_stage(path: Path) -> bool:
    return path.is_dir() and path.name not in RESERVED and bool(PLAIN.fullmatch(path.name))


def _is_artifact(path: Path) -> bool:
    return path.is_dir() and bool(PLAIN.fullmatch(path.name))


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
