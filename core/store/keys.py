"""Keys: an artifact is named by everything its content depends on, and by nothing else."""

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, SupportsFloat

from core.store.names import checked_name
from core.store.tables import SCHEMA_VERSION


def artifact_key(
    stage: str, version: int, settings: Mapping[str, Any], inputs: Mapping[str, str]
) -> str:
    """16 hex digits that stand for a stage's result.

    Parameters
    ----------
    stage, version
        name of the stage and the version of its code, raised when its results change.
    settings
        what the stage was told: numbers, strings, booleans, None, lists and mappings of them.
        Order of keys does not matter, nor does 30 against 30.0.
    inputs
        keys of the artifacts it reads, content hashes of its data and weights.

    Raises
    ------
    TypeError
        when settings hold anything else, or a number that is not finite.
    """
    parts = [SCHEMA_VERSION, checked_name("stage", stage), version, settings, inputs]
    text = json.dumps(_canonical(parts), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError(f"keys of settings must be strings, got {list(value)!r}")
        return {key: _canonical(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(part) for part in value]
    if isinstance(value, float) and math.isfinite(value):
        return int(value) if value.is_integer() else float(value)
    if value is None or isinstance(value, str | bool | int):
        return value
    raise TypeError(
        f"settings must be finite numbers, strings, booleans, None, lists or mappings,"
        f" got {value!r} ({type(value).__name__})"
    )


def epoch_label(epoch: SupportsFloat) -> str:
    """Shortest text that names an epoch exactly: "3", "2.5"."""
    number = float(epoch)
    if not (math.isfinite(number) and number >= 0):
        raise ValueError(f"epoch must be a finite number of at least 0, got {epoch}")
    return str(int(number)) if number.is_integer() else repr(number)


def content_hash(path: str | Path) -> str:
    """SHA-256 of a file's content, as 64 hex digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
