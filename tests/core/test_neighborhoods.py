import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import manifold

from core import neighborhoods
from core.neighborhoods import nearest_neighbors, neighbor_preservation, trustworthiness
from tests.reference import neighborhoods as literal


def cloud(n: int, features: int, dtype: type = np.float64, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, features)).astype(dtype)


@pytest.mark.parametrize("features", [2, 10, 40])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_neighbors_are_those_of_the_literal_loops(features, dtype):
    data = cloud(50, features, dtype)
    indices, distances = nearest_neighbors(data, 6)
    np.testing.assert_array_equal(indices, literal.nearest_neighbors(data, 6))
    expected = np.linalg.norm(data[:, None].astype(float) - data[indices], axis=2)
    np.testing.assert_allclose(distances, expected, rtol=1e-12)


@pytest.mark.parametrize("features", [3, 40])
def test_a_duplicate_is_a_neighbor_at_distance_zero(features):
    data = cloud(12, features)
    data[7] = data[2]
    indices, distances = nearest_neighbors(data, 3)
    assert indices[7, 0] == 2
    assert indices[2, 0] == 7
    assert distances[7, 0] == distances[2, 0] == 0


@pytest.mark.parametrize("features", [3, 40])
def test_equal_distances_are_ordered_by_index(features):
    indices, distances = nearest_neighbors(np.full((20, features), 0.3, np.float32), 4)
    np.testing.assert_array_equal(indices[0], [1, 2, 3, 4])
    np.testing.assert_array_equal(indices[2], [0, 1, 3, 4])
    np.testing.assert_array_equal(indices[19], [0, 1, 2, 3])
    assert not distances.any()


@pytest.mark.parametrize("features", [3, 40])
def test_rounding_of_the_matrix_product_does_not_show(features):
    # saturated outputs: two places, around each differences far below what a product resolves
    data = np.zeros((40, features))
    data[:20, 0] = 1e4
    data[:, 1:] += 1e-9 * cloud(40, features - 1)
    np.testing.assert_array_equal(nearest_neighbors(data, 5)[0], literal.nearest_neighbors(data, 5))
    low = cloud(40, 2)
    assert trustworthiness(data, low, 5) == pytest.approx(
        literal.trustworthiness(data, low, 5), abs=1e-12
    )


@given(
    arrays(
        np.float32, st.tuples(st.integers(8, 14), st.just(40)), elements=st.sampled_from([0, 1])
    ),
    st.integers(1, 3),
    st.integers(0, 9),
)
@settings(deadline=None, max_examples=40)
def test_ties_are_broken_as_in_the_literal_loops(high, k, seed):
    low = np.random.default_rng(seed).integers(0, 2, (len(high), 2)).astype(np.float32)
    np.testing.assert_array_equal(nearest_neighbors(high, k)[0], literal.nearest_neighbors(high, k))
    assert neighbor_preservation(high, low, k) == pytest.approx(
        literal.neighbor_preservation(high, low, k), abs=1e-12
    )
    assert trustworthiness(high, low, k) == pytest.approx(
        literal.trustworthiness(high, low, k), abs=1e-12
    )


def test_queries_find_their_neighbors_among_the_data():
    data, queries = cloud(30, 5), cloud(7, 5, seed=1)
    queries[3] = data[11]
    indices, distances = nearest_neighbors(data, 30, queries=queries)
    assert indices.shape == (7, 30)
    assert indices[3, 0] == 11
    assert distances[3, 0] == 0
    assert (np.diff(distances, axis=1) >= 0).all()


@pytest.mark.parametrize("features", [4, 64])
def test_the_block_size_does_not_change_the_answer(features):
    data = cloud(90, features, np.float32)
    whole, small = nearest_neighbors(data, 8), nearest_neighbors(data, 8, block=7)
    np.testing.assert_array_equal(whole[0], small[0])
    np.testing.assert_array_equal(whole[1], small[1])


