import numpy as np
import pandas as pd
import pytest

from pages.charts.detection import detection_curves
from pages.charts.history import sample_history
from tests.pages.toy_store import HOSTILE


def data_of(spec):
    """All rows of a chart, whichever layer they belong to."""
    return [row for rows in spec["datasets"].values() for row in rows]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_history_says_where_the_answer_was_right(theme):
    chart = sample_history(
        [1.0, 2.0, 3.0],
        np.array([0.1, 0.8, 0.4]),
        np.array([2, 0, 1]),
        0,
        HOSTILE,
        now=2.0,
        theme=theme,
    )
    rows = [row for row in data_of(chart.to_dict()) if "answer" in row]
    assert [row["answer"] for row in rows] == ["wrong", "right", "wrong"]
    assert [row["predicted"] for row in rows] == [HOSTILE[2], HOSTILE[0], HOSTILE[1]]


def test_a_history_marks_the_checkpoint_shown():
    chart = sample_history([1.0, 2.0], np.array([0.1, 0.8]), np.array([0, 0]), 0, HOSTILE, now=2.0)
    assert [row["epoch"] for row in data_of(chart.to_dict()) if "answer" not in row] == [2.0]


def test_a_detection_curve_keeps_the_order_of_its_scores():
    curves = pd.DataFrame(
        {
            "score": ["ours", "ours", "plain", "plain"],
            "rank": [1, 2, 1, 2],
            "precision": [1.0, 0.5, 0.5, 0.5],
            "recall": [0.5, 0.5, 0.5, 1.0],
        }
    )
    spec = detection_curves(curves, ["plain", "ours"]).to_dict()
    scale = spec["layer"][0]["encoding"]["color"]["scale"]
    assert scale["domain"] == ["plain", "ours"]
    assert len(scale["range"]) == 2
