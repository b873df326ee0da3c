"""DarkSight's charts, each written with Altair's check against the whole grammar."""

import json

import numpy as np
import pandas as pd
import pytest

from pages.charts.accuracy_data import AccuracyCurve, accuracy_data_chart
from pages.charts.curves import line_chart
from pages.charts.gains import gain_chart
from pages.charts.probabilities import probability_bars
from pages.charts.stacked import MOST_STACKED, stacked_chart
from tests.pages.toy_store import HOSTILE

COLORS = ["#111111", "#222222", "#333333", "#444444"]


def rows(chart):
    return [row for table in chart.to_dict()["datasets"].values() for row in table]


def columns(table, place):
    """Return one sample's parts from below: class, low, high."""
    parts = [row for row in table if row["place"] == place]
    return [
        (row["class"], row["low"], row["high"]) for row in sorted(parts, key=lambda r: r["low"])
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_column_of_the_way_adds_up_to_one(theme):
    random = np.random.default_rng(0)
    p = random.dirichlet(np.ones(4), 6)
    place = np.array([0.0, 0.1, 0.3, 0.3, 0.7, 1.0])
    names = HOSTILE
    table = rows(stacked_chart(np.arange(6), place, p, names, COLORS, theme=theme))
    for sample in range(6):
        parts = [row["probability"] for row in table if row["sample"] == sample]
        assert sum(parts) == pytest.approx(1, abs=1e-4)
    assert {row["class"] for row in table} == set(names)


def test_columns_reach_half_way_to_their_neighbours():
    place = np.array([0.2, 0.4, 0.8])
    table = rows(stacked_chart(np.arange(3), place, np.full((3, 4), 0.25), HOSTILE, COLORS))
    edges = {(row["left"], row["right"]) for row in table}
    assert edges == {(0.0, 0.3), (0.3, 0.6), (0.6, 1.0)}


def test_the_class_that_the_way_leads_from_stands_below():
    place = np.linspace(0, 1, 5)
    p = np.stack([1 - place, place, 0 * place, 0 * place], axis=1)
    table = rows(stacked_chart(np.arange(5), place, p, list("abcd"), COLORS))
    assert columns(table, 0.25) == [("a", 0.0, 0.75), ("b", 0.75, 1.0)]


def test_of_many_classes_most_become_one_part():
    p = np.random.default_rng(0).dirichlet(np.ones(50), 4)
    names = [f"class {i}" for i in range(50)]
    table = rows(stacked_chart(np.arange(4), np.linspace(0, 1, 4), p, names, ["#000000"] * 50))
    assert len({row["class"] for row in table}) == MOST_STACKED + 1


def test_names_at_the_ends_of_a_way_stand_as_json_in_the_expression():
    name = "'];alert(1)//"
    chart = stacked_chart(
        np.arange(2), np.array([0.0, 1.0]), np.eye(2), ["a", "b"], COLORS, ends=(name, "b")
    )
    spec = json.dumps(chart.to_dict())
    assert json.dumps(json.dumps(name))[1:-1] in spec


def test_the_slider_stands_on_the_curve():
    share = np.linspace(0.1, 1, 10)
    curves = [
        AccuracyCurve("ours", share, 1 - share / 10, strong=True),
        AccuracyCurve("other", share, 1 - share / 5),
    ]
    spec = accuracy_data_chart(curves, kept=0.5, accuracy=0.95).to_dict()
    assert {"share": 0.5, "accuracy": 0.95} in [
        row for table in spec["datasets"].values() for row in table
    ]
    assert len(spec["layer"]) == 4
    assert len(accuracy_data_chart(curves).to_dict()["layer"]) == 2


def test_gains_say_which_side_of_zero_they_are_on():
    table = pd.DataFrame(
        [("a", 0.1, 0.05, 0.2), ("b", 0.0, -0.1, 0.1), ("c", -0.2, -0.3, -0.1)],
        columns=["name", "value", "low", "high"],
    )
    verdicts = {row["name"]: row["verdict"] for row in rows(gain_chart(table)) if "name" in row}
    assert verdicts == {"a": "ours is better", "b": "not told apart", "c": "ours is worse"}


def test_lines_keep_their_order_in_the_legend():
    table = pd.DataFrame({"name": ["b", "a"], "k": [1, 1], "value": [0.1, 0.2]})
    chart = line_chart(
        table, x="k", y="value", x_title="k", y_title="value", order=["b", "a"], dashed=["a"]
    )
    encoding = chart.to_dict()["layer"][0]["encoding"]
    assert encoding["color"]["scale"]["domain"] == ["b", "a"]
    assert encoding["strokeDash"]["scale"]["range"] == [[1, 0], [5, 3]]


def test_bars_of_an_unknown_image_have_no_true_class_and_may_bear_the_students_ticks():
    p, q = np.array([0.7, 0.2, 0.1, 0.0]), np.array([0.4, 0.3, 0.2, 0.1])
    chart = probability_bars(p, HOSTILE, None, student=q)
    table = [row for row in rows(chart) if "student" in row]
    assert [row["student"] for row in table] == q.tolist()
    assert not any(row["true"] for row in table)
    assert len(chart.to_dict()["layer"]) == 3
