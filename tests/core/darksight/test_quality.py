import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import silhouette_samples

from core.darksight.quality import (
    cluster_preservation,
    global_fidelity,
    hard_confusion,
    jensen_shannon_distance,
    local_fidelity,
    mean_probabilities,
    most_misplaced,
    silhouette,
)
from core.darksight.ranks import midranks, spearman
from tests.reference import darksight as reference


def test_local_fidelity_is_equation_10(teacher, points):
    p = teacher[:60]
    found = local_fidelity(points, p, 9)
    for k in (1, 4, 9):
        assert found[k - 1] == pytest.approx(reference.local_fidelity(points, p, k))


def test_in_an_embedding_of_equal_predictions_all_neighbours_agree(points):
    found = local_fidelity(points, np.tile([0.2, 0.8], (60, 1)), 5)
    np.testing.assert_allclose(found, 0, atol=1e-7)


def test_opposite_certainties_are_one_apart():
    assert jensen_shannon_distance(np.array([[1.0, 0]]), np.array([[0, 1.0]])) == [1.0]


def test_more_neighbours_than_samples_are_refused(points):
    with pytest.raises(ValueError, match="k must be from 1 to 59"):
        local_fidelity(points, np.full((60, 2), 0.5), 60)


def test_confidence_that_falls_from_the_centre_is_preserved():
    random = np.random.default_rng(0)
    ring, aside = random.normal(size=(100, 2)), np.array([50.0, 0])
    points = np.concatenate([ring, -ring, ring + aside, -ring + aside])
    predicted = np.repeat([0, 1], 200)
    centers = np.repeat([[0, 0], [50, 0]], 200, axis=0)
    distance = np.hypot(*(points - centers).T)
    found = cluster_preservation(points, predicted, -distance, 2)
    assert found.value == pytest.approx(1, abs=1e-3)
    assert cluster_preservation(points, predicted, distance, 2).value == pytest.approx(-1, abs=1e-3)
    assert found.low <= found.value


def test_classes_too_small_for_an_order_are_left_out():
    points = np.arange(12.0).reshape(6, 2)
    found = cluster_preservation(points, np.array([0, 0, 0, 0, 1, 3]), np.arange(6.0), 4)
    assert np.isnan(found.by_class[1:]).all()
    assert not np.isnan(found.value)


@pytest.mark.parametrize("block", [4_000_000, 100])
def test_the_silhouette_is_scikit_learns(monkeypatch, points, block):
    monkeypatch.setattr("core.darksight.quality.BLOCK_ENTRIES", block)
    predicted = np.array([0, 2, 2, 5, 5, 5] * 10)
    predicted[7] = 9  # alone in its class
    np.testing.assert_allclose(
        silhouette(points, predicted), silhouette_samples(points, predicted), atol=1e-12
    )


def test_a_silhouette_of_one_class_is_refused(points):
    with pytest.raises(ValueError, match="needs two predicted classes, got 1"):
        silhouette(points, np.zeros(60, int))


def test_clusters_placed_by_confusion_have_global_fidelity():
    confusion = np.array([[0.8, 0.15, 0.05], [0.1, 0.8, 0.1], [0.0, 0.1, 0.9]])
    line = np.array([[0.0, 0], [1, 0], [2.5, 0]])
    predicted = np.repeat([0, 1, 2], 4)
    assert global_fidelity(line[predicted], predicted, confusion) == pytest.approx(1)
    swapped = line[[1, 0, 2]]
    assert global_fidelity(swapped[predicted], predicted, confusion) < 0.6


def test_a_class_never_predicted_has_no_place():
    points = np.array([[0.0, 0], [1, 0], [3, 0]])
    confusion = np.full((4, 4), 0.25)
    confusion[0, 1] = confusion[1, 0] = 0.5
    confusion[3] = np.nan
    assert not np.isnan(global_fidelity(points, np.array([0, 1, 2]), confusion))
    assert np.isnan(global_fidelity(points[:2], np.array([0, 1]), confusion))


def test_confusions_are_shares_of_the_true_class():
    labels, predicted = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])
    np.testing.assert_allclose(
        hard_confusion(labels, predicted, 3)[:2], [[2 / 3, 1 / 3, 0], [0, 1, 0]]
    )
    assert np.isnan(hard_confusion(labels, predicted, 3)[2]).all()
    np.testing.assert_allclose(
        mean_probabilities(labels, np.eye(3)[predicted])[:2],
        hard_confusion(labels, predicted, 3)[:2],
    )


def test_the_most_misplaced_come_first():
    assert most_misplaced(np.array([0.1, 0.9, 0.5]), 2).tolist() == [1, 2]


def test_ranks_and_their_correlation_are_scipys():
    random = np.random.default_rng(0)
    one, other = random.integers(5, size=(2, 40)).astype(float)
    assert spearman(one, other) == pytest.approx(spearmanr(one, other)[0])
    assert midranks(np.array([3.0, 1, 3, 2])).tolist() == [3.5, 1, 3.5, 2]
    assert np.isnan(spearman(np.ones(5), one[:5]))
