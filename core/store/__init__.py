"""The artifact store: what a study's precompute wrote, and the two doors to it.

`ArtifactWriter` is the only way in, `Store` the way out. Files are the truth: Parquet tables,
`.npy` arrays and `.safetensors` weights in ROOT/STUDY/STAGE/KEY with a manifest, and one run.json
per study that names the artifacts belonging together. Nothing is ever unpickled.
"""

from core.store.dictionary import data_dictionary
from core.store.errors import (
    CorruptArtifact,
    MissingArtifact,
    SchemaError,
    StoreError,
    UnknownStudy,
)
from core.store.history import EarlierRun, earlier_run, earlier_runs, keep_run, run_files
from core.store.housekeeping import artifact_finished, remove_torsos, torsos, unreferenced
from core.store.integrity import intact, verify_artifact
from core.store.keys import artifact_key, content_hash, epoch_label
from core.store.manifest import (
    Manifest,
    Run,
    current_fingerprint,
    load_manifest,
    publish,
    read_run,
    studies,
)
from core.store.names import store_root, study_folder
from core.store.reader import Store
from core.store.received import Received, received
from core.store.tables import ARRAYS, SCHEMA_VERSION, TABLES
from core.store.writer import ArtifactWriter

__all__ = [
    "ARRAYS",
    "SCHEMA_VERSION",
    "TABLES",
    "ArtifactWriter",
    "CorruptArtifact",
    "EarlierRun",
    "Manifest",
    "MissingArtifact",
    "Received",
    "Run",
    "SchemaError",
    "Store",
    "StoreError",
    "UnknownStudy",
    "artifact_finished",
    "artifact_key",
    "content_hash",
    "current_fingerprint",
    "data_dictionary",
    "earlier_run",
    "earlier_runs",
    "epoch_label",
    "intact",
    "keep_run",
    "load_manifest",
    "publish",
    "read_run",
    "received",
    "remove_torsos",
    "run_files",
    "store_root",
    "studies",
    "study_folder",
    "torsos",
    "unreferenced",
    "verify_artifact",
]
