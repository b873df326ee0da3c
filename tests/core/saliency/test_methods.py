import numpy as np
import pytest
import torch
from captum.attr import Occlusion as CaptumOcclusion
from torch import nn

from core.deepvid.hybrid import Hybrid
from core.deepvid.maps import HybridMaps, PaperMaps, PixelMaps
from core.deepvid.neighbors import Sampling
from core.deepvid.student import StudentSettings
from core.generators.frequency import Frequency
from core.generators.generator import LatentSpace, as_pictures, latent_ranges
from core.saliency.cam import GradCAMPlusPlus, grad_cam_plus_plus, last_convolution
from core.saliency.controls import Random, RandomStroke
from core.saliency.gradient import (
    Gradient,
    GradientXInput,
    IntegratedGradientsOfInput,
    Sensitivity,
)
from core.saliency.method import Examined, explain, settings_of
from core.saliency.occlusion import Occlusion
from core.saliency.rise import Rise, rise_masks
from tests.reference import saliency as reference

RANDOM = np.random.default_rng(0)
IMAGES = (RANDOM.random((12, 8, 8, 1)) * 255).astype(np.uint8)
PICTURES = as_pictures(IMAGES)[:3]
PICTURES[:, :, :3] = 0
TARGETS = np.array([0, 2, 1])
CODER = Frequency((1, 8, 8), 3)
CODES = CODER.encode(as_pictures(IMAGES))
SPACE = LatentSpace(CODES, latent_ranges(CODES), np.zeros(12, np.float32))


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.ReLU(),
        nn.Conv2d(4, 5, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(80, 3),
    ).eval()


def linear():
    torch.manual_seed(1)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 3)).eval()


def white(module):
    def predict(pictures):
        with torch.inference_mode():
            return module(torch.from_numpy(np.ascontiguousarray(pictures))).numpy()

    return Examined(predict, module)


def black(module):
    return Examined(white(module).predict)


BLACK_BOX = [
    Occlusion(),
    Rise(masks=300),
    Random(),
    RandomStroke(),
    HybridMaps(hybrid=Hybrid(masked=64)),
    HybridMaps(CODER, SPACE, Sampling("band", 16), Hybrid(masked=64)),
    PaperMaps(CODER, SPACE, Sampling("line", 32), StudentSettings(epochs=2)),
    PixelMaps(IMAGES, "knn", n=8, student=StudentSettings(epochs=2)),
    PixelMaps(IMAGES, "lime", n=32, student=StudentSettings(epochs=2)),
]
WHITE_BOX = [
    Gradient(),
    Gradient("probability"),
    Sensitivity(),
    GradientXInput(),
    GradientXInput("log_odds"),
    IntegratedGradientsOfInput(steps=8),
    GradCAMPlusPlus(),
]


def maps(method, module=None, **options):
    return explain(method, white(module or network()), PICTURES, TARGETS, **options).maps


@pytest.mark.parametrize("method", [*BLACK_BOX, *WHITE_BOX], ids=lambda method: method.name)
def test_every_method_gives_a_finite_map_per_picture_whatever_the_batch(method):
    whole, single = maps(method), maps(method, batch_size=1)
    assert whole.shape == (3, 8, 8)
    assert whole.dtype == np.float32
    assert np.ptp(whole) > 0
    # other batches round differently, and a later round of masks follows such a difference
    np.testing.assert_allclose(single, whole, atol=1e-4)


@pytest.mark.parametrize("method", [*BLACK_BOX, *WHITE_BOX], ids=lambda method: method.name)
def test_a_picture_has_the_same_map_in_other_company(method):
    alone = explain(method, white(network()), PICTURES[2:], TARGETS[2:]).maps
    np.testing.assert_allclose(alone[0], maps(method)[2], atol=1e-4)


@pytest.mark.parametrize("method", BLACK_BOX, ids=lambda method: method.name)
def test_a_teacher_without_gradients_has_the_black_box_methods(method):
    found = explain(method, black(network()), PICTURES, TARGETS)
    np.testing.assert_allclose(found.maps, maps(method), atol=1e-5)


@pytest.mark.parametrize("method", WHITE_BOX, ids=lambda method: method.name)
def test_a_teacher_without_gradients_is_refused_by_the_others(method):
    with pytest.raises(ValueError, match="needs a teacher with gradients"):
        explain(method, black(network()), PICTURES, TARGETS)


