"""The stages of DeepVisualInsight on a study small enough to be built again and again."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.dvi.comparison import KS
from core.dvi.model import LandmarkModel
from core.store import Store
from precompute.build import build
from precompute.given import Content
from precompute.pipeline import STAGES
from precompute.plan import plan
from precompute.settings import load_study

STAGES_OF_DVI = {"boundary", "dvi", "dvi_landscape", "dvi_history", "dvi_evaluation"}
DVI = """
[dvi]
grid = 20
baselines = ["pca", "dvi_t"]
"""
TRAINED = """
[data]
source = "digits"
limit = 300
label_noise = 0.1
[teacher]
architecture = "convnet"
arguments = { width = 8 }
batch_size = 16
"""


def built(folder: Path, text: str, *, only=("dvi_evaluation", "dvi_landscape", "dvi_history")):
    """The store after the stages of DVI, as a build makes them."""
    folder.mkdir(exist_ok=True, parents=True)
    (folder / "toy.toml").write_text(text)
    build(load_study(str(folder / "toy.toml")), folder / "store", only=only, quiet=True)
    return Store("toy", folder / "store")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("dvi")


@pytest.fixture(scope="module")
def store(folder) -> Store:
    """300 digits, a tenth of the labels flipped, five checkpoints."""
    return built(folder, TRAINED + "epochs = 5\n" + DVI)


def places(store: Store, epoch: float) -> np.ndarray:
    rows = store.table("embedding").query("method == 'dvi' and epoch == @epoch")
    return rows.sort_values("sample_id")[["x", "y"]].to_numpy(np.float32)


def contents(store: Store) -> dict[tuple[str, float | None, str], str]:
    return {
        (stage, epoch, name): file.sha256
        for stage, epoch, _ in store.run.artifacts()
        for name, file in store.manifest(stage, epoch).files.items()
    }


def figures(store: Store) -> pd.DataFrame:
    return store.table("figure").query("view == 'dvi'")


def test_every_checkpoint_has_a_place_for_every_sample(store):
    assert store.epochs("dvi") == [1, 2, 3, 4, 5]
    positions = store.array("dvi_landscape", "positions")
    assert positions.shape == (5, 300, 2)
    for number, epoch in enumerate(store.epochs("dvi")):
        np.testing.assert_array_equal(positions[number], places(store, epoch))


def test_the_stored_model_projects_and_goes_back_as_the_pictures_say(store):
    model = LandmarkModel.from_arrays(store.weights("dvi", "model", 5))
    representations = np.array(store.array("predictions", "representation", 5))
    np.testing.assert_allclose(model.project(representations), places(store, 5), atol=1e-4)
    head = store.weights("boundary", "head", 5)
    after = model.inverse(places(store, 5)) @ head["weight"].T + head["bias"]
    predicted = store.table("prediction").query("epoch == 5").sort_values("sample_id")["predicted"]
    train = (store.table("samples")["split"] == "train").to_numpy()
    kept = (after.argmax(axis=1) == predicted.to_numpy())[train].mean()
    ppr = figures(store).query("metric == 'ppr' and method == 'dvi' and split == 'train'")
    assert kept == pytest.approx(ppr.set_index("epoch")["value"][5])


def test_boundary_points_are_mixtures_of_two_training_images_of_other_classes(store):
    points = store.table("boundary_point").query("epoch == 5")
    assert len(points) > 10
    assert (points["margin"] <= 0.1).all()
    assert (points["share"] <= 0.4).all()
    predicted = store.table("prediction").query("epoch == 5").set_index("sample_id")["predicted"]
    split = store.table("samples").set_index("sample_id")["split"]
    assert (split[points["first"]] == "train").all()
    first, second = predicted[points["first"]].to_numpy(), predicted[points["second"]].to_numpy()
    assert (first != second).all()
    search = store.table("boundary_search").query("epoch == 5")
    assert (search["found"] <= search["tried"]).all()
    assert (search["class_a"] < search["class_b"]).all()
    assert search["found"].sum() >= len(points)
    assert len(store.table("dvi_boundary").query("epoch == 5")) == len(points)


def test_the_landscape_holds_all_pictures_and_agrees_with_its_arrays(store):
    extent = store.table("landscape_extent").iloc[0]
    positions = store.array("dvi_landscape", "positions")
    assert extent["left"] < positions[..., 0].min() <= positions[..., 0].max() < extent["right"]
    assert extent["bottom"] < positions[..., 1].min() <= positions[..., 1].max() < extent["top"]
    table = store.table("landscape").sort_values(["epoch", "row", "column"])
    shape = (5, int(extent["rows"]), int(extent["columns"]))
    np.testing.assert_array_equal(
        table["class"].to_numpy().reshape(shape), store.array("dvi_landscape", "class")
    )
    np.testing.assert_allclose(
        table["confidence"].to_numpy().reshape(shape),
        store.array("dvi_landscape", "confidence") / 255,
        atol=1 / 500,
    )


def test_the_landscape_has_the_classes_of_the_samples_that_lie_on_it(store):
    extent = store.table("landscape_extent").iloc[0]
    x, y = places(store, 5).T
    across = (x - extent["left"]) / (extent["right"] - extent["left"])
    down = (extent["top"] - y) / (extent["top"] - extent["bottom"])
    side = int(extent["rows"])
    shown = store.array("dvi_landscape", "class")[-1]
    under = shown[(down * side).astype(int), (across * side).astype(int)]
    predicted = store.table("prediction").query("epoch == 5").sort_values("sample_id")["predicted"]
    assert (under == predicted.to_numpy()).mean() > 0.8  # 20 cells a side are coarse


def test_events_are_those_of_the_predictions(store):
    flips = store.table("event").query("kind == 'flip'")
    wide = store.table("prediction").pivot(index="sample_id", columns="epoch", values="predicted")
    for epoch in (2, 3, 4, 5):
        changed = wide.index[wide[epoch] != wide[epoch - 1]]
        assert set(flips.query("epoch == @epoch")["sample_id"]) == set(changed)
    changes = store.table("epoch_change").groupby("epoch")["flips"].sum()
    assert (
        changes.to_dict()
        == flips.groupby("epoch").size().reindex(changes.index, fill_value=0).to_dict()
    )


def test_learning_says_from_when_a_sample_stays_right(store):
    labels = store.table("samples").set_index("sample_id")["label"]
    wide = store.table("prediction").pivot(index="sample_id", columns="epoch", values="predicted")
    right = wide.eq(labels, axis=0)
    for row in store.table("learning").itertuples():
        history = right.loc[row.sample_id]
        assert row.right_epochs == history.sum()
        if np.isnan(row.learned_at):
            assert not history.iloc[-1]
        else:
            assert history.loc[row.learned_at :].all()
            assert row.learned_at == 1 or not history.loc[row.learned_at - 1]


def test_flipped_labels_are_found_and_the_figure_says_how_well(store):
    scores = store.table("noise_score").query("method == 'dvi'").sort_values("rank")
    samples = store.table("samples").set_index("sample_id")
    flipped = (samples["label"] != samples["original_label"])[scores["sample_id"]].to_numpy()
    assert (np.diff(scores["score"]) <= 0).all()
    assert scores["recall"].iloc[-1] == 1
    assert scores["precision"].iloc[-1] == pytest.approx(flipped.mean())
    found = figures(store).query("metric == 'noise_average_precision' and method == 'dvi'")
    assert found["value"].item() > 3 * flipped.mean()


def test_every_property_has_a_figure_for_both_splits_at_first_middle_and_last(store):
    still = [f"{name}_k{k}" for name in ("nn_pv", "boundary_pv") for k in KS] + ["ppr", "rec_pv"]
    moving = [f"temporal_pv_k{k}" for k in KS] + ["temporal_pv_across_k15", "motion_honesty"]
    rows = figures(store)
    for method in ("dvi", "dvi_t", "pca"):
        for split in ("train", "test"):
            mine = rows[(rows["method"] == method) & (rows["split"] == split)]
            for metric in still:
                assert sorted(mine.loc[mine["metric"] == metric, "epoch"]) == [1, 3, 5]
            for metric in moving:
                (epoch,) = mine.loc[mine["metric"] == metric, "epoch"]
                assert np.isnan(epoch)


def test_our_pictures_know_the_way_back_better_than_those_of_pca(store):
    rows = figures(store)
    keys = zip(rows["metric"], rows["method"], rows["split"], rows["epoch"], strict=True)
    value = dict(zip(keys, rows["value"], strict=True))
    ours, theirs = (value["ppr", method, "train", 5.0] for method in ("dvi", "pca"))
    assert ours - theirs > 0


def test_an_interrupted_build_ends_with_the_same_bytes(store, folder, tmp_path):
    again = Path(shutil.copytree(folder, tmp_path / "again"))
    whole = contents(store)
    for stage, epoch in [("dvi", 4.0), ("dvi", 5.0), ("dvi_landscape", None)]:
        key = Store("toy", again / "store").path(stage, epoch).name
        shutil.rmtree(again / "store" / "toy" / stage / key)
    study = load_study(str(again / "toy.toml"))
    rows = build(study, again / "store", only=sorted(STAGES_OF_DVI), quiet=True)
    assert {row.stage: row.built for row in rows if row.built} == {"dvi": 2, "dvi_landscape": 1}
    assert contents(Store("toy", again / "store")) == whole


def test_a_setting_of_dvi_reaches_no_other_lens():
    def keys(*overrides):
        steps = plan(load_study("tiny", overrides), STAGES, Content(""))
        return {(step.stage.name, step.epoch): step.key for step in steps}

    before, after = keys(), keys("dvi.temporal=0.1")
    changed = {name for (name, epoch), key in before.items() if after[name, epoch] != key}
    assert changed == STAGES_OF_DVI - {"boundary"}
    evaluated = keys("dvi.baselines=['pca']")
    assert {n for (n, e), key in before.items() if evaluated[n, e] != key} == {"dvi_evaluation"}


def test_one_checkpoint_is_a_still_picture_and_the_figures_of_motion_say_undefined(tmp_path):
    store = built(tmp_path, TRAINED + "epochs = 1\n" + DVI)
    assert store.array("dvi_landscape", "positions").shape == (1, 300, 2)
    assert len(store.table("event")) == 0
    rows = figures(store).query("method == 'dvi' and split == 'train'").set_index("metric")
    assert rows["value"].loc[["temporal_pv_k15", "motion_honesty"]].isna().all()
    assert float(rows["value"].loc["nn_pv_k15"]) > 0.2


def test_identical_checkpoints_give_identical_pictures(store, tmp_path):
    from safetensors.numpy import save_file

    weights = store.weights("teacher", "weights", 5)
    for epoch in (1, 2):
        save_file(weights, tmp_path / f"net_{epoch}.safetensors")
    given = built(
        tmp_path,
        f"""
