from typing import Any

import numpy as np
import pytest
import torch

from core.teachers.preprocessing import Normalized, Preprocessing

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 4, 5, 2), np.uint8)


def test_grey_values_become_0_to_1_with_channels_first():
    pixels = Preprocessing()(IMAGES)
    assert pixels.dtype == torch.float32
    np.testing.assert_allclose(pixels.numpy(), IMAGES.transpose(0, 3, 1, 2) / 255, rtol=1e-6)


def test_each_channel_is_normalised_by_its_own_mean_and_spread():
    pixels = Preprocessing((0.5, 0.1), (0.2, 2.0))(IMAGES).numpy()
    expected = (IMAGES / 255 - [0.5, 0.1]) / [0.2, 2.0]
    np.testing.assert_allclose(pixels, expected.transpose(0, 3, 1, 2), rtol=1e-5, atol=1e-6)


def test_one_value_serves_all_channels():
    one, two = Preprocessing((0.5,), (0.2,)), Preprocessing((0.5, 0.5), (0.2, 0.2))
    assert torch.equal(one(IMAGES), two(IMAGES))


@pytest.mark.parametrize("channels", [1, 2])
def test_a_read_only_image_is_not_changed(channels):
    images = IMAGES[..., :channels].copy()
    images.flags.writeable = False
    before = images.copy()
    Preprocessing()(images)
    np.testing.assert_array_equal(images, before)


def test_normalisation_must_fit_the_channels():
    with pytest.raises(ValueError, match="1 or 2 values for images of 2 channels, got 3"):
        Preprocessing((0.0,) * 3, (1.0,) * 3)(IMAGES)


@pytest.mark.parametrize(("mean", "std"), [((0.0,), (0.0,)), ((0.0, 0.0), (1.0,))])
def test_an_impossible_normalisation_is_refused(mean, std):
    with pytest.raises(ValueError, match="one value per channel, std positive"):
        Preprocessing(mean, std)


def test_bgr_turns_the_channels_round_before_they_are_normalised():
    images = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3), np.uint8)
    turned = Preprocessing((0.1, 0.2, 0.3), (1.0, 1.0, 1.0), order="bgr")(images).numpy()
    expected = images[..., ::-1].transpose(0, 3, 1, 2) / 255
    np.testing.assert_allclose(turned[:, 0], expected[:, 0] - 0.1, atol=1e-6)
    np.testing.assert_allclose(turned[:, 2], expected[:, 2] - 0.3, atol=1e-6)


def test_grey_images_go_into_a_network_for_colours_three_times():
    grey = IMAGES[..., :1]
    found = Preprocessing((0.1, 0.2, 0.3), (1.0, 1.0, 1.0), repeat=3)(grey)
    assert found.shape == (3, 3, 4, 5)
    assert torch.allclose(found[:, 0] + 0.1, found[:, 2] + 0.3, atol=1e-6)
    with pytest.raises(ValueError, match="repeat is for grey images, got 2 channels"):
        Preprocessing(repeat=3)(IMAGES)
    with pytest.raises(ValueError, match="repeat must be at least 1, got 0"):
        Preprocessing(repeat=0)


def test_a_network_that_reads_0_to_255_gets_the_grey_values():
    found = Preprocessing(std=(1 / 255,))(IMAGES).numpy()
    np.testing.assert_allclose(found, IMAGES.transpose(0, 3, 1, 2), rtol=1e-5)


def test_pixels_are_left_alone_unless_they_may_be_overwritten():
    given = torch.rand(1, 2, 4, 4)
    before = given.clone()
    Preprocessing((0.5,), (0.2,)).normalized(given)
    assert torch.equal(given, before)


def test_a_normalised_network_reads_pixels_and_hands_gradients_back():
    network = torch.nn.Flatten()
    module = Normalized(network, Preprocessing((0.5,), (0.25,)))
    given: Any = torch.rand(1, 1, 2, 2, requires_grad=True)
    found = module(given)
    found.sum().backward()
    assert torch.allclose(found, (given.flatten(1) - 0.5) / 0.25)
    assert torch.allclose(given.grad, torch.full((1, 1, 2, 2), 4.0))