@pytest.mark.parametrize(
    "method",
    [
        GradientXInput(),
        IntegratedGradientsOfInput(steps=4),
        Occlusion(window=1),
    ],
    ids=lambda method: method.name,
)
def test_of_a_linear_teacher_the_map_is_weight_times_input(method):
    module = linear()
    weight = module.state_dict()["1.weight"].numpy().reshape(3, 8, 8)
    np.testing.assert_allclose(maps(method, module), weight[TARGETS] * PICTURES[:, 0], atol=1e-5)


def test_of_a_linear_teacher_the_gradient_is_its_weight_and_sensitivity_its_square():
    weight = linear().state_dict()["1.weight"].numpy().reshape(3, 8, 8)
    np.testing.assert_allclose(maps(Gradient(), linear()), weight[TARGETS], atol=1e-6)
    np.testing.assert_allclose(maps(Sensitivity(), linear()), weight[TARGETS] ** 2, atol=1e-6)


def test_hybrid_maps_of_two_classes_are_the_difference_of_weights_times_input():
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 2)).eval()
    weight = module.state_dict()["1.weight"].numpy().reshape(2, 8, 8)
    method = HybridMaps(hybrid=Hybrid(masked=400, l2=0.0))
    targets = np.array([0, 1, 1])
    found = explain(method, white(module), PICTURES, targets).maps
    expected = (weight[targets] - weight[1 - targets]) * PICTURES[:, 0]
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_the_gradient_of_the_log_odds_of_two_classes_is_that_of_their_difference():
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 2)).eval()
    weight = module.state_dict()["1.weight"].numpy().reshape(2, 8, 8)
    found = explain(Gradient("log_odds"), white(module), PICTURES, np.array([0, 1, 0])).maps
    np.testing.assert_allclose(found[0], weight[0] - weight[1], atol=1e-5)
    np.testing.assert_allclose(found[1], weight[1] - weight[0], atol=1e-5)


def test_integrated_gradients_add_up_to_the_change_of_the_logit():
    module = network()
    found = maps(IntegratedGradientsOfInput(steps=200), module)
    teacher = white(module)
    rows = np.arange(3)
    change = (teacher.logits(PICTURES) - teacher.logits(0 * PICTURES))[rows, TARGETS]
    np.testing.assert_allclose(found.sum((1, 2)), change, atol=1e-3)


@pytest.mark.parametrize(("window", "stride", "fill"), [(3, 1, 0.0), (3, 2, 0.5), (8, 1, 0.0)])
def test_occlusion_is_the_literal_one(window, stride, fill):
    module = network()
    teacher = white(module)
    found = maps(Occlusion(window, stride, fill), module)
    for picture, target, ours in zip(PICTURES, TARGETS, found, strict=True):
        expected = reference.occlusion(
            lambda image, target=target: teacher.logits(image[None])[0, target],
            picture, window, stride, fill,
        )  # fmt: skip
        np.testing.assert_allclose(ours, expected, atol=1e-5)


def test_occlusion_is_captums_where_windows_do_not_overlap():
    module = network()
    theirs = CaptumOcclusion(module).attribute(
        torch.from_numpy(PICTURES),
        sliding_window_shapes=(1, 2, 2),
        strides=(1, 2, 2),
        target=torch.from_numpy(TARGETS),
    )
    ours = maps(Occlusion(window=2, stride=2), module)
    np.testing.assert_allclose(ours, theirs[:, 0].detach().numpy(), atol=1e-5)


def test_rise_is_the_literal_one():
    module = network()
    teacher = white(module)
    found = maps(Rise(masks=40, cells=3), module, seed=5)
    masks = rise_masks(40, (8, 8), 3, 0.5, np.random.default_rng(5))
    expected = reference.rise(
        lambda image: teacher.probabilities(image[None], TARGETS[:1])[0], PICTURES[0], masks, 0.5
    )
    np.testing.assert_allclose(found[0], expected, atol=1e-5)


def test_rise_masks_are_smooth_and_keep_their_share():
    masks = rise_masks(2000, (9, 14), 4, 0.3, np.random.default_rng(0))
    assert masks.shape == (2000, 9, 14)
    assert (masks.min(), masks.max()) == (0, 1)
    np.testing.assert_allclose(masks.mean(0), np.full((9, 14), 0.3), atol=0.05)
    assert ((masks > 0) & (masks < 1)).mean() > 0.3


def test_rise_of_masks_that_hide_nothing_is_flat():
    found = maps(Rise(masks=8, kept=1.0))
    np.testing.assert_allclose(found, found[:, :1, :1] + 0 * found, atol=1e-6)


