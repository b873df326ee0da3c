import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.datasets import load
from core.datasets.subset import stratified


def test_a_limited_data_set_keeps_the_shares_of_splits_and_classes():
    whole, small = load("digits"), load("digits", limit=300)
    assert len(small) == small.limit == 300
    assert whole.limit is None
    assert len(small.rows("test")) == pytest.approx(300 * 500 / 1797, abs=3)
    assert np.bincount(small.labels).min() >= 28


def test_a_limited_sample_is_still_its_row_of_the_source():
    whole, small = load("digits"), load("digits", limit=50)
    place = {row: index for index, row in enumerate(whole.split_id)}
    rows = [place[row] for row in small.split_id]
    assert rows == sorted(rows)
    np.testing.assert_array_equal(small.images, whole.images[rows])
    np.testing.assert_array_equal(small.labels, whole.labels[rows])
    np.testing.assert_array_equal(small.split, whole.split[rows])


def test_the_seed_decides_who_stays():
    first, again, other = (load("digits", limit=50, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.split_id, again.split_id)
    assert not np.array_equal(first.split_id, other.split_id)


def test_a_limit_above_the_size_changes_nothing():
    assert load("digits", limit=5000).limit is None
    assert len(load("digits", limit=1797)) == 1797


def test_a_limit_below_one_is_refused():
    with pytest.raises(ValueError, match="limit must be at least 1 or none, got 0"):
        load("digits", limit=0)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.data())
@settings(deadline=None, max_examples=50)
def test_every_stratum_is_at_most_one_off_its_share(strata, data):
    size = data.draw(st.integers(1, len(strata)))
    rows = stratified(np.array(strata), size, np.random.default_rng(0))
    assert len(set(rows.tolist())) == len(rows) == size
    for stratum in set(strata):
        share = strata.count(stratum) * size / len(strata)
        assert abs(sum(strata[row] == stratum for row in rows) - share) < 1
