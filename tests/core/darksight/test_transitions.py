import numpy as np
import pytest

from core.darksight.transitions import (
    along_line,
    class_centers,
    neighboring_classes,
    transition_order,
)


def _two_classes(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that change over smoothly from left to right, and the class named."""
    right = 1 / (1 + np.exp(-places))
    probabilities = np.stack([1 - right, right], axis=1)
    return probabilities, probabilities.argmax(axis=1)


def test_a_smooth_change_over_is_in_order():
    x = np.linspace(-4, 4, 41) + 0.01
    probabilities, predicted = _two_classes(x)
    found = transition_order(np.stack([x, np.sin(x)], axis=1), probabilities, predicted)
    assert found.pairs == [(0, 1)]
    assert found.value > 0.99


def test_shuffled_places_are_in_no_order():
    random = np.random.default_rng(0)
    probabilities, predicted = _two_classes(random.normal(scale=3, size=400))
    points = random.normal(size=(400, 2)) + np.where(predicted, 0.2, -0.2)[:, None]
    assert abs(transition_order(points, probabilities, predicted).value) < 0.5


def test_too_few_samples_between_two_classes_have_no_order():
    found = transition_order(
        np.array([[0.0, 0], [1, 0]]), np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([0, 1])
    )
    assert np.isnan(found.value)
    assert found.pairs == []


def test_samples_along_a_line_come_in_their_order_and_only_between_its_ends():
    points = np.array([[0.5, 0.1], [-0.1, 0], [0.2, -0.3], [1.1, 0], [0.9, 0.0], [0.4, 5]])
    found = along_line(points, np.array([0.0, 0]), np.array([1.0, 0]), nearest=3)
    assert found.samples.tolist() == [2, 0, 4]
    np.testing.assert_allclose(found.place, [0.2, 0.5, 0.9])
    np.testing.assert_allclose(found.distance, [0.3, 0.1, 0])


def test_a_line_from_a_place_to_itself_is_refused():
    with pytest.raises(ValueError, match="a line needs two different places"):
        along_line(np.zeros((3, 2)), np.ones(2), np.ones(2))


def test_neighbouring_classes_are_mutual_or_one_sided_nearest():
    centers = np.array([[0.0, 0], [1, 0], [3, 0], [np.nan, np.nan]])
    assert neighboring_classes(centers) == [(0, 1), (1, 2)]
    assert neighboring_classes(centers[2:]) == []


def test_centres_are_means_and_an_unused_class_has_none():
    found = class_centers(np.array([[0.0, 2], [2, 4], [9, 9]]), np.array([0, 0, 2]), 3)
    np.testing.assert_allclose(found, [[1, 3], [np.nan, np.nan], [9, 9]])
