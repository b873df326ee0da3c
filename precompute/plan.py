"""What a study needs: every step with its key, and how it stands in the store.

A *step* is a stage at one epoch, or a whole stage where it does not run per epoch. Keys are known
before anything runs, so that ``status`` answers at once, without torch and without the data
being loaded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from core.store import artifact_key, epoch_label
from precompute.given import Content
from precompute.settings import Study, StudyError
from precompute.stage import Input, Stage


@dataclass(frozen=True)
class Step:
    """A stage at one epoch, with the key of its artifact and the keys it reads."""

    stage: Stage
    epoch: float | None
    key: str
    settings: dict[str, Any]
    inputs: dict[str, str]

    @property
    def name(self) -> str:
        """The stage's name, with the epoch where it has one."""
        return self.stage.name + ("" if self.epoch is None else f" at epoch {self.epoch:g}")


def plan(study: Study, stages: Sequence[Stage], content: Content) -> list[Step]:
    """Every step of a study, inputs before those that read them.

    ``content`` is the hash of what the study is given; it enters the keys of the stages that read
    it.
    """
    steps: dict[tuple[str, float | None], Step] = {}
    for stage in (stage for stage in stages if stage.when(study)):
        settings = msgspec.json.decode(msgspec.json.encode(stage.settings(study)))
        for epoch in study.epochs if stage.per_epoch else [None]:
            inputs = {
                label(read, at): steps[read, at].key
                for read, at in _reads(stage, epoch, study, stages)
            }
            own = settings if epoch is None else {**settings, "epoch": epoch}
            if stage.source:
                own = {**own, "content": content.at(epoch)}
            key = artifact_key(stage.name, stage.version, own, inputs)
            steps[stage.name, epoch] = Step(stage, epoch, key, own, inputs)
    return list(steps.values())


def label(stage: str, epoch: float | None) -> str:
    """How a step stands among another's inputs: ``dataset``, ``teacher@3``."""
    return stage if epoch is None else f"{stage}@{epoch_label(epoch)}"


def _reads(
    stage: Stage, epoch: float | None, study: Study, stages: Sequence[Stage]
) -> Iterable[tuple[str, float | None]]:
    per_epoch = {other.name for other in stages if other.per_epoch}
    for read in stage.inputs:
        if read.stage not in per_epoch:
            yield read.stage, None
        else:
            yield from ((read.stage, at) for at in _epochs(read, epoch, study.epochs))


def _epochs(read: Input, epoch: float | None, epochs: list[float]) -> list[float]:
    match read.at:
        case "all":
            return epochs
        case "last":
            return epochs[-1:]
        case "same" if epoch is not None:
            return [epoch]
        case "before" if epoch is not None:
            return epochs[: epochs.index(epoch)][-1:]
    raise ValueError(f"{read.stage} at={read.at} can be read by a stage per epoch only")


def needed(steps: Sequence[Step], only: Sequence[str]) -> list[Step]:
    """The steps of the named stages and all that they read; every step if none is named.

    Raises
    ------
    StudyError
        If a name is not a stage.
    """
    names = list(dict.fromkeys(step.stage.name for step in steps))
    for name in only:
        if name not in names:
            raise StudyError(f"unknown stage {name!r}: expected one of {', '.join(names)}")
    if not only:
        return list(steps)
    wanted: set[str] = set()
    for step in reversed(steps):
        if step.stage.name in only or step.key in wanted:
            wanted |= {step.key, *step.inputs.values()}
    return [step for step in steps if step.key in wanted]
