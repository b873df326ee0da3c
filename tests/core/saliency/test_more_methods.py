import numpy as np
import pytest
import torch
from captum._utils.models.linear_model import SkLearnRidge
from captum.attr import (
    LRP,
    GuidedBackprop,
    InputXGradient,
    IntegratedGradients,
    LayerAttribution,
    LayerGradCam,
    LayerGradientXActivation,
    LimeBase,
    Saliency,
)
from torch import nn
from torch.nn.functional import relu

from core.generators.generator import as_pictures
from core.saliency.cam import GradCAM, LinearApproximation
from core.saliency.controls import CenterBlob, Edges
from core.saliency.extremal import ExtremalPerturbation
from core.saliency.fgvis import FGVis
from core.saliency.gradient import Gradient, GradientXInput, IntegratedGradientsOfInput
from core.saliency.lime import Lime, lime_weights
from core.saliency.method import Examined, explain
from core.saliency.relevance import ExcitationBackprop, RelevancePropagation
from core.saliency.relevance import GuidedBackprop as OurGuidedBackprop
from core.saliency.score_cam import ScoreCAM
from core.saliency.smooth import SmoothGrad
from core.teachers.preprocessing import Normalized, Preprocessing

RANDOM = np.random.default_rng(0)
PICTURES = as_pictures((RANDOM.random((3, 8, 8, 1)) * 255).astype(np.uint8))
PICTURES[:, :, :3] = 0
TARGETS = np.array([0, 2, 1])


class Flat(nn.Module):
    """captum's relevance propagation knows no nn.Flatten."""

    def forward(self, x):
        return x.flatten(1)


class Network(nn.Module):
    def __init__(self, channels=1):
        super().__init__()
        torch.manual_seed(0)
        self.conv1 = nn.Conv2d(channels, 4, 3)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(4, 5, 3)
        self.relu2 = nn.ReLU()
        self.linear = nn.Linear(80, 3)

    def forward(self, x):
        x = self.relu2(self.conv2(self.relu1(self.conv1(x))))
        return self.linear(torch.flatten(x, 1))


class Functional(Network):
    def forward(self, x):
        x = relu(self.conv2(relu(self.conv1(x))))
        return self.linear(torch.flatten(x, 1))


def white(module):
    module.eval()

    def predict(pictures):
        with torch.inference_mode():
            return module(torch.from_numpy(np.ascontiguousarray(pictures))).numpy()

    return Examined(predict, module)


METHODS = [
    SmoothGrad(copies=6),
    OurGuidedBackprop(),
    RelevancePropagation(),
    ExcitationBackprop(),
    GradCAM(),
    LinearApproximation(),
    ScoreCAM(),
    Lime(cells=4, copies=60),
    ExtremalPerturbation(steps=8, cells=4),
    FGVis(steps=8),
    Edges(),
    CenterBlob(),
]
WHITE_BOX = [method for method in METHODS if method.needs]


def maps(method, module=None, pictures=PICTURES, **options):
    return explain(method, white(module or Network()), pictures, TARGETS, **options).maps


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_every_method_gives_a_finite_map_per_picture_whatever_the_batch(method):
    whole, single = maps(method), maps(method, batch_size=1)
    assert whole.shape == (3, 8, 8)
    assert whole.dtype == np.float32
    assert np.ptp(whole) > 0
    np.testing.assert_allclose(single, whole, atol=1e-4)
    np.testing.assert_array_equal(maps(method), whole)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_a_picture_has_the_same_map_in_other_company(method):
    alone = explain(method, white(Network()), PICTURES[2:], TARGETS[2:]).maps
    np.testing.assert_allclose(alone[0], maps(method)[2], atol=1e-4)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_three_channels_make_one_map_and_a_black_image_has_one(method):
    pictures = RANDOM.random((3, 3, 8, 8)).astype(np.float32)
    pictures[2] = 0
    assert maps(method, Network(3), pictures).shape == (3, 8, 8)


@pytest.mark.parametrize("method", WHITE_BOX, ids=lambda method: method.name)
def test_large_pictures_read_a_few_at_once_have_the_same_maps(method, monkeypatch):
    whole = maps(method)
    monkeypatch.setattr("core.saliency.gradient.LARGE", 4)
    monkeypatch.setattr("core.saliency.gradient.FEW", 2)
    np.testing.assert_allclose(maps(method), whole, atol=1e-4 * np.abs(whole).max() + 1e-6)


