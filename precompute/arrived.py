"""Whether a study that came in a pack is what the store may hold, before it stands there.

Everything is looked at as its readers will: run, manifests, tables, arrays, weights, notes. Files
that no reader knows are refused.
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.store import ARRAYS, SCHEMA_VERSION, TABLES, Manifest, Store, StoreError
from core.store.errors import shown
from core.store.integrity import verify_artifact
from core.store.manifest import MANIFEST, RUN, seal
from core.store.schema import arrow_schema
from core.store.story_shelf import shelf, stories_in
from precompute.pack_file import SELECTIONS, STORIES, PackError

MOST_ROWS = 200_000_000
MOST_TABLE = 4 * 2**30  # bytes of a table out of its Parquet file
NUMBERS = {"F64", "F32", "F16", "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8", "BOOL"}


def check_study(study: str, root: Path, files: set[str]) -> None:
    """Refuse a study, unpacked below `root`, that is not in order.

    Parameters
    ----------
    files
        All its files, as paths in the study's folder.

    Raises
    ------
    PackError
        One line that names the first file which is not as it should be.
    """
    try:
        known = {RUN} | _checked_notes(study, root, files)
        store = Store(study, root)
        if (root / study / RUN).read_bytes() != seal(store.run) or store.run.study != study:
            raise PackError(f"{RUN} is not one of study {study}")
        for stage, epoch, key in store.run.artifacts():
            manifest = verify_artifact(store.path(stage, epoch))
            _check_artifact(store, manifest, epoch)
            known |= {f"{stage}/{key}/{name}" for name in (MANIFEST, *manifest.files)}
        _check_selections(store, files)
    except PackError as error:
        raise PackError(f"the pack of study {study} is not taken: {error}") from None
    except StoreError as error:
        what = str(error).split("; rebuild", 1)[0]
        raise PackError(f"the pack of study {study} is not taken: {what}") from None
    if odd := sorted(files - known):
        raise PackError(f"the pack holds {shown(odd[0])}, which belongs to no artifact of its run")


def _check_artifact(store: Store, manifest: Manifest, epoch: float | None) -> None:
    place = f"{manifest.stage}/{manifest.key}"
    if (manifest.study, manifest.epoch) != (store.study, epoch):
        raise PackError(f"the manifest of {place} speaks of another study or epoch")
    if manifest.schema_version != SCHEMA_VERSION:
        raise PackError(
            f"{place} has schema version {manifest.schema_version}, expected {SCHEMA_VERSION}:"
            f" unpack it with the version of Darkroom that packed it"
        )
    for file, about in manifest.files.items():
        path = store.path(manifest.stage, epoch) / file
        if path.suffix == ".parquet":
            _check_table(path, about.rows)
        elif path.suffix == ".npy":
            if (manifest.stage, path.stem) not in ARRAYS:
                raise PackError(f"{place} holds {file}, an array that no stage of that name has")
            array = store.array(manifest.stage, path.stem, epoch)
            if about.rows != (len(array) if array.ndim else None):
                raise PackError(f"{place}/{file} has another number of rows than its manifest says")
        else:
            _check_weights(path)


def _check_table(path: Path, rows: int | None) -> None:
    """Look at a table's head: its values are read by DuckDB alone, within its own limits."""
    if path.stem not in TABLES:
        raise PackError(f"{path.name} is no table of Darkroom")
    try:
        with pq.ParquetFile(path) as file:
            about, schema = file.metadata, file.schema_arrow
            size = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise PackError(f"{path.name} is no table ({shown(str(error))})") from None
    if not schema.equals(arrow_schema(TABLES[path.stem])):
        raise PackError(f"the columns of {path.name} are not those of the table")
    if about.num_rows != rows or about.num_rows > MOST_ROWS or not 0 <= size <= MOST_TABLE:
        raise PackError(f"{path.name} has other rows than its manifest says, or too many")


def _check_weights(path: Path) -> None:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            odd = [name for name in file.keys() if file.get_slice(name).get_dtype() not in NUMBERS]  # noqa: SIM118 - it is no mapping
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise PackError(f"{path.name} holds no weights ({shown(str(error))})") from None
    if odd:
        raise PackError(f"{path.name} holds numbers of a kind that NumPy lacks")


def _checked_notes(study: str, root: Path, files: set[str]) -> set[str]:
    """Names of the notes among the files, all stories read."""
    notes = {name for name in files if name == SELECTIONS or name.startswith(f"{STORIES}/")}
    complaints = stories_in(shelf(root, study))[1]
    if complaints:
        raise PackError(complaints[0])
    return notes


def _check_selections(store: Store, files: set[str]) -> None:
    if SELECTIONS not in files:
        return
    try:
        count = len(store.table("samples"))
    except StoreError:
        count = 0
    for name, ids in store.selections().items():
        if not 1 <= len(name) <= 100 or any(not 0 <= number < count for number in ids):
            raise PackError(f"{SELECTIONS} names samples that the study does not show")