def test_grad_cam_plus_plus_is_the_literal_one():
    activation, slope = RANDOM.standard_normal((2, 2, 4, 3, 3))
    activation = np.maximum(activation, 0)
    slope[0, 0, 0] = 0
    ours = grad_cam_plus_plus(torch.from_numpy(activation), torch.from_numpy(slope)).numpy()
    for number in range(2):
        expected = reference.grad_cam_plus_plus(activation[number], slope[number])
        np.testing.assert_allclose(ours[number], expected, atol=1e-9)


def test_torchcams_alpha_stays_undivided_which_is_why_ours_is_our_own():
    torchcam = pytest.importorskip("torchcam.methods", reason="only this test needs torchcam")
    module = network()
    pictures = torch.from_numpy(PICTURES)
    with torchcam.GradCAMpp(module, "2") as extractor:
        scores = module(pictures)
        (theirs,) = extractor(TARGETS.tolist(), scores, normalized=False)
    caught = []
    hook = module[2].register_forward_hook(lambda _, __, output: caught.append(output))
    logits = module(pictures)
    hook.remove()
    (slope,) = torch.autograd.grad(logits[range(3), TARGETS].sum(), caught[0])
    activation = caught[0].detach()
    undivided = (slope.square() * slope.relu()).sum((2, 3), keepdim=True)
    torch.testing.assert_close(theirs, (undivided * activation).sum(1).relu())
    assert not torch.allclose(theirs, grad_cam_plus_plus(activation, slope), rtol=0.5)


def test_grad_cam_plus_plus_takes_the_last_convolution_unless_told():
    assert last_convolution(network()) == "2"
    with pytest.raises(ValueError, match="convolution"):
        maps(GradCAMPlusPlus(), linear())
    told = white(network())
    told.layer = "0"
    other = explain(GradCAMPlusPlus(), told, PICTURES, TARGETS).maps
    assert not np.allclose(other, maps(GradCAMPlusPlus()))


def test_random_within_the_stroke_ranks_the_stroke_first():
    values = maps(RandomStroke())
    stroke = PICTURES[:, 0] > 0
    assert values[stroke].min() >= 1 > values[~stroke].max()


def test_seeds_change_what_is_drawn():
    for method in (Random(), Rise(masks=20)):
        assert not np.array_equal(maps(method, seed=1), maps(method, seed=2))
        np.testing.assert_array_equal(maps(method, seed=1), maps(method, seed=1))


def test_cost_counts_passes_per_picture():
    module = network()
    cost = {
        method.name: explain(method, white(module), PICTURES, TARGETS).evaluations
        for method in (Gradient(), IntegratedGradientsOfInput(steps=8), Rise(masks=30), Random())
    }
    assert cost == {"gradient": 2, "integrated_gradients": 16, "rise": 30, "random": 0}
    assert explain(Occlusion(), white(module), PICTURES, TARGETS).evaluations == 1 + 36


def test_a_module_is_left_in_the_mode_it_came_in():
    module = network().train()
    module[1].eval()
    maps(Gradient(), module)
    assert module.training
    assert not module[1].training


def test_settings_leave_arrays_and_networks_out():
    found = settings_of(HybridMaps(CODER, SPACE))
    assert set(found) == {"sampling", "hybrid"}
    assert found["sampling"]["sampler"] == "band"
    assert settings_of(Rise()) == {"masks": 4000, "cells": 7, "kept": 0.5}


def test_three_channels_make_one_map():
    module = nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(72, 2)).eval()
    pictures = RANDOM.random((2, 3, 8, 8)).astype(np.float32)
    for method in (Gradient(), GradCAMPlusPlus(), Occlusion(), HybridMaps(hybrid=Hybrid(64))):
        assert explain(method, white(module), pictures, np.array([0, 1])).maps.shape == (2, 8, 8)


def test_a_black_image_has_a_map():
    nothing = np.zeros((1, 1, 8, 8), np.float32)
    for method in (*BLACK_BOX, *WHITE_BOX):
        if not isinstance(method, PixelMaps):
            assert np.isfinite(explain(method, white(network()), nothing, TARGETS[:1]).maps).all()


def test_nan_is_refused_wherever_it_comes_from():
    with pytest.raises(ValueError, match="finite"):
        explain(Random(), white(network()), np.full((1, 1, 8, 8), np.nan, np.float32), TARGETS[:1])
    broken = Examined(lambda some: np.full((len(some), 3), np.nan, np.float32))
    with pytest.raises(ValueError, match="NaN"):
        explain(Occlusion(), broken, PICTURES, TARGETS)


def test_targets_that_do_not_fit_are_refused():
    # in tests the axis check is faster than the method's own: that is a TypeError
    with pytest.raises((ValueError, TypeError), match="targets"):
        explain(Random(), white(network()), PICTURES[:2], TARGETS)
