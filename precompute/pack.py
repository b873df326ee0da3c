"""``pack``: a study's run as one file, with what the dashboard reads and no more.

Tables travel as they are. Arrays of float32 are rounded to half precision's 11 significant bits,
which halves them once compressed and shows on no page; their manifests say so.
"""

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from core.store import SCHEMA_VERSION, Manifest, MissingArtifact, Store, StoreError
from core.store.files import temporary_name
from core.store.integrity import verify_file
from core.store.manifest import MANIFEST, RUN
from core.store.manifest import seal as sealed
from core.store.story_shelf import shelf, stories_in
from precompute.pack_file import (
    CONTENTS,
    FORMAT,
    SELECTIONS,
    STORIES,
    Contents,
    Member,
    PackError,
    placeholder,
    seal,
)
from precompute.table import as_size, as_text

# No page reads these: later stages do, or the training when it goes on.
UNREAD = frozenset(
    {
        ("teacher", "state.safetensors"),
        ("predictions", "logits.npy"),
        ("boundary", "representation.npy"),
        ("boundary", "head.safetensors"),
        ("dvi", "neighbors.npy"),
        ("dvi_landscape", "landscape.parquet"),  # the stage's arrays once more
        ("summit", "maxima.npy"),
    }
)
# Read only where a model runs on new images.
LIVE = frozenset({("teacher", "weights.safetensors"), ("dvi", "model.safetensors")})

# Small arrays come out of bzip2 a fifth smaller; for large ones it takes too long at the start.
_SMALL = 2**20  # bytes

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # a zip knows no earlier time; the same run is the same file


@dataclass(frozen=True)
class Part:
    """What a pack holds of one stage: bytes as they are and as packed, and what stayed behind."""

    name: str
    files: int
    bytes: int
    packed: int
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class Packed:
    """A pack that was written: its SHA-256, and what it holds by stage."""

    path: Path
    sha256: str
    parts: list[Part]
    licences: list[str]

    def text(self) -> str:
        """What the command prints."""
        rows = [
            [
                part.name,
                str(part.files),
                as_size(part.bytes),
                as_size(part.packed),
                ", ".join(part.left_out),
            ]
            for part in self.parts
        ]
        whole = sum(part.bytes for part in self.parts)
        lines = [
            as_text(["stage", "files", "size", "packed", "left out"], rows),
            f"wrote {self.path}: {as_size(self.path.stat().st_size)} ({as_size(whole)} unpacked)",
            f"sha256 {self.sha256}",
        ]
        if self.licences:
            lines.append(
                "It holds copies of the images; their licence: " + "; ".join(self.licences)
            )
        return "\n".join(lines)


def pack(study: str, root: Path, target: Path, *, live: bool = False) -> Packed:
    """Write the study's published run into one file, in one step.

    Parameters
    ----------
    study
        Name of a study in the store.
    root
        The store.
    target
        The file; an older one is replaced.
    live
        Whether the weights go along that a model needs to judge new images.

    Raises
    ------
    StoreError
        If the study has no run, or a file of it is damaged.
    PackError
        If the target is a folder.
    """
    if target.is_dir():
        raise PackError(f"{target} is a folder: give the name of a file, for instance {study}.zip")
    store = Store(study, root)
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = temporary_name(target)
    try:
        parts = _write(store, aside, live)
        digest = seal(aside)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    return Packed(target, digest, parts, _licences(store))


def goes_along(stage: str, file: str, live: bool) -> bool:
    """Whether a file of a stage's artifact is needed where the pack is shown."""
    return (stage, file) not in UNREAD and (live or (stage, file) not in LIVE)


def _write(store: Store, path: Path, live: bool) -> list[Part]:
    files: dict[str, Member] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zip:
        zip.comment = placeholder()
        _add(zip, files, RUN, sealed(store.run))
        notes = _notes(store)
        for name, content in notes.items():
            _add(zip, files, name, content)
        found: dict[str, list[tuple[Manifest, int]]] = {}
        for stage, epoch, _ in store.run.artifacts():
            found.setdefault(stage, []).append(_artifact(zip, files, store, stage, epoch, live))
        contents = Contents(
            format=FORMAT,
            schema_version=SCHEMA_VERSION,
            study=store.study,
            live=live,
            files=files,
        )
        _add(zip, {}, CONTENTS, msgspec.json.format(msgspec.json.encode(contents), indent=1))
    parts = [_part(stage, of_stage) for stage, of_stage in found.items()]
    if notes:
        size = sum(map(len, notes.values()))
        parts.append(Part("notes", len(notes), size, size, ()))
    return parts