@pytest.mark.parametrize("method", WHITE_BOX, ids=lambda method: method.name)
def test_a_teacher_without_module_is_refused(method):
    with pytest.raises(ValueError, match="needs a teacher with"):
        explain(method, Examined(white(Network()).predict), PICTURES, TARGETS)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_the_module_is_left_as_it_was(method):
    module = Network().train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    teacher = Examined(white(Network()).predict, module)
    explain(method, teacher, PICTURES, TARGETS)
    assert module.training
    for name, value in module.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)
    assert not module.conv2._forward_hooks
    assert not hasattr(module.conv2, "rule")


@pytest.mark.parametrize(
    ("method", "theirs"), [(GradCAM(), LayerGradCam), (LinearApproximation(), None)]
)
def test_class_activation_maps_are_captums(method, theirs):
    module = Network().eval()
    x, target = torch.from_numpy(PICTURES), torch.from_numpy(TARGETS)
    if theirs is not None:
        coarse = LayerGradCam(module, module.conv2).attribute(x, target, relu_attributions=True)
    else:
        both = LayerGradientXActivation(module, module.conv2)
        attribution = both.attribute(x, target)
        assert isinstance(attribution, torch.Tensor)
        coarse = attribution.sum(1, keepdim=True)
    assert isinstance(coarse, torch.Tensor)
    expected = LayerAttribution.interpolate(coarse, (8, 8), "bilinear")[:, 0]
    np.testing.assert_allclose(maps(method), expected.detach().numpy(), atol=1e-5)


def test_guided_backprop_is_captums_and_not_the_gradient():
    module = Network().eval()
    with pytest.warns(UserWarning, match="Setting backward hooks"):
        theirs = GuidedBackprop(module).attribute(
            torch.from_numpy(PICTURES).requires_grad_(), torch.from_numpy(TARGETS)
        )
    found = maps(OurGuidedBackprop())
    np.testing.assert_allclose(found, theirs.sum(1).detach().numpy(), atol=1e-6)
    assert not np.allclose(found, maps(Gradient()), atol=1e-3)


def test_relevance_is_captums_and_behind_a_normalisation_that_of_the_networks_input():
    x, target = torch.tensor(PICTURES, requires_grad=True), torch.from_numpy(TARGETS)
    theirs = LRP(Network().eval()).attribute(x, target=target).sum(1)
    np.testing.assert_allclose(maps(RelevancePropagation()), theirs.detach().numpy(), atol=1e-5)
    behind = maps(RelevancePropagation(), Normalized(Network(), Preprocessing((0.5,), (0.25,))))
    given = ((x - 0.5) / 0.25).detach().requires_grad_()
    theirs = LRP(Network().eval()).attribute(given, target=target).sum(1)
    np.testing.assert_allclose(behind, theirs.detach().numpy(), atol=1e-5)


def test_relevance_of_a_network_without_bias_adds_up_to_the_logit():
    module = Network()
    for part in (module.conv1, module.conv2, module.linear):
        part.register_parameter("bias", nn.Parameter(torch.zeros(len(part.weight))))
    logits = white(module).logits(PICTURES)[range(3), TARGETS]
    found = maps(RelevancePropagation(), module)
    np.testing.assert_allclose(found.sum((1, 2)), logits, rtol=1e-3, atol=1e-5)
    # for a network of ReLUs without bias the epsilon rule is gradient times input
    np.testing.assert_allclose(found, maps(GradientXInput(), module), atol=1e-4)


def test_excitations_are_probabilities():
    found = maps(ExcitationBackprop())
    assert found.min() >= 0
    np.testing.assert_allclose(found.sum((1, 2)), np.ones(3), atol=1e-5)


@pytest.mark.parametrize(
    "method", [OurGuidedBackprop(), RelevancePropagation(), ExcitationBackprop(), FGVis()],
    ids=lambda method: method.name,
)  # fmt: skip
def test_relus_that_are_no_modules_are_named_not_silently_wrong(method):
    with pytest.raises(ValueError, match="function"):
        maps(method, Functional())


def test_smooth_grad_without_noise_is_the_gradient():
    np.testing.assert_allclose(maps(SmoothGrad(4, noise=0.0)), maps(Gradient()), atol=1e-6)


