"""What people say about a study's samples: named selections and flags.

They lie beside the artifacts, in STUDY/notes, and outlive every build. Sessions and notebooks
write them at the same time: each change is made under a file lock and replaces the file in one
step, so readers need no lock. Texts are kept as they were typed; whoever shows them escapes them.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, SupportsIndex

import filelock
import msgspec
import pandas as pd

from core.store.errors import StoreError, shown
from core.store.files import replace_file

NAME_LIMIT = 100
NOTE_LIMIT = 2000
SELECTIONS_LIMIT = 1000
FLAGS_LIMIT = 100_000
_LOCK_SECONDS = 10

Selections = dict[str, list[int]]
Change = Callable[[dict[Any, Any]], dict[Any, Any]]


class Flag(msgspec.Struct, frozen=True):
    """Somebody's note on a sample and when it was made (ISO, UTC)."""

    note: str
    created: str


_KINDS: dict[str, Any] = {"selections": Selections, "flags": dict[int, Flag]}


class Notes:
    """The notes in one folder, of a study with `samples` shown samples (None: unknown)."""

    def __init__(self, folder: Path, samples: int | None):
        self._folder = folder
        self._samples = samples

    def selections(self) -> Selections:
        """Named selections, by name in alphabetical order: ascending sample ids."""
        return dict(sorted(self._read("selections").items()))

    def save_selection(self, name: str, sample_ids: Iterable[SupportsIndex]) -> None:
        """Keep a selection under a name of 1 to 100 characters; an old one is replaced."""
        _check_text("name of a selection", name, NAME_LIMIT, least=1)
        ids = sorted({self._checked_id(sample_id) for sample_id in sample_ids})
        self._change("selections", SELECTIONS_LIMIT, lambda kept: kept | {name: ids})

    def delete_selection(self, name: str) -> None:
        """Forget a selection; nothing happens if there is none of that name."""
        self._change("selections", None, lambda kept: _without(kept, name))

    def flags(self) -> pd.DataFrame:
        """Flagged samples: sample_id, note, created."""
        kept = sorted(self._read("flags").items())
        rows = [(sample_id, flag.note, flag.created) for sample_id, flag in kept]
        frame = pd.DataFrame(rows, columns=["sample_id", "note", "created"])
        return frame.astype({"sample_id": "int32", "note": "str", "created": "str"})

    def flag(self, sample_id: SupportsIndex, note: str = "") -> None:
        """Flag a sample with a note of at most 2,000 characters; an old note is replaced."""
        _check_text("note", note, NOTE_LIMIT)
        flag = Flag(note, datetime.now(UTC).isoformat(timespec="seconds"))
        number = self._checked_id(sample_id)
        self._change("flags", FLAGS_LIMIT, lambda kept: kept | {number: flag})

    def unflag(self, sample_id: SupportsIndex) -> None:
        """Take a sample's flag away; nothing happens if it has none."""
        self._change("flags", None, lambda kept: _without(kept, sample_id))

    def _checked_id(self, sample_id: Any) -> int:
        last = (2**31 if self._samples is None else self._samples) - 1
        try:
            number = int(sample_id)
        except (TypeError, ValueError, OverflowError):
            number = -1
        if not 0 <= number <= last or number != sample_id:
            raise StoreError(
                f"sample id must be a whole number from 0 to {last}, got {shown(sample_id)}"
            )
        return number

    def _read(self, name: str) -> dict[Any, Any]:
        path = self._folder / f"{name}.json"
        try:
            return msgspec.json.decode(path.read_bytes(), type=_KINDS[name])
        except FileNotFoundError:
            return {}
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, OSError) as error:
            reason = str(error).splitlines()[0]
            raise StoreError(f"{path} cannot be read ({reason}); mend or remove it") from None

    def _change(self, name: str, limit: int | None, change: Change) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with filelock.FileLock(self._folder / ".lock", timeout=_LOCK_SECONDS):
                changed = change(self._read(name))
                if limit is not None and len(changed) > limit:
                    raise StoreError(f"at most {limit} {name} can be kept; delete some first")
                replace_file(self._folder / f"{name}.json", msgspec.json.encode(changed))
        except filelock.Timeout:
            raise StoreError(
                f"{name} are being written by somebody else for over {_LOCK_SECONDS} s; try again"
            ) from None
        except OSError as error:
            raise StoreError(f"{name} cannot be written to {self._folder}: {error}") from None


def _check_text(what: str, text: str, limit: int, least: int = 0) -> None:
    if not isinstance(text, str) or not least <= len(text) <= limit:
        raise StoreError(f"{what} must have {least} to {limit} characters, got {shown(text)}")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise StoreError(f"{what} must be valid Unicode, got {shown(text)}") from None


def _without(kept: dict[Any, Any], key: Any) -> dict[Any, Any]:
    return {name: value for name, value in kept.items() if name != key}
