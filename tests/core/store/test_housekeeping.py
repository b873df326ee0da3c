import pytest

from core.store import (
    CorruptArtifact,
    artifact_finished,
    remove_torsos,
    torsos,
    unreferenced,
)
from tests.core.store import tiny


def leave_torso(root, name=".k.1-ab.tmp"):
    torso = root / "tiny/predictions" / name
    torso.mkdir(parents=True)
    (torso / "logits.npy").write_bytes(b"x" * 100)
    return torso


def test_torsos_are_removed_and_artifacts_stay(root):
    torso = leave_torso(root)
    (root / "tiny/.run.json.1-ab.tmp").write_bytes(b"half")
    assert set(torsos(root, "tiny")) == {torso, root / "tiny/.run.json.1-ab.tmp"}
    remove_torsos(root, "tiny")
    assert torsos(root, "tiny") == []
    assert not torso.exists()
    assert artifact_finished(root, "tiny", "predictions", "p1", verify=True)


def test_a_torso_on_which_somebody_works_stays(root):
    with tiny.writer(root, "predictions", "k") as artifact:
        remove_torsos(root, "tiny")
        artifact.table("samples", tiny.samples())
    assert artifact_finished(root, "tiny", "predictions", "k", verify=True)


def test_a_study_without_a_folder_has_no_torsos(tmp_path):
    remove_torsos(tmp_path, "tiny")
    assert unreferenced(tmp_path, "tiny") == []
    assert not (tmp_path / "tiny").exists()


def test_what_no_run_names_is_listed_with_its_size(root, store):
    store.flag(1, "notes stay")
    assert unreferenced(root, "tiny") == []
    with tiny.writer(root, "projections", "old") as artifact:
        artifact.table("samples", tiny.samples())
    torso = leave_torso(root)
    half = root / "tiny/predictions/half"
    half.mkdir()
    size = sum(path.stat().st_size for path in artifact.path.iterdir())
    assert unreferenced(root, "tiny") == sorted([(artifact.path, size), (torso, 100), (half, 0)])


def test_without_a_run_everything_is_listed(root):
    (root / "tiny/run.json").unlink()
    assert {path.name for path, _ in unreferenced(root, "tiny")} == {"d0", "p1", "p2.5"}


def test_a_broken_run_file_lists_nothing_for_removal(root):
    (root / "tiny/run.json").write_bytes(b"{")
    with pytest.raises(CorruptArtifact):
        unreferenced(root, "tiny")


def test_an_artifact_is_finished_when_its_manifest_is_there(root):
    assert artifact_finished(root, "tiny", "dataset", "d0")
    assert not artifact_finished(root, "tiny", "dataset", "d1")
    (root / "tiny/dataset/d0/manifest.json").unlink()
    assert not artifact_finished(root, "tiny", "dataset", "d0")
