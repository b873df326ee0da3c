"""The table of the selected images: sortable, and a row picks its image."""

import numpy as np
import streamlit as st

from pages.parts import choose
from pages.parts.scene import Scene
from pages.parts.selected import selected_table
from pages.parts.thumbnails import template
from pages.parts.wording import split_words

KEY = "overview_samples"
MOST_ROWS = 5000
_ROWS = "darkroom.table_rows"


def sample_table(scene: Scene) -> None:
    """Draw the table; the picked image's row is marked if it belongs to the selection."""
    n, whole = len(scene.members), split_words(scene.view.split, len(scene.shown))
    st.markdown("##### Samples")
    st.caption(
        f"{'All' if scene.view.rule is None else f'{n:,} of'} {whole} · a row picks its image"
    )
    frame = selected_table(scene).head(MOST_ROWS)
    columns = st.column_config
    config = {
        "sample_id": columns.NumberColumn("image", format="%d", help="Number in this study"),
        "split_id": columns.NumberColumn("row in source", format="%d"),
        "label_before_flip": columns.TextColumn(
            "label flipped on purpose: was", help="Empty where the label was left as it is"
        ),
        "confidence": columns.NumberColumn(format="%.4f", help="Largest probability"),
        "true_probability": columns.NumberColumn("probability of true", format="%.4f"),
        "entropy": columns.NumberColumn("entropy (nats)", format="%.4f"),
    }
    address = template(scene.store)
    if address is not None:
        pictures = [address.replace("{id}", str(i)) for i in frame["sample_id"]]
        frame.insert(0, "picture", pictures)
        config["picture"] = columns.ImageColumn("", width=40)
    st.session_state[_ROWS] = scene.members[:MOST_ROWS]
    row = np.flatnonzero(frame["sample_id"].to_numpy() == scene.picked)
    st.session_state[KEY] = {"selection": {"rows": row[:1].tolist(), "columns": [], "cells": []}}
    st.dataframe(
        frame,
        key=KEY,
        hide_index=True,
        height=min(35 * (len(frame) + 1) + 3, 353),
        on_select=_pick,
        selection_mode="single-row",
        column_config=config,
        placeholder="",
        alt="Selected images with labels and predictions",
    )
    if len(scene.members) > MOST_ROWS:
        st.caption(
            f"The first {MOST_ROWS:,} of {len(scene.members):,} rows; a download holds all of them."
        )


def _pick() -> None:
    rows = st.session_state[KEY].get("selection", {}).get("rows", [])
    ids = st.session_state.get(_ROWS, ())
    if rows and 0 <= rows[0] < len(ids):
        choose.pick(int(ids[rows[0]]))
