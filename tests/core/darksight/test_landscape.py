import numpy as np
import pytest

from core.darksight.landscape import Extent, cell_middles, extent_of, landscape
from core.darksight.student import probabilities


def test_each_cell_holds_what_the_student_says_at_its_middle(student):
    extent = Extent(-8.0, 8.0, -6.0, 10.0)
    found = landscape(student, extent, rows=7, columns=9)
    answers = probabilities(student, cell_middles(extent, 7, 9))
    np.testing.assert_array_equal(found.classes.ravel(), answers.argmax(axis=1))
    np.testing.assert_allclose(found.confidence.ravel(), answers.max(axis=1))


def test_row_0_is_on_top_and_cells_fill_the_extent():
    middles = cell_middles(Extent(0.0, 4.0, 0.0, 2.0), 2, 4)
    assert middles.tolist()[:2] == [[0.5, 1.5], [1.5, 1.5]]
    assert middles.tolist()[-1] == [3.5, 0.5]


def test_the_extent_holds_the_points_with_a_margin():
    points = np.array([[0.0, 1], [10, 3]])
    assert extent_of(points, margin=0.1) == Extent(-1.0, 11.0, 0.8, 3.2)
    assert extent_of(points[:1]) == Extent(-1.0, 1.0, 0.0, 2.0)


def test_far_outliers_need_not_shrink_the_rest():
    points = np.concatenate([np.random.default_rng(0).normal(size=(1000, 2)), [[1e6, 0]]])
    assert extent_of(points, reach=0.99).right < 10


@pytest.mark.parametrize("shape", [(0, 5), (5, 0)])
def test_a_grid_without_cells_is_refused(student, shape):
    with pytest.raises(ValueError, match="must be at least 1"):
        landscape(student, Extent(0.0, 1.0, 0.0, 1.0), *shape)


def test_an_extent_without_room_is_refused():
    with pytest.raises(ValueError, match="left < right"):
        Extent(1.0, 1.0, 0.0, 1.0)
    with pytest.raises(ValueError, match="at least one point"):
        extent_of(np.empty((0, 2)))
