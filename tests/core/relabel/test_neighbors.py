import numpy as np
import pytest
import torch

from core.generators.frequency import Frequency
from core.generators.generator import LatentSpace, latent_ranges
from core.generators.vae import VAE
from core.relabel.neighbors import (
    NOTHING,
    RECONSTRUCTION,
    Perturbation,
    _scale,
    decoder_around,
    deviation,
    perturbed,
)

RANDOM = np.random.default_rng(0)
CODER = Frequency((1, 6, 6), 6)
PICTURE = np.full((1, 6, 6), 0.5, np.float32)
CODE = CODER.encode(PICTURE[None])[0]
SIGMA = np.full(36, 0.05, np.float32)
WEIGHT = RANDOM.standard_normal(36).astype(np.float32)


def teacher(threshold):
    def logits(pictures):
        score = (pictures.reshape(len(pictures), -1) - 0.5) @ WEIGHT
        return np.stack([score, np.full(len(score), threshold)], axis=1).astype(np.float32)

    return logits


def drawn(threshold=-0.1, sigma=SIGMA, **settings):
    return perturbed(CODE, sigma, CODER.decode, teacher(threshold), 0, Perturbation(**settings))


@pytest.mark.parametrize("flips", [0.2, 0.4])
@pytest.mark.parametrize("sigma", [0.001, 0.05, 0.4])
def test_the_scale_is_found_at_which_the_wanted_share_flips(flips, sigma):
    found = drawn(sigma=np.full(36, sigma, np.float32), flips=flips)
    assert found.reason == ""
    assert found.flipped == pytest.approx(flips, abs=0.08)
    assert found.flipped == pytest.approx(1 - found.labels.mean())
    assert found.pictures.shape == (1000, 1, 6, 6)


def test_where_the_share_jumps_the_scale_says_what_came_out():
    # half of all neighbours flip at any scale: 90 % cannot be had
    found = drawn(threshold=-1e-6, flips=0.9, n=300)
    assert 0.4 < found.flipped < 0.7
    assert found.scale == Perturbation().largest


def test_a_reconstruction_that_flips_is_said():
    found = drawn(threshold=1.0)
    assert (found.reason, len(found.pictures), found.flipped) == (RECONSTRUCTION, 0, 1.0)


def test_a_class_that_never_flips_is_said():
    found = drawn(threshold=-1e9)
    assert (found.reason, len(found.pictures), found.flipped) == (NOTHING, 0, 0.0)


def test_a_larger_scale_moves_every_neighbour_the_same_way():
    near, far = drawn(flips=0.1), drawn(flips=0.4)
    assert near.scale < far.scale
    ratio = (far.codes - CODE) / (near.codes - CODE)
    np.testing.assert_allclose(np.median(ratio), far.scale / near.scale, rtol=1e-3)


def test_the_deviation_is_the_encoders_own_where_there_is_one():
    torch.manual_seed(0)
    vae = VAE((1, 6, 6), latent=3, hidden=8)
    own = deviation(vae, PICTURE, None)
    with torch.inference_mode():
        log_variance = vae.posterior(torch.from_numpy(PICTURE[None]))[1][0]
    np.testing.assert_allclose(own, (0.5 * log_variance).exp().numpy(), rtol=1e-6)


def test_the_deviation_of_a_frequency_is_its_spread_over_the_images():
    codes = RANDOM.standard_normal((50, 36)).astype(np.float32)
    space = LatentSpace(codes, latent_ranges(codes), np.zeros(50, np.float32))
    np.testing.assert_allclose(deviation(CODER, PICTURE, space), codes.std(axis=0))
    with pytest.raises(ValueError, match="give the images' codes"):
        deviation(CODER, PICTURE, None)


@pytest.mark.parametrize(
    "settings", [{"flips": 0.0}, {"n": 1}, {"tolerance": 0.0}, {"largest": 0.5}]
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        Perturbation(**settings)


def test_a_code_that_is_nan_is_refused():
    with pytest.raises(ValueError, match="finite"):
        drawn(sigma=np.full(36, np.nan, np.float32))


def test_a_jump_from_none_to_all_is_not_called_nothing():
    # everything flips beyond 5.5 times sigma, nothing before: halvings may end on either side
    for jump in (0.3, 5.5, 17.0):
        scale, found = _scale(lambda scale, jump=jump: float(scale > jump), Perturbation())
        assert found == 1
        assert scale == pytest.approx(jump, rel=0.02)
    assert _scale(lambda scale: 0.0, Perturbation())[1] == 0


def test_without_training_neighbours_keep_the_pictures_other_frequencies():
    coarse = Frequency((1, 6, 6), 2)
    picture = RANDOM.random((1, 6, 6)).astype(np.float32)
    code = coarse.encode(picture[None])[0]
    decode = decoder_around(coarse, picture, code)
    np.testing.assert_allclose(decode(code[None])[0], picture, atol=1e-6)
    moved = decode((code + 0.01)[None])
    change = Frequency((1, 6, 6), 6).encode(moved - picture)[0].reshape(6, 6)
    np.testing.assert_allclose(change[:2, :2], 0.01, atol=1e-3)
    np.testing.assert_allclose(change[2:], 0, atol=1e-5)
    trained = VAE((1, 6, 6))
    assert decoder_around(trained, picture, code) == trained.decode
