"""Noisy and hard samples: training images ranked by how suspicious their labels are (figure 10)."""

import numpy as np
import pandas as pd
import streamlit as st

from pages.charts.detection import detection_curves
from pages.parts import choose
from pages.parts.drawn import spec_of
from pages.parts.dvi import held
from pages.parts.dvi.asked import DEFAULT_SUSPECTS, MOST_SUSPECTS, SCORES, Asked
from pages.parts.dvi.territory import Emphasis
from pages.parts.literal import plain
from pages.parts.scene import Scene
from pages.parts.thumbnails import template

TABLE = "dvi_suspects"
MOST_CURVE_POINTS = 400
SCORE_WORDS = {
    "dvi": "picture and probabilities",
    "dvi_reluctance": "reluctance",
    "dvi_foreignness": "foreign neighbours",
    "last_loss": "loss at the last epoch",
}


def suspects(seen: Scene, wish: Asked) -> np.ndarray:
    """Return the most suspicious training images, the worst first."""
    frame = held.suspicions(seen.store, wish.score)
    return frame["sample_id"].to_numpy(np.int64)[: wish.suspects] if len(frame) else np.arange(0)


def standing(seen: Scene, wish: Asked) -> Emphasis:
    """Return what stands out on the map."""
    return Emphasis(suspects(seen, wish), "most suspicious")


def labels_panel(seen: Scene, wish: Asked, height: int) -> None:
    """Draw the ranking, and how well it finds flipped labels where they are known."""
    frame = held.suspicions(seen.store, wish.score)
    if frame.empty:
        st.info("Scores of labels come from the stage dvi\\_history, which this run does not hold.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.session_state["w_score"] = wish.score
        st.selectbox(
            "Ranked by",
            [score for score in SCORES if score in held.suspicion_methods(seen.store)],
            key="w_score",
            format_func=SCORE_WORDS.__getitem__,
            width=230,
            on_change=choose.put_widget,
            args=("score", "w_score", "dvi"),
        )
        st.session_state["w_suspects"] = wish.suspects
        st.number_input(
            "How many stand out",
            1,
            MOST_SUSPECTS,
            step=10,
            key="w_suspects",
            width=150,
            on_change=choose.put_widget,
            args=("suspects", "w_suspects", DEFAULT_SUSPECTS),
        )
    st.caption(_meaning(seen, frame, wish))
    _table(seen, frame.head(wish.suspects), height)
    if seen.samples.flipped.any():
        _detected(seen)


def _meaning(seen: Scene, frame: pd.DataFrame, wish: Asked) -> str:
    flipped = int(seen.samples.flipped.sum())
    if not flipped:
        return (
            "No label of this study is known to be wrong: high scores are hard or doubtful images. "
            "Reluctance is the probability withheld from the label, averaged over the checkpoints; "
            "foreign neighbours bear another label in the picture."
        )
    row = frame.iloc[min(wish.suspects, len(frame)) - 1]
    return (
        f"{flipped:,} of {len(frame):,} training labels were flipped on purpose. Among the first "
        f"{min(wish.suspects, len(frame)):,}, {row['precision']:.1%} are flipped: "
        f"{row['recall']:.1%} of all flipped ones."
    )


def _table(seen: Scene, frame: pd.DataFrame, height: int) -> None:
    ids = frame["sample_id"].to_numpy(np.int64)
    samples, answers, since = seen.samples, seen.answers, held.learned_at(seen.store)
    shown = pd.DataFrame({"rank": frame["rank"].to_numpy(), "sample_id": ids})
    shown["label"] = [plain(seen.names[class_]) for class_ in samples.label[ids]]
    if answers is not None:
        shown["predicted"] = [plain(seen.names[class_]) for class_ in answers.predicted[ids]]
    if samples.flipped.any():
        was = [plain(seen.names[class_]) for class_ in samples.original[ids]]
        shown["was"] = np.where(samples.flipped[ids], np.array(was, object), "")
    shown["score"] = frame["score"].to_numpy()
    if since is not None:
        shown["learned"] = since[ids]
    if seen.samples.flipped.any():
        shown["precision"] = frame["precision"].to_numpy()
        shown["recall"] = frame["recall"].to_numpy()
    columns = st.column_config
    config = {
        "sample_id": columns.NumberColumn("image", format="%d"),
        "was": columns.TextColumn("flipped, was", help="Empty where the label was left as it is"),
        "score": columns.NumberColumn(format="%.3f"),
        "learned": columns.NumberColumn("learned at", help="Empty where it ends wrong"),
        "precision": columns.NumberColumn(format="%.3f", help="Flipped among those so far"),
        "recall": columns.NumberColumn(format="%.3f", help="Of the flipped ones, found so far"),
    }
    if (address := template(seen.store)) is not None:
        shown.insert(0, "picture", [address.replace("{id}", str(i)) for i in ids.tolist()])
        config["picture"] = columns.ImageColumn("", width=40)
    st.session_state["dvi.suspects"] = ids
    row = np.flatnonzero(ids == seen.picked)
    st.session_state[TABLE] = {"selection": {"rows": row[:1].tolist(), "columns": [], "cells": []}}
    st.dataframe(
        shown,
        key=TABLE,
        hide_index=True,
        height=height,
        on_select=_pick,
        selection_mode="single-row",
        column_config=config,
        placeholder="",
        alt="Training images by how suspicious their labels are",
    )


def _pick() -> None:
    rows = st.session_state[TABLE].get("selection", {}).get("rows", [])
    ids = st.session_state.get("dvi.suspects", ())
    if rows and 0 <= rows[0] < len(ids):
        choose.pick(int(ids[rows[0]]))


def _detected(seen: Scene) -> None:
    """Draw precision over recall of every score, with the average precision in its name."""
    found = held.figures(seen.store)
    rows = found.loc[found["metric"] == "noise_average_precision"] if len(found) else found
    average = dict(zip(rows["method"], rows["value"], strict=True)) if len(rows) else {}
    curves, order = [], []
    for score in SCORES:
        frame = held.suspicions(seen.store, score)
        if frame.empty:
            continue
        name = SCORE_WORDS[score] + (f" ({average[score]:.3f})" if score in average else "")
        order.append(name)
        places = np.unique(np.geomspace(1, len(frame), MOST_CURVE_POINTS).astype(int)) - 1
        few = frame.iloc[places][["rank", "precision", "recall"]].assign(score=name)
        curves.append(few)
    st.vega_lite_chart(
        spec_of(detection_curves(pd.concat(curves), order, theme=seen.theme)),
        key="dvi_detection",
        alt="Precision over recall of every score",
    )
    n = int(rows["n"].iloc[0]) if len(rows) else 0
    st.caption(f"In brackets: average precision (train, n = {n:,}).")
