import numpy as np
import pytest

from core.store import SchemaError, StoreError, load_manifest, verify_artifact
from tests.core.store import tiny


def contents(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def fill(artifact, value=0.0):
    artifact.table("samples", tiny.samples())
    artifact.array("logits", np.full((3, 2), value, dtype=np.float32))
    artifact.weights("net", {"b": np.ones(3), "a": np.zeros((2, 2))})


def test_nothing_is_seen_before_the_block_ends(tmp_path):
    with tiny.writer(tmp_path, "predictions", "k") as artifact:
        fill(artifact)
        assert not artifact.path.exists()
        assert artifact.folder.is_dir()
    assert contents(tmp_path / "tiny/predictions") == ["k"]
    assert contents(artifact.path) == [
        "logits.npy",
        "manifest.json",
        "net.safetensors",
        "samples.parquet",
    ]


def test_the_manifest_says_what_was_written(tmp_path):
    with tiny.writer(tmp_path, "predictions", "k", 2.5) as artifact:
        fill(artifact)
    manifest = verify_artifact(artifact.path)
    assert manifest == load_manifest(artifact.path / "manifest.json")
    assert {name: file.rows for name, file in manifest.files.items()} == {
        "samples.parquet": 12,
        "logits.npy": 3,
        "net.safetensors": None,
    }
    assert (manifest.study, manifest.stage, manifest.key) == ("tiny", "predictions", "k")
    assert (manifest.epoch, manifest.settings) == (2.5, {"perplexity": 30.0})
    assert manifest.libraries["numpy"] == np.__version__
    assert manifest.created.endswith("+00:00")
    assert 0 <= manifest.seconds < 60


def test_equal_data_give_equal_bytes(tmp_path):
    for key in ("one", "two"):
        with tiny.writer(tmp_path, "predictions", key) as artifact:
            fill(artifact)
    one, two = (load_manifest(tmp_path / "tiny/predictions" / key) for key in ("one", "two"))
    assert one.files == two.files


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_an_exception_inside_leaves_nothing(tmp_path, error):
    with pytest.raises(error), tiny.writer(tmp_path, "predictions", "k") as artifact:  # noqa: PT012  raised where a stage would
        fill(artifact)
        raise error
    assert contents(tmp_path / "tiny/predictions") == []


def test_refused_data_leave_nothing(tmp_path):
    with pytest.raises(SchemaError), tiny.writer(tmp_path, "predictions", "k") as artifact:  # noqa: PT012  refused after a good table
        fill(artifact)
        artifact.table("classes", tiny.classes("a", "b") | {"class": [0, 0]})
    assert contents(tmp_path / "tiny/predictions") == []


def test_settings_that_are_no_json_leave_nothing(tmp_path):
    artifact = tiny.writer(tmp_path, "predictions", "k")
    artifact._about["settings"] = {"x": object()}
    with pytest.raises(TypeError), artifact:
        fill(artifact)
    assert contents(tmp_path / "tiny/predictions") == []


def test_the_second_writer_discards_its_own(tmp_path):
    with tiny.writer(tmp_path, "predictions", "k") as slow:
        fill(slow, 2.0)
        with tiny.writer(tmp_path, "predictions", "k") as fast:
            fill(fast, 1.0)
    assert contents(tmp_path / "tiny/predictions") == ["k"]
    assert np.load(slow.path / "logits.npy")[0, 0] == 1.0
    assert slow.manifest == fast.manifest == verify_artifact(slow.path)


@pytest.mark.parametrize("file", ["logits.npy", "manifest.json"])
def test_a_damaged_artifact_makes_room_for_a_new_one(tmp_path, file):
    with tiny.writer(tmp_path, "predictions", "k") as artifact:
        fill(artifact, 1.0)
    damaged = artifact.path / file
    damaged.write_bytes(damaged.read_bytes()[:-3] + b"abc")
    with tiny.writer(tmp_path, "predictions", "k") as artifact:
        fill(artifact, 2.0)
    verify_artifact(artifact.path)
    assert np.load(artifact.path / "logits.npy")[0, 0] == 2.0
    assert contents(tmp_path / "tiny/predictions") == ["k"]


def test_a_folder_without_a_manifest_makes_room(tmp_path):
    (tmp_path / "tiny/predictions/k").mkdir(parents=True)
    (tmp_path / "tiny/predictions/k/logits.npy").write_bytes(b"half")
    with tiny.writer(tmp_path, "predictions", "k") as artifact:
        fill(artifact)
    verify_artifact(artifact.path)


def test_an_array_is_filled_block_by_block(tmp_path):
    with tiny.writer(tmp_path, "predictions", "k") as artifact:
        block = artifact.open_array("logits", (np.int64(4), 2), np.float32)
        assert not block.any()
        block[:2] = 1
        block[2:] = 2
    np.testing.assert_array_equal(np.load(artifact.path / "logits.npy")[:, 0], [1, 1, 2, 2])


def test_a_file_is_written_once(tmp_path):
    with tiny.writer(tmp_path, "predictions", "k") as artifact:
        fill(artifact)
        with pytest.raises(SchemaError, match=r"predictions/k of study tiny holds samples.parquet"):
            artifact.table("samples", tiny.samples())


def test_an_artifact_without_files_is_refused(tmp_path):
    with (
        pytest.raises(StoreError, match="nothing was written"),
        tiny.writer(tmp_path, "predictions", "k"),
    ):
        pass


@pytest.mark.parametrize(
    "name", ["", "..", ".k", "a/b", "../k", "k\n", "a b", "é", "a" * 101, "-k"]
)
def test_harmful_names_are_refused(tmp_path, name):
    for stage, key in ((name, "k"), ("predictions", name)):
        with pytest.raises(StoreError, match="must be 1 to 100 letters"):
            tiny.writer(tmp_path, stage, key)
    with (
        pytest.raises(StoreError, match="name of a weights"),
        tiny.writer(tmp_path, "predictions", "k") as artifact,
    ):
        artifact.weights(name, {"a": np.ones(1)})


@pytest.mark.parametrize("stage", ["notes", "runs", "run.json"])
def test_a_stage_cannot_take_the_stores_own_names(tmp_path, stage):
    with pytest.raises(StoreError, match="the store keeps its own file there"):
        tiny.writer(tmp_path, stage, "k")
