"""The confusion matrix of the split; a click on a cell selects its images."""

from typing import Any

import streamlit as st

from pages.charts.confusion import CELL, confusion_chart, with_turn
from pages.charts.palette import Theme
from pages.parts import choose
from pages.parts.drawn import spec_of
from pages.parts.performance import Performance
from pages.parts.scene import Scene
from pages.parts.selection import Cell
from pages.parts.wording import split_words

KEY = "overview_confusion"


def matrix(scene: Scene, performance: Performance, height: int) -> None:
    """Draw the matrix with the selected cell outlined."""
    rule = scene.view.rule
    wrong = performance.n - int(performance.matrix.trace())
    counted = f"{split_words(scene.view.split, performance.n)}, {wrong} misclassified"
    st.caption(f"Confusion · {counted}")
    selected = (rule.true, rule.predicted) if isinstance(rule, Cell) else None
    spec = _spec(performance, scene.names, performance.key, scene.theme, selected, height)
    st.vega_lite_chart(
        with_turn(spec, choose.turn()),
        key=KEY,
        on_select=_select,
        selection_mode=CELL,
        alt=f"Confusion matrix, true class in rows, predicted in columns: {counted}",
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _spec(
    _performance: Performance,
    _names: list[str],
    key: tuple[object, ...],
    theme: Theme,
    selected: tuple[int, int] | None,
    height: int,
) -> dict[str, Any]:
    return spec_of(
        confusion_chart(_performance.matrix, _names, theme=theme, selected=selected, height=height)
    )


def _select() -> None:
    """Select the clicked cell; what comes from a browser may be anything."""
    state: Any = st.session_state.get(KEY)
    clicked = state.get("selection", {}).get(CELL) if state else None
    if not clicked:
        return
    true, predicted = clicked[0].get("true"), clicked[0].get("predicted")
    if isinstance(true, int) and isinstance(predicted, int) and min(true, predicted) >= 0:
        choose.select(Cell(true, predicted))
