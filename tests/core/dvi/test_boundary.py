import numpy as np
import pytest

from core.dvi.boundary import (
    BoundarySearch,
    find_boundary,
    margin,
    on_boundary,
    pair_probabilities,
)
from tests.reference import dvi as literal


def test_between_two_classes_alone_the_margin_is_that_of_the_probabilities():
    logits = np.array([[1.0, 1.0], [0.0, 0.1], [5.0, -5.0]])
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(margin(logits), np.abs(np.diff(probabilities, axis=1)[:, 0]))


def test_the_margin_is_that_of_definition_2():
    logits = np.random.default_rng(0).normal(size=(20, 5))
    np.testing.assert_allclose(margin(logits), literal.margin(logits))


def test_equal_logits_lie_on_the_boundary():
    assert on_boundary(np.zeros((1, 3)), 0.0).all()


def test_pair_probabilities_are_those_of_equations_5_to_7():
    found, trials = np.array([3, 0, 5, 1]), np.array([4, 7, 5, 0])
    expected = literal.pair_probabilities(found.tolist(), trials.tolist(), 0.8)
    np.testing.assert_allclose(pair_probabilities(found, trials, 0.8), expected)
    assert sum(expected) == pytest.approx(1)


def test_every_point_found_is_a_mixture_on_the_boundary(small):
    boundary = small.boundary()
    assert len(boundary) == boundary.wanted == 24
    assert (margin(boundary.logits) <= 0.1).all()
    assert (boundary.lam <= 0.4).all()
    lam = boundary.lam[:, None].astype(np.float32)
    first, second = small.inputs[boundary.parents[:, 0]], small.inputs[boundary.parents[:, 1]]
    again, _ = small(lam * first + (1 - lam) * second)
    np.testing.assert_allclose(boundary.representations, again, atol=1e-5)
    one, other = small.predicted[boundary.parents].T
    assert (one != other).all()


def test_the_search_reports_its_budget_for_each_pair_of_classes(small):
    pairs = small.boundary().pairs
    assert len(pairs.classes) == 6
    assert pairs.successes.sum() >= 24
    assert (pairs.successes <= pairs.trials).all()
    np.testing.assert_allclose(pairs.success_rate, pairs.successes / pairs.trials)


def test_a_class_never_predicted_has_no_pair(small):
    predicted = np.where(small.predicted == 3, 0, small.predicted)
    boundary = find_boundary(small, small.inputs, predicted)
    assert not (boundary.pairs.classes == 3).any()


def test_one_predicted_class_has_no_boundary_points(small):
    boundary = find_boundary(small, small.inputs, np.zeros(len(small.inputs), np.int64))
    assert len(boundary) == 0
    assert boundary.wanted == 24
    assert boundary.representations.shape == (0, 24)


def test_a_search_that_cannot_succeed_ends_with_its_budget(small):
    search = BoundarySearch(delta=0.0, largest=1e-6, trials=2)
    boundary = find_boundary(small, small.inputs, small.predicted, search=search)
    assert len(boundary) == 0
    assert boundary.pairs.trials.sum() == 48


def test_the_same_seed_finds_the_same_points(small):
    np.testing.assert_array_equal(
        small.boundary().representations, small.boundary().representations
    )


@pytest.mark.parametrize("wrong", [{"alpha": 2.0}, {"delta": -0.1}, {"bisections": 0}])
def test_a_setting_out_of_range_is_refused_by_name(small, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        find_boundary(small, small.inputs, small.predicted, search=BoundarySearch(**wrong))
