"""What can be wrong with a store; every message is one line that says how to mend it."""

from pathlib import Path


class StoreError(ValueError):
    """The store cannot give or take what was asked."""


class UnknownStudy(StoreError):
    """No finished run of this study lies in the store."""


class MissingArtifact(StoreError):
    """The run does not hold the artifact, table or array that was asked for."""


class CorruptArtifact(StoreError):
    """A file is not what its manifest says it is."""


class SchemaError(StoreError):
    """Data differ from their declaration in `core.store.tables`."""


def build_command(study: str) -> str:
    """Words that name the command which builds a study."""
    return f"build it with `python -m precompute build {study}`"


def corrupt(folder: Path, file: str, reason: str) -> CorruptArtifact:
    """Error that names the artifact in `folder`, its damaged file, and the command that rebuilds.

    `folder` is STORE/STUDY/STAGE/KEY; `reason` says what was expected and what came.
    """
    study, stage, key = folder.parts[-3:]
    return CorruptArtifact(
        f"artifact {stage}/{key} of study {study} is damaged: {file} {reason};"
        f" re{build_command(study)}"
    )


def shown(value: object, limit: int = 60) -> str:
    """One printable line for any value that came from outside, at most `limit` characters."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."
