"""What an artifact says about itself, and which artifacts make up a run.

Both are JSON and carry a digest of their own text as the last entry, so that a changed byte is
noticed in them as it is in the files they list.
"""

import hashlib
import re
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from core.store.errors import CorruptArtifact, StoreError, UnknownStudy, build_command, corrupt
from core.store.files import replace_file
from core.store.keys import epoch_label
from core.store.names import PLAIN, checked_file, checked_name, store_root, study_folder

MANIFEST = "manifest.json"
RUN = "run.json"

_UNSEALED = b'  "digest": ""\n}'
_SEAL = re.compile(rb'  "digest": "([0-9a-f]{64})"\n\}\n')
_SEAL_LENGTH = len(_UNSEALED) + 64 + 1


class File(msgspec.Struct, frozen=True):
    """One file of an artifact: rows of a table or array (None for weights), bytes, SHA-256."""

    rows: int | None
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What made an artifact, where and when, and the files it holds.

    ``left_out`` names files that it had where it was made and that did not travel with it,
    ``rounded`` arrays that travelled with eleven significant bits.
    ``costs`` are seconds that say what something takes (a method's per image); they stand here
    because tables repeat from build to build and seconds do not.
    """

    study: str
    stage: str
    key: str
    epoch: float | None
    version: int
    settings: dict[str, Any]
    inputs: dict[str, str]
    source_digest: str
    schema_version: int
    libraries: dict[str, str]
    seed: int
    threads: int
    device: str
    seconds: float
    created: str
    files: dict[str, File]
    costs: dict[str, float] = {}
    left_out: tuple[str, ...] = ()
    rounded: tuple[str, ...] = ()
    digest: str = ""

    @property
    def whole(self) -> bool:
        """Whether the artifact is as it was made."""
        return not self.left_out and not self.rounded

    def names(self, suffix: str) -> list[str]:
        """Tables (".parquet"), arrays (".npy") or weights (".safetensors") it holds."""
        return [file.removesuffix(suffix) for file in self.files if file.endswith(suffix)]


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A study's finished build: stage to key, or to a key for each epoch label."""

    study: str
    settings: dict[str, Any]
    stages: dict[str, str | dict[str, str]]
    finished: str
    digest: str = ""

    def artifacts(self) -> list[tuple[str, float | None, str]]:
        """Stage, epoch and key of all artifacts, stages in order, epochs ascending."""
        found: list[tuple[str, float | None, str]] = []
        for stage, keys in self.stages.items():
            if isinstance(keys, str):
                found.append((stage, None, keys))
            else:
                epochs = sorted((float(label), key) for label, key in keys.items())
                found += [(stage, epoch, key) for epoch, key in epochs]
        return found


Record = TypeVar("Record", Manifest, Run)


def seal(record: Manifest | Run) -> bytes:
    """The record as JSON, its digest filled in."""
    unsealed = msgspec.structs.replace(record, digest="")
    text = msgspec.json.format(msgspec.json.encode(unsealed), indent=2)
    body = text.removesuffix(_UNSEALED)
    return body + f'  "digest": "{hashlib.sha256(body).hexdigest()}"\n}}\n'.encode()


def unseal(content: bytes, kind: type[Record]) -> Record:
    """The record in `content`; ValueError says why it cannot be trusted."""
    body, tail = content[:-_SEAL_LENGTH], content[-_SEAL_LENGTH:]
    match = _SEAL.fullmatch(tail)
    if not match or match[1].decode() != hashlib.sha256(body).hexdigest():
        raise ValueError("differs from its own digest")
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(f"is not understood ({str(error).splitlines()[0]})") from None


def load_manifest(path: str | Path) -> Manifest:
    """The manifest of the artifact in folder `path` (its manifest.json will do as well).

    Raises
    ------
    CorruptArtifact
        when it is missing, changed, or speaks of another artifact or of files elsewhere.
    """
    folder = Path(path).absolute()
    folder = folder.parent if folder.name == MANIFEST else folder
    try:
        manifest = unseal((folder / MANIFEST).read_bytes(), Manifest)
        if (manifest.stage, manifest.key) != (folder.parent.name, folder.name):
            raise ValueError(f"belongs to artifact {manifest.stage}/{manifest.key}")
        for file in manifest.files:
            checked_file(file)
    except OSError as error:
        raise corrupt(folder, MANIFEST, f"cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise corrupt(folder, MANIFEST, str(error)) from None
    return manifest


def publish(root: str | Path | None, study: str, run: Run) -> None:
    """Make `run` what readers of the study see, in one step.

    Raises
    ------
    MissingArtifact, StoreError
        when the run names an artifact that is not finished, or a name that is not allowed.
    """
    folder = study_folder(root, study)
    _check_names(run)
    for stage, _, key in run.artifacts():
        if not (folder / stage / key / MANIFEST).is_file():
            raise StoreError(
                f"a run of study {study} must name finished artifacts, {stage}/{key} is not"
            )
    replace_file(folder / RUN, seal(run))


def read_run(root: str | Path | None, study: str) -> tuple[Run, str]:
    """The study's run and its fingerprint.

    Raises
    ------
    UnknownStudy
        when the study has no run yet.
    CorruptArtifact
        when its run.json is broken.
    """
    folder = study_folder(root, study)
    try:
        content = (folder / RUN).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise UnknownStudy(
            f"study {study} has no finished run in {folder.parent}; {build_command(study)}"
        ) from None
    try:
        run = unseal(content, Run)
        _check_names(run)
    except ValueError as error:
        raise CorruptArtifact(
            f"{RUN} of study {study} is damaged: it {error}; re{build_command(study)}"
        ) from None
    return run, fingerprint(content)


def fingerprint(content: bytes) -> str:
    """16 hex digits that change whenever the content of run.json does."""
    return hashlib.sha256(content).hexdigest()[:16]


def current_fingerprint(root: str | Path | None, study: str) -> str | None:
    """Fingerprint of the run.json that lies there now; None where there is none."""
    try:
        return fingerprint((study_folder(root, study) / RUN).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None


def studies(root: str | Path | None = None) -> list[str]:
    """Names of the studies that have a run, in alphabetical order."""
    runs = store_root(root).glob(f"*/{RUN}")
    return sorted(run.parent.name for run in runs if PLAIN.fullmatch(run.parent.name))


def _check_names(run: Run) -> None:
    for stage, keys in run.stages.items():
        checked_name("stage", stage)
        for key in [keys] if isinstance(keys, str) else keys.values():
            checked_name("key", key)
        for label in [] if isinstance(keys, str) else keys:
            if epoch_label(float(label)) != label:
                raise StoreError(f"epoch of stage {stage} must be a plain number, got {label!r}")