def test_smooth_grad_is_the_literal_mean():
    random = np.random.default_rng([3, __import__("zlib").crc32(PICTURES[0].tobytes())])
    noise = random.standard_normal((5, 1, 8, 8), np.float32) * 0.15 * np.ptp(PICTURES[0])
    copies = PICTURES[:1] + noise.astype(np.float32)
    each = [
        explain(Gradient(), white(Network()), copies[i : i + 1], TARGETS[:1]).maps[0]
        for i in range(5)
    ]
    found = maps(SmoothGrad(5), seed=3)[0]
    np.testing.assert_allclose(found, np.mean(each, axis=0), atol=1e-6)


def test_limes_weights_are_captums_ridge_on_the_same_copies():
    there = (RANDOM.random((80, 9)) < 0.5).astype(np.float64)
    there[0] = 1
    answers = RANDOM.random(80).astype(np.float32)
    shares = np.exp(-(((1 - np.sqrt(there.mean(1))) / 0.25) ** 2))
    rows = iter(range(80))
    lime = LimeBase(
        lambda x: torch.tensor([answers[int(x[0, 0])]]),
        SkLearnRidge(alpha=1.0),
        similarity_func=lambda _, copy, __, **___: torch.tensor(shares[int(copy[0, 0])]),
        perturb_func=lambda *_, **__: torch.tensor([[float(next(rows))]]),
        perturb_interpretable_space=False,
        from_interp_rep_transform=None,
        to_interp_rep_transform=lambda copy, _, **__: torch.tensor(there[int(copy[0, 0])])[None],
    )
    theirs = lime.attribute(torch.zeros(1, 1), n_samples=80)
    ours = lime_weights(there, answers, 0.25, 1.0)
    np.testing.assert_allclose(ours, theirs.numpy()[0], atol=1e-5)


def test_of_a_probability_that_adds_up_lime_finds_each_patchs_part():
    part = np.array([[0.3, 0.1], [0.0, 0.2]])

    def predict(pictures):
        p = 0.1 + (pictures[:, 0, ::4, ::4] * part).sum((1, 2))
        return np.log(np.stack([p, 1 - p], axis=1)).astype(np.float32)

    ones = np.ones((1, 1, 8, 8), np.float32)
    found = explain(Lime(2, 500, penalty=0.0), Examined(predict), ones, np.array([0])).maps[0]
    np.testing.assert_allclose(found[::4, ::4], part, atol=1e-3)


def test_score_cam_is_torchcams():
    torchcam = pytest.importorskip("torchcam.methods", reason="only this test needs torchcam")
    module = Network().eval()
    for number in range(3):
        with torchcam.ScoreCAM(module, "relu2") as extractor:
            x = torch.from_numpy(PICTURES[number : number + 1])
            (theirs,) = extractor(int(TARGETS[number]), module(x), normalized=False)
        large = nn.functional.interpolate(theirs[:, None], (8, 8), mode="bilinear")[0, 0].numpy()
        teacher = white(Network())
        teacher.layer = "relu2"  # torchcam rectifies before it stretches: here both are the same
        ours = explain(ScoreCAM(), teacher, PICTURES, TARGETS).maps[number]
        # a flat channel, which masks nothing, has a weight in torchcam's softmax: a factor for all
        # (and it keeps its divisions away from zero, which moves masks by a thousandth)
        np.testing.assert_allclose(ours / ours.max(), large / large.max(), atol=1e-3)


def test_an_extremal_mask_finds_the_quarter_that_matters():
    class Corner(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.tensor(40.0))

        def forward(self, x):
            odds = self.scale * (x[:, 0, :6, :6].mean((1, 2)) - 0.4)
            return torch.stack([odds, 0 * odds], 1)

    picture = np.zeros((1, 1, 12, 12), np.float32)
    picture[0, 0, :6, :6] = 1
    picture[0, 0, 8:, 8:] = 1
    method = ExtremalPerturbation(areas=(0.25,), steps=60, cells=6)
    found = explain(method, white(Corner()), picture, np.array([0])).maps[0]
    assert found[:6, :6].mean() > 3 * found[8:, 8:].mean()


