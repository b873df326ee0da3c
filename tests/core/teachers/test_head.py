from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.teachers.architectures import architecture
from core.teachers.convnet import ConvNet
from core.teachers.head import agreement, find_head
from core.teachers.inference import TorchTeacher, predict
from core.teachers.protocol import Capability

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 1), np.uint8)


class ConvThenMean(nn.Module):
    """The classifier is a 1 x 1 convolution followed by the mean; a ReLU between if asked."""

    def __init__(self, relu: bool = False):
        super().__init__()
        self.features = nn.Conv2d(1, 4, 3)
        self.classifier = nn.Conv2d(4, 3, 1)
        self.relu = nn.ReLU() if relu else nn.Identity()

    def forward(self, images):
        return self.relu(self.classifier(self.features(images))).mean((2, 3))


class Hidden(nn.Module):
    """Its last linear layer does not give the logits."""

    def __init__(self):
        super().__init__()
        self.last = nn.Linear(64, 4)

    def forward(self, images):
        return self.last(images.flatten(1))[:, :3]


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.same = nn.Linear(64, 64)

    def forward(self, images):
        return self.same(self.same(images.flatten(1)))


def head_of(module: nn.Module, example=None) -> Any:
    return find_head(module, torch.rand(1, 1, 8, 8) if example is None else example)


def predicted(module: nn.Module) -> Any:
    return predict(module, IMAGES)


def seeded(make, *arguments) -> Any:
    torch.manual_seed(0)
    return make(*arguments).eval()


def test_a_linear_head_gives_exactly_the_teachers_logits():
    module = seeded(ConvNet, 1, 3, 4)
    head = head_of(module)
    found = predicted(module)
    assert head.layer is module.head
    np.testing.assert_allclose(head.logits(found.representation), found.logits, atol=1e-5)
    same = agreement(head, found.representation, found.logits)
    assert (same.same_class, same.n) == (1, 6)
    assert same.difference < 1e-5


def test_a_convolution_followed_by_the_mean_is_a_linear_head_of_the_mean():
    module = seeded(ConvThenMean)
    head = head_of(module)
    found = predicted(module)
    assert (head.width, head.classes) == (4, 3)
    np.testing.assert_allclose(head.logits(found.representation), found.logits, atol=1e-5)


def test_a_relu_before_the_mean_shows_in_the_agreement():
    module = seeded(ConvThenMean, True)
    head = head_of(module)
    found = predicted(module)
    assert agreement(head, found.representation, found.logits).difference > 1e-3


def test_agreement_counts_classes_and_measures_logits_up_to_a_shift():
    module = seeded(ConvNet, 1, 3, 4)
    head = head_of(module)
    found = predicted(module)
    shifted = agreement(head, found.representation, found.logits + np.float32(7))
    assert shifted.difference < 1e-5
    turned = np.roll(found.logits, 1, axis=1)
    assert agreement(head, found.representation, turned).same_class == 0


def test_a_head_is_differentiable():
    head = head_of(seeded(ConvNet, 1, 3, 4))
    representation: Any = torch.rand(2, 16, requires_grad=True)
    head(representation)[:, 1].sum().backward()
    assert torch.allclose(representation.grad[0], head.layer.weight[1])


def test_a_heads_weights_are_arrays():
    module = seeded(ConvThenMean)
    weights = head_of(module).weights()
    assert weights["weight"].shape == (3, 4)
    np.testing.assert_array_equal(weights["bias"], module.classifier.bias.detach().numpy())


@pytest.mark.parametrize("module", [Hidden(), Twice(), nn.Flatten()])
def test_without_a_last_layer_that_gives_the_logits_there_is_no_head(module):
    assert head_of(module) is None
    assert predict(module, IMAGES).representation is None


def test_a_teacher_that_knows_its_images_finds_its_head():
    teacher = TorchTeacher(Hidden(), 3, image_shape=(8, 8, 1))
    assert teacher.head is None
    assert Capability.HEAD not in teacher.capabilities
    known = TorchTeacher(seeded(ConvThenMean), 3, image_shape=(8, 8, 1))
    assert known.head is not None
    assert {Capability.HEAD, Capability.REPRESENTATION} <= known.capabilities


def test_finding_the_head_of_a_teacher_needs_the_images_shape():
    with pytest.raises(ValueError, match="needs image_shape"):
        _ = TorchTeacher(Hidden(), 3).head


def test_squeezenets_head_is_its_last_convolution():
    module = seeded(architecture, "squeezenet1_1", 3, 5)
    head = head_of(module, torch.rand(1, 3, 64, 64))
    assert head.layer is module.classifier[1]
    assert head.name == "convolution of the mean"


def test_arrays_that_do_not_fit_the_head_are_refused():
    head = head_of(seeded(ConvNet, 1, 3, 4))
    with pytest.raises(ValueError, match="takes 16 numbers to 3 logits, got representations"):
        agreement(head, np.zeros((2, 5), np.float32), np.zeros((2, 3), np.float32))
