"""A study's finished run, read: tables by DuckDB, arrays mapped, weights as NumPy arrays.

A `Store` sees the run that was published when it was opened, whatever is built meanwhile.
"""

import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Any, SupportsFloat, SupportsIndex

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from core.store.database import Database, Parameters, UnknownTable
from core.store.errors import MissingArtifact, StoreError, build_command, corrupt, shown
from core.store.integrity import verify_file
from core.store.keys import epoch_label
from core.store.manifest import Manifest, Run, fingerprint, load_manifest, read_run, seal
from core.store.names import checked_name, store_root, study_folder
from core.store.notes import Notes, Selections
from core.store.schema import arrow_schema
from core.store.tables import ARRAYS, SCHEMA_VERSION, TABLES

_WORD = re.compile(r"\w+")


class Store:
    """One study's run: tables, arrays, weights, and people's notes.

    May be used from several threads at once.

    Parameters
    ----------
    study
        name of the study.
    root
        folder of the store; None takes $DARKROOM_STORE, else `artifacts`.
    run
        which artifacts to read; None takes the published run.

    Raises
    ------
    UnknownStudy
        when the study has no finished run there.
    CorruptArtifact
        when its run.json is broken.
    """

    def __init__(self, study: str, root: str | Path | None = None, *, run: Run | None = None):
        self.study = checked_name("study", study)
        self.root = store_root(root)
        if run is None:
            self.run, self.fingerprint = read_run(self.root, study)
        else:
            self.run, self.fingerprint = run, fingerprint(seal(run))
        self._folder = study_folder(self.root, study)
        self._manifests: dict[Path, Manifest] = {}
        self._views: set[str] = set()
        self._opened: Database | None = None
        self._lock = RLock()

    @property
    def settings(self) -> dict[str, Any]:
        """The study's settings as they were built."""
        return self.run.settings

    def stages(self) -> list[str]:
        """Names of the run's stages, in the order they were built."""
        return list(self.run.stages)

    def has(self, stage: str) -> bool:
        """Whether the run has this stage."""
        return stage in self.run.stages

    def epochs(self, stage: str = "predictions") -> list[float]:
        """Epochs a stage has artifacts for, ascending; none for a stage without epochs."""
        found = self.run.artifacts()
        return [epoch for name, epoch, _ in found if name == stage and epoch is not None]

    def path(self, stage: str, epoch: SupportsFloat | None = None) -> Path:
        """Folder of a stage's artifact: of `epoch`, else the only one or the last.

        Raises
        ------
        MissingArtifact
            when the run has no such stage or epoch.
        """
        keys = self.run.stages.get(stage)
        if not keys:
            raise self._missing(f"has no stage {shown(stage)}")
        if isinstance(keys, dict):
            label = epoch_label(self.epochs(stage)[-1] if epoch is None else epoch)
            if label not in keys:
                raise self._missing(f"has no epoch {label} of stage {stage}")
            keys = keys[label]
        elif epoch is not None:
            raise self._missing(f"has no epochs in stage {stage}, got {shown(epoch)}")
        return self._folder / stage / keys

    def manifest(self, stage: str, epoch: SupportsFloat | None = None) -> Manifest:
        """Manifest of a stage's artifact; raises CorruptArtifact when it is broken."""
        return self._manifest(self.path(stage, epoch))

    def table(self, name: str) -> pd.DataFrame:
        """All rows of a table, over all artifacts of the run that hold it.

        Raises
        ------
        MissingArtifact
            when no artifact of the run holds the table.
        CorruptArtifact
            when a file of it is damaged.
        StoreError
            when no table of that name is declared.
        """
        self._open_views([self._declared(name)])
        return self._database.query(f'SELECT * FROM "{name}"')

    def sql(self, query: str, parameters: Parameters = ()) -> pd.DataFrame:
        """Rows of one SELECT over the run's tables, each a view under its own name.

        Parameters
        ----------
        parameters
            values for the query's `?`, or a mapping for its `$name`; never paste values into
            the query.

        Raises
        ------
        MissingArtifact, CorruptArtifact
            as `table` does, for every table the query names.
        StoreError
            when it is not one SELECT, names an unknown table, or DuckDB refuses it.
        """
        words = set(_WORD.findall(query.lower()))
        self._open_views(name for name in self._held if name in words)
        try:
            return self._database.query(query, parameters)
        except UnknownTable as error:
            name = self._declared(error.name.lower().strip('"'))
            raise self._missing(f"holds no table {name}") from None

    def array(self, stage: str, name: str, epoch: SupportsFloat | None = None) -> np.ndarray:
        """An array of a stage, mapped read-only; row number is sample_id.

        Raises
        ------
        MissingArtifact
            when the run has no such stage, epoch or array.
        CorruptArtifact
            when its file is damaged or not what is declared.
        """
        folder, path = self._file(stage, f"{checked_name('array', name)}.npy", epoch)
        try:
            # Unlike np.load this opens neither archives nor pickles.
            array = np.lib.format.open_memmap(path, mode="r")
        except Exception as error:  # a forged header makes the parser raise nearly anything
            raise corrupt(folder, path.name, f"is no array ({shown(str(error))})") from None
        declared = ARRAYS.get((stage, name))
        if declared and (array.dtype, array.ndim) != (declared.dtype, len(declared.axes.split())):
            expected = f"must be {declared.dtype} [{declared.axes}]"
            raise corrupt(folder, path.name, f"{expected}, is {array.dtype} {array.shape}")
        return array

    def weights(
        self, stage: str, name: str, epoch: SupportsFloat | None = None
    ) -> dict[str, np.ndarray]:
        """Named tensors of a stage, in memory; raises as `array` does."""
        from safetensors.numpy import load_file  # most pages need no weights

        folder, path = self._file(stage, f"{checked_name('weights', name)}.safetensors", epoch)
        try:
            return load_file(path)
        except Exception as error:  # forged headers, and types that NumPy lacks
            raise corrupt(folder, path.name, f"holds no weights ({shown(str(error))})") from None

    def selections(self) -> Selections:
        """Named selections: ascending sample ids by name."""
        return self._notes.selections()

    def save_selection(self, name: str, sample_ids: Iterable[SupportsIndex]) -> None:
        """Keep sample ids under a name (1 to 100 characters); StoreError for ids not shown."""
        self._notes.save_selection(name, sample_ids)

    def delete_selection(self, name: str) -> None:
        """Forget a selection."""
        self._notes.delete_selection(name)

    def flags(self) -> pd.DataFrame:
        """Flagged samples: sample_id, note, created (ISO, UTC)."""
        return self._notes.flags()

    def flag(self, sample_id: SupportsIndex, note: str = "") -> None:
        """Flag a sample, with a note of at most 2,000 characters."""
        self._notes.flag(sample_id, note)

    def unflag(self, sample_id: SupportsIndex) -> None:
        """Take a sample's flag away."""
        self._notes.unflag(sample_id)

    @property
    def _database(self) -> Database:
        with self._lock:
            if self._opened is None:
                self._opened = Database(self._folder)
            return self._opened

    @cached_property
    def _held(self) -> dict[str, list[Path]]:
        """Folders of the artifacts that hold each declared table, in the run's order."""
        held: dict[str, list[Path]] = {}
        for stage, _, key in self.run.artifacts():
            folder = self._folder / stage / key
            for name in self._manifest(folder).names(".parquet"):
                if name in TABLES:
                    held.setdefault(name, []).append(folder)
        return held

    @property
    def _notes(self) -> Notes:
        folders = self._held.get("samples")
        rows = self._manifest(folders[0]).files["samples.parquet"].rows if folders else None
        return Notes(self._folder / "notes", rows)

    def _manifest(self, folder: Path) -> Manifest:
        if folder not in self._manifests:
            self._manifests[folder] = load_manifest(folder)
        return self._manifests[folder]

    def _readable(self, folder: Path) -> Manifest:
        manifest = self._manifest(folder)
        if manifest.schema_version != SCHEMA_VERSION:
            raise StoreError(
                f"artifact {manifest.stage}/{manifest.key} of study {self.study} must have schema"
                f" version {SCHEMA_VERSION}, has {manifest.schema_version};"
                f" re{build_command(self.study)}"
            )
        return manifest

    def _file(self, stage: str, file: str, epoch: SupportsFloat | None) -> tuple[Path, Path]:
        folder = self.path(stage, epoch)
        manifest = self._readable(folder)
        files = manifest.files
        if file in manifest.left_out:
            raise MissingArtifact(
                f"{file} of stage {stage} was left out when study {self.study} was packed; where it"
                f" lies whole, {build_command(self.study)}"
            )
        if file not in files:
            raise self._missing(f"has no {file} in stage {stage}, only {', '.join(files)}")
        return folder, verify_file(folder, file, files[file])

    def _open_views(self, names: Iterable[str]) -> None:
        """Verify the files of these tables, then let views stand for those that have none yet."""
        for name in names:
            if name not in self._held:
                raise self._missing(f"holds no table {name}")
            file = f"{name}.parquet"
            paths = [
                verify_file(folder, file, self._readable(folder).files[file])
                for folder in self._held[name]
            ]
            with self._lock:
                if name not in self._views:
                    self._open_view(name, paths)

    def _open_view(self, name: str, paths: list[Path]) -> None:
        expected = arrow_schema(TABLES[name])
        for path in paths:
            try:
                found = pq.read_schema(path)
            except (pa.ArrowException, OSError) as error:
                reason = shown(str(error))
                raise corrupt(path.parent, path.name, f"is no table ({reason})") from None
            if not found.equals(expected):
                columns = ", ".join(f"{field.name} {field.type}" for field in expected)
                raise corrupt(path.parent, path.name, f"must have columns {columns}")
        self._database.view(name, expected.names, paths)
        self._views.add(name)

    def _declared(self, name: str) -> str:
        if name not in TABLES:
            raise StoreError(f"table must be one of {', '.join(TABLES)}, got {shown(name)}")
        return name

    def _missing(self, what: str) -> MissingArtifact:
        return MissingArtifact(f"the run of study {self.study} {what}; {build_command(self.study)}")