@pytest.mark.parametrize("measure", [nearest_neighbors, neighbor_preservation, trustworthiness])
def test_no_matrix_of_sample_by_sample_is_made(measure, monkeypatch):
    monkeypatch.setattr(neighborhoods, "BLOCK_ENTRIES", 50_000)
    n = 2000
    high, low = cloud(n, 40, np.float32), cloud(n, 2, np.float32)
    tracemalloc.start()
    measure(high, 5) if measure is nearest_neighbors else measure(high, low, 5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < n * n * 8 / 4


@pytest.mark.parametrize("k", [0, 10, 11])
def test_k_must_leave_the_sample_itself_out(k):
    with pytest.raises(ValueError, match="k must be from 1 to 9 for 10 samples, got"):
        nearest_neighbors(cloud(10, 3), k)


def test_trust_is_defined_below_half_the_samples():
    with pytest.raises(ValueError, match=r"below half the number of samples \(5.0\), got 5"):
        trustworthiness(cloud(10, 3), cloud(10, 2), 5)


def test_a_value_that_is_not_finite_is_named():
    data = cloud(10, 3)
    data[4, 1] = np.nan
    with pytest.raises(ValueError, match="in 1 of 10 rows, first in row 4"):
        nearest_neighbors(data, 2)


def test_a_similar_picture_keeps_everything():
    low = cloud(60, 2)
    turned = low @ np.array([[0.6, -0.8], [0.8, 0.6]]) * 3 + 5
    assert trustworthiness(low, turned, 7) == 1
    assert neighbor_preservation(low, turned, 7) == 1


def test_a_random_picture_keeps_what_chance_keeps():
    n, k = 400, 20
    high, low = cloud(n, 10), cloud(n, 2, seed=1)
    assert neighbor_preservation(high, low, k) == pytest.approx(k / (n - 1), abs=0.01)
    assert trustworthiness(high, low, k) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("features", [5, 50])
def test_measures_agree_with_the_literal_equations(features):
    high, low = cloud(45, features), cloud(45, 2, seed=1)
    high[10] = high[11]
    low[20] = low[30]
    for k in (1, 5, 12):
        assert trustworthiness(high, low, k) == pytest.approx(
            literal.trustworthiness(high, low, k), abs=1e-12
        )
        assert neighbor_preservation(high, low, k) == pytest.approx(
            literal.neighbor_preservation(high, low, k), abs=1e-12
        )


@pytest.mark.parametrize("features", [5, 50])
def test_trust_agrees_with_scikit_learn(features):
    high = cloud(300, features)
    low = high[:, :2] + 0.5 * cloud(300, 2, seed=1)
    assert trustworthiness(high, low, 15) == pytest.approx(
        manifold.trustworthiness(high, low, n_neighbors=15), abs=1e-12
    )


def test_some_rows_ask_as_they_would_among_all():
    random = np.random.default_rng(3)
    high = random.normal(size=(90, 40)).astype(np.float32)
    rows = np.array([3, 50, 17, 89])
    every, distances = nearest_neighbors(high, 7)
    some, their_distances = nearest_neighbors(high, 7, rows=rows)
    assert (some == every[rows]).all()
    assert (their_distances == distances[rows]).all()


def test_figures_over_all_rows_are_the_mean_of_figures_over_parts():
    random = np.random.default_rng(4)
    high = random.normal(size=(80, 40)).astype(np.float32)
    low = high[:, :2].copy()
    parts = [np.arange(0, 80, 2), np.arange(1, 80, 2)]
    for figure in (trustworthiness, neighbor_preservation):
        halves = [figure(high, low, 5, rows=part) for part in parts]
        assert figure(high, low, 5) == pytest.approx(np.mean(halves), abs=1e-12)


def test_rows_and_queries_together_are_refused():
    data = np.eye(5)
    with pytest.raises(ValueError, match="not both"):
        nearest_neighbors(data, 1, queries=data, rows=np.array([0]))
