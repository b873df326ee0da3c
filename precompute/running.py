"""A running build as others see it: ``progress.json`` in the study's folder."""

from pathlib import Path

import filelock
import msgspec


class Running(msgspec.Struct, frozen=True):
    """What a running build says of itself.

    ``share`` (0..1) is how much of the stage is done; ``elapsed`` and ``remaining`` are the
    stage's seconds, ``remaining`` None while unknown; ``started`` and ``updated`` are seconds
    since 1970.
    """

    pid: int
    started: float
    stage: str
    number: int
    stages: int
    share: float
    elapsed: float
    remaining: float | None
    updated: float


def progress_file(root: Path, study: str) -> Path:
    """Where a build of the study tells its progress."""
    return root / study / "progress.json"


def running(root: Path, study: str) -> Running | None:
    """The build that is at work on the study, or None: a killed one's file does not count."""
    try:
        build = msgspec.json.decode(progress_file(root, study).read_bytes(), type=Running)
    except (OSError, msgspec.DecodeError):
        return None
    try:
        # The lock tells, and not the process number: that may be of another machine or long reused.
        with filelock.FileLock(root / study / "build.lock", timeout=0):
            return None
    except (filelock.Timeout, OSError):
        return build
