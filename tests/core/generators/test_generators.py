import numpy as np
import pytest
import scipy.fft
import torch
from torch import nn

from core.generators.autoencoder import (
    AutoencoderTraining,
    divergence_from_prior,
    train,
)
from core.generators.decoder_numpy import dfc_vae_decoder, vae_decoder
from core.generators.dfc_vae import DFCVAE, dfc_vae_for, feature_loss, features_of, first_blocks
from core.generators.frequency import Frequency, spread
from core.generators.generator import Generator, as_pictures, encoded, latent_ranges, survey
from core.generators.vae import VAE

RANDOM = np.random.default_rng(0)
IMAGES = (RANDOM.random((96, 8, 8, 1)) * 255 * (np.indices((8, 8)).sum(0) > 7)[..., None]).astype(
    np.uint8
)


def plain(module):
    return {name: value.numpy() for name, value in module.state_dict().items()}


def trained(module, **settings):
    *_, last = train(module, IMAGES, AutoencoderTraining(**settings))
    return last


def test_training_lowers_the_bound():
    torch.manual_seed(0)
    vae = VAE((1, 8, 8), latent=3, hidden=32)
    epochs = list(train(vae, IMAGES, AutoencoderTraining(epochs=8, batch_size=16)))
    assert [epoch.epoch for epoch in epochs] == list(range(1, 9))
    bounds = [epoch.reconstruction + epoch.divergence for epoch in epochs]
    assert bounds[-1] < 0.9 * bounds[0]


def test_the_same_seed_trains_the_same_generator():
    found = []
    for _ in range(2):
        torch.manual_seed(0)
        vae = VAE((1, 8, 8), latent=3, hidden=16)
        trained(vae, epochs=2, seed=5)
        found.append(vae.decode(np.ones((1, 3), np.float32)))
    np.testing.assert_array_equal(*found)


def test_the_divergence_is_that_of_two_gaussians():
    mean, log_variance = torch.tensor([[0.3, -1.0]]), torch.tensor([[0.2, -0.5]])
    ours = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    prior = torch.distributions.Normal(torch.zeros(2), torch.ones(2))
    expected = torch.distributions.kl_divergence(ours, prior).sum(1)
    torch.testing.assert_close(divergence_from_prior(mean, log_variance), expected)


def test_the_numpy_decoder_equals_the_vae():
    torch.manual_seed(1)
    vae = VAE((1, 8, 8), latent=3, hidden=16)
    codes = 5 * RANDOM.standard_normal((9, 3)).astype(np.float32)
    np.testing.assert_allclose(
        vae_decoder(plain(vae), (1, 8, 8))(codes), vae.decode(codes), atol=1e-6
    )


@pytest.mark.parametrize("side", [32, 64])
def test_the_numpy_decoder_equals_the_convolutional_vae(side):
    torch.manual_seed(1)
    vae = DFCVAE((3, side, side), latent=7, width=4)
    vae.train()
    vae.posterior(torch.rand(4, 3, side, side))
    vae.picture(torch.randn(4, 7))  # running means that are not 0 and 1
    vae.eval()
    codes = RANDOM.standard_normal((2, 7)).astype(np.float32)
    ours = dfc_vae_decoder(plain(vae))(codes)
    assert ours.shape == (2, 3, side, side)
    np.testing.assert_allclose(ours, vae.decode(codes), atol=1e-5)


def test_a_missing_weight_is_named():
    with pytest.raises(ValueError, match=r"leave\.bias"):
        vae_decoder({"unfold.weight": np.zeros((2, 2))}, (1, 2, 2))


def test_every_generator_is_one():
    generators = [VAE((1, 8, 8)), DFCVAE((3, 32, 32), width=2), Frequency((3, 8, 8), 4)]
    assert all(isinstance(generator, Generator) for generator in generators)


def test_ranges_are_the_extremes_of_the_encoders_means():
    torch.manual_seed(0)
    vae = VAE((1, 8, 8), latent=3, hidden=16)
    space = survey(vae, IMAGES, batch_size=7)
    np.testing.assert_array_equal(encoded(vae, IMAGES, batch_size=7), space.codes)
    means = vae.encode(as_pictures(IMAGES))
    np.testing.assert_allclose(space.ranges[:, 0], means.min(0), atol=1e-6)
    np.testing.assert_allclose(space.ranges[:, 1], means.max(0), atol=1e-6)
    one = as_pictures(IMAGES[5:6])
    error = np.mean((vae.decode(vae.encode(one)) - one) ** 2)
    assert space.errors[5] == pytest.approx(error, rel=1e-4)


