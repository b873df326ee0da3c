import numpy as np
import pytest
from sklearn.decomposition import PCA

from core.neighborhoods import nearest_neighbors, trustworthiness
from core.projections import (
    Projection,
    all_projections,
    effective_neighbors,
    effective_perplexity,
    exact_neighbors,
    pca,
    project,
    tsne,
    umap,
)


def clusters(n: int = 60, features: int = 12, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    centers = random.normal(size=(3, features)) * 10
    return (np.repeat(centers, n // 3, axis=0) + random.normal(size=(n, features))).astype("f4")


def apart(points: np.ndarray) -> bool:
    """Whether each of the three clusters lies together, away from the others."""
    groups = points.reshape(3, -1, 2)
    centers = groups.mean(axis=1)
    nearest = np.linalg.norm(points[:, None] - centers, axis=2).argmin(axis=1)
    return bool((nearest == np.repeat(range(3), groups.shape[1])).all())


def test_the_nine_embeddings_have_nine_names():
    names = [projection.name for projection in all_projections()]
    methods = ("tsne", "umap", "pca")
    endings = ("", "_logits", "_probabilities")
    assert names == [method + ending for ending in endings for method in methods]


def test_pca_agrees_with_scikit_learn_up_to_the_sign_of_an_axis():
    data = clusters()
    expected = PCA(2).fit_transform(data)
    points = pca(data)
    expected *= np.sign((expected * points).sum(axis=0))
    np.testing.assert_allclose(points, expected, atol=1e-4)


def test_pca_is_the_same_for_more_features_than_samples():
    data = clusters(30, 8)
    wide = np.hstack([data, np.zeros((30, 40), np.float32)])
    np.testing.assert_allclose(pca(wide), pca(data), atol=1e-4)


def test_the_feature_that_weighs_most_on_an_axis_of_pca_weighs_positively():
    data = np.zeros((4, 3))
    data[:, 1] = [-3, -1, 1, 3]
    np.testing.assert_allclose(pca(data)[:, 0], data[:, 1])
    np.testing.assert_allclose(pca(-data)[:, 0], -data[:, 1])


def test_pca_keeps_a_picture_of_two_features_as_it_is():
    data = np.random.default_rng(0).normal(size=(50, 2)) * [5, 1]
    centered = data - data.mean(axis=0)
    points = pca(data)
    np.testing.assert_allclose(
        np.linalg.norm(points, axis=1), np.linalg.norm(centered, axis=1), rtol=1e-5
    )
    assert trustworthiness(data, points, 5) == 1


def test_pca_of_one_feature_lies_on_a_line():
    points = pca(np.arange(5.0)[:, None])
    np.testing.assert_allclose(points, np.stack([np.arange(5) - 2.0, np.zeros(5)], axis=1))


def test_pca_of_two_samples_shows_their_distance():
    points = pca(np.array([[0.0, 0], [3, 4]]))
    assert np.linalg.norm(points[0] - points[1]) == pytest.approx(5)


@pytest.mark.parametrize("method", [pca, tsne, umap])
def test_equal_samples_are_one_point(method):
    points = method(np.full((6, 4), 0.7, np.float32))
    np.testing.assert_array_equal(points, np.zeros((6, 2)))


def test_tsne_shows_clusters_and_repeats_with_its_seed():
    data = clusters()
    points = tsne(data, perplexity=10.0, seed=1)
    assert points.dtype == np.float32
    assert apart(points)
    assert trustworthiness(data, points, 5) > 0.9
    np.testing.assert_array_equal(points, tsne(data, perplexity=10.0, seed=1))


def test_umap_shows_clusters_and_repeats_with_its_seed():
    data = clusters()
    points = umap(data, n_neighbors=8, seed=1)
    assert points.dtype == np.float32
    assert apart(points)
    np.testing.assert_array_equal(points, umap(data, n_neighbors=8, seed=1))
    assert not np.array_equal(points, umap(data, n_neighbors=8, seed=2))


def test_umap_is_handed_each_sample_first_and_then_its_nearest_others():
    data = clusters()
    data[7] = data[3]  # a duplicate must not take the place of the sample itself
    indices, distances = exact_neighbors(data, 8)["precomputed_knn"]
    expected, _ = nearest_neighbors(data, 7)
    np.testing.assert_array_equal(indices, np.column_stack([np.arange(60), expected]))
    gaps = np.linalg.norm(data[:, None] - data[indices], axis=2)
    np.testing.assert_allclose(distances, gaps, rtol=1e-5)


@pytest.mark.parametrize("method", [tsne, umap])
@pytest.mark.parametrize("n", [4, 5, 9, 10, 12])
def test_small_data_have_a_picture_too(method, n):
    points = method(clusters(60)[:: 60 // n][:n])
    assert points.shape == (n, 2)
    assert np.isfinite(points).all()


@pytest.mark.parametrize("method", [tsne, umap])
def test_samples_at_two_places_have_a_picture_too(method):
    points = method(np.repeat(clusters()[[0, -1]], 10, axis=0))
    assert np.isfinite(points).all()


@pytest.mark.parametrize("method", [tsne, umap])
def test_too_few_samples_are_refused(method):
    with pytest.raises(ValueError, match="needs at least 4 samples, got 3"):
        method(clusters()[:3])


@pytest.mark.parametrize("method", [pca, tsne, umap])
def test_a_value_that_is_not_finite_is_refused(method):
    data = clusters()
    data[[5, 8], 1] = np.inf
    with pytest.raises(ValueError, match="in 2 of 60 rows, first in row 5"):
        method(data)


def test_settings_become_what_the_samples_allow():
    assert effective_perplexity(30.0, 1797) == 30
    assert effective_perplexity(30.0, 31) == 10
    assert effective_perplexity(30.0, 2) == 1
    assert effective_neighbors(15, 1797) == 15
    assert effective_neighbors(15, 10) == 9
    fitted = Projection("umap", "logits", seed=3).fitted(13)
    assert fitted == Projection("umap", "logits", perplexity=4.0, n_neighbors=12, seed=3)


def test_impossible_settings_are_refused():
    with pytest.raises(ValueError, match=r"perplexity must be at least 1, got 0.5"):
        effective_perplexity(0.5, 100)
    with pytest.raises(ValueError, match="n_neighbors must be at least 2, got 1"):
        effective_neighbors(1, 100)


def test_a_projection_is_drawn_by_its_method():
    data = clusters()
    np.testing.assert_array_equal(project(data, Projection("pca")), pca(data))
    np.testing.assert_array_equal(
        project(data, Projection("tsne", perplexity=5.0, seed=2)),
        tsne(data, perplexity=5.0, seed=2),
    )
