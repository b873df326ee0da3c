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

KEY = "overview_confusions"
MOST_LISTED = 1_000
_PAIRS = "darkroom.pairs"


def other_is_open(scene: Scene) -> bool:
    """Return whether the selection comes from the matrix's column of other classes."""
    rule = scene.view.rule
    return isinstance(rule, Other) or (
        isinstance(rule, Cell) and rule.predicted not in scene.present
    )


def other_classes(scene: Scene, performance: Performance, height: int) -> None:
    """Draw which classes the open column holds; a row selects its images."""
    rule = scene.view.rule
    true = rule.true if isinstance(rule, Cell | Other) else None
    pairs = performance.confusions
    pairs = pairs.at(~np.isin(pairs.predicted, performance.rows))
    if true is not None:
        pairs = pairs.at(pairs.true == true)
    images, classes = int(pairs.images.sum()), len(np.unique(pairs.predicted))
    counted = f"{classes:,} class{'' if classes == 1 else 'es'}, {images:,} predictions"
    listed = f": the {MOST_LISTED:,} largest of {len(pairs):,} pairs" if _cut(pairs) else ""
    st.caption(f"Other · {counted}{listed}")
    _table(scene, pairs, height, f"Other classes that were predicted, {counted}", true is None)


def largest_confusions(scene: Scene, performance: Performance, counted: str, height: int) -> None:
    """Draw the largest confusions; a row selects its images."""
    pairs = performance.confusions
    listed = f"the {MOST_LISTED:,} largest of " if _cut(pairs) else "all "
    st.caption(
        f"Confusion · {counted}. {len(performance.rows):,} classes are too many for a matrix: "
        f"{listed}{len(pairs):,} confused pairs"
    )
    _table(scene, pairs, height - 60, f"Largest confusions, {counted}")


def _cut(pairs: Confusions) -> bool:
    return len(pairs) > MOST_LISTED


def _table(scene: Scene, pairs: Confusions, height: int, alt: str, with_true: bool = True) -> None:
    pairs = pairs.at(slice(MOST_LISTED))
    listed = list(zip(pairs.true.tolist(), pairs.predicted.tolist(), strict=True))
    st.session_state[_PAIRS] = listed
    rule = scene.view.rule
    chosen = (rule.true, rule.predicted) if isinstance(rule, Cell) else None
    rows = [listed.index(chosen)] if chosen in listed else []
    st.session_state[KEY] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    st.dataframe(
        pd.DataFrame(
            {
                "true": [scene.names[true] for true, _ in listed],
                "predicted": [scene.names[predicted] for _, predicted in listed],
                "images": pairs.images,
            }
        ),
        key=KEY,
        hide_index=True,
        height=height,
        column_order=["images", *(["true"] if with_true else []), "predicted"],
        on_select=_select,
        selection_mode="single-row",
        column_config={
            "images": st.column_config.NumberColumn(
                width=58, help="Among equals those of which the teacher is most confident first"
            ),
        },
        placeholder="",
        alt=alt,
    )


def _select() -> None:
    rows = st.session_state[KEY].get("selection", {}).get("rows", [])
    pairs = st.session_state.get(_PAIRS, [])
    if rows and 0 <= rows[0] < len(pairs):
        choose.select(Cell(*pairs[rows[0]]))
    elif isinstance(choose.current_rule(), Cell):
        choose.select(None)
