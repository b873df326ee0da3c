"""Tables whose rows lead somewhere: a click on a row calls back with what the row stands for."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

ROW = 35  # pixels of a row of Streamlit's tables


def leading_rows(
    key: str,
    frame: pd.DataFrame,
    stands_for: Sequence[Any],
    go: Callable[[Any], None],
    *,
    chosen: Any = None,
    most: int = 10,
    columns: dict[str, Any] | None = None,
    alt: str = "",
) -> None:
    """Draw the table.

    Parameters
    ----------
    key
        Names the table in the session.
    frame
        One row for each of `stands_for`.
    go
        Called with what a clicked row stands for, or with None where the row was let go.
    chosen
        What stands chosen.
    most
        Rows in sight; more scroll.
    columns
        How columns are written.
    alt
        What the table is, for those who do not see it.
    """
    known = list(stands_for)
    rows = [known.index(chosen)] if chosen in known else []
    st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}

    def clicked() -> None:
        found = st.session_state[key].get("selection", {}).get("rows", [])
        go(known[found[0]] if found and 0 <= found[0] < len(known) else None)

    st.dataframe(
        frame,
        key=key,
        hide_index=True,
        height=ROW * (min(len(frame), most) + 1) + 3,
        on_select=clicked,
        selection_mode="single-row",
        column_config=columns,
        placeholder="",
        alt=alt,
    )
