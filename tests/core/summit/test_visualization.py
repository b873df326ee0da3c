from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from core import precision
from core.summit.channel_graph import channel_graph
from core.summit.visualization import (
    SMALL,
    Visualization,
    image_statistics,
    pictures,
    response_tensor,
    visualize,
)
from tests.core.summit import networks

SHORT = replace(SMALL, steps=40)


class Edges(nn.Module):
    """Channel 0 likes bright left halves, channel 1 dark ones: its opposite."""

    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(1, 2, (8, 8), bias=False), nn.Linear(2, 2)
        with torch.no_grad():
            self.conv.weight.zero_()
            self.conv.weight[0, 0, :, :4] = 1
            self.conv.weight[0, 0, :, 4:] = -1
            self.conv.weight[1] = -self.conv.weight[0]

    def forward(self, x):
        return self.fc(torch.relu(self.conv(x)).flatten(1))


def images(n=30, channels=1, size=8, seed=0):
    generator = np.random.default_rng(seed)
    smooth = generator.random((n, size, size, channels)).cumsum(1).cumsum(2)
    return (smooth / smooth.max() * 255).astype(np.uint8)


def test_a_picture_shows_what_its_channel_likes():
    graph = channel_graph(Edges(), torch.zeros(1, 1, 8, 8))
    found = dict(visualize(graph, "conv", [0, 1], image_statistics(images()), SHORT))
    assert found[0].shape == (1, 8, 8, 1)
    left, right = found[0][0, :, :3].mean(), found[0][0, :, 5:].mean()
    assert left > right + 50
    assert found[1][0, :, :3].mean() + 50 < found[1][0, :, 5:].mean()


@pytest.mark.parametrize("present", [True, False])
def test_bfloat16_is_used_where_the_processor_has_it_and_draws_nearly_the_same(
    present, monkeypatch
):
    monkeypatch.setattr(precision, "has_bfloat16", lambda: present)
    torch.manual_seed(0)
    module = Edges()
    nn.init.normal_(module.conv.weight)  # its own weights, 1 and -1, are exact in bfloat16 too
    graph, statistics = channel_graph(module, torch.zeros(1, 1, 8, 8)), image_statistics(images())
    exact, low = (
        dict(visualize(graph, "conv", [0], statistics, replace(SHORT, half=half)))[0].astype(int)
        for half in (False, True)
    )
    assert (exact != low).any() == present
    assert abs(exact - low).mean() < 5


def test_batches_side_by_side_draw_the_same_pictures():
    graph = channel_graph(Edges(), torch.zeros(1, 1, 8, 8))
    statistics = image_statistics(images())
    before = torch.get_num_threads()

    def drawn(**more):
        return dict(visualize(graph, "conv", [0, 1], statistics, SHORT, at_once=1, **more))

    alone = drawn()
    together = drawn(workers=2)
    assert list(together) == [0, 1]
    assert all(np.array_equal(together[channel], alone[channel]) for channel in alone)
    assert torch.get_num_threads() == before


def test_a_picture_does_not_depend_on_what_is_made_with_it():
    graph = channel_graph(Edges(), torch.zeros(1, 1, 8, 8))
    statistics = image_statistics(images())
    together = dict(visualize(graph, "conv", [0, 1], statistics, SHORT))
    alone = dict(visualize(graph, "conv", [1], statistics, SHORT))
    assert np.abs(together[1].astype(int) - alone[1]).max() <= 1


@pytest.mark.parametrize("variants", [1, 4])
def test_units_of_a_hidden_fully_connected_layer_are_drawn_too(variants):
    conv, hidden = nn.Conv2d(1, 2, 3), nn.Linear(72, 3)
    with torch.no_grad():
        conv.weight[:] = 1
        hidden.weight[0], hidden.bias[:] = 1, 0
    module = nn.Sequential(conv, nn.ReLU(), nn.Flatten(), hidden, nn.ReLU(), nn.Linear(3, 2))
    graph = channel_graph(module, torch.zeros(1, 1, 8, 8))
    settings = replace(SHORT, variants=variants)
    ((_, found),) = visualize(graph, "3", [0], image_statistics(images()), settings)
    assert found.shape == (variants, 8, 8, 1)
    assert found.mean() > images().mean() + 50  # it adds up everything that is bright


def test_variants_differ_more_with_diversity():
    torch.manual_seed(0)
    graph = channel_graph(networks.Vgg(), torch.zeros(1, 3, 8, 8))
    statistics = image_statistics(images(channels=3))
    apart = []
    for weight in (0.0, 20.0):
        settings = replace(SHORT, variants=4, diversity=weight)
        ((_, found),) = visualize(graph, "features.2", [1], statistics, settings)
        assert found.shape == (4, 8, 8, 3)
        flat = found.reshape(4, -1).astype(float)
        apart.append(np.linalg.norm(flat[:, None] - flat[None], axis=2).sum())
    assert apart[1] > apart[0]


def test_noise_of_unit_size_has_the_images_spectrum_and_unit_variance():
    statistics = image_statistics(images(100, size=9))
    noise = torch.randn(4000, 1, *statistics.spectrum.shape, 2)
    scaled = torch.view_as_complex(noise) * statistics.spectrum
    pixels = torch.fft.irfft2(scaled, s=(9, 9), norm="ortho")
    assert pixels.var() == pytest.approx(1, rel=0.15)


def test_without_any_coefficients_a_picture_is_the_mean_colour():
    stored = images(20, 3)
    statistics = image_statistics(stored)
    blank = pictures(torch.zeros(1, 3, *statistics.spectrum.shape, 2), statistics, 8)
    np.testing.assert_allclose(blank[0, :, 0, 0], stored.mean((0, 1, 2)) / 255, atol=1e-4)


def test_statistics_follow_the_size_that_is_asked():
    assert image_statistics(images(), (6, 7)).spectrum.shape == (6, 4)
    grey = image_statistics(np.full((3, 8, 8, 1), 7, np.uint8))
    assert torch.isfinite(grey.spectrum).all()


def test_the_response_is_read_before_the_activation_and_behind_the_norm():
    graph = channel_graph(networks.SqueezeNet(3), torch.zeros(1, 3, 24, 24))
    first, channel = response_tensor(graph, "features.3", 70)
    assert channel == 6
    assert first in graph.joins
    residual = channel_graph(networks.ResNet(), torch.zeros(1, 3, 8, 8))
    assert response_tensor(residual, "conv1", 1)[0].startswith("batch_norm")


def test_statistics_of_another_size_are_refused():
    graph = channel_graph(Edges(), torch.zeros(1, 1, 8, 8))
    statistics = image_statistics(images(size=6))
    with pytest.raises(ValueError, match="statistics must be of images of 8 x 8 pixels"):
        list(visualize(graph, "conv", [0], statistics, SHORT))
    with pytest.raises(ValueError, match="steps must be at least 1, got 0"):
        Visualization(steps=0)
