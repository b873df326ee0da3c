import pytest
import torch
from torch import nn

from core.teachers.convnet import ConvNet


def kinds(network: nn.Module, kind: type[nn.Module]) -> int:
    return sum(isinstance(part, kind) for part in network.modules())


def test_every_convolution_is_followed_by_a_relu_that_is_a_module():
    network = ConvNet(1, 10)
    assert kinds(network, nn.Conv2d) >= 3
    assert kinds(network, nn.ReLU) == kinds(network, nn.Conv2d)


@pytest.mark.parametrize(("channels", "size"), [(1, 8), (3, 28), (1, 5), (2, 1)])
def test_images_of_any_size_become_one_logit_per_class(channels, size):
    network = ConvNet(channels, 7, width=4).eval()
    assert network(torch.rand(2, channels, size, size)).shape == (2, 7)


def test_the_representation_is_four_times_as_wide_as_the_first_block():
    assert ConvNet(1, 10).head.in_features == 64
    assert ConvNet(1, 10, width=8).head.in_features == 32


@pytest.mark.parametrize("name", ["in_channels", "classes", "width"])
def test_a_size_below_one_is_named(name):
    with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
        ConvNet(**{"in_channels": 1, "classes": 10, "width": 4, name: 0})
