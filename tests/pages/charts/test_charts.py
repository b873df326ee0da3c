import json

import numpy as np
import pandas as pd
import pytest

from pages.charts.confusion import ALL, CELL, OTHER, confusion_chart, with_turn
from pages.charts.probabilities import MOST_BARS, probability_bars
from pages.charts.reliability import reliability_chart
from pages.charts.words import name_lookup
from tests.pages.toy_store import HOSTILE

MATRIX = np.array([[9, 1, 0, 0], [0, 7, 0, 0], [2, 0, 5, 0], [0, 0, 0, 0]])


def rows(chart):
    return [row for table in chart.to_dict()["datasets"].values() for row in table]


def layers(chart):
    return chart.to_dict()["layer"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_hostile_names_reach_the_matrix_as_plain_data(theme):
    names = {row["true_name"] for row in rows(confusion_chart(MATRIX, HOSTILE, theme=theme))}
    assert names == set(HOSTILE)


def test_names_on_an_axis_are_json_strings_inside_the_expression():
    names = ["a'];alert(1)//", 'b"];alert(2)//', "c\u2028d", "\\"]
    listed, _, rest = name_lookup(names, 40).rpartition("[")
    assert json.loads(listed) == ["a'];alert(1)//", 'b"];alert(2)//', "c d", "\\"]
    assert rest == "datum.value]"


def test_the_matrix_has_the_true_class_in_rows():
    cells = rows(confusion_chart(MATRIX, HOSTILE))
    assert [c for c in cells if c["count"] == 2] == [
        {
            "row": 2,
            "column": 0,
            "true": 2,
            "predicted": 0,
            "count": 2,
            "share": 2 / 7,
            "true_name": HOSTILE[2],
            "predicted_name": HOSTILE[0],
        }
    ]
    encoding = layers(confusion_chart(MATRIX, HOSTILE))[0]["encoding"]
    assert encoding["y"]["field"] == "row"
    assert encoding["x"]["field"] == "column"


def test_the_matrix_goes_from_white_to_red_on_a_logarithmic_scale():
    color = layers(confusion_chart(MATRIX, HOSTILE))[0]["encoding"]["color"]["condition"]
    assert color["scale"]["type"] == "log"
    assert color["scale"]["range"][0] == "#ffffff"
    assert color["scale"]["domain"][1] == 9


def test_counts_are_printed_for_twenty_classes_and_not_for_more():
    def texts(classes):
        names = [f"class {i}" for i in range(classes)]
        chart = confusion_chart(np.eye(classes, dtype=int), names)
        return [layer["mark"]["type"] for layer in layers(chart)].count("text")

    assert texts(20) == 1
    assert texts(21) == 0


def test_a_large_matrix_sends_only_cells_that_hold_images():
    matrix = np.eye(300, dtype=int)
    assert len(rows(confusion_chart(matrix, [str(i) for i in range(300)]))) == 300


def test_a_click_reports_class_numbers():
    parameter = confusion_chart(MATRIX, HOSTILE).to_dict()["params"][0]
    assert parameter["name"] == CELL
    assert parameter["select"]["fields"] == ["true", "predicted", "turn"]


def test_the_same_cell_clicked_in_another_turn_is_another_selection():
    spec = confusion_chart(MATRIX, HOSTILE).to_dict()
    assert spec["transform"] == [{"calculate": "0", "as": "turn"}]
    assert with_turn(spec, 7)["transform"] == [{"calculate": "7", "as": "turn"}]
    assert with_turn(spec, 7) | {"transform": spec["transform"]} == spec


def test_other_classes_are_one_more_column_with_a_head_of_their_own():
    matrix = np.c_[MATRIX, [3, 0, 1, 0]]
    cells = rows(confusion_chart(matrix, HOSTILE, [7, 70, 700, 999]))
    other = {cell["true"]: cell["count"] for cell in cells if cell["predicted"] == OTHER}
    assert other == {7: 3, 70: 0, 700: 1, 999: 0, ALL: 4}
    heads = [cell for cell in cells if cell["true"] == ALL]
    assert [(cell["row"], cell["column"]) for cell in heads] == [(0, 4)]
    assert {cell["row"] for cell in cells if cell["true"] == 7} == {1}


def test_a_click_reports_the_numbers_of_classes_that_are_not_counted_from_zero():
    cells = rows(confusion_chart(MATRIX, HOSTILE, [7, 70, 700, 999]))
    assert {(cell["row"], cell["true"]) for cell in cells} == {(0, 7), (1, 70), (2, 700), (3, 999)}
    assert {(c["column"], c["predicted"]) for c in cells} == {(0, 7), (1, 70), (2, 700), (3, 999)}


def test_an_empty_split_still_draws_a_matrix():
    assert len(rows(confusion_chart(np.zeros((4, 4), dtype=int), HOSTILE))) == 16


def test_all_classes_have_a_bar_and_the_true_one_is_red():
    chart = probability_bars(np.array([0.1, 0.2, 0.7, 0.0]), HOSTILE, 1)
    bars = rows(chart)
    assert [bar["name"] for bar in bars] == list(HOSTILE)
    assert [bar["true"] for bar in bars] == [False, True, False, False]
    label = layers(chart)[0]["encoding"]["y"]["axis"]["labelColor"]
    assert label["condition"] == {"test": "datum.value == 1", "value": "#c4161c"}


def test_the_bars_carry_only_the_names_they_show():
    chart = probability_bars(np.linspace(0, 1, 1000), [f"class {i}" for i in range(1000)], 3)
    expression = layers(chart)[0]["encoding"]["y"]["axis"]["labelExpr"]
    assert expression.count("class") == MOST_BARS + 1
    label = layers(chart)[0]["encoding"]["y"]["axis"]["labelColor"]["condition"]
    assert label["test"] == f"datum.value == {MOST_BARS}"


def test_among_many_classes_the_largest_are_drawn_and_the_true_one_below():
    probabilities = np.linspace(0, 1, 30)
    bars = rows(probability_bars(probabilities, [f"class {i}" for i in range(30)], 3))
    assert [bar["class"] for bar in bars] == [*range(29, 29 - MOST_BARS, -1), 3]


@pytest.mark.parametrize(
    ("probability", "written"),
    [(0.0, "0.000"), (1e-9, "<0.001"), (0.5, "0.500"), (1 - 1e-9, ">0.999"), (1.0, "1.000")],
)
def test_a_probability_is_never_rounded_to_a_certainty(probability, written):
    assert rows(probability_bars(np.array([probability]), ["a"], 0))[0]["written"] == written


def test_the_reliability_diagram_leaves_empty_bins_out():
    bins = pd.DataFrame(
        {
            "low": [0.0, 0.5],
            "high": [0.5, 1.0],
            "confidence": [np.nan, 0.9],
            "accuracy": [np.nan, 0.8],
            "n": [0, 10],
        }
    )
    drawn = [row for row in rows(reliability_chart(bins)) if "n" in row]
    assert drawn == [{"low": 0.5, "high": 1.0, "confidence": 0.9, "accuracy": 0.8, "n": 10}]
