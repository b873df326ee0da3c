"""Where a study came from, if it came in a pack: then its settings are somebody else's words.

Settings may name modules and files of the machine they were written on. Whoever would import or
open these asks here first; what was built on this machine has nothing to show here.
"""

from pathlib import Path

import msgspec

from core.store.files import replace_file
from core.store.manifest import current_fingerprint
from core.store.names import study_folder

RECEIVED = "received.json"


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a pack's arrival.

    `source` is its file's name or its address, `sha256` that of the whole file, `fingerprint` that
    of the run it brought, `arrived` the time (ISO, UTC), `live` whether it holds a model.
    """

    source: str
    sha256: str
    fingerprint: str
    arrived: str
    live: bool


def received(root: str | Path | None, study: str, run: str | None = None) -> Received | None:
    """How a run of the study arrived; None if it was built here.

    A record that cannot be read speaks of an arrival all the same.

    Parameters
    ----------
    run
        fingerprint of the run; None takes the published one.
    """
    try:
        content = (study_folder(root, study) / RECEIVED).read_bytes()
    except FileNotFoundError:
        return None
    run = run or current_fingerprint(root, study) or ""
    try:
        found = msgspec.json.decode(content, type=Received)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return Received(source="", sha256="", fingerprint=run, arrived="", live=False)
    return found if found.fingerprint == run else None


def record_arrival(folder: Path, arrival: Received) -> None:
    """Put the record into a study's folder."""
    replace_file(folder / RECEIVED, msgspec.json.format(msgspec.json.encode(arrival), indent=2))
