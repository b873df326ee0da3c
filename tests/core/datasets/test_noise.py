import numpy as np
import pytest

from core.datasets import SourceOptions, load
from core.datasets.noise import flipped


def test_the_stated_share_of_training_labels_is_flipped_and_no_test_label():
    labels, train = np.arange(1000) % 10, np.arange(1000) < 800
    noisy = flipped(labels, train, 10, 0.1, 0)
    assert (noisy[train] != labels[train]).sum() == 80
    np.testing.assert_array_equal(noisy[~train], labels[~train])


def test_every_other_class_is_equally_likely():
    labels = np.zeros(50_000, int)
    noisy = flipped(labels, np.ones(50_000, bool), 5, 0.4, 0)
    counts = np.bincount(noisy, minlength=5)
    assert counts[0] == 30_000
    assert np.abs(counts[1:] - 5000).max() < 250


def test_the_seed_decides_who_is_flipped():
    labels, train = np.arange(100) % 3, np.ones(100, bool)
    first, again, other = (flipped(labels, train, 3, 0.2, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_no_noise_leaves_the_labels():
    labels = np.array([0, 1, 0])
    assert flipped(labels, np.ones(3, bool), 2, 0.0, 0) is labels


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ValueError, match="label_noise must be from 0 to below 1"):
        flipped(np.array([0, 1]), np.ones(2, bool), 2, share, 0)


def test_one_class_has_nowhere_to_flip_to():
    with pytest.raises(ValueError, match="two classes or more, got 1"):
        flipped(np.array([0, 0]), np.ones(2, bool), 1, 0.5, 0)


def test_a_noisy_data_set_remembers_each_samples_label():
    clean = load("digits", limit=300)
    noisy = load("digits", limit=300, options=SourceOptions(label_noise=0.1, noise_seed=3))
    assert clean.original_labels is None
    np.testing.assert_array_equal(noisy.original_labels, clean.labels)
    train = noisy.split == "train"
    assert (noisy.labels != clean.labels)[train].sum() == round(0.1 * train.sum())
    assert (noisy.labels == clean.labels)[~train].all()
