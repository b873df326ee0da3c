import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.lasso import inside
from tests.reference import lasso as literal

SQUARE = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])


def pentagram() -> np.ndarray:
    turn = np.arange(5) * 2 * (2 * np.pi / 5)
    return np.stack([np.sin(turn), np.cos(turn)], axis=1)


def test_the_center_is_inside_and_a_far_point_is_not():
    found = inside(SQUARE, np.array([[0.5, 0.5], [2, 0.5], [0.5, -1], [-3, 0.5]]))
    assert found.tolist() == [True, False, False, False]


def test_the_core_of_a_pentagram_is_enclosed_twice_and_so_outside():
    points = np.array([[0, 0], [0, 0.8]])
    assert inside(pentagram(), points).tolist() == [False, True]


def test_of_two_lassos_that_share_an_edge_one_holds_it():
    points = np.stack([np.ones(50), np.linspace(0, 0.99, 50)], axis=1)
    left, right = inside(SQUARE, points), inside(SQUARE + np.array([1, 0]), points)
    assert not left.any()
    assert right.all()


def test_direction_and_first_corner_do_not_matter():
    points = np.random.default_rng(0).uniform(-1, 1, (500, 2))
    expected = inside(pentagram(), points)
    np.testing.assert_array_equal(inside(pentagram()[::-1], points), expected)
    np.testing.assert_array_equal(inside(np.roll(pentagram(), 2, axis=0), points), expected)


def test_closing_the_outline_by_hand_changes_nothing():
    points = np.random.default_rng(0).uniform(-1, 1, (500, 2))
    closed = np.vstack([pentagram(), pentagram()[:1]])
    np.testing.assert_array_equal(inside(closed, points), inside(pentagram(), points))


# a coarse grid puts many points on corners and edges, where the rule is easiest to get wrong
@given(
    arrays(np.float64, st.tuples(st.integers(0, 12), st.just(2)), elements=st.integers(-4, 4)),
)
@settings(deadline=None, max_examples=60)
def test_membership_agrees_with_the_literal_rule(polygon):
    grid = np.stack(np.meshgrid(np.arange(-5, 5.5), np.arange(-5, 5.5)), axis=-1).reshape(-1, 2)
    points = np.vstack([grid, grid / 2]).astype(np.float32)
    expected = [literal.inside(polygon, point) for point in points]
    assert inside(polygon, points).tolist() == expected


@pytest.mark.parametrize("corners", [0, 1, 2])
def test_fewer_than_three_corners_enclose_nothing(corners):
    assert not inside(SQUARE[:corners], np.array([[0.5, 0.5], [0, 0]])).any()


def test_a_point_that_is_not_finite_is_outside():
    assert inside(SQUARE, np.array([[np.nan, 0.5], [0.5, np.inf]])).tolist() == [False, False]


def test_a_corner_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="every corner of the polygon must be finite"):
        inside(np.array([[0, 0], [1, np.nan], [1, 1]]), np.zeros((1, 2)))
