"""The stage of the saliency contest: its numbers, its blocks, its tables."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, cast

import numpy as np
import pytest
import torch
from torch import nn

from core.generators.frequency import Frequency
from core.generators.generator import LatentSpace, latent_ranges
from core.saliency.controls import Edges
from core.saliency.cost import seconds_of_pass
from core.saliency.deletion_insertion import area
from core.saliency.gradient import Gradient
from core.saliency.method import Examined, explain
from core.teachers.inference import TorchTeacher
from core.teachers.preprocessing import Preprocessing
from core.teachers.protocol import Capability
from precompute.blocks import Blocks
from precompute.explainers import neutral_color
from precompute.saliency_judging import Arena, drawn_anew, full, judged
from precompute.saliency_methods import OURS, Contestant, contestants
from precompute.saliency_neighbors import neighbors_of, stacked
from precompute.saliency_plan import Share, planned
from precompute.settings import Saliency
from precompute.stage import Work
from precompute.stages.saliency_arena import _judged as all_judged

RANDOM = np.random.default_rng(0)
IMAGES = (RANDOM.random((30, 8, 8, 1)) * 255).astype(np.uint8)
PICTURES = RANDOM.random((7, 1, 8, 8)).astype(np.float32)
CODER = Frequency((1, 8, 8), 3)
CODES = CODER.encode(RANDOM.random((30, 1, 8, 8)).astype(np.float32))
SPACE = LatentSpace(CODES, latent_ranges(CODES), np.zeros(30, np.float32))


def network(channels: int = 1, width: int = 4) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(channels, width, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(),
        nn.Linear(4 * width, 3),
    ).eval()  # fmt: skip


def white(module: nn.Module) -> Examined:
    def predict(pictures):
        with torch.inference_mode():
            return module(torch.from_numpy(np.array(pictures))).numpy()

    return Examined(predict, module)


def black_box() -> Examined:
    return Examined(white(network()).predict)


def arena(teacher: Examined, **changes) -> Arena:
    targets = teacher.logits(PICTURES).argmax(axis=1)
    return Arena(
        teacher, None, PICTURES, targets, targets, np.array([1, 5]), (0.0,), True, 0, **changes
    )


def field(teacher: Examined, shape=(1, 8, 8)) -> list[Contestant]:
    coder = CODER if shape == (1, 8, 8) else Frequency(shape, 3)
    codes = coder.encode(RANDOM.random((4, *shape)).astype(np.float32))
    space = LatentSpace(codes, latent_ranges(codes), np.zeros(4, np.float32))
    return contestants(shape, coder, space, IMAGES, teacher)


@dataclass(frozen=True)
class Broken:
    """A method whose map of the second block is not a number."""

    name: ClassVar[str] = "broken"
    needs: ClassVar[frozenset[Capability]] = frozenset()

    def maps(self, teacher, pictures, targets, *, seed=0, batch_size=512, progress=None):
        maps = pictures[:, 0].copy()
        if (pictures == PICTURES[-1]).all(axis=(1, 2, 3)).any():
            maps[-1] = np.nan
        return maps


class Quiet:
    def advance(self, units: int, note: str = "") -> None:
        pass


class Run:
    progress = Quiet()


def test_all_methods_are_judged_on_the_same_images(explained_store):
    scores = explained_store.table("saliency_score")
    methods = explained_store.table("saliency_method").query("reason == ''")["method"]
    for metric in ("deletion", "insertion"):
        found = scores.query(f"metric == '{metric}'").groupby("method")["sample_id"].apply(set)
        assert set(found.index) == set(methods)
        assert all(samples == found.iloc[0] for samples in found)
        assert len(found.iloc[0]) == 3


def test_curves_begin_and_end_at_the_teachers_own_probability(explained_store):
    curves = explained_store.table("saliency_curve")
    told = explained_store.table("prediction").query("epoch == 2").set_index("sample_id")
    samples = explained_store.table("removal_area")["sample_id"].unique()
    own = told.loc[samples, "confidence"].mean()
    starts = curves.query("game == 'deletion' and share == 0")["mean"]
    ends = curves.query("game == 'insertion' and share == 1")["mean"]
    np.testing.assert_allclose(starts, own, atol=1e-4)
    np.testing.assert_allclose(ends, own, atol=1e-4)
    assert (curves["n"] == 3).all()


def test_a_figure_is_the_mean_of_its_images_and_lies_in_its_interval(explained_store):
    scores = explained_store.table("saliency_score")
    figures = explained_store.table("figure").query("view == 'saliency'")
    for metric, name in (("deletion", "deletion_area"), ("sensitivity", "max_sensitivity")):
        means = scores.query(f"metric == '{metric}'").groupby("method")["value"].mean()
        rows = figures.query(f"metric == '{name}'").set_index("method")
        np.testing.assert_allclose(rows["value"], means[rows.index])
        assert ((rows["low"] <= rows["value"]) & (rows["value"] <= rows["high"])).all()


def test_a_pair_is_the_mean_of_the_images_differences(explained_store):
    scores = explained_store.table("saliency_score").query("metric == 'insertion'")
    wide = scores.pivot_table(index="sample_id", columns="method", values="value")
    rows = explained_store.table("saliency_pair").query("metric == 'insertion'")
    assert set(rows["other"]) == set(wide.columns) - {OURS}
    for row in rows.itertuples():
        expected = (wide[OURS] - wide[row.other]).mean()
        assert row.difference == pytest.approx(expected)
        assert row.n == 3


def test_stored_maps_and_curves_belong_to_their_samples(explained_store):
    rows = explained_store.table("saliency_explained").sort_values("row")
    names = explained_store.table("saliency_explained_method").sort_values("place")["method"]
    maps = explained_store.array("saliency_arena", "maps")
    assert maps.shape == (len(names), len(rows), 8, 8)
    assert np.abs(maps).max() == 1
    told = explained_store.table("prediction").query("epoch == 2").set_index("sample_id")
    assert rows["class"].tolist() == told.loc[rows["sample_id"], "predicted"].tolist()
    scores = explained_store.table("saliency_score").query("metric == 'deletion'")
    held = scores.set_index(["method", "sample_id"])["value"]
    curves = explained_store.array("saliency_arena", "deletion")
    for place, name in enumerate(names):
        for row in rows.itertuples():
            if (name, row.sample_id) in held.index:
                found = area(np.arange(curves.shape[2]), curves[place, [row.row]])[0]
                assert found == pytest.approx(held[name, row.sample_id], abs=0.02)


def test_the_gallerys_images_are_among_the_explained(explained_store):
    gallery = explained_store.table("saliency_gallery")["sample_id"].tolist()
    explained = explained_store.table("saliency_explained").sort_values("row")["sample_id"]
    assert explained.tolist()[: len(gallery)] == gallery
    assert len(explained) > len(gallery)
    assert explained.is_unique


def test_relabels_neighbours_come_with_their_labels(explained_store):
    told = explained_store.table("relabel_explained")
    drawn = explained_store.table("relabel_neighbor")
    classes = explained_store.table("saliency_explained").set_index("row")["class"]
    assert (drawn["flipped"] == (drawn["class"] != drawn["row"].map(classes))).all()
    able = told.query("reason == ''").set_index("row")
    counts = drawn.groupby("row").size()[able.index]
    assert (able["count"] >= counts).all()
    flipped = drawn.groupby("row")["flipped"].sum()[able.index]
    assert (able["share"] * able["count"] >= flipped - 1e-6).all()
    assert able["residual"].between(0, 0.05).all()
    assert told["error"].between(0, 1, inclusive="neither").all()
    none = told.query("reason != ''")
    assert (none["count"] == 0).all()
    assert none[["scale", "residual"]].isna().all(axis=None)
    assert len(explained_store.array("saliency_arena", "neighbors")) == len(told)


def test_seconds_stand_in_the_manifest_and_every_metric_says_how_it_was_taken(explained_store):
    costs = explained_store.manifest("saliency_arena").costs
    methods = explained_store.table("saliency_method").query("reason == ''")["method"]
    assert set(costs) == set(methods)
    assert min(costs.values()) > 0
    protocol = explained_store.table("saliency_protocol").set_index("metric")
    assert json.loads(protocol.loc["deletion", "settings"])["steps"] == 100
    assert "11 x 11" in protocol.loc["insertion", "words"]


def test_a_black_box_has_the_black_box_methods_and_no_sanity_check(forest_store):
    scores = forest_store.table("saliency_score")
    assert {"relabel", "deepvid", "rise", "lime", "occlusion", "random"} <= set(scores["method"])
    assert "gradient" not in set(scores["method"])
    assert set(scores["metric"]) == {"deletion", "insertion", "sensitivity"}
    words = forest_store.table("saliency_protocol").set_index("metric").loc["sanity", "words"]
    assert "needs a teacher with a module" in words


def test_a_block_that_was_finished_is_not_made_again(tmp_path, monkeypatch):
    monkeypatch.setattr("precompute.saliency_judging.BLOCK", 3)
    teacher, blocks, done = white(network()), Blocks(tmp_path / "stage" / "key"), []
    one = Contestant("gradient", Gradient(), 2)

    def killed(images: int) -> None:
        done.append(images)
        if len(done) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judged(one, arena(teacher), Share(7, 0, 0), blocks, killed)
    asked = teacher.evaluations
    found = judged(one, arena(teacher), Share(7, 0, 0), blocks, lambda _: None)
    again = teacher.evaluations - asked
    whole = Blocks(tmp_path / "stage" / "other")
    asked = teacher.evaluations
    expected = judged(one, arena(teacher), Share(7, 0, 0), whole, lambda _: None)
    assert again < 0.5 * (teacher.evaluations - asked)
    np.testing.assert_array_equal(found.areas, expected.areas)
    np.testing.assert_array_equal(found.shown, [1, 5])
    assert found.maps.shape == (2, 8, 8)


def contest(teacher: Examined, methods: list[Contestant], folder: Path):
    """The methods that were told of, and what those that did not fail did."""
    plan = planned(methods, teacher, (1, 8, 8), Saliency(images=7), 7, 16)
    return all_judged(cast(Work, Run()), methods, arena(teacher), plan, Blocks(folder / "s" / "k"))


def test_a_method_that_fails_is_out_and_the_others_stay(tmp_path):
    teacher = white(network())
    methods = [Contestant("broken", Broken(), 1), Contestant("gradient", Gradient(), 2)]
    told, found = contest(teacher, methods, tmp_path)
    assert set(found) == {"gradient"}
    assert "must be finite" in told[0].reason
    assert told[1].reason == ""


def test_a_network_without_gradients_leaves_the_methods_that_need_none(tmp_path):
    class Cut(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network()

        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            with torch.no_grad():
                return self.network(pictures)

    teacher = white(Cut().eval())
    methods = [Contestant("gradient", Gradient(), 2), Contestant("edges", Edges(), 0)]
    told, found = contest(teacher, methods, tmp_path)
    assert set(found) == {"edges"}
    assert "does not require grad" in told[0].reason


def test_a_machine_without_memory_ends_the_stage(tmp_path, monkeypatch):
    def full(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Gradient, "maps", full)
    teacher = white(network())
    methods = [Contestant("gradient", Gradient(), 2)]
    with pytest.raises(torch.OutOfMemoryError):
        contest(teacher, methods, tmp_path)


def test_the_cost_of_odd_networks_is_counted_too():
    usual = seconds_of_pass(white(network()), (1, 8, 8))
    normalised = network()
    torch.nn.utils.parametrizations.weight_norm(normalised.get_submodule("0"))
    assert seconds_of_pass(white(normalised), (1, 8, 8)) == usual
    spectral = network()
    torch.nn.utils.spectral_norm(spectral.get_submodule("4")).eval()
    assert seconds_of_pass(white(spectral), (1, 8, 8)) == usual
    assert seconds_of_pass(white(nn.Sequential(nn.Flatten())), (1, 8, 8)) > 0


def test_removal_explains_the_true_class_of_an_image_that_the_teacher_gets_wrong(tmp_path):
    teacher = white(network())
    usual = arena(teacher)
    wrong = replace(usual, labels=(usual.targets + 1) % 3)
    one = Contestant("gradient", Gradient(), 2)
    found = [
        judged(one, some, Share(7, 0, 0), Blocks(tmp_path / name / "k"), lambda _: None)
        for name, some in (("right", usual), ("wrong", wrong))
    ]
    np.testing.assert_array_equal(found[0].deletion, found[1].deletion)
    own = teacher.probabilities(PICTURES, wrong.labels)
    np.testing.assert_allclose(found[1].removal[:, 0], own, atol=1e-6)


def test_the_sanity_check_compares_with_the_teacher_drawn_anew(tmp_path):
    teacher = white(network())
    other, words = drawn_anew(teacher, 0)
    assert words == ""
    some = replace(arena(teacher), other=other)
    one = Contestant("gradient", Gradient(), 2)
    found = judged(one, some, Share(7, 4, 3), Blocks(tmp_path / "s" / "k"), lambda _: None)
    assert found.sanity.shape == (4,)
    assert found.sensitivity.shape == (3,)
    assert ((found.sanity >= 0) & (found.sanity <= 1)).all()
    assert drawn_anew(black_box(), 0)[0] is None


def test_curves_of_small_pictures_are_read_at_every_hundredth():
    curve = np.linspace(1, 0, 65, dtype=np.float32)[None]
    np.testing.assert_allclose(full(curve)[0], np.linspace(1, 0, 101), atol=1e-6)


def test_a_larger_network_is_judged_on_fewer_images_and_the_study_decides_first():
    small, large = white(network()), white(network(width=4000))
    assert seconds_of_pass(small, (1, 8, 8)) < seconds_of_pass(large, (1, 8, 8))
    methods = field(small)
    plans = [planned(methods, t, (1, 8, 8), Saliency(), 5000, 16) for t in (small, large)]
    assert plans[0].slow.images > plans[1].slow.images >= 6
    assert plans[0].quick.images >= plans[0].slow.images
    own = planned(methods, large, (1, 8, 8), Saliency(images=40, quick_images=70), 5000, 16)
    assert (own.slow.images, own.quick.images) == (40, 70)
    assert planned(methods, small, (1, 8, 8), Saliency(), 6, 16).quick.images == 6
    assert planned(methods, small, (1, 8, 8), Saliency(images=9), 50, 16).quick.images == 9


def test_large_pictures_have_fewer_draws_and_no_students_trained_step_by_step():
    shape = (3, 96, 96)
    teacher = white(network(channels=3))
    methods = {one.name: one for one in field(teacher, shape)}
    assert "96" not in methods["relabel"].reason
    assert methods["relabel"].reason == ""
    assert "64 x 64" in methods["deepvid_paper"].reason
    assert methods["rise"].passes < 4000
    able = [one for one in methods.values() if not one.reason]
    plan = planned(able, teacher, shape, Saliency(), 500, 0)
    assert plan.quick.sensitivity <= 10


def test_a_network_of_functions_is_told_apart_and_named():
    class Functional(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(64, 3)

        def forward(self, pictures):
            return torch.relu(self.linear(torch.flatten(pictures, 1)))

    reasons = {one.name: one.reason for one in field(white(Functional()))}
    assert "functions" in reasons["guided_backprop"]
    assert "called as functions" in reasons["relevance_propagation"]
    assert "as a function" in reasons["fgvis"]
    assert "no convolution" in reasons["grad_cam"].replace("has none", "no convolution")
    assert reasons["gradient"] == reasons["relabel"] == ""


def test_every_method_that_is_offered_draws_a_map_of_one_and_of_three_channels():
    for shape in ((1, 8, 8), (3, 8, 8)):
        teacher = white(network(channels=shape[0]))
        picture = RANDOM.random((1, *shape)).astype(np.float32)
        for one in field(teacher, shape):
            if one.reason or one.passes > 300:
                continue
            assert explain(one.method, teacher, picture, np.array([0])).maps.shape == (1, 8, 8)


def test_deletion_puts_the_colour_that_preprocessing_turns_into_zero():
    module = network(channels=3)
    usual = Preprocessing(mean=(0.1, 0.2, 0.3), std=(1.0, 1.0, 1.0))
    assert neutral_color(TorchTeacher(module, 3, usual)) == (0.1, 0.2, 0.3)
    turned = replace(usual, order="bgr")
    assert neutral_color(TorchTeacher(module, 3, turned)) == (0.3, 0.2, 0.1)


def test_neighbours_are_placed_and_the_first_of_them_kept_as_pictures():
    coder = Frequency((1, 8, 8), 8)
    codes = coder.encode(RANDOM.random((30, 1, 8, 8)).astype(np.float32))
    space = LatentSpace(codes, latent_ranges(codes), np.zeros(30, np.float32))
    module = network()
    with torch.no_grad():
        module.get_parameter("4.weight").mul_(50)
    teacher = white(module)
    targets = teacher.logits(PICTURES[:2]).argmax(axis=1)
    found = neighbors_of(
        PICTURES[:2], targets, TorchTeacher(module, 3), teacher, coder, space, 0, lambda: None,
        paper=False,
    )  # fmt: skip
    able = [one for one in found if not one.reason]
    assert able
    for one in able:
        assert one.points.shape == (300, 2)
        assert one.count == 1000
        assert one.flipped.mean() == pytest.approx(one.share, abs=0.1)  # 300 of 1,000
        assert one.residual is not None
        assert 0 <= one.residual < 0.01
        assert one.pictures.shape == (60, 8, 8, 1)
    again = coder.decode(coder.encode(PICTURES[:2]))
    errors = np.square(again - PICTURES[:2]).mean(axis=(1, 2, 3))
    np.testing.assert_allclose([one.error for one in found], errors, rtol=1e-5)
    kept = stacked(found)
    assert kept.shape == (2, 60, 8, 8, 1)
    assert kept[found.index(able[0])].any()


class Encoding(Frequency):
    """One with deviations of its own, as a trained generator has them: it keeps no detail."""

    def deviations(self, pictures):
        return np.ones((len(pictures), self.latent), np.float32)


def test_an_image_whose_reconstruction_flips_has_no_neighbours_and_says_so():
    weight = RANDOM.standard_normal((1, 8, 8)).astype(np.float32)
    smooth = CODER.decode(CODER.encode(PICTURES))

    def predict(pictures):
        odds = (pictures * weight).sum((1, 2, 3))
        return np.stack([odds, 0 * odds], axis=1).astype(np.float32)

    # between an image and its reconstruction runs the boundary
    middle = (predict(PICTURES)[:, 0] + predict(smooth)[:, 0]) / 2
    teacher = Examined(lambda some: predict(some) - np.array([[middle[0], 0]], np.float32))
    target = teacher.logits(PICTURES[:1]).argmax(axis=1)
    offered = TorchTeacher(network(), 3)
    (found,) = neighbors_of(
        PICTURES[:1], target, offered, teacher, Encoding((1, 8, 8), 3), SPACE, 0, lambda: None,
        paper=False,
    )  # fmt: skip
    assert found.reason == "reconstruction flips"
    assert found.scale is None
    assert len(found.points) == 0


@dataclass(frozen=True)
class Flat:
    """A method that says the same of every pixel, but for the last picture."""

    name: ClassVar[str] = "flat"
    needs: ClassVar[frozenset[Capability]] = frozenset()

    def maps(self, teacher, pictures, targets, *, seed=0, batch_size=512, progress=None):
        last = (pictures == PICTURES[-1]).all(axis=(1, 2, 3))
        return np.where(last[:, None, None], pictures[:, 0], 0).astype(np.float32)


def test_maps_that_say_nothing_are_counted(tmp_path):
    one = Contestant("flat", Flat(), 0)
    share, blocks = Share(7, 0, 0), Blocks(tmp_path / "stage" / "key")
    found = judged(one, arena(white(network())), share, blocks, lambda images: None)
    assert found.flat.tolist() == [True] * 6 + [False]
