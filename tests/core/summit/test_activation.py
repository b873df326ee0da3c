import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.summit.activation import (
    channel_maxima,
    class_counts,
    least_contributing,
    top_channels,
    top_share,
)
from tests.reference import summit as literal


def rows(*values):
    return np.array(values, np.float32)


def test_maxima_are_taken_over_positions_and_negative_ones_are_zero():
    values = np.random.default_rng(0).normal(size=(4, 5, 3, 2)).astype(np.float32)
    values[:, 2] = -1
    found = channel_maxima(torch.from_numpy(values))
    np.testing.assert_allclose(found, literal.maxima(values))
    np.testing.assert_array_equal(channel_maxima(values), found)
    assert (found[:, 2] == 0).all()


@settings(deadline=None, max_examples=60)
@given(
    arrays(np.float32, (4, 7), elements=st.sampled_from([0, 0.25, 1, 2, 8])),
    st.sampled_from([0.03, 0.2, 0.5, 0.97, 1.0]),
    st.booleans(),
    st.integers(1, 3),
)
def test_method_2_equals_its_words(z, share, crossing, least):
    found = top_share(z, share, crossing=crossing, least=least)
    np.testing.assert_array_equal(found.chosen, literal.method_2(z, share, crossing, least))


def test_method_1_equals_its_words_with_ties_to_the_lower_channel():
    z = np.random.default_rng(1).integers(0, 4, (20, 9)).astype(np.float32)
    np.testing.assert_array_equal(top_channels(z, 3).chosen, literal.method_1(z, 3))


def test_the_crossing_channel_is_what_the_two_readings_differ_in():
    z = rows([4, 3, 2, 1])
    assert top_share(z, 0.5).chosen.tolist() == [[True, False, False, False]]
    assert top_share(z, 0.5, crossing=True).chosen.tolist() == [[True, True, False, False]]


def test_an_image_keeps_one_channel_and_says_that_it_was_forced():
    found = top_share(rows([1, 1, 1], [9, 0, 1]), 0.03)
    assert found.chosen.sum(1).tolist() == [1, 1]
    assert found.forced.tolist() == [True, True]
    assert not top_share(rows([1, 1, 1]), 0.4).forced.any()


def test_an_image_that_excites_nothing_keeps_nothing():
    found = top_share(rows([0, 0, 0]), 0.03, least=2)
    assert not found.chosen.any()
    assert not found.forced.any()


def test_counts_add_up_images_of_a_class_whatever_their_order():
    generator = np.random.default_rng(2)
    chosen, labels = generator.random((30, 6)) < 0.4, generator.integers(0, 3, 30)
    found = class_counts(chosen, labels, 4)
    np.testing.assert_array_equal(found, literal.counts(chosen, labels, 4))
    order = generator.permutation(30)
    np.testing.assert_array_equal(class_counts(chosen[order], labels[order], 4), found)
    assert not found[3].any()


def test_the_least_contributing_are_excited_and_as_many():
    z = rows([0, 5, 1, 2, 8])
    assert least_contributing(z, 0.9).chosen.tolist() == [[False, False, True, True, False]]


def test_a_share_outside_its_range_is_refused():
    with pytest.raises(ValueError, match=r"share must be above 0 and at most 1, got 3\.0"):
        top_share(rows([1.0]), 3.0)
    with pytest.raises(ValueError, match="k must be from 1 to 1 channels, got 2"):
        top_channels(rows([1.0]), 2)
