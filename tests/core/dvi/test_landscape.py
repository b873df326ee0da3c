from dataclasses import dataclass

import numpy as np
import pytest

from core.dvi.landscape import Extent, common_extent, grid, image, landscape
from core.dvi.model import Head

COLORS = np.array([[200, 0, 0], [0, 0, 200]], np.uint8)


@dataclass
class Plane:
    def project(self, representations):
        return representations

    def inverse(self, points):
        return points

    def arrays(self):
        return {}


def halves():
    head = Head(np.array([[-1.0, 0], [1.0, 0], [0, 0]]), np.array([0, 0, -2.0]))
    return landscape(Plane(), head, Extent(-1.0, 1.0, -1.0, 1.0), rows=4, columns=40)


def test_rows_run_down_and_columns_to_the_right():
    centers = grid(Extent(0.0, 4.0, 0.0, 2.0), 2, 4)
    np.testing.assert_allclose(centers[0], [0.5, 1.5])
    np.testing.assert_allclose(centers[-1], [3.5, 0.5])


def test_each_half_has_the_class_of_the_head_and_the_border_is_white():
    shown = halves()
    assert (shown.class_[:, :20] == 0).all()
    assert (shown.class_[:, 20:] == 1).all()
    picture = image(shown, np.concatenate([COLORS, COLORS[:1]]), delta=0.05)
    assert (picture[:, 19:21, :3] == 255).all()
    assert (picture[:, :, 3] == 255).all()
    assert picture[0, 0, 0] > picture[0, 0, 2]
    assert picture[0, -1, 2] > picture[0, -1, 0]


def test_the_shade_deepens_with_the_margin():
    red = image(halves(), np.concatenate([COLORS, COLORS[:1]]), delta=0.0)[0, :20, 1].astype(int)
    assert (np.diff(red) >= 0).all()
    assert red[0] < red[-1]


def test_one_place_still_has_an_extent():
    extent = common_extent([np.zeros((3, 2))])
    assert (extent.left, extent.right) == (-0.5, 0.5)


def test_a_missing_color_is_refused():
    with pytest.raises(ValueError, match="colors are needed"):
        image(halves(), COLORS[:1])
