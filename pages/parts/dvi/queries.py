"""Queries on samples: what to look for over time, and between which checkpoints.

DeepVisualInsight, section 2, asks for queries on samples and on iterations.
"""

import numpy as np
import streamlit as st

from core.store import epoch_label
from pages.parts import choose
from pages.parts.dvi.held import Story
from pages.parts.past import correct
from pages.parts.past_rules import Forgotten, LateLearned, NeverLearned
from pages.parts.scene import Scene
from pages.parts.selection import Found, Rule

QUERY_WORDS = {
    "misclassified": "Misclassified",
    "forgotten": "Forgotten",
    "never": "Never learned",
    "late": "Learned late",
    "flipped_labels": "Flipped labels",
}


def queries(seen: Scene, told: Story) -> None:
    """Draw the queries on samples as one row of choices."""
    over_time = ("forgotten", "never", "late") if len(told.epochs) > 1 else ()
    flipped = ("flipped_labels",) if seen.samples.flipped.any() else ()
    st.session_state["w_query"] = _query_of(seen.view.rule)
    st.pills(
        "Find",
        ["misclassified", *over_time, *flipped],
        key="w_query",
        format_func=QUERY_WORDS.__getitem__,
        label_visibility="collapsed",
        on_change=_ask,
        args=(seen, told),
        help="Images of the split by what happened to them",
    )


def between(seen: Scene) -> None:
    """Draw between which checkpoints the present query looks, if it has any."""
    match seen.view.rule:
        case Forgotten(first, last):
            st.session_state["w_between"] = (first, last)
            st.select_slider(
                "Right at the first checkpoint, wrong at the second",
                seen.epochs,
                key="w_between",
                format_func=epoch_label,
                on_change=_put_between,
            )
        case LateLearned(since):
            st.session_state["w_since"] = since
            st.select_slider(
                "Right to the end, but only since this checkpoint or later",
                seen.epochs,
                key="w_since",
                format_func=epoch_label,
                on_change=_put_since,
            )


def _query_of(rule: Rule | None) -> str | None:
    match rule:
        case Found(preset) if preset in QUERY_WORDS:
            return preset
        case Forgotten():
            return "forgotten"
        case NeverLearned():
            return "never"
        case LateLearned():
            return "late"
    return None


def _ask(seen: Scene, told: Story) -> None:
    match st.session_state["w_query"]:
        case "forgotten":
            choose.select(_most_forgotten(seen))
        case "never":
            choose.select(NeverLearned())
        case "late":
            choose.select(LateLearned(told.epochs[len(told.epochs) // 2]))
        case "misclassified":
            choose.select(Found("misclassified"))
        case "flipped_labels":
            choose.select(Found("flipped_labels"))
        case None:
            choose.select(None)


def _most_forgotten(seen: Scene) -> Forgotten:
    """Return the shown checkpoint and the earlier one since which most was forgotten."""
    right = correct(seen.store)[:, seen.shown]
    last = seen.epochs.index(seen.epoch) if seen.epoch in seen.epochs else len(seen.epochs) - 1
    last = last or len(seen.epochs) - 1  # nothing is earlier than the first
    lost = (right[:last] & ~right[last]).sum(axis=1)
    return Forgotten(seen.epochs[int(np.argmax(lost))], seen.epochs[last])


def _put_between() -> None:
    first, last = st.session_state["w_between"]
    if first == last:
        choose.complain("Forgotten between a checkpoint and itself is nobody: choose two.")
    else:
        choose.select(Forgotten(first, last))


def _put_since() -> None:
    choose.select(LateLearned(st.session_state["w_since"]))
