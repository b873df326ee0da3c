import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn

from core.saliency.examined import FLOOR, examined, few_threads
from core.saliency.gradient import Gradient, IntegratedGradientsOfInput
from core.saliency.method import explain
from core.saliency.occlusion import Occlusion
from core.teachers.inference import TorchTeacher
from core.teachers.preprocessing import Preprocessing
from core.teachers.protocol import Capability, Predictions

PICTURES = np.random.default_rng(0).random((5, 1, 4, 4)).astype(np.float32)


class Votes:
    """A teacher that knows only probabilities, and gives some of them as nought."""

    num_classes = 3
    capabilities = frozenset({Capability.PROBABILITIES, Capability.NEW_IMAGES})

    def predict(self, images):
        self.seen = images
        with np.errstate(divide="ignore"):
            return Predictions(
                np.log(np.tile(np.array([[1.0, 0, 0]], np.float32), (len(images), 1))), None
            )


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(16, 3))


def test_a_network_reads_pictures_as_its_images():
    images = np.rint(PICTURES.transpose(0, 2, 3, 1) * 255).astype(np.uint8)
    teacher = TorchTeacher(network(), 3, preprocessing=Preprocessing((0.5,), (0.25,)))
    found = examined(teacher)
    exact = images.transpose(0, 3, 1, 2).astype(np.float32) / 255
    np.testing.assert_allclose(found.logits(exact), teacher.predict(images).logits, atol=1e-5)
    assert Capability.GRADIENTS in found.capabilities


def test_any_other_teacher_reads_images_and_its_noughts_become_the_floor():
    votes = Votes()
    found = examined(votes)
    logits = found.logits(PICTURES)
    assert votes.seen.dtype == np.uint8
    assert votes.seen.shape == (5, 4, 4, 1)
    assert logits.min() == np.float32(np.log(FLOOR))
    assert Capability.GRADIENTS not in found.capabilities


def test_a_black_box_has_the_methods_that_need_answers_only():
    found = explain(Occlusion(window=2), examined(Votes()), PICTURES, np.zeros(5, np.int64))
    np.testing.assert_allclose(found.maps, 0, atol=1e-6)


def test_the_gradient_of_probabilities_is_not_offered():
    soft = nn.Sequential(network(), nn.Softmax(1))
    assert (
        Capability.GRADIENTS
        not in examined(TorchTeacher(soft, 3, outputs="probabilities")).capabilities
    )


@pytest.mark.parametrize(
    ("side", "one_pass", "threads"), [(32, 0.0, 1), (32, 0.004, 2), (64, 0.0, 2)]
)
def test_small_pictures_get_one_thread_where_passes_are_quick(side, one_pass, threads):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with few_threads((side, side), one_pass):
            assert torch.get_num_threads() == threads
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(("side", "count"), [(32, 130), (64, 7), (72, 7)])
def test_threads_that_read_pictures_side_by_side_say_the_same(side, count):
    torch.manual_seed(0)
    layers = nn.Conv2d(1, 3, 5), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    found = examined(TorchTeacher(nn.Sequential(*layers), 3))
    pictures = np.random.default_rng(0).random((count, 1, side, side)).astype(np.float32)
    before, said = torch.get_num_threads(), []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            said.append(found.logits(pictures))
            assert torch.get_num_threads() == threads
            with ThreadPoolExecutor(1) as later:
                assert later.submit(torch.get_num_threads).result() == threads
    finally:
        torch.set_num_threads(before)
    np.testing.assert_allclose(said[1], said[0], atol=1e-6)
    assert len(said[1]) == count


class Forgetful(nn.Module):
    """Keeps what it computes in itself, and does something before it looks there again."""

    def __init__(self, between=lambda: None):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1, 2))
        self.between = between

    def forward(self, pictures):
        self.kept = pictures.flatten(1).sum(1, keepdim=True)
        self.between()
        return self.kept * self.weight


def test_a_network_that_keeps_things_while_it_computes_is_read_rightly_in_threads():
    both = threading.Barrier(2, timeout=300)  # each waits until the other has kept its own
    found = examined(TorchTeacher(Forgetful(lambda: both.wait()), 2))
    pictures = np.random.default_rng(0).random((256, 1, 8, 8)).astype(np.float32)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        said = found.logits(pictures)
    finally:
        torch.set_num_threads(before)
    np.testing.assert_allclose(said[:, 0], pictures.sum((1, 2, 3)), rtol=1e-5)


class Locked(Forgetful):
    """Holds what cannot be copied."""

    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()


def test_a_network_that_cannot_be_copied_is_read_in_one_thread():
    pictures = np.random.default_rng(0).random((256, 1, 8, 8)).astype(np.float32)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        said = examined(TorchTeacher(Locked(), 2)).logits(pictures)
    finally:
        torch.set_num_threads(before)
    np.testing.assert_allclose(said[:, 0], pictures.sum((1, 2, 3)), rtol=1e-5)


def test_a_network_that_cannot_be_copied_is_read_again_after_a_failure():
    network = Locked()
    found = examined(TorchTeacher(network, 2))
    pictures = np.ones((1, 1, 8, 8), np.float32)
    network.between = lambda: 1 / 0
    with pytest.raises(ZeroDivisionError):
        found.logits(pictures)
    network.between = lambda: None
    np.testing.assert_allclose(found.logits(pictures), 64)


@pytest.mark.parametrize("method", [Gradient(), IntegratedGradientsOfInput(steps=5)])
def test_gradients_of_large_pictures_are_those_of_many_at_once(method, monkeypatch):
    torch.manual_seed(0)
    layers = nn.Conv2d(1, 3, 5), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    found = examined(TorchTeacher(nn.Sequential(*layers), 3))
    pictures = np.random.default_rng(0).random((7, 1, 72, 72)).astype(np.float32)
    targets, told = np.array([0, 1, 2, 0, 1, 2, 0]), []
    few = explain(
        method, found, pictures, targets, progress=lambda done, of, name: told.append((done, of))
    )
    monkeypatch.setattr("core.saliency.gradient.LARGE", 72)
    many = explain(method, found, pictures, targets)
    np.testing.assert_allclose(few.maps, many.maps, atol=1e-6)
    assert few.evaluations == many.evaluations
    assert told[-1] == (7, 7)