def _artifact(
    zip: zipfile.ZipFile,
    files: dict[str, Member],
    store: Store,
    stage: str,
    epoch: float | None,
    live: bool,
) -> tuple[Manifest, int]:
    manifest, folder = store.manifest(stage, epoch), store.path(stage, epoch)
    if manifest.schema_version != SCHEMA_VERSION:
        raise StoreError(
            f"stage {stage} of study {store.study} has schema version {manifest.schema_version},"
            f" expected {SCHEMA_VERSION}: build it again before packing it"
        )
    kept = {name: file for name, file in manifest.files.items() if goes_along(stage, name, live)}
    if live and (lost := [name for s, name in LIVE if s == stage and name in manifest.left_out]):
        raise MissingArtifact(
            f"study {store.study} came in a pack without {', '.join(lost)}: pack it without --live,"
            f" or where it was built"
        )
    left = sorted({*manifest.left_out, *manifest.files} - set(kept))
    place, about, changed = f"{stage}/{manifest.key}", {}, set(manifest.rounded)
    packed = 0
    for name, file in kept.items():
        whole = verify_file(folder, name, file, full=True)
        info = _info(f"{place}/{name}")
        info.file_size = file.bytes
        if whole.suffix == ".npy" and file.bytes <= _SMALL:
            info.compress_type = zipfile.ZIP_BZIP2
        total = hashlib.sha256()
        with zip.open(info, "w") as member:
            for block in _blocks(whole):
                total.update(block)
                member.write(block)
        if (sha256 := total.hexdigest()) != file.sha256:
            changed.add(name)
        about[name] = msgspec.structs.replace(file, sha256=sha256)
        files[info.filename] = Member(file.bytes, sha256)
        packed += info.compress_size
    manifest = msgspec.structs.replace(
        manifest, files=about, left_out=tuple(left), rounded=tuple(sorted(changed))
    )
    _add(zip, files, f"{place}/{MANIFEST}", sealed(manifest))
    return manifest, packed


def _blocks(path: Path) -> Iterator[bytes]:
    """A file's content; numbers of float32 arrays are rounded on the way."""
    array = np.lib.format.open_memmap(path, mode="r") if path.suffix == ".npy" else None
    head = array.offset if isinstance(array, np.memmap) and array.dtype == np.float32 else None
    with path.open("rb") as file:
        if head is not None:
            yield file.read(head)
        while block := file.read(2**20):
            yield block if head is None else rounded(np.frombuffer(block, "<u4")).tobytes()


def rounded(bits: np.ndarray) -> np.ndarray:
    """Floats, given as their 32 bits, with the 11 significant ones that half precision has.

    The nearest such number, of two equally near ones the even: at most 1/2048 off. Infinite numbers
    and NaN stay as they are.
    """
    odd = (bits >> 13) & 1
    near = (bits + (0x0FFF + odd)) & 0xFFFFE000
    special = (bits & 0x7F800000) == 0x7F800000
    return np.where(special, bits, near).astype("<u4")


def _add(zip: zipfile.ZipFile, files: dict[str, Member], name: str, content: bytes) -> None:
    zip.writestr(_info(name), content)
    files[name] = Member(len(content), hashlib.sha256(content).hexdigest())


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EARLIEST)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info


def _notes(store: Store) -> dict[str, bytes]:
    """Named selections and stories, which views refer to; flags are remarks and stay here."""
    found = {}
    if selections := store.selections():
        found[SELECTIONS] = msgspec.json.encode(selections)
    folder = shelf(store.root, store.study)
    for name in stories_in(folder)[0]:
        found[f"{STORIES}/{name}.toml"] = (folder / f"{name}.toml").read_bytes()
    return found


def _part(stage: str, artifacts: list[tuple[Manifest, int]]) -> Part:
    kept = [file for manifest, _ in artifacts for file in manifest.files.values()]
    left = sorted({name for manifest, _ in artifacts for name in manifest.left_out})
    size = sum(file.bytes for file in kept)
    return Part(stage, len(kept), size, sum(packed for _, packed in artifacts), tuple(left))


def _licences(store: Store) -> list[str]:
    try:
        return list(store.sql("select text from about where topic = 'licence'")["text"])
    except MissingArtifact:  # published graphs have no images
        return []