def test_fgvis_takes_away_only_what_the_class_needs():
    found = maps(FGVis(steps=30))
    assert found.min() >= 0
    np.testing.assert_array_equal(found[:, :3], 0)  # black pixels have nothing to lose
    teacher = white(Network())
    before = teacher.probabilities(PICTURES, TARGETS)
    after = teacher.probabilities(PICTURES - found[:, None], TARGETS)
    assert (after < before).all()


def test_edges_are_those_of_a_step():
    step = np.zeros((3, 1, 8, 8), np.float32)
    step[:, :, :, 4:] = 0.5
    found = maps(Edges(), pictures=step)
    np.testing.assert_allclose(found[:, :, 3:5], 2.0)
    np.testing.assert_allclose(found[:, :, [0, 1, 2, 5, 6, 7]], 0)


def test_the_blob_is_in_the_middle_and_the_same_for_all():
    found = maps(CenterBlob())
    np.testing.assert_array_equal(found[0], found[2])
    np.testing.assert_allclose(found[0], found[0, ::-1, ::-1])
    assert found[0, 3, 3] == found[0].max()


@pytest.mark.parametrize(
    ("method", "message"),
    [
        (SmoothGrad(0), "copies"),
        (SmoothGrad(noise=-0.1), "noise"),
        (Lime(cells=9), "cells"),
        (Lime(copies=1), "copies"),
        (ExtremalPerturbation(areas=(0.0,)), "areas"),
        (ExtremalPerturbation(steps=0), "steps"),
        (FGVis(steps=0), "steps"),
    ],
)
def test_settings_out_of_range_are_refused(method, message):
    with pytest.raises(ValueError, match=message):
        maps(method)


@pytest.mark.parametrize(
    ("method", "theirs"),
    [
        (Gradient(), lambda net, x, t: Saliency(net).attribute(x, target=t, abs=False)),
        (GradientXInput(), lambda net, x, t: InputXGradient(net).attribute(x, target=t)),
        (
            IntegratedGradientsOfInput(steps=20),
            lambda net, x, t: IntegratedGradients(net).attribute(x, target=t, n_steps=20),
        ),
    ],
    ids=["gradient", "gradient_x_input", "integrated_gradients"],
)
def test_gradients_are_captums_channels_added(method, theirs):
    module = Network().eval()
    x = torch.from_numpy(PICTURES.copy()).requires_grad_()
    expected = theirs(module, x, torch.from_numpy(TARGETS)).sum(1).detach().numpy()
    np.testing.assert_allclose(maps(method, module), expected, atol=1e-6)


class TwoLayers(nn.Module):
    """A convolution over the whole picture, which is a linear layer, and a second one."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(3)
        self.first, self.relu = nn.Conv2d(1, 6, 4), nn.ReLU()
        self.second = nn.Linear(6, 3)
        with torch.no_grad():  # every class is excited by something
            self.first.bias.fill_(2.0)  # pyright: ignore[reportOptionalMemberAccess]
            self.second.weight[:, 0] = 0.2

    def forward(self, pictures):
        return self.second(self.relu(self.first(pictures)).flatten(1))


def test_excitation_backprop_is_the_literal_one():
    module = TwoLayers().eval()
    pictures = np.random.default_rng(5).random((4, 1, 4, 4)).astype(np.float32)
    targets = np.array([0, 1, 2, 0])
    found = explain(ExcitationBackprop(), white(module), pictures, targets).maps
    first = module.first.weight.detach().numpy().reshape(6, 16)
    bias, second = module.first.bias, module.second.weight.detach().numpy()
    assert bias is not None
    for picture, target, map_ in zip(pictures, targets, found, strict=True):
        hidden = np.maximum(first @ picture.ravel() + bias.detach().numpy(), 0)
        expected = literal_excitation(picture.ravel(), hidden, first, second[target])
        np.testing.assert_allclose(map_.ravel(), expected, atol=1e-5)


def literal_excitation(
    inputs: np.ndarray, hidden: np.ndarray, first: np.ndarray, second: np.ndarray
) -> np.ndarray:
    """Winning probabilities of the inputs, neuron by neuron; equations 3 and 4 of the source."""
    own = hidden * np.maximum(second, 0)
    winning = own / own.sum()
    found = np.zeros(len(inputs))
    for neuron, probability in enumerate(winning):
        if probability > 0:
            excited = inputs * np.maximum(first[neuron], 0)
            found += probability * excited / excited.sum()
    return found
