"""A store from somebody else: forged files whose manifests agree with them."""

import io
import os
import pickle
import struct

import msgspec
import numpy as np
import pandas as pd
import pytest

from core.store import (
    CorruptArtifact,
    Run,
    Store,
    StoreError,
    load_manifest,
    publish,
    studies,
    verify_artifact,
)
from core.store.manifest import File, seal


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("exploded",)


@pytest.fixture(autouse=True)
def nothing_is_unpickled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    assert not (tmp_path / "exploded").exists()


def pickled_array():
    file = io.BytesIO()
    np.save(file, np.array([Bomb()], dtype=object), allow_pickle=True)
    return file.getvalue()


def saved(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        pickled_array(),
        pickle.dumps(Bomb()),
        b"",
        b"\x93NUMPY",
        b"PK\x03\x04 no zip",
        saved(np.zeros((3, 2))),
        saved(np.zeros(3, dtype=np.float32)),
        saved(np.zeros((3, 2), dtype=[("a", "f4")])),
        saved(np.zeros((3, 2), dtype=np.float32))[:-4],
    ],
)
def test_a_forged_array_is_refused(root, forge, content):
    verify_artifact(forge("logits.npy", content))
    with pytest.raises(CorruptArtifact, match=r"logits.npy (is no array|must be float32)") as error:
        Store("tiny", root).array("predictions", "logits", 1.0)
    assert "\n" not in str(error.value)


# A right file in a type that NumPy does not have.
HEADER = b'{"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}'
BFLOAT16 = struct.pack("<Q", len(HEADER)) + HEADER + b"\0\0"


@pytest.mark.parametrize("content", [pickle.dumps(Bomb()), b"", b"\xff" * 100, BFLOAT16])
def test_forged_weights_are_refused(root, forge, content):
    forge("head.safetensors", content)
    with pytest.raises(CorruptArtifact, match="holds no weights"):
        Store("tiny", root).weights("predictions", "head", 1.0)


def test_a_forged_table_is_refused(root, forge):
    frame = Store("tiny", root).table("prediction")
    good = {"epoch": "float64", "sample_id": "int32"}
    for content, complaint in [
        (b"PAR1 no table PAR1", "is no table"),
        (frame.drop(columns="entropy").to_parquet(), "must have columns epoch double"),
        (frame.astype({"sample_id": "str"}).to_parquet(), "must have columns"),
        (pd.DataFrame({"x": [1]}).astype(str).to_parquet(), "must have columns"),
        (frame.astype(good).to_parquet()[:-1] + b"\0", "is no table"),
    ]:
        verify_artifact(forge("prediction.parquet", content))
        store = Store("tiny", root)
        for read in (store.table, lambda name, store=store: store.sql(f"FROM {name}")):
            with pytest.raises(CorruptArtifact, match=complaint) as error:
                read("prediction")
            assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "file", ["../../../run.json", "/etc/passwd", "../p2.5/logits.npy", ".npy", "a.pkl", "a\n.npy"]
)
def test_a_manifest_that_points_elsewhere_is_refused(root, file):
    folder = root / "tiny/predictions/p1"
    manifest = load_manifest(folder)
    forged = msgspec.structs.replace(manifest, files={file: File(rows=1, bytes=1, sha256="0")})
    (folder / "manifest.json").write_bytes(seal(forged))
    with pytest.raises(CorruptArtifact, match=r"manifest\.json"):
        verify_artifact(folder)
    with pytest.raises(CorruptArtifact, match=r"manifest\.json"):
        Store("tiny", root).table("samples")


def test_a_link_in_place_of_a_file_is_refused(root):
    path = root / "tiny/predictions/p1/logits.npy"
    path.rename(root / "elsewhere.npy")
    path.symlink_to(root / "elsewhere.npy")
    with pytest.raises(CorruptArtifact, match="must be a plain file"):
        Store("tiny", root).array("predictions", "logits", 1.0)


@pytest.mark.parametrize(
    "stages",
    [
        {"../dataset": "d0"},
        {"dataset": "../../secret"},
        {"predictions": {"nan": "p1"}},
        {"predictions": {"1.0": "p1"}},
        {"predictions": {"one": "p1"}},
        {"notes": "d0"},
    ],
)
def test_a_run_that_points_elsewhere_is_refused(root, stages):
    run = Run(study="tiny", settings={}, stages=stages, finished="")
    with pytest.raises(ValueError, match=r"must|could not convert"):
        publish(root, "tiny", run)
    (root / "tiny/run.json").write_bytes(seal(run))
    with pytest.raises(CorruptArtifact, match=r"run\.json of study tiny is damaged"):
        Store("tiny", root)


@pytest.mark.parametrize("content", [b"[" * 100_000, b"{}", b"null", b"\xff\xfe", b'{"study": 1}'])
def test_a_run_file_that_is_no_run_is_refused(root, content):
    (root / "tiny/run.json").write_bytes(content)
    with pytest.raises(CorruptArtifact):
        Store("tiny", root)
    sealed = seal(Run(study="x", settings={}, stages={}, finished=""))
    deep = content + sealed[sealed.rindex(b'  "digest"') :]
    (root / "tiny/run.json").write_bytes(deep)
    with pytest.raises(CorruptArtifact):
        Store("tiny", root)


def test_another_schema_version_is_named(root):
    folder = root / "tiny/predictions/p1"
    forged = msgspec.structs.replace(load_manifest(folder), schema_version=99)
    (folder / "manifest.json").write_bytes(seal(forged))
    store = Store("tiny", root)
    assert store.manifest("predictions", 1.0).schema_version == 99
    for read in (
        lambda: store.table("prediction"),
        lambda: store.array("predictions", "logits", 1.0),
    ):
        with pytest.raises(StoreError, match="must have schema version 1, has 99; rebuild"):
            read()


@pytest.mark.parametrize("name", ["../tiny", "", ".", "/etc", "tiny\0", "a/b", "ti ny"])
def test_a_harmful_study_name_is_refused(root, name):
    with pytest.raises(StoreError, match="name of a study"):
        Store(name, root)


def test_only_harmless_folders_are_studies(root):
    (root / "tiny").rename(root / "bad name")
    assert studies(root) == []
    (root / "bad name").rename(root / "good-name.1")
    assert studies(root) == ["good-name.1"]
    assert studies(root / "nowhere") == []