def test_a_latent_dimension_that_never_moves_has_a_range_of_zero():
    codes = np.stack([np.arange(3.0), np.full(3, 2.0)], axis=1)
    np.testing.assert_array_equal(latent_ranges(codes), [[0, 2], [2, 2]])


def test_ranges_of_nan_are_refused():
    with pytest.raises(ValueError, match="finite"):
        latent_ranges(np.array([[np.nan, 1.0]]))


def test_frequencies_are_scipys_cosine_transform():
    pictures = RANDOM.random((3, 2, 8, 6)).astype(np.float32)
    whole = np.asarray(scipy.fft.dctn(pictures, axes=(2, 3), norm="ortho"))
    expected = whole[:, :, :4, :4]
    ours = Frequency((2, 8, 6), 4).encode(pictures)
    np.testing.assert_allclose(ours.reshape(3, 2, 4, 4), expected, atol=1e-5)


def test_all_frequencies_give_the_picture_back():
    pictures = RANDOM.random((2, 3, 8, 8)).astype(np.float32)
    generator = Frequency((3, 8, 8), 8)
    np.testing.assert_allclose(generator.decode(generator.encode(pictures)), pictures, atol=1e-5)


def test_the_lowest_frequency_is_the_mean():
    pictures = RANDOM.random((2, 1, 8, 8)).astype(np.float32)
    generator = Frequency((1, 8, 8), 1)
    flat = generator.decode(generator.encode(pictures))
    np.testing.assert_allclose(flat, pictures.mean((2, 3), keepdims=True) + 0 * flat, atol=1e-6)


def test_the_spread_of_equal_images_is_zero():
    np.testing.assert_array_equal(spread(np.ones((4, 3))), np.zeros(3))


def test_the_feature_loss_is_zero_for_a_perfect_reconstruction_and_grows():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.ReLU())
    loss = feature_loss(features_of(net, first_blocks(net)))
    pictures = torch.rand(2, 3, 16, 16)
    torch.testing.assert_close(loss(pictures, pictures), torch.zeros(2))
    near, far = loss(pictures + 0.01, pictures), loss(pictures + 0.1, pictures)
    assert (far > near).all()
    assert (near > 0).all()


def test_features_leave_out_what_comes_after_the_last_layer():
    ran = []
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.ReLU())
    net[3].register_forward_hook(lambda *_: ran.append(3))
    pictures = torch.rand(2, 3, 16, 16)
    first, second = features_of(net, ["0", "2"])(pictures)
    assert ran == []
    torch.testing.assert_close(first, net[0](pictures))
    torch.testing.assert_close(second, net[2](net[1](net[0](pictures))))


def test_the_feature_loss_trains_a_convolutional_vae():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.ReLU(), nn.Conv2d(4, 8, 3), nn.ReLU())
    images = RANDOM.integers(0, 256, (32, 16, 16, 3), dtype=np.uint8)
    images[:, :8] //= 8
    vae = DFCVAE((3, 16, 16), latent=4, width=4)
    loss = feature_loss(features_of(net, first_blocks(net)))
    epochs = list(train(vae, images, AutoencoderTraining(epochs=4, batch_size=8), loss=loss))
    assert epochs[-1].reconstruction < epochs[0].reconstruction


def test_first_blocks_open_a_part_that_holds_everything():
    net = nn.Sequential()
    net.features = nn.Sequential(nn.Conv2d(1, 1, 1), nn.ReLU(), nn.Conv2d(1, 1, 1))
    assert first_blocks(net) == ["features.0", "features.2"]
    with pytest.raises(ValueError, match="convolution"):
        first_blocks(nn.Sequential(nn.Linear(2, 2)))


def test_a_picture_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="shape"):
        VAE((1, 8, 8)).encode(np.zeros((1, 1, 9, 9), np.float32))
    with pytest.raises(ValueError, match="shape"):
        Frequency((1, 8, 8), 4).encode(np.zeros((1, 1, 9, 9), np.float32))


def test_large_pictures_get_the_papers_five_hundred_dimensions():
    made = dfc_vae_for((3, 80, 80)).eval()
    pictures = np.random.default_rng(0).random((2, 3, 80, 80)).astype(np.float32)
    codes = made.encode(pictures)
    assert codes.shape == (2, 500)
    assert made.decode(codes).shape == pictures.shape
    weights = {key: value.numpy() for key, value in made.state_dict().items()}
    np.testing.assert_allclose(dfc_vae_decoder(weights)(codes), made.decode(codes), atol=1e-4)
    assert dfc_vae_for((3, 32, 32)).latent == 100
