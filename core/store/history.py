"""A study's earlier runs: the run files that later builds replaced.

A run file is moved aside as ROOT/STUDY/runs/FINGERPRINT.json when a build publishes another run;
the artifacts that it names stay until `clean`, which forgets the earlier runs first. A build that
only adds to a run leaves no earlier one behind.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from core.store.errors import CorruptArtifact, UnknownStudy, shown
from core.store.files import replace_file
from core.store.manifest import RUN, Run, fingerprint, read_run, unseal
from core.store.names import checked_name, study_folder
from core.store.received import received

FOLDER = "runs"
MOST_KEPT = 8
_FILE = re.compile(r"([0-9a-f]{16})\.json")


@dataclass(frozen=True)
class EarlierRun:
    """A run that a later build replaced; `name` is its fingerprint."""

    name: str
    run: Run


def keep_run(root: str | Path | None, study: str, after: Run) -> None:
    """Keep the published run as an earlier one before `after` takes its place.

    Nothing is kept where there is no readable run, where it came in a pack, or where `after` has
    all that it has and the same settings. Of more than `MOST_KEPT` the oldest are forgotten.
    """
    try:
        before, name = read_run(root, study)
    except (UnknownStudy, CorruptArtifact):
        return
    folder = study_folder(root, study) / FOLDER
    if not _extends(after, before) and received(root, study, name) is None:
        replace_file(folder / f"{name}.json", (study_folder(root, study) / RUN).read_bytes())
    kept = earlier_runs(root, study)
    again = [one for one in kept if _extends(after, one.run)]
    rest = [one for one in kept if one not in again]
    for one in [*again, *rest[MOST_KEPT:]]:
        (folder / f"{one.name}.json").unlink(missing_ok=True)


def earlier_runs(root: str | Path | None, study: str) -> list[EarlierRun]:
    """The earlier runs that can be read, the last finished first."""
    found = []
    for path in run_files(root, study):
        try:
            found.append(earlier_run(root, study, path.stem))
        except (UnknownStudy, CorruptArtifact):  # opened by its name it says what is wrong
            continue
    return sorted(found, key=lambda one: (one.run.finished, one.name), reverse=True)


def earlier_run(root: str | Path | None, study: str, name: str) -> EarlierRun:
    """The earlier run of that fingerprint.

    Raises
    ------
    UnknownStudy
        when the study keeps no such run.
    CorruptArtifact
        when its file is damaged, or is another study's.
    """
    folder = study_folder(root, study) / FOLDER
    path = folder / f"{name}.json"
    if not _FILE.fullmatch(path.name) or not path.is_file() or path.is_symlink():
        raise UnknownStudy(
            f"study {study} keeps no earlier run {shown(name)}; `clean` may have removed it"
        )
    content = path.read_bytes()
    try:
        run = unseal(content, Run)
        if fingerprint(content) != name or run.study != study:
            raise ValueError(f"is not the run {name} of study {study}")
        for stage, _, key in run.artifacts():
            checked_name("stage", stage)
            checked_name("key", key)
    except ValueError as error:
        raise CorruptArtifact(
            f"the earlier run {name} of study {study} is damaged: it {error}; remove {path}"
        ) from None
    return EarlierRun(name, run)


def run_files(root: str | Path | None, study: str) -> list[Path]:
    """Files of the earlier runs, readable or not, by name."""
    folder = study_folder(root, study) / FOLDER
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _FILE.fullmatch(path.name))


def _extends(after: Run, before: Run) -> bool:
    """Whether `after` names everything that `before` names, made with the same settings."""
    return after.settings == before.settings and set(before.artifacts()) <= set(after.artifacts())
