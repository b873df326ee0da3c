"""What DeepVID's components refuse, and which gestures of a browser are believed."""

import numpy as np
import pytest
import streamlit as st

from pages.components.evidence import Evidence, evidence_table
from pages.components.parallel import Gesture, gesture
from pages.components.sheet import neighbor_sheet

PICTURES = np.zeros((3, 2, 2, 1), np.uint8)


def after(**event) -> Gesture | None:
    st.session_state.clear()
    st.session_state["plot"] = {"event": {"sequence": 1, **event}}
    return gesture("plot")


def test_a_gesture_is_told_once():
    assert after(kind="lock", axis=3) == Gesture("lock", 3)
    assert gesture("plot") is None


def test_a_drag_tells_its_value_and_whether_it_is_over():
    assert after(kind="drag", axis=1, value=0.5, final=False) == Gesture(
        "drag", 1, 0.5, 0.5, final=False
    )
    assert after(kind="brush", axis=0, low=-1, high=2.5) == Gesture("brush", 0, -1.0, 2.5)
    assert after(kind="reset") == Gesture("reset")


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "drag", "axis": 1, "value": float("nan")},
        {"kind": "drag", "axis": True, "value": 1.0},
        {"kind": "brush", "axis": 0, "low": 2, "high": 1},
        {"kind": "brush", "axis": 0, "low": "1", "high": 2},
        {"kind": "unbrush", "axis": -1},
        {"kind": "<script>", "axis": 1},
        {},
    ],
)
def test_what_is_no_gesture_is_not_believed(event):
    assert after(**event) is None


def test_a_sheet_wants_an_order_and_names_that_fit():
    with pytest.raises(ValueError, match="order must name 3 pictures, got 2"):
        neighbor_sheet(
            key="sheet", pictures=PICTURES, order=np.arange(2), probability=np.ones((3, 1)),
            names=["a"], colors=["#000000"],
        )  # fmt: skip
    with pytest.raises(ValueError, match="one for each of 2 classes, got 1 and 1"):
        neighbor_sheet(
            key="sheet", pictures=PICTURES, order=np.arange(3), probability=np.ones((3, 2)),
            names=["a"], colors=["#000000"],
        )  # fmt: skip


def test_evidence_wants_a_picture_of_each_kind_for_every_row():
    rows = [Evidence("a", true=False, teacher=0.5, student=0.5)]
    with pytest.raises(ValueError, match="one for each of 1 rows, got 2 and 1"):
        evidence_table(
            key="table", rows=rows, weights=np.zeros((2, 2, 2), np.uint8),
            features=np.zeros((1, 2, 2), np.uint8),
        )  # fmt: skip
