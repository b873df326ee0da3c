"""The table of classes, and the reliability diagram beside it."""

from typing import Any

import numpy as np
import streamlit as st

from pages.charts.palette import Theme
from pages.charts.reliability import reliability_chart
from pages.parts import choose
from pages.parts.drawn import spec_of
from pages.parts.performance import Performance
from pages.parts.scene import Scene
from pages.parts.selection import OfClass
from pages.parts.wording import split_words

KEY = "overview_classes"
_ROWS = "darkroom.class_rows"
SHARES = ["precision", "recall", "F1", "accuracy"]


def class_table(scene: Scene, performance: Performance) -> None:
    """Draw one row for each class; a row selects the class's images."""
    counted = split_words(scene.view.split, performance.n)
    st.markdown("##### Classes")
    st.caption(f"{counted} · a row selects the images of its true class")
    table = performance.classes.copy()
    table[SHARES] = 100 * table[SHARES]
    share = st.column_config.NumberColumn(format="%.1f %%")
    rule = scene.view.rule
    st.session_state[_ROWS] = performance.rows.tolist()
    rows = []
    if isinstance(rule, OfClass) and rule.class_ in performance.rows:
        rows = [int(np.flatnonzero(performance.rows == rule.class_)[0])]
    st.session_state[KEY] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    st.dataframe(
        table,
        key=KEY,
        hide_index=True,
        height=min(35 * (len(table) + 1) + 3, 388),
        on_select=_select,
        selection_mode="single-row",
        column_config={
            "precision": share,
            "recall": share,
            "F1": share,
            "accuracy": st.column_config.NumberColumn(
                format="%.1f %%", help="Share of all images on the right side of this class or not"
            ),
        },
        placeholder="",
        alt=f"Classes with count, precision, recall, F1 and accuracy, {counted}",
    )


def calibration(scene: Scene, performance: Performance) -> None:
    """Draw the reliability diagram with the expected calibration error."""
    counted = split_words(scene.view.split, performance.n)
    error = performance.calibration_error
    st.markdown("##### Reliability")
    if error is None:
        st.caption("No image in this split")
        return
    st.caption(f"Expected calibration error {error:.4f}, 15 bins · {counted}")
    st.vega_lite_chart(
        _diagram(performance, performance.key, scene.theme),
        key="reliability",
        alt=f"Share right over confidence in 15 bins, expected calibration error {error:.4f}",
    )


@st.cache_data(max_entries=32, show_spinner=False)
def _diagram(_performance: Performance, key: tuple[object, ...], theme: Theme) -> dict[str, Any]:
    return spec_of(reliability_chart(_performance.bins, theme=theme, height=330))


def _select() -> None:
    rows = st.session_state[KEY].get("selection", {}).get("rows", [])
    classes = st.session_state.get(_ROWS, [])
    if rows and 0 <= rows[0] < len(classes):
        choose.put("class", classes[rows[0]])
        choose.select(OfClass(classes[rows[0]]))
    elif isinstance(choose.current_rule(), OfClass):
        choose.select(None)
