"""One file to share: what it holds, and that it arrives as it left."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import msgspec
import numpy as np
import pytest

from core.store import ARRAYS, MissingArtifact, Store, load_manifest, publish, received, studies
from core.store.stories import Step, Story
from core.store.story_shelf import save_story, shelf, stories_in
from precompute.pack import LIVE, UNREAD, goes_along, pack, rounded
from precompute.unpack import unpack
from tests.core.store import tiny

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def store(tmp_path):
    root = tmp_path / "store"
    tiny.build(root)
    return root


def test_a_pack_arrives_as_it_left(store, tmp_path):
    pack("tiny", store, tmp_path / "tiny.zip")
    assert unpack(tmp_path / "tiny.zip", tmp_path / "other") == ("tiny", False)
    there, here = Store("tiny", tmp_path / "other"), Store("tiny", store)
    assert there.fingerprint == here.fingerprint
    for stage, epoch, _ in here.run.artifacts():
        for table in here.manifest(stage, epoch).names(".parquet"):
            left, arrived = (s.path(stage, epoch) / f"{table}.parquet" for s in (here, there))
            assert arrived.read_bytes() == left.read_bytes()
    assert there.table("prediction").equals(here.table("prediction"))
    assert np.array_equal(there.array("dataset", "images"), here.array("dataset", "images"))


def test_what_no_page_reads_stays_behind_and_says_so(store, tmp_path):
    packed = pack("tiny", store, tmp_path / "tiny.zip")
    assert {part.name: part.left_out for part in packed.parts}["predictions"] == ("logits.npy",)
    unpack(tmp_path / "tiny.zip", tmp_path / "other")
    there = Store("tiny", tmp_path / "other")
    assert there.manifest("predictions", 1.0).left_out == ("logits.npy",)
    with pytest.raises(MissingArtifact, match=r"logits.npy of stage predictions was left out when"):
        there.array("predictions", "logits", 1.0)


def test_the_same_run_makes_the_same_file_and_what_arrived_can_be_packed_again(store, tmp_path):
    first = pack("tiny", store, tmp_path / "first.zip")
    unpack(tmp_path / "first.zip", tmp_path / "other")
    again = pack("tiny", tmp_path / "other", tmp_path / "again.zip")
    assert first.sha256 == again.sha256
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "again.zip").read_bytes()


def test_selections_and_stories_travel_and_flags_do_not(store, tmp_path):
    here = Store("tiny", store)
    here.save_selection("unsure", [1, 2])
    here.flag(3, "between us")
    save_story(store, "walk", Story("Walk", "tiny", (Step("overview", "Look"),)))
    pack("tiny", store, tmp_path / "tiny.zip")
    unpack(tmp_path / "tiny.zip", tmp_path / "other")
    there = Store("tiny", tmp_path / "other")
    assert there.selections() == {"unsure": [1, 2]}
    assert stories_in(shelf(tmp_path / "other", "tiny"))[0]["walk"].title == "Walk"
    assert there.flags().empty
    assert b"between us" not in (tmp_path / "tiny.zip").read_bytes()


def test_a_second_arrival_changes_nothing(store, tmp_path):
    pack("tiny", store, tmp_path / "tiny.zip")
    unpack(tmp_path / "tiny.zip", tmp_path / "other")
    Store("tiny", tmp_path / "other").save_selection("mine", [0])
    assert unpack(tmp_path / "tiny.zip", tmp_path / "other") == ("tiny", True)
    assert Store("tiny", tmp_path / "other").selections() == {"mine": [0]}
    assert unpack(tmp_path / "tiny.zip", store) == ("tiny", True), "it was built there"


def test_an_arrival_is_remembered_and_a_later_build_is_not_one(store, tmp_path):
    packed = pack("tiny", store, tmp_path / "tiny.zip")
    unpack(tmp_path / "tiny.zip", tmp_path / "other", source="https://example.org/tiny.zip")
    arrival = received(tmp_path / "other", "tiny")
    assert arrival is not None
    assert (arrival.source, arrival.sha256) == ("https://example.org/tiny.zip", packed.sha256)
    assert received(store, "tiny") is None
    assert received(tmp_path / "other", "tiny", "another run") is None
    (tmp_path / "other/tiny/received.json").write_text("{")
    assert received(tmp_path / "other", "tiny") is not None, "in doubt it came from elsewhere"


def test_a_build_finishes_what_a_pack_left_out(store, tmp_path):
    from core.store import artifact_finished

    pack("tiny", store, tmp_path / "tiny.zip")
    root = tmp_path / "other"
    unpack(tmp_path / "tiny.zip", root)
    assert artifact_finished(root, "tiny", "dataset", "d0", verify=True)
    assert not artifact_finished(root, "tiny", "predictions", "p1", verify=True)
    with tiny.writer(root, "predictions", "p1", 1.0) as artifact:
        artifact.table("prediction", tiny.prediction(1.0))
        artifact.array("logits", np.zeros((tiny.SAMPLES, 3), np.float32))
    assert load_manifest(root / "tiny/predictions/p1").left_out == ()


def test_only_live_packs_hold_weights():
    assert not goes_along("teacher", "weights.safetensors", live=False)
    assert goes_along("teacher", "weights.safetensors", live=True)
    assert not goes_along("teacher", "state.safetensors", live=True)
    assert goes_along("darksight", "student.safetensors", live=False), "pages draw with it"


def test_what_stays_behind_is_read_by_no_page():
    pages = "\n".join(
        path.read_text()
        for path in (ROOT / "pages").rglob("*.py")
        if path.name != "live.py"  # the one place that runs a model
    )
    for stage, file in UNREAD | LIVE:
        name, kind = file.split(".")
        assert kind != "npy" or (stage, name) in ARRAYS
        assert f'"{stage}", "{name}"' not in pages
        assert kind != "parquet" or not re.search(rf"from {name}\b", pages)


def test_the_command_prints_size_and_contents(run, store, tmp_path):
    done = run("pack", "tiny", tmp_path / "tiny.zip", "--store", store)
    assert done.returncode == 0, done.stderr
    assert "logits.npy" in done.stdout
    assert f"wrote {tmp_path}/tiny.zip: " in done.stdout
    done = run("unpack", tmp_path / "tiny.zip", "--store", tmp_path / "other")
    assert done.returncode == 0, done.stderr
    assert "tiny is in the store: python -m precompute serve tiny --store" in done.stdout
    assert studies(tmp_path / "other") == ["tiny"]


def test_packing_what_is_not_there_is_one_line(run, store, tmp_path):
    done = run("pack", "nothing", tmp_path / "no.zip", "--store", store)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert not (tmp_path / "no.zip").exists()
    done = run("pack", "tiny", tmp_path, "--store", store)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "is a folder" in done.stderr


def test_a_damaged_study_is_not_packed(store, tmp_path):
    path = store / "tiny/dataset/d0/samples.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(ValueError, match="damaged"):
        pack("tiny", store, tmp_path / "tiny.zip")
    assert [file.name for file in tmp_path.iterdir()] == ["store"], "nothing half-made is left"


def test_without_its_weights_a_study_is_not_packed_for_live_explanations(tiny_store, tmp_path):
    pack("tiny", tiny_store, tmp_path / "light.zip")
    unpack(tmp_path / "light.zip", tmp_path / "other")
    with pytest.raises(MissingArtifact, match=r"pack it without --live, or where it was built"):
        pack("tiny", tmp_path / "other", tmp_path / "live.zip", live=True)
    live = pack("tiny", tiny_store, tmp_path / "live.zip", live=True)
    with zipfile.ZipFile(live.path) as zip:
        names = [name.rsplit("/", 1)[-1] for name in zip.namelist()]
        assert msgspec.json.decode(zip.read("pack.json"))["live"] is True
    assert names.count("weights.safetensors") == 3
    assert "state.safetensors" not in names


@pytest.mark.parametrize("command", ["pack", "unpack"])
def test_packing_and_unpacking_import_no_torch(command, store, tmp_path):
    pack("tiny", store, tmp_path / "tiny.zip")
    arguments = ["tiny", "again.zip"] if command == "pack" else ["tiny.zip"]
    where = "store" if command == "pack" else "other"
    code = (
        "import sys; from precompute.__main__ import main;"
        f"code = main([{command!r}, *{arguments!r}, '--store', {where!r}]);"
        "heavy = [name for name in ('torch', 'sklearn', 'umap', 'streamlit') if name in"
        " sys.modules]; sys.exit(code or (print(heavy, file=sys.stderr) or 3 if heavy else 0))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_arrays_travel_with_eleven_significant_bits_and_say_so(store, tmp_path):
    rng = np.random.default_rng(0)
    values = (rng.normal(size=(12, 3)) * 10.0 ** rng.integers(-30, 30, (12, 3))).astype("f4")
    with tiny.writer(store, "predictions", "p9", 9.0) as artifact:
        artifact.array("probabilities", values)
    run = Store("tiny", store).run
    stages = run.stages | {"predictions": {"9": "p9"}}
    publish(store, "tiny", msgspec.structs.replace(run, stages=stages))
    pack("tiny", store, tmp_path / "tiny.zip")
    unpack(tmp_path / "tiny.zip", tmp_path / "other")
    there = Store("tiny", tmp_path / "other")
    arrived = np.array(there.array("predictions", "probabilities", 9.0))
    assert (np.abs(arrived / values - 1) <= 1 / 2048).all()
    assert there.manifest("predictions", 9.0).rounded == ("probabilities.npy",)
    assert there.manifest("dataset").rounded == ()


def test_rounding_is_that_of_half_precision():
    rng = np.random.default_rng(0)
    values = np.r_[rng.normal(size=1000), 0, -0.0, 1, 2 / 3, np.inf, -np.inf, 65504].astype("<f4")
    assert np.array_equal(rounded(values.view("<u4")).view("<f4"), values.astype("f2").astype("f4"))
    assert np.isnan(rounded(np.array([np.nan], "<f4").view("<u4")).view("<f4"))
    once = rounded(values.view("<u4"))
    assert np.array_equal(rounded(once), once)
