"""The confusion matrix of the split; a click on a cell selects its images."""

from typing import Any

import streamlit as st

from pages.charts.confusion import ALL, CELL, OTHER, confusion_chart, with_turn
from pages.charts.palette import Theme
from pages.parts import choose
from pages.parts.confusions import largest_confusions
from pages.parts.drawn import spec_of
from pages.parts.performance import Performance
from pages.parts.scene import Scene
from pages.parts.selection import Cell, Other
from pages.parts.wording import split_words

KEY = "overview_confusion"


def matrix(scene: Scene, performance: Performance, height: int) -> None:
    """Draw the matrix with the selected cell outlined.

    Where there are more classes than a matrix can show, the largest confusions are listed instead.
    """
    counted = f"{split_words(scene.view.split, performance.n)}, {performance.wrong:,} misclassified"
    if performance.matrix is None:
        largest_confusions(scene, performance, counted, height)
        return
    st.caption(f"Confusion · {counted}")
    spec = _spec(
        performance,
        [scene.names[class_] for class_ in performance.rows],
        performance.key,
        scene.theme,
        _outlined(scene),
        height,
    )
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
    assert _performance.matrix is not None
    return spec_of(
        confusion_chart(
            _performance.matrix,
            _names,
            _performance.rows,
            theme=theme,
            selected=selected,
            height=height,
        )
    )


def _outlined(scene: Scene) -> tuple[int, int] | None:
    """Return true and predicted class of the cell that the selection comes from."""
    match scene.view.rule:
        case Cell(true, predicted):
            return true, predicted if predicted in scene.present else OTHER
        case Other(true):
            return ALL if true is None else true, OTHER
    return None


def _select() -> None:
    """Select the clicked cell; what comes from a browser may be anything."""
    state: Any = st.session_state.get(KEY)
    clicked = state.get("selection", {}).get(CELL) if state else None
    if not clicked:
        return
    true, predicted = clicked[0].get("true"), clicked[0].get("predicted")
    if not (isinstance(true, int) and isinstance(predicted, int)):
        return
    if (true, predicted) == (ALL, OTHER):
        choose.select(Other())
    elif predicted == OTHER and true >= 0:
        choose.select(Other(true))
    elif min(true, predicted) >= 0:
        choose.select(Cell(true, predicted))
