from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from core.summit.activation import top_share
from core.summit.channel_graph import channel_graph
from core.summit.masking import masking_drop, random_channels, strongest_channels
from core.summit.relevance import channel_relevance
from core.summit.seeds import seeds, share_keeping
from core.summit.settings import DARKROOM, PAPER
from tests.core.summit import networks


class TwoSigns(nn.Module):
    """Class 0 is the sum of channel 0 of the only layer, class 1 that of channel 1; 2 is idle."""

    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 3, 1, bias=False), nn.Linear(3, 2, bias=False)
        with torch.no_grad():
            self.conv.weight[:] = torch.eye(3).reshape(3, 3, 1, 1)
            self.fc.weight[:] = torch.tensor([[9.0, 0, 0], [0, 9.0, 0]])

    def forward(self, x):
        return self.fc(torch.relu(self.conv(x)).mean((2, 3)))


@pytest.fixture(scope="module")
def signs():
    images = torch.zeros(4, 3, 2, 2)
    labels = np.array([0, 0, 1, 1])
    for image, label in zip(images, labels, strict=True):
        image[label] = 1
        image[2] = 5
    return channel_graph(TwoSigns(), images), images, labels


def test_silencing_a_classes_own_channel_hurts_it_and_no_other(signs):
    graph, images, labels = signs
    own = np.array([[True, False, False], [False, True, False]])
    found = masking_drop(graph, images, labels, [own], batch_size=3)
    np.testing.assert_allclose(found.own, 1 / (1 + np.exp(-9)) - 0.5, atol=1e-5)
    np.testing.assert_allclose(found.others, 0, atol=1e-6)


def test_silencing_what_is_idle_changes_nothing(signs):
    graph, images, labels = signs
    idle = np.array([[False, False, True]] * 2)
    found = masking_drop(graph, images, labels, [idle], others=0)
    np.testing.assert_allclose(found.own, 0, atol=1e-6)
    assert np.isnan(found.others).all()


def test_a_network_with_more_outputs_or_with_probabilities_is_read_as_such(signs):
    _, images, labels = signs
    last = nn.Linear(2, 5, bias=False)
    with torch.no_grad():  # the two classes are outputs 4 and 1 of five
        weight = torch.zeros(5, 2)
        weight[4, 0] = weight[1, 1] = 1
        last.weight.copy_(weight)
    wide = nn.Sequential(TwoSigns(), last)
    own = np.array([[True, False, False], [False, True, False]])
    outputs = np.array([4, 1])
    graph = channel_graph(wide, images, ["0.conv"])
    found = masking_drop(graph, images, labels, [own], outputs=outputs)
    whole = wide(images).detach().softmax(1).numpy()[range(4), outputs[labels]]
    np.testing.assert_allclose(found.own, whole - 0.2, atol=1e-5)
    np.testing.assert_allclose(found.others, 0, atol=1e-6)
    shares = channel_graph(nn.Sequential(wide, nn.Softmax(1)), images, ["0.0.conv"])
    same = masking_drop(shares, images, labels, [own], outputs=outputs, probabilities=True)
    np.testing.assert_allclose(same.own, found.own, atol=1e-6)


def test_some_of_the_other_classes_stand_for_all_of_them(signs):
    graph, images, _ = signs
    chosen = np.array([[True, False, False], [False, True, False], [False, False, True]])
    labels, outputs = np.array([0, 0, 1, 1]), np.array([0, 1, 1])
    every = masking_drop(graph, images, labels, [chosen], outputs=outputs)
    np.testing.assert_allclose(every.others, 0, atol=1e-6)
    loud = np.array([[True, True, True], [False, False, False], [True, True, True]])
    some = masking_drop(graph, images, labels, [loud], outputs=outputs, others=1)
    # the next class is masked: nothing for the images of 0, everything for those of 1
    np.testing.assert_allclose(some.others, [0, 0, some.own[0], some.own[0]], atol=1e-6)


def test_relevance_finds_the_channel_that_matters_where_activation_finds_the_loudest(signs):
    graph, images, labels = signs
    found = channel_relevance(graph, images, labels)["conv"]
    assert found.argmax(1).tolist() == labels.tolist()
    np.testing.assert_allclose(found[:, 2], 0, atol=1e-6)


@pytest.mark.parametrize(
    ("net", "size"), [(networks.ResNet(), (3, 8, 8)), (networks.LeNet(), (1, 14, 14))]
)
def test_relevance_is_conserved_where_nothing_is_biased(net, size):
    torch.manual_seed(3)
    for part in net.modules():
        if getattr(part, "bias", None) is not None:
            nn.init.zeros_(part.bias)
        if isinstance(part, nn.BatchNorm2d):
            nn.init.zeros_(part.get_buffer("running_mean"))
    net = net.double()
    images = torch.rand(3, *size, dtype=torch.float64)
    graph = channel_graph(net, images[:1])
    labels = np.array([0, 1, 2])
    with torch.no_grad():
        logits = net.eval()(images).numpy()[np.arange(3), labels]
    for found in channel_relevance(graph, images, labels, epsilon=1e-9).values():
        np.testing.assert_allclose(found.sum(1), logits, rtol=1e-3, atol=1e-6)


def test_ways_of_choosing_take_the_same_number():
    score, number = np.array([[1, 3, 3, 0], [0, 0, 0, 9]]), np.array([2, 1])
    assert strongest_channels(score, number).tolist() == [
        [False, True, True, False], [False, False, False, True]
    ]  # fmt: skip
    drawn = random_channels(4, number, np.random.default_rng(0))
    assert drawn.sum(1).tolist() == [2, 1]


def test_darkrooms_share_keeps_a_twentieth_and_at_least_two():
    z = np.random.default_rng(0).random((200, 100)).astype(np.float32)
    share = share_keeping(z, DARKROOM)
    assert top_share(z, share, crossing=True).chosen.sum(1).mean() == pytest.approx(5, abs=0.2)
    narrow = seeds({"a": z[:, :10]}, np.zeros(200, int), 1, DARKROOM)
    assert narrow.choice["a"].chosen.sum(1).min() >= 2


def test_the_papers_share_keeps_next_to_nothing_on_a_narrow_layer():
    z = np.random.default_rng(0).random((50, 24)).astype(np.float32)
    found = seeds({"a": z}, np.zeros(50, int), 1, PAPER)
    assert found.choice["a"].forced.all()
    assert (found.choice["a"].chosen.sum(1) == 1).all()


def test_the_least_contributing_are_other_channels_than_the_most():
    z = np.random.default_rng(0).random((20, 40)).astype(np.float32) + 0.1
    labels = np.zeros(20, int)
    most = seeds({"a": z}, labels, 1, DARKROOM).choice["a"].chosen
    least = seeds({"a": z}, labels, 1, replace(DARKROOM, seed="least")).choice["a"].chosen
    assert not (most & least).any()
