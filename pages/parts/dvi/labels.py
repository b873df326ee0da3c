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
    if samples.flipped.any():
        was = [plain(seen.names[class_]) for class_ in samples.original[ids]]
        shown["was"] = np.where(samples.flipped[ids], np.array(was, object), "")
    if answers is not None:
        shown["predicted"] = [plain(seen.names[class_]) for class_ in answers.predicted[ids]]
    shown["score"] = frame["score"].to_numpy()
    if samples.flipped.any():
        shown["precision"] = frame["precision"].to_numpy()
        shown["recall"] = frame["recall"].to_numpy()
    if since is not None:
        shown["learned"] = since[ids]
    columns = st.column_config
    config = {
        "rank": columns.NumberColumn(width=45),
        "sample_id": columns.NumberColumn("image", format="%d", width=55),
        "label": columns.TextColumn(width=55),
        "was": columns.TextColumn(
            width=55, help="The label before it was flipped; empty where it was left as it is"
        ),
        "predicted": columns.TextColumn(width=65),
        "score": columns.NumberColumn(format="%.3f", width=55),
        "precision": columns.NumberColumn(
            format="%.3f", width=65, help="Flipped among those so far"
        ),
        "recall": columns.NumberColumn(
            format="%.3f", width=55, help="Of the flipped ones, found so far"
        ),
        "learned": columns.NumberColumn(
            "learned at", width=70, help="Checkpoint; empty where it ends wrong"
        ),
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
    average = {}
    if len(rows):
        average = dict(zip(rows["method"], rows["value"].astype(float), strict=True))
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
    st.caption(f"In brackets: average precision (train, n = {n:,}). {best_words(average)}")


def best_words(average: dict[str, float]) -> str:
    """Return which score finds flipped labels best, and how ours compares with it."""
    if "dvi" not in average or len(average) < 2:
        return ""
    best = max(average, key=lambda score: average[score])
    if best == "dvi":
        rest = max((score for score in average if score != "dvi"), key=lambda s: average[s])
        return f"Best: {SCORE_WORDS[best]}, ahead of {SCORE_WORDS[rest]}."
    return (
        f"Best: {SCORE_WORDS[best]}; the picture adds nothing to it here "
        f"({average['dvi']:.3f} against {average[best]:.3f})."
    )
