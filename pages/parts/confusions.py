"""Which class is taken for which, as a table.

It stands where there are too many classes for a matrix, and opens the matrix's column of classes
that the data does not hold.
"""

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts import choose
from pages.parts.performance import Confusions, Performance
from pages.parts.scene import Scene
from pages.parts.selection import Cell, Other
from pages.parts.wording import split_words

KEY = "overview_confusions"
MOST_LISTED = 200
OPEN_HEIGHT = 170
"""How many pixels the classes take that a cell opens into."""
_PAIRS = "darkroom.pairs"


def opened(scene: Scene) -> tuple[bool, int | None]:
    """Return whether the column of other classes is open, and for which true class (None: all)."""
    match scene.view.rule:
        case Other(true):
            return True, true
        case Cell(true, predicted) if predicted not in scene.present:
            return True, true
    return False, None


def other_classes(scene: Scene, performance: Performance, true: int | None, height: int) -> None:
    """Draw which other classes were predicted; a row selects its images."""
    pairs = performance.confusions
    pairs = pairs.at(~np.isin(pairs.predicted, performance.rows))
    if true is not None:
        pairs = pairs.at(pairs.true == true)
    images, classes = int(pairs.images.sum()), len(np.unique(pairs.predicted))
    st.caption(
        f"Other: {images:,} image{'' if images == 1 else 's'} taken for {classes:,} "
        f"class{'' if classes == 1 else 'es'} that the data does not hold"
    )
    _table(scene, pairs, height - 40, "Other classes that were predicted")


def largest_confusions(scene: Scene, performance: Performance, counted: str, height: int) -> None:
    """Draw the largest confusions; a row selects its images."""
    pairs = performance.confusions
    shown = (
        f"the {MOST_LISTED} largest of {len(pairs):,} confusions"
        if len(pairs) > MOST_LISTED
        else f"all {len(pairs):,} confusions"
    )
    st.caption(f"Confusion · {counted}")
    st.caption(
        f"{len(performance.rows):,} classes are too many for a matrix: {shown}, among equals the "
        "most confident first"
    )
    _table(scene, pairs, height - 40, "Largest confusions")


def _table(scene: Scene, pairs: Confusions, height: int, alt: str) -> None:
    pairs = pairs.at(slice(MOST_LISTED))
    listed = list(zip(pairs.true.tolist(), pairs.predicted.tolist(), strict=True))
    st.session_state[_PAIRS] = listed
    rule = scene.view.rule
    chosen = (rule.true, rule.predicted) if isinstance(rule, Cell) else None
    rows = [listed.index(chosen)] if chosen in listed else []
    st.session_state[KEY] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    columns = st.column_config
    st.dataframe(
        pd.DataFrame(
            {
                "true": [scene.names[true] for true, _ in listed],
                "predicted": [scene.names[predicted] for _, predicted in listed],
                "images": pairs.images,
                "confidence": pairs.confidence,
            }
        ),
        key=KEY,
        hide_index=True,
        height=height,
        on_select=_select,
        selection_mode="single-row",
        column_config={
            "images": columns.NumberColumn(width=60),
            "confidence": columns.NumberColumn(
                format="%.3f", width=80, help="Mean of the largest probability"
            ),
        },
        placeholder="",
        alt=f"{alt}, {split_words(scene.view.split, int(pairs.images.sum()))}",
    )


def _select() -> None:
    rows = st.session_state[KEY].get("selection", {}).get("rows", [])
    pairs = st.session_state.get(_PAIRS, [])
    if rows and 0 <= rows[0] < len(pairs):
        choose.select(Cell(*pairs[rows[0]]))
    elif isinstance(choose.current_rule(), Cell):
        choose.select(None)
