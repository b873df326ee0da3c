"""``build``: runs the steps that are missing, and publishes the run when they are done.

A build holds the study's lock, so that two of them never mix. Each step's artifact is finished
or absent; a build that was cut off goes on at the first step that is absent. A run that another
one replaces is kept as an earlier run.
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import filelock
import msgspec

from core.store import (
    ArtifactWriter,
    CorruptArtifact,
    Run,
    Store,
    UnknownStudy,
    artifact_finished,
    keep_run,
    publish,
    read_run,
    remove_torsos,
)
from precompute.circumstances import said_of_data
from precompute.given import content, with_epochs
from precompute.pipeline import STAGES
from precompute.plan import Step, label, needed, plan
from precompute.progress import Progress
from precompute.running import progress_file
from precompute.settings import Study, StudyError
from precompute.stage import Stage, Work


@dataclass(frozen=True)
class Built:
    """One row of the table that ends a build; ``seconds`` is this build's own time."""

    stage: str
    steps: int
    built: int
    seconds: float


def build(
    study: Study,
    root: Path,
    *,
    only: Sequence[str] = (),
    device: str = "cpu",
    data_root: Path | None = None,
    stages: Sequence[Stage] = STAGES,
    quiet: bool = False,
    trust_pickle: bool = False,
) -> list[Built]:
    """Build what is missing of a study and publish its run; returns a row per stage.

    Parameters
    ----------
    study
        The checked settings.
    root
        The store.
    only
        Stages to build, with what they read; all if empty.
    device
        Where torch runs: ``cpu`` or ``cuda``.
    data_root
        Where the real data sets lie.
    quiet
        Whether the progress bar is left out.
    trust_pickle
        Whether weights that can only be unpickled are read, which runs code of whoever wrote them.

    Raises
    ------
    StudyError
        If the study cannot be planned, or another build of it is running.
    OSError
        If the disk is full; nothing half-made is left.
    """
    study = with_epochs(study, data_root)
    planned = plan(study, stages, content(study, data_root))
    steps = needed(planned, only)
    folder = root / study.name
    with alone(folder, study.name):
        remove_torsos(root, study.name)
        missing = [step for step in steps if not _finished(step, root, study)]
        names = list(dict.fromkeys(step.stage.name for step in steps))
        waiting = {step.stage.name for step in missing}
        rows: list[Built] = []
        with Progress(progress_file(root, study.name), len(waiting), quiet=quiet) as progress:
            for name in names:
                todo = [step for step in missing if step.stage.name == name]
                began = time.perf_counter()
                if todo:
                    progress.stage(name, len(todo))
                for step in todo:
                    _run(step, study, root, device, data_root, progress, trust_pickle)
                    progress.step("" if step.epoch is None else f"epoch {step.epoch:g}")
                seconds = time.perf_counter() - began
                own = sum(step.stage.name == name for step in steps)
                rows.append(Built(name, own, len(todo), seconds))
                if name == "dataset":
                    progress.say(*_said_of_data(steps, study, root))
                if todo and _extends(root, study, planned):
                    _publish(planned, root, study)
        if not only or _extends(root, study, planned):
            _publish(planned, root, study)
        else:
            print(
                f"the published run of {study.name} has other settings and was left as it is; "
                "build without --only to replace it"
            )
    return rows


def _finished(step: Step, root: Path, study: Study) -> bool:
    return artifact_finished(root, study.name, step.stage.name, step.key, verify=True)


@contextmanager
def alone(folder: Path, study: str) -> Iterator[None]:
    """Hold a study's build lock; ``StudyError`` if another build has it."""
    folder.mkdir(parents=True, exist_ok=True)
    owner = folder / "build.pid"
    try:
        with filelock.FileLock(folder / "build.lock", timeout=1):  # a page may just be looking
            owner.write_text(str(os.getpid()))
            try:
                yield
            finally:
                owner.unlink(missing_ok=True)
    except filelock.Timeout:
        process = owner.read_text() if owner.exists() else "unknown"
        raise StudyError(
            f"study {study}: another build is running (process {process}); "
            f"wait for it to end, then build again"
        ) from None


def _run(
    step: Step,
    study: Study,
    root: Path,
    device: str,
    data_root: Path | None,
    progress: Progress,
    trust_pickle: bool,
) -> None:
    writer = ArtifactWriter(
        root,
        study.name,
        step.stage.name,
        step.key,
        epoch=step.epoch,
        version=step.stage.version,
        settings=step.settings,
        inputs=step.inputs,
        source_digest=step.stage.source_digest,
        seed=study.seed,
        threads=study.threads,
        device=device,
    )
    with writer as artifact:
        step.stage.run(
            Work(
                study=study,
                epoch=step.epoch,
                inputs=Store(study.name, root, run=_inputs(step, study)),
                artifact=artifact,
                progress=progress,
                device=device,
                data_root=data_root,
                trust_pickle=trust_pickle,
            )
        )


def _said_of_data(steps: Sequence[Step], study: Study, root: Path) -> list[str]:
    """The limit of the data and the notes on it, from the finished stage ``dataset``."""
    keys = {step.stage.name: step.key for step in steps if step.stage.name == "dataset"}
    return said_of_data(Store(study.name, root, run=_run_of(keys, study)))


def _inputs(step: Step, study: Study) -> Run:
    """A run of exactly the artifacts that the step reads."""
    return _run_of(step.inputs, study)


def _run_of(keys: Mapping[str, str], study: Study) -> Run:
    """A run of the artifacts with these labels and keys."""
    stages: dict[str, str | dict[str, str]] = {}
    for name, key in keys.items():
        _put(stages, name, key)
    return Run(study=study.name, settings=msgspec.to_builtins(study), stages=stages, finished="")


def _put(stages: dict[str, str | dict[str, str]], label: str, key: str) -> None:
    """Name an artifact in a run's stages: by stage, or by stage and epoch."""
    stage, _, epoch = label.partition("@")
    if not epoch:
        stages[stage] = key
        return
    epochs = stages.setdefault(stage, {})
    assert isinstance(epochs, dict)
    epochs[epoch] = key


def _publish(planned: Sequence[Step], root: Path, study: Study) -> None:
    """Make every planned step that is finished the study's run."""
    stages: dict[str, str | dict[str, str]] = {}
    for step in planned:
        if _finished(step, root, study):
            _put(stages, label(step.stage.name, step.epoch), step.key)
    finished = datetime.now(UTC).isoformat(timespec="seconds")
    settings = msgspec.json.decode(msgspec.json.encode(study))  # as the run file will give it
    before = _published(root, study)
    if before is not None and (before.stages, before.settings) == (stages, settings):
        return  # nothing new: an open dashboard keeps what it has read
    run = Run(study=study.name, settings=settings, stages=stages, finished=finished)
    keep_run(root, study.name, run)
    publish(root, study.name, run)


def _published(root: Path, study: Study) -> Run | None:
    """The study's run, None where there is none or none that can be read."""
    try:
        return read_run(root, study.name)[0]
    except (UnknownStudy, CorruptArtifact):
        return None


def _extends(root: Path, study: Study, planned: Sequence[Step]) -> bool:
    """Whether the published run, if any, holds nothing but steps of this plan.

    Then the steps finished so far may be published at once, and the dashboard opens while later
    stages run. Otherwise an earlier run stays until the whole build is done.
    """
    run = _published(root, study)
    if run is None:
        return True
    published = {(stage, key) for stage, _, key in run.artifacts()}
    return published <= {(step.stage.name, step.key) for step in planned}
