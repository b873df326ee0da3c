import numpy as np
import pytest
import torch

from core.teachers.preprocessing import Preprocessing

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