[data]
source = "digits"
limit = 300
[teacher]
architecture = "convnet"
arguments = {{ width = 8 }}
checkpoints = "{tmp_path}/net_*.safetensors"
{DVI}""",
        only=["dvi_landscape"],
    )
    np.testing.assert_array_equal(places(given, 1), places(given, 2))
    for name in ("class", "confidence", "margin"):
        one, other = given.array("dvi_landscape", name)
        np.testing.assert_array_equal(one, other)


def test_a_teacher_without_a_head_is_declined_with_a_reason_and_the_build_goes_on(tmp_path):
    store = built(
        tmp_path,
        '[data]\nsource = "digits"\nlimit = 120\n'
        '[teacher]\nfactory = "core.teachers.estimators:digits_forest"\n' + DVI,
    )
    reasons = store.table("unavailable")
    assert set(reasons["stage"]) == STAGES_OF_DVI
    assert set(reasons["lens"]) == {"dvi"}
    (reason,) = set(reasons["reason"])
    assert "needs the teacher's representation and head" in reason
    assert "digits_forest" in reason


def test_too_few_training_samples_are_declined_with_their_number(tmp_path):
    store = built(
        tmp_path, TRAINED.replace("limit = 300", "shown = { train = 12 }") + "epochs = 1\n" + DVI
    )
    (reason,) = set(store.table("unavailable")["reason"])
    assert "more than 15 are needed, the study shows 12" in reason


def test_an_epoch_whose_representations_are_no_numbers_is_refused_by_name(tmp_path, monkeypatch):
    from core.store import reader

    whole = reader.Store.array

    def broken(self, stage, name, epoch=None):
        found = whole(self, stage, name, epoch)
        if (stage, name, epoch) == ("predictions", "representation", 2.0):
            found = np.array(found)
            found[7] = np.nan
        return found

    monkeypatch.setattr(reader.Store, "array", broken)
    with pytest.raises(
        ValueError, match=r"epoch 2: representations must be finite.*first in row 7"
    ):
        built(tmp_path, TRAINED + "epochs = 2\n" + DVI)
