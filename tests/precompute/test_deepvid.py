"""The stages of generators, DeepVID and the saliency contest, on studies built in seconds."""

from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch

from core.deepvid.explanation import explained, recipe_for
from core.generators.decoder_numpy import vae_decoder
from core.saliency.examined import examined
from core.store import Store
from core.teachers.inference import TorchTeacher
from precompute.blocks import Blocks
from precompute.explainers import drawn, generator_of
from precompute.given import Content
from precompute.latent import Latent, generators_of, latent, picture_of, sample_count
from precompute.pipeline import STAGES
from precompute.plan import plan
from precompute.settings import load_study
from precompute.stage import Work
from precompute.stages import generator as stage
from precompute.stages.deepvid import samples_to_explain
from precompute.teachers import teacher_for
from tests.precompute.explained_toys import LENS, STUDY, TRAINED, built

NEEDS_GRADIENTS = {
    "gradient", "sensitivity", "gradient_x_input", "gradient_x_input_log_odds",
    "integrated_gradients", "integrated_gradients_log_odds", "grad_cam_plus_plus",
    "smooth_grad", "guided_backprop", "relevance_propagation", "excitation_backprop", "grad_cam",
    "linear_approximation", "score_cam", "extremal_perturbation", "fgvis",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("deepvid")


@pytest.fixture
def store(explained_store) -> Store:
    return explained_store


@pytest.fixture
def forest(forest_store) -> Store:
    return forest_store


def space(store: Store) -> Latent:
    return latent(store, "vae")


def contents(store: Store) -> dict[tuple[str, str], str]:
    return {
        (stage, name): file.sha256
        for stage in LENS
        for name, file in store.manifest(stage).files.items()
    }


def test_every_shown_image_has_a_code_and_a_reconstruction_error(store):
    found = space(store)
    assert found.codes.shape == (200, 10)
    pictures = np.stack([picture_of(store, sample) for sample in range(5)])
    off = np.square(found.decode(found.codes[:5]) - pictures).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(found.errors[:5], off, rtol=1e-3)


def test_ranges_are_those_of_the_training_images(store):
    train = (store.table("samples").sort_values("sample_id")["split"] == "train").to_numpy()
    codes = space(store).codes[train]
    np.testing.assert_allclose(space(store).space.ranges[:, 0], codes.min(0), atol=1e-6)
    np.testing.assert_allclose(space(store).space.ranges[:, 1], codes.max(0), atol=1e-6)


def test_the_stored_weights_encode_and_decode_as_the_stage_did(store):
    made, found = generator_of(store, "vae"), space(store)
    pictures = np.stack([picture_of(store, sample) for sample in range(4)])
    np.testing.assert_allclose(made.encode(pictures), found.codes[:4], atol=1e-5)
    decode = vae_decoder(store.weights("generator", "vae"), (1, 8, 8))
    np.testing.assert_allclose(decode(found.codes[:4]), made.decode(found.codes[:4]), atol=1e-5)


def test_the_stated_set_begins_with_the_least_certain_and_holds_every_class_kept(store):
    chosen = samples_to_explain(store, 40)
    told = store.table("prediction").query("epoch == 2")
    samples = store.table("samples").set_index("sample_id")
    test = told[told["sample_id"].map(samples["split"]) == "test"]
    least = int(test.sort_values("entropy")["sample_id"].iloc[-1])
    assert least in chosen.samples
    assert len(set(chosen.samples.tolist())) == len(chosen.reasons) <= 40
    assert least in samples_to_explain(store, 1).samples
    wrong = set(told["sample_id"][told["predicted"].to_numpy() != samples["label"].to_numpy()])
    assert {
        s for s, r in zip(chosen.samples, chosen.reasons, strict=True) if r == "misread"
    } <= wrong


def test_a_stored_explanation_is_what_the_teacher_says_now(store):
    row = store.table("explanation").iloc[0]
    sample, place = int(row["sample_id"]), int(row["place"])
    study = load_study(str(store.root.parent / "toy.toml"))
    teacher = teacher_for(
        study, (8, 8, 1), 10, weights=store.weights("teacher", "weights", 2.0), epoch=2.0
    )
    found = space(store)
    again = explained(
        picture_of(store, sample), found.codes[sample], found.decode, found.space,
        examined(teacher).logits, recipe_for((1, 8, 8)),
    )  # fmt: skip
    np.testing.assert_allclose(
        store.array("deepvid", "weights")[place], again.weights.weights, atol=1e-3
    )
    np.testing.assert_allclose(
        store.array("deepvid", "student")[place], again.trust.student, atol=1e-3
    )
    assert row["total_variation"] == pytest.approx(again.trust.total_variation, abs=1e-3)


def test_every_sampler_is_judged_on_the_same_images(store):
    figures = store.table("figure").query("view == 'deepvid' and metric == 'total_variation'")
    assert set(figures["method"]) == {
        "deepvid", "deepvid_paper", "deepvid_line", "deepvid_band", "deepvid_knn",
    }  # fmt: skip
    assert set(figures["n"]) == {4}
    assert ((figures["low"] <= figures["value"]) & (figures["value"] <= figures["high"])).all()


def test_a_removal_curve_starts_at_the_teachers_own_probability(store):
    curves, areas = store.table("removal_curve"), store.table("removal_area")
    starts = curves.query("removed == 0")["mean"]
    assert starts.nunique() == 1
    told = store.table("prediction").query("epoch == 2").set_index("sample_id")
    own = told.loc[sorted(set(areas["sample_id"])), "true_probability"]
    assert starts.iloc[0] == pytest.approx(own.mean(), abs=1e-4)
    assert curves["removed"].max() == 16
    mean = curves.query("method == 'deepvid' and removed > 0")["mean"].mean()
    assert mean == pytest.approx(areas.query("method == 'deepvid'")["area"].mean(), abs=1e-6)


def test_deepvid_shows_the_contests_own_figures(store):
    figures = store.table("figure").query("metric == 'removal_area_200'")
    columns = ["method", "value", "low", "high", "n"]
    ours, theirs = (
        figures.query(f"view == '{view}'")[columns].sort_values("method").to_numpy().tolist()
        for view in ("deepvid", "saliency")
    )
    assert ours == theirs
    assert len(ours) == (store.table("saliency_method")["reason"] == "").sum() > 30


def test_the_gallery_holds_one_image_of_each_class_drawn(store):
    rows = store.table("saliency_gallery")
    labels = store.table("samples").set_index("sample_id")["label"]
    assert rows["class"].tolist() == labels.loc[rows["sample_id"]].tolist()
    assert rows["class"].is_unique
    maps = store.array("saliency_arena", "gallery")
    assert maps.shape == (len(store.table("saliency_gallery_method")), len(rows), 8, 8)


def test_the_whole_lens_works_for_a_forest_and_says_what_is_not_there(forest):
    assert len(forest.table("explanation")) == 8
    methods = forest.table("saliency_method").set_index("method")
    absent = methods[methods["reason"] != ""]
    assert set(absent.index) == NEEDS_GRADIENTS
    assert absent["reason"].str.contains("gradients|feature maps").all()
    assert absent["evaluations"].isna().all()
    assert set(forest.table("removal_area")["method"]) == set(methods.index) - NEEDS_GRADIENTS


def test_a_forests_noughts_make_no_student_infinite(forest):
    assert np.isfinite(forest.array("deepvid", "weights")).all()
    assert (forest.table("explanation")["total_variation"] <= 1).all()


def test_building_again_gives_the_same_bits(folder, store):
    again = built(folder / "again", STUDY + TRAINED)
    assert contents(again) == contents(store)


def test_a_table_of_predictions_declines_and_tells_why(folder):
    import pandas as pd

    place = folder / "table"
    place.mkdir()
    logits = np.random.default_rng(0).random((12, 2)).astype(np.float32)
    pd.DataFrame(
        {"id": range(12), "label": [0, 1] * 6, "split": ["train"] * 8 + ["test"] * 4,
         "logits": list(logits)}
    ).to_parquet(place / "told.parquet")  # fmt: skip
    text = f"""
[data]
source = "predictions"
path = "{place / "told.parquet"}"
[teacher]
predictions = "{place / "told.parquet"}"
"""
    found = built(place, text, "told")
    reasons = found.table("unavailable").query("lens == 'deepvid'")
    assert reasons["stage"].tolist() == list(LENS)
    assert reasons["reason"].str.contains("new images").all()


def test_the_images_size_chooses_the_generator():
    study = load_study("tiny")
    assert generators_of(study, (1, 28, 28), 10) == ("vae",)
    assert generators_of(study, (3, 64, 64), 9_000) == ("dfc_vae",)
    assert generators_of(study, (3, 32, 32), 9_000) == ("dfc_vae", "frequency")
    assert generators_of(study, (3, 32, 32), 30) == ("frequency",)
    assert generators_of(study, (3, 224, 224), 9_000) == ("frequency",)
    assert generators_of(study, (3, 28, 30), 9_000) == ("frequency",)
    named = load_study("tiny", ["deepvid.generators=['frequency']"])
    assert generators_of(named, (1, 8, 8), 10) == ("frequency",)


def test_large_images_and_deep_teachers_cost_more_and_are_judged_on_fewer():
    assert sample_count(None, 10_000, (1, 28, 28), seconds=0.1) == 1000
    assert sample_count(None, 10_000, (3, 224, 224), seconds=0.1) == 10
    assert sample_count(None, 10_000, (1, 28, 28), seconds=7.0) == 50
    assert sample_count(None, 10_000, (1, 28, 28), seconds=1e4) == 10
    assert sample_count(50, 30, (1, 28, 28), seconds=7.0) == 30


def test_smaller_draws_are_part_of_larger_ones(store):
    assert set(drawn(store, 5, 0)) <= set(drawn(store, 20, 0))


def test_kept_blocks_are_not_made_again_and_go_at_the_end(tmp_path):
    blocks, made = Blocks(tmp_path / "stage" / "key"), []

    def make():
        made.append(1)
        return {"values": np.arange(3.0)}

    for _ in range(2):
        np.testing.assert_array_equal(blocks.kept("rise-0", make)["values"], np.arange(3.0))
    assert len(made) == 1
    blocks.remove()
    assert not list(tmp_path.glob("stage/*"))


def test_a_teacher_without_convolutions_leaves_pixels_to_judge_a_convolutional_generator(
    monkeypatch,
):
    teacher = TorchTeacher(
        torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(768, 3)), 3, image_shape=(16, 16, 3)
    )
    monkeypatch.setattr(stage, "last_teacher", lambda work, shape: teacher)
    loss, said = stage._judged_by(cast(Work, None), "dfc_vae", (3, 16, 16))
    assert said == "pixels"
    pictures = torch.rand(2, 3, 16, 16)
    assert not loss(pictures, pictures).any()


def test_settings_that_do_not_matter_leave_the_generator_as_it_is():
    def key(*overrides: str) -> dict[str, str]:
        steps = plan(load_study("tiny", overrides), STAGES, Content(""))
        return {step.stage.name: step.key for step in steps if step.stage.name in LENS}

    usual = key()
    assert key("saliency.images=9")["generator"] == usual["generator"]
    assert key("saliency.images=9")["saliency_arena"] != usual["saliency_arena"]
    assert key("deepvid.beta=0.5")["deepvid"] != usual["deepvid"]
    assert key("darksight.temperature=2.0")["deepvid"] == usual["deepvid"]
