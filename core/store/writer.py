"""The only writer of artifacts: finished or absent, whatever happens meanwhile."""

import errno
import os
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from functools import lru_cache
from importlib import metadata
from operator import index
from pathlib import Path
from types import TracebackType
from typing import Any, SupportsFloat, SupportsIndex

import numpy as np
import pyarrow.parquet as pq

from core.store.errors import SchemaError, StoreError
from core.store.files import remove, sync, temporary_folder, temporary_name
from core.store.integrity import intact
from core.store.keys import content_hash, epoch_label
from core.store.manifest import MANIFEST, File, Manifest, load_manifest, seal
from core.store.names import checked_name, study_folder
from core.store.schema import TableData, check_array, conform, declared_array, declared_table
from core.store.tables import SCHEMA_VERSION

_LIBRARIES = ("duckdb", "numpy", "pandas", "pyarrow", "scikit-learn", "torch", "umap-learn")


class ArtifactWriter:
    """A folder being filled; it takes its place in the store when the block ends normally.

    An exception inside the block removes it. If another writer finished the same artifact
    meanwhile, that one stays and ours is discarded: equal keys mean equal contents.

    Parameters
    ----------
    root, study, stage, key
        place in the store: ROOT/STUDY/STAGE/KEY.
    epoch
        checkpoint of the teacher that the artifact belongs to, if any.
    version, settings, inputs
        what `artifact_key` was given.
    source_digest
        digest of the stage's source code.
    seed, threads, device
        what the stage ran with.
    """

    path: Path
    folder: Path
    manifest: Manifest

    def __init__(
        self,
        root: str | Path | None,
        study: str,
        stage: str,
        key: str,
        epoch: SupportsFloat | None = None,
        *,
        version: int,
        settings: Mapping[str, Any],
        inputs: Mapping[str, str],
        source_digest: str,
        seed: int,
        threads: int,
        device: str,
    ):
        self.path = study_folder(root, study)
        self.path = self.path / checked_name("stage", stage) / checked_name("key", key)
        if epoch is not None:
            epoch_label(epoch)  # refuses what cannot be named
        self._about = {
            "study": study,
            "stage": stage,
            "key": key,
            "epoch": None if epoch is None else float(epoch),
            "version": version,
            "settings": dict(settings),
            "inputs": dict(inputs),
            "source_digest": source_digest,
            "seed": seed,
            "threads": threads,
            "device": device,
        }
        self._rows: dict[str, int | None] = {}
        self._costs: dict[str, float] = {}
        self._open: list[np.memmap] = []
        self._stack = ExitStack()

    def __enter__(self) -> "ArtifactWriter":
        self._began = time.monotonic()
        self.folder = self._stack.enter_context(temporary_folder(self.path))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._stack:
            if kind is None:
                self._finish()

    def table(self, name: str, data: TableData) -> None:
        """Write a declared table (see `core.store.schema.conform` for what is refused)."""
        table = conform(declared_table(name), data)
        path = self._new_file(f"{name}.parquet", table.num_rows)
        pq.write_table(table, path, compression="zstd", row_group_size=122_880)

    def array(self, name: str, array: np.ndarray) -> None:
        """Write a declared array of this stage; its first axis counts rows."""
        self.open_array(name, array.shape, array.dtype)[...] = array

    def open_array(
        self, name: str, shape: tuple[SupportsIndex, ...], dtype: np.dtype | type | str
    ) -> np.memmap:
        """Zeros to be filled block by block, stored as the declared array `name`."""
        dtype, sides = np.dtype(dtype), tuple(index(side) for side in shape)
        check_array(declared_array(str(self._about["stage"]), name), sides, dtype)
        path = self._new_file(f"{name}.npy", sides[0])
        memory = _reserve(path, sides, dtype)
        self._open.append(memory)
        return memory

    def weights(self, name: str, tensors: Mapping[str, np.ndarray]) -> None:
        """Write named tensors as NAME.safetensors."""
        from safetensors.numpy import save  # most readers and writers need no weights

        # np.ascontiguousarray would turn a number into an array of one
        content = save({key: np.array(part, order="C") for key, part in tensors.items()})
        self._new_file(f"{checked_name('weights', name)}.safetensors", None).write_bytes(content)

    def cost(self, name: str, seconds: SupportsFloat) -> None:
        """Note in the manifest what something took, in seconds, to six digits."""
        self._costs[name] = float(f"{float(seconds):.6g}")

    def _new_file(self, file: str, rows: int | None) -> Path:
        if file in self._rows:
            raise SchemaError(f"artifact {self._place()} holds {file} already: write it once")
        self._rows[file] = rows
        return self.folder / file

    def _finish(self) -> None:
        if not self._rows:
            raise StoreError(f"artifact {self._place()} must hold a file, nothing was written")
        for memory in self._open:
            memory.flush()
        manifest = Manifest(
            **self._about,
            schema_version=SCHEMA_VERSION,
            libraries=_library_versions(),
            seconds=round(time.monotonic() - self._began, 3),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            files={file: self._checked(file, rows) for file, rows in self._rows.items()},
            costs=self._costs,
        )
        (self.folder / MANIFEST).write_bytes(seal(manifest))
        sync(self.folder / MANIFEST)
        sync(self.folder)
        self._take_place()
        self.manifest = load_manifest(self.path)

    def _checked(self, file: str, rows: int | None) -> File:
        path = self.folder / file
        sync(path)
        if path.suffix == ".parquet" and pq.read_metadata(path).num_rows != rows:
            raise StoreError(f"artifact {self._place()}: {file} does not read back {rows} rows")
        return File(rows=rows, bytes=path.stat().st_size, sha256=content_hash(path))

    def _take_place(self) -> None:
        while True:
            try:
                # Fails where a folder with something in it stands already.
                self.folder.replace(self.path)
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
            else:
                break
            if intact(self.path):
                break
            _set_aside(self.path)  # a damaged artifact makes room for the new one
        sync(self.path.parent)

    def _place(self) -> str:
        return f"{self._about['stage']}/{self._about['key']} of study {self._about['study']}"


def _reserve(path: Path, shape: tuple[int, ...], dtype: np.dtype) -> np.memmap:
    """Map a new .npy file whose space is taken at once.

    A hole in the file would end the process by a signal, not an error, when the disk fills up.
    """
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    size = dtype.itemsize * int(np.prod(shape, dtype=np.int64))
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        offset = file.tell()
        file.flush()
        if size:
            os.posix_fallocate(file.fileno(), offset, size)
    return np.memmap(path, dtype=dtype, mode="r+", offset=offset, shape=shape)


def _set_aside(path: Path) -> None:
    aside = temporary_name(path)
    with suppress(FileNotFoundError):  # another writer did it first
        path.rename(aside)
    remove(aside)


@lru_cache
def _library_versions() -> dict[str, str]:
    versions = {}
    for name in _LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue  # the light installation has no torch
    return versions
