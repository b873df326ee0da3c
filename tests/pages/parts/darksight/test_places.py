"""What is computed of places in the picture: case study, ways, random samples, regions."""

import io

import numpy as np
import pytest
from PIL import Image

from core.darksight.student import log_probabilities
from pages.parts.darksight import held
from pages.parts.darksight.cards import bars
from pages.parts.darksight.cases import class_distance
from pages.parts.darksight.way import order_along
from tests.pages.toy_darksight import add_darksight, ring
from tests.pages.toy_store import write_toy_store


def test_distance_to_a_class_is_counted_in_its_own_scale():
    student = ring(3)
    student.factors[1] = np.diag([2.0, 0.5])
    points = student.means[1] + np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert class_distance(student, points, 1) == pytest.approx([0, 2, 0.5])


def test_the_order_of_a_way_follows_its_direction():
    place = np.linspace(0, 1, 9)
    teacher = np.stack([1 - place, place, 0 * place], axis=1)
    assert order_along(place, teacher, (0, 1)) == pytest.approx(1)
    assert order_along(place, teacher, (1, 0)) == pytest.approx(-1)
    assert order_along(place, teacher[::-1]) == pytest.approx(1)  # a drawn line has no direction


def test_two_samples_have_no_order():
    assert np.isnan(order_along(np.array([0.1, 0.9]), np.eye(2)))


def test_bars_show_the_teachers_largest_and_where_the_student_puts_most():
    teacher = np.array([0.5, 0.3, 0.1, 0.08, 0.02])
    student = np.array([0.1, 0.1, 0.1, 0.1, 0.6])
    names = list("abcde")
    shown = bars(teacher, student, names, ["#000000"] * 5, 1)
    assert [bar.name for bar in shown] == ["a", "b", "e"]
    assert [bar.true for bar in shown] == [False, True, False]
    assert shown[2].other == pytest.approx(0.6)


def test_a_sure_prediction_shows_two_bars():
    assert len(bars(np.array([1.0, 0, 0, 0]), None, list("abcd"), ["#000000"] * 4)) == 2


def test_the_most_mixed_classes_come_first(store_folder):
    write_toy_store(store_folder, names=list("abc"))
    store = add_darksight(store_folder)
    p = np.array(store.array("predictions", "probabilities"))
    mixed = dict.fromkeys([(0, 1), (0, 2), (1, 2)], 0.0)
    for row in p:
        first, second = np.argsort(-row)[:2].tolist()
        mixed[min(first, second), max(first, second)] += row[second]
    pairs = held.strongest_pairs(store, 2.0)
    assert pairs == sorted(mixed, key=lambda pair: -mixed[pair])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_regions_have_the_colour_of_the_students_class(store_folder, theme):
    write_toy_store(store_folder)
    store = add_darksight(store_folder)
    colors = ["#ff0000", "#00ff00", "#0000ff", "#ffff00"]
    found = held.regions(store, theme, colors)
    cells = np.array(Image.open(io.BytesIO(found.png)))
    rows, columns = cells.shape[:2]
    extent = found.extent
    means = held.picture(store).student.means
    column = (means[:, 0] - extent.left) / (extent.right - extent.left) * columns
    row = (extent.top - means[:, 1]) / (extent.top - extent.bottom) * rows
    seen = cells[row.astype(int), column.astype(int), :3]
    said = log_probabilities(held.picture(store).student, means).argmax(axis=1)
    expected = [[int(colors[c][i : i + 2], 16) for i in (1, 3, 5)] for c in said]
    assert seen.tolist() == expected
    assert cells[..., 3].max() <= held.FAINT[theme][1]
    assert cells[0, :, 3].max() == 0  # the edge fades out
