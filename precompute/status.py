"""``status``: how each stage stands: fresh, stale (because of what), missing or damaged."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from core.store import (
    CorruptArtifact,
    Manifest,
    Received,
    StoreError,
    epoch_label,
    load_manifest,
    read_run,
    received,
    verify_artifact,
)
from precompute.given import Content, content, with_epochs
from precompute.pipeline import STAGES
from precompute.plan import Step, plan
from precompute.settings import Study, StudyError
from precompute.stage import Stage

State = Literal["fresh", "stale", "missing", "damaged"]
WORST: tuple[State, ...] = ("damaged", "missing", "stale", "fresh")


@dataclass(frozen=True)
class Standing:
    """How a stage stands; ``why`` is empty for a fresh one whose code has not changed.

    ``seconds`` and ``bytes`` are summed over the steps that the published run holds.
    """

    stage: str
    state: State
    why: str
    steps: int
    seconds: float
    bytes: int


def status(
    study: Study,
    root: Path,
    *,
    data_root: Path | None = None,
    verify: bool = False,
    stages: Sequence[Stage] = STAGES,
) -> list[Standing]:
    """A row per stage, in the order of the pipeline.

    Parameters
    ----------
    study
        The checked settings.
    root
        The store.
    data_root
        Where the real data sets lie.
    verify
        Whether files above 256 MB are read in full and not judged by their size.

    Where the study's data source is not at hand, its content counts as unchanged. Of a study that
    came in a pack only the files are looked at: its settings are somebody else's, and may name
    code.

    Raises
    ------
    StudyError
        If the source is not at hand and nothing was built yet.
    CorruptArtifact
        If the run file itself is damaged.
    """
    if (arrival := received(root, study.name)) is not None:
        return _received(study.name, root, arrival, verify)
    published: dict[str, dict[str, str]] = {}
    if (root / study.name / "run.json").exists():
        for name, keys in read_run(root, study.name)[0].stages.items():
            published[name] = {"": keys} if isinstance(keys, str) else dict(keys)
    rows = []
    study = _with_epochs(study, data_root, published)
    steps = plan(study, stages, _content(study, data_root, published, root))
    for stage in (stage for stage in stages if stage.when(study)):
        own = [step for step in steps if step.stage == stage]
        rows.append(_stage(stage, own, published.get(stage.name, {}), root / study.name, verify))
    return rows


def _received(study: str, root: Path, arrival: Received, verify: bool) -> list[Standing]:
    rows = []
    came = f"came in {arrival.source}" if arrival.source else "came in a pack"
    for stage, keys in read_run(root, study)[0].stages.items():
        state, why, size, seconds = "fresh", came, 0, 0.0
        found = [keys] if isinstance(keys, str) else list(keys.values())
        for key in found:
            try:
                manifest = verify_artifact(root / study / stage / key, full=verify)
            except StoreError as error:
                state, why = "damaged", str(error)
                continue
            size += sum(file.bytes for file in manifest.files.values())
            seconds += manifest.seconds
        rows.append(Standing(stage, state, why, len(found), seconds, size))
    return rows


def _with_epochs(
    study: Study, data_root: Path | None, published: dict[str, dict[str, str]]
) -> Study:
    """The study with its checkpoints at hand, else with those that the published run holds."""
    try:
        return with_epochs(study, data_root)
    except StudyError:
        epochs = tuple(float(label) for label in published.get("teacher", {}))
        if not epochs:
            raise
        return msgspec.structs.replace(study, found_epochs=epochs)


def _content(
    study: Study, data_root: Path | None, published: dict[str, dict[str, str]], root: Path
) -> Content:
    """The hashes of what is at hand, else of what the published run was made of."""
    try:
        return content(study, data_root)
    except StudyError:
        weights: dict[float, str] = {}
        common = ""
        for stage, keys in published.items():
            for key in keys.values():
                with suppress(CorruptArtifact):
                    settings = load_manifest(root / study.name / stage / key).settings
                    if "content" in settings:
                        common, _, own = settings["content"].partition(" ")
                        if own:
                            weights[settings["epoch"]] = own
        if not common:
            raise
        return Content(common, weights)


def _stage(
    stage: Stage, steps: list[Step], published: dict[str, str], folder: Path, verify: bool
) -> Standing:
    found: list[tuple[State, str]] = []
    seconds, size = 0.0, 0
    for step in steps:
        label = "" if step.epoch is None else epoch_label(step.epoch)
        key = published.get(label)
        artifact = folder / stage.name / (key or step.key)
        if key is None:
            found.append(("missing", "not built" if not published else f"no epoch {label}"))
            continue
        try:
            verify_artifact(artifact, full=verify)
            manifest = load_manifest(artifact)
        except CorruptArtifact as error:
            found.append(("damaged", str(error)))
            continue
        seconds += manifest.seconds
        size += sum(file.bytes for file in manifest.files.values())
        found.append(_compare(step, manifest))
    state, why = min(found, key=lambda standing: WORST.index(standing[0]))
    return Standing(stage.name, state, why, len(steps), seconds, size)


def _compare(step: Step, manifest: Manifest) -> tuple[State, str]:
    if manifest.key == step.key:
        changed = manifest.source_digest != step.stage.source_digest
        return "fresh", "code changed since" if changed else ""
    if manifest.version != step.stage.version:
        return "stale", f"stage version {manifest.version} became {step.stage.version}"
    for name in {**manifest.settings, **step.settings}:
        before, after = manifest.settings.get(name), step.settings.get(name)
        if before != after:
            return "stale", f"{name} changed: {_difference(before, after)}"
    for label in {**manifest.inputs, **step.inputs}:
        if manifest.inputs.get(label) != step.inputs.get(label):
            return "stale", f"its input {label} changed"
    return "stale", "the store's schema changed"


def _difference(before: object, after: object) -> str:
    if isinstance(before, dict) and isinstance(after, dict):
        return ", ".join(
            f"{name} {before.get(name)!r} became {after.get(name)!r}"
            for name in {**before, **after}
            if before.get(name) != after.get(name)
        )
    return f"{before!r} became {after!r}"
