import numpy as np
import pytest

from core.saliency.paired import paired

VALUES = np.random.default_rng(0).random(40)


def test_a_method_does_not_differ_from_itself():
    found = paired(VALUES, VALUES)
    assert (found.difference, found.interval.low, found.interval.high, found.p) == (0, 0, 0, 1)


def test_a_steady_difference_is_no_chance():
    found = paired(VALUES + 0.1, VALUES)
    assert found.difference == pytest.approx(0.1)
    assert found.p == pytest.approx(1 / 4001)


def test_ours_and_theirs_changed_round_change_only_the_sign():
    other = np.random.default_rng(1).random(40)
    there, back = paired(VALUES, other), paired(other, VALUES)
    assert there.difference == pytest.approx(-back.difference)
    assert there.p == back.p


def test_with_three_images_the_p_value_is_that_of_all_eight_signs():
    ours = np.array([0.3, 0.2, 0.4])
    assert paired(ours, np.zeros(3)).p == pytest.approx(2 / 8, abs=0.03)


def test_as_many_figures_of_both_are_needed():
    with pytest.raises((ValueError, TypeError), match=r"as many|ours"):
        paired(VALUES, VALUES[:3])
