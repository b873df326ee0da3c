import numpy as np

from pages.charts.palette import MUTED, categorical
from pages.parts.class_colors import class_colors

NAMES = [f"class {i}" for i in range(1000)]
PRESENT = np.array([0, 217, 701])


def test_each_class_of_the_data_is_a_category():
    colors = class_colors(np.array([701, 0, 217, 0]), PRESENT, NAMES, "light", "true label")
    assert colors.values.tolist() == [2, 0, 1, 0]
    assert list(colors.names) == ["class 0", "class 217", "class 701"]
    assert list(colors.palette) == categorical(3)


def test_classes_beyond_the_data_share_a_grey_and_move_no_other_colour():
    colors = class_colors(np.array([[701, 5], [999, 0]]), PRESENT, NAMES, "dark", "prediction")
    assert colors.values.tolist() == [[2, 3], [3, 0]]
    assert list(colors.names)[-1] == "other"
    assert list(colors.palette) == [*categorical(3, "dark"), MUTED["dark"]]
