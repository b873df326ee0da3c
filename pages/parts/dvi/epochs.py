"""Queries on checkpoints: where accuracy dropped, where most samples moved, what each one changed.

DeepVisualInsight, section 2, asks for queries on iterations.
"""

import numpy as np
import pandas as pd
import streamlit as st

from core.dvi.events import accuracy_drops, restless_epochs
from core.store import epoch_label
from pages.parts import choose
from pages.parts.dvi import held
from pages.parts.dvi.held import Story
from pages.parts.dvi.territory import seen_epoch
from pages.parts.scene import Scene
from pages.parts.wording import split_words

TABLE = "dvi_epochs"
MOST_FOUND = 4


def epochs_panel(seen: Scene, told: Story, height: int) -> None:
    """Draw the queries and a table of all checkpoints; a row leads there."""
    ids = seen.members
    if len(told.epochs) < 2 or not len(ids):
        st.info("Changes need two checkpoints and at least one image.")
        return
    correct = (held.answers(seen.store).predicted == seen.samples.label)[:, ids]
    places = told.positions[:, ids] / told.diagonal
    dropped, by = accuracy_drops(correct)
    moved, how_far = restless_epochs(places)
    st.caption(f"Over {split_words(seen.view.split, len(ids))} of the selection")
    _go("Accuracy dropped most", "w_dropped", told, dropped, [f"−{x:.1%}" for x in by])
    _go("Samples moved most", "w_moved", told, moved, [f"{x:.1%}" for x in how_far])
    st.caption("Moves: mean step as a share of the picture's diagonal.")
    frame = _frame(seen, told, correct, places)
    at = told.epochs.index(seen_epoch(seen, told))
    st.session_state[TABLE] = {"selection": {"rows": [at], "columns": [], "cells": []}}
    share = st.column_config.NumberColumn(format="percent")
    st.dataframe(
        frame,
        key=TABLE,
        hide_index=True,
        height=min(35 * (len(frame) + 1) + 3, height),
        on_select=_jump,
        selection_mode="single-row",
        column_config={
            "accuracy": share,
            "change": st.column_config.NumberColumn("change of accuracy", format="percent"),
            "flips": st.column_config.NumberColumn("predictions changed"),
            "step": st.column_config.NumberColumn("mean step", format="percent"),
        },
        placeholder="",
        alt="Checkpoints with accuracy and changes",
    )
    st.session_state["dvi.epochs"] = told.epochs


def _frame(seen: Scene, told: Story, correct: np.ndarray, places: np.ndarray) -> pd.DataFrame:
    accuracy = correct.mean(axis=1)
    predicted = held.answers(seen.store).predicted[:, seen.members]
    steps = np.linalg.norm(np.diff(places, axis=0), axis=2).mean(axis=1)
    nothing = [np.nan]
    return pd.DataFrame(
        {
            "epoch": told.epochs,
            "accuracy": accuracy,
            "change": np.concatenate([nothing, np.diff(accuracy)]),
            "flips": np.concatenate([nothing, (predicted[1:] != predicted[:-1]).sum(axis=1)]),
            "step": np.concatenate([nothing, steps]),
        }
    )


def _go(title: str, key: str, told: Story, rows: np.ndarray, words: list[str]) -> None:
    """Draw the first checkpoints of a query as choices that lead there."""
    if not len(rows):
        st.markdown(f"{title}: never")
        return
    found = dict(zip([told.epochs[row] for row in rows.tolist()], words, strict=True))
    st.session_state[key] = None
    st.pills(
        title,
        list(found)[:MOST_FOUND],
        key=key,
        format_func=lambda epoch: f"epoch {epoch_label(epoch)} ({found[epoch]})",
        on_change=_lead,
        args=(key, told.epochs[-1]),
    )


def _lead(key: str, last: float) -> None:
    if (epoch := st.session_state[key]) is not None:
        choose.put("epoch", None if epoch == last else epoch_label(epoch))


def _jump() -> None:
    rows = st.session_state[TABLE].get("selection", {}).get("rows", [])
    epochs = st.session_state.get("dvi.epochs", ())
    if rows and 0 <= rows[0] < len(epochs):
        last = rows[0] == len(epochs) - 1
        choose.put("epoch", None if last else epoch_label(epochs[rows[0]]))
