import json

import numpy as np
import pandas as pd
import pytest

from pages.charts.paired import difference_rows, paired_bars, side_colors

HOSTILE = ["</script><script>alert(1)</script>", "b'\"", "c"]


def rows_of(chart):
    return next(iter(chart.to_dict()["datasets"].values()))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_probabilities_of_every_class_stand_on_one_axis(theme):
    p, q = np.array([0.7, 0.2, 0.1]), np.array([0.1, 0.1, 0.8])
    chart = paired_bars(p, q, HOSTILE, 1, sides=("one", "two"), theme=theme)
    rows = rows_of(chart)
    assert [row["probability"] for row in rows] == [0.7, 0.2, 0.1, 0.1, 0.1, 0.8]
    assert [row["teacher"] for row in rows] == ["one"] * 3 + ["two"] * 3
    assert json.dumps(side_colors(theme)[0]) in json.dumps(chart.to_dict())


def test_of_many_classes_those_stand_that_either_teacher_finds_probable_and_the_true_one():
    p, q = np.zeros(40), np.zeros(40)
    p[3], q[7] = 1.0, 1.0
    names = [f"class {c}" for c in range(40)]
    shown = {row["name"] for row in rows_of(paired_bars(p, q, names, 39, sides=("a", "b")))}
    assert {"class 3", "class 7", "class 39"} <= shown
    assert len(shown) == 11


def test_differences_keep_their_order_and_the_colour_of_who_is_better():
    table = pd.DataFrame(
        {
            "name": HOSTILE,
            "difference": [6.0, -2.0, 0.0],
            "low": [1.0, -5.0, -3.0],
            "high": [11.0, 1.0, 3.0],
            "n": [9, 8, 7],
        }
    )
    rows = rows_of(difference_rows(table, ("one", "two")))
    assert [(row["place"], row["side"]) for row in rows] == [(0, 0), (1, 1), (2, 2)]
