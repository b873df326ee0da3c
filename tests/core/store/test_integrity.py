import os
import random
import shutil

import pytest

from core.store import (
    CorruptArtifact,
    MissingArtifact,
    Store,
    StoreError,
    UnknownStudy,
    artifact_finished,
    current_fingerprint,
    intact,
    integrity,
    load_manifest,
    verify_artifact,
)
from tests.core.store import tiny

FILES = ["prediction.parquet", "logits.npy", "head.safetensors", "manifest.json"]
REBUILD = "rebuild it with `python -m precompute build tiny`"


def artifact(root):
    return root / "tiny/predictions/p1"


def read_all(store):
    store.table("prediction")
    store.array("predictions", "logits", 1.0)
    store.weights("predictions", "head", 1.0)


def assert_names_artifact(error, file):
    message = str(error.value)
    assert message.startswith(f"artifact predictions/p1 of study tiny is damaged: {file} ")
    assert message.endswith(REBUILD)
    assert "\n" not in message


def changed(content, place, generator):
    return (
        content[:place]
        + bytes([content[place] ^ generator.randrange(1, 256)])
        + content[place + 1 :]
    )


@pytest.mark.parametrize("file", FILES)
def test_a_changed_byte_is_always_noticed(root, file):
    generator = random.Random(file)
    path = artifact(root) / file
    whole = path.read_bytes()
    for place in [0, len(whole) - 1, *generator.choices(range(len(whole)), k=30)]:
        path.write_bytes(changed(whole, place, generator))
        with pytest.raises(CorruptArtifact) as error:
            verify_artifact(artifact(root))
        assert_names_artifact(error, file)
    path.write_bytes(whole)
    verify_artifact(artifact(root))


@pytest.mark.parametrize("file", FILES)
def test_a_changed_byte_is_noticed_by_the_reader(root, file):
    path = artifact(root) / file
    path.write_bytes(changed(path.read_bytes(), 20, random.Random(0)))
    with pytest.raises(CorruptArtifact) as error:
        read_all(Store("tiny", root))
    assert_names_artifact(error, file)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_truncated_file_is_noticed(root, file, share):
    path = artifact(root) / file
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(CorruptArtifact) as error:
        read_all(Store("tiny", root))
    assert_names_artifact(error, file)
    assert not artifact_finished(root, "tiny", "predictions", "p1", verify=True)
    assert artifact_finished(root, "tiny", "predictions", "p1")


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_noticed(root, file):
    (artifact(root) / file).unlink()
    with pytest.raises(CorruptArtifact) as error:
        read_all(Store("tiny", root))
    assert_names_artifact(error, file)


def test_a_file_changed_while_the_store_is_open_is_noticed(root, store):
    read_all(store)
    path = artifact(root) / "prediction.parquet"
    time = path.stat().st_mtime_ns
    path.write_bytes(changed(path.read_bytes(), 20, random.Random(0)))
    os.utime(path, ns=(time + 10**9, time + 10**9))  # clocks of file systems tick coarsely
    for read in (lambda: store.table("prediction"), lambda: store.sql("FROM prediction")):
        with pytest.raises(CorruptArtifact):
            read()
    assert len(store.table("samples")) == tiny.SAMPLES


def test_an_artifact_that_is_gone_is_missing(root, store):
    read_all(store)
    shutil.rmtree(artifact(root))
    with pytest.raises(MissingArtifact, match="predictions/p1 of study tiny is gone; rebuild"):
        store.table("prediction")
    with pytest.raises(MissingArtifact, match="is gone"):
        store.array("predictions", "logits", 1.0)
    assert not intact(artifact(root))


def test_a_file_is_hashed_once(root, store, monkeypatch):
    read_all(store)
    monkeypatch.setattr(integrity, "content_hash", pytest.fail)
    read_all(store)
    read_all(Store("tiny", root))


def test_large_arrays_are_compared_by_size_unless_asked(root, monkeypatch):
    monkeypatch.setattr(integrity, "LARGE", 10)
    path = artifact(root) / "logits.npy"
    whole = path.read_bytes()
    path.write_bytes(changed(whole, len(whole) - 1, random.Random(0)))
    read_all(Store("tiny", root))
    verify_artifact(artifact(root), full=False)
    with pytest.raises(CorruptArtifact):
        verify_artifact(artifact(root), full=True)


def test_a_changed_run_file_is_always_noticed(root):
    path = root / "tiny/run.json"
    whole = path.read_bytes()
    generator = random.Random(0)
    before = current_fingerprint(root, "tiny")
    for place in generator.choices(range(len(whole)), k=30):
        path.write_bytes(changed(whole, place, generator))
        assert current_fingerprint(root, "tiny") != before
        with pytest.raises(
            CorruptArtifact, match=f"run.json of study tiny is damaged: .*{REBUILD}"
        ):
            Store("tiny", root)
    path.write_bytes(b"")
    with pytest.raises(CorruptArtifact):
        Store("tiny", root)
    path.unlink()
    assert current_fingerprint(root, "tiny") is None
    with pytest.raises(
        UnknownStudy, match=r"no finished run in .*`python -m precompute build tiny`"
    ):
        Store("tiny", root)


def test_swapped_artifacts_are_noticed(root):
    one, two = root / "tiny/predictions/p1", root / "tiny/predictions/p2.5"
    one.rename(root / "aside")
    two.rename(one)
    with pytest.raises(CorruptArtifact, match=r"belongs to artifact predictions/p2\.5"):
        load_manifest(one)


def test_a_damaged_stage_leaves_the_others_readable(root):
    (artifact(root) / "logits.npy").write_bytes(b"")
    store = Store("tiny", root)
    assert len(store.table("prediction")) == 2 * tiny.SAMPLES
    assert store.array("predictions", "logits").shape == (tiny.SAMPLES, 3)
    with pytest.raises(StoreError):
        store.array("predictions", "logits", 1.0)
