"""Active learning: the images that each strategy let in, on one landscape (figure 9).

The landscape is that of the model before the round. In round 2 it is the model that chose, for
every strategy; later on it is so only for the strategy that the teacher follows, for the others
went on with models of their own.
"""

import numpy as np
import pandas as pd
import streamlit as st

from core.store import epoch_label
from pages.components.encoding import MapLabels
from pages.components.map import map_event, sample_map
from pages.parts import choose
from pages.parts.class_colors import class_colors
from pages.parts.dvi import held
from pages.parts.dvi.asked import FIRST_CHOSEN, Asked
from pages.parts.dvi.coloring import land
from pages.parts.dvi.held import Story
from pages.parts.literal import plain
from pages.parts.past import past, rounds
from pages.parts.past_rules import Entered
from pages.parts.scene import Scene
from pages.parts.thumbnails import template
from pages.parts.wording import COLOR_WORDS, STRATEGY_WORDS

MAP = "dvi_round_"


def chosen_rounds(seen_rounds: dict[str, list[int]]) -> list[int]:
    """Return the rounds in which strategies chose images; empty without active learning."""
    return sorted({n for numbers in seen_rounds.values() for n in numbers if n >= FIRST_CHOSEN})


def round_maps(seen: Scene, wish: Asked, told: Story, height: int) -> None:
    """Draw one map for each strategy, side by side, its new images standing out."""
    strategies = list(rounds(seen.store))
    epoch = _before(wish, told)
    row = told.epochs.index(epoch)
    said = held.answers(seen.store)
    ids = np.flatnonzero(~seen.samples.is_test)
    for column, strategy in zip(st.columns(len(strategies), gap="small"), strategies, strict=True):
        new = _new(seen, told, strategy, wish.round)
        with column, st.container(gap="xxsmall"):
            st.markdown(f"**{_title(strategy)}**")
            sample_map(
                key=MAP + strategy,
                positions=told.positions[row][ids],
                sample_ids=ids,
                colors=class_colors(
                    seen.samples.label[ids],
                    seen.present,
                    seen.names,
                    seen.theme,
                    COLOR_WORDS["true"],
                ),
                labels=MapLabels(seen.samples.label[ids], said.predicted[row][ids], seen.names),
                land=land(seen, told, slice(row, row + 1)),
                frame=told.extent,
                picked=seen.picked,
                selected=np.isin(ids, new),
                marked=np.isin(ids, new),
                standing="let in",
                thumbnails=template(seen.store),
                study=seen.store.study,
                projection=told.method,
                class_labels=False,
                link="dvi_rounds",
                height=height,
            )


def heed_rounds(strategies: list[str]) -> None:
    """Write what was clicked on a strategy's map to the URL; call it before the view is read."""
    for strategy in strategies:
        event = map_event(MAP + strategy)
        if event.kind == "pick":
            choose.pick(event.picked)


def rounds_panel(seen: Scene, wish: Asked, told: Story) -> None:
    """Draw the choice of the round, the strategies in numbers, and ways to follow the images."""
    known = rounds(seen.store)
    numbers = chosen_rounds(known)
    st.session_state["w_round"] = wish.round
    st.segmented_control(
        "Round",
        numbers,
        key="w_round",
        required=True,
        format_func=lambda number: f"Round {number}",
        label_visibility="collapsed",
        on_change=choose.put_widget,
        args=("round", "w_round", FIRST_CHOSEN),
    )
    st.caption(_whose_landscape(seen, wish, told))
    st.dataframe(
        _numbers(seen, wish, told, list(known)),
        hide_index=True,
        column_config={
            "confidence": st.column_config.NumberColumn(
                "median confidence",
                format="%.3f",
                help="Of the model before the round, in its answer to the new images",
            ),
            "wrong": st.column_config.NumberColumn("misclassified by it", format="percent"),
            "spacing": st.column_config.NumberColumn(
                "spacing",
                format="percent",
                help="Mean distance on screen to the nearest other new image, as a share of the "
                "picture's diagonal: higher is more evenly spread",
            ),
            "accuracy": st.column_config.NumberColumn("test accuracy after", format="percent"),
        },
        placeholder="",
        alt="Strategies in numbers",
    )
    st.caption("Follow the new images over the checkpoints after the round:")
    with st.container(horizontal=True, gap="xsmall"):
        for strategy in known:
            st.button(
                _title(strategy),
                key=f"w_follow_{strategy}",
                icon=":material/timeline:",
                on_click=_follow,
                args=(strategy, wish.round, told),
            )


def _title(strategy: str) -> str:
    words = plain(STRATEGY_WORDS.get(strategy, strategy))
    return words[:1].upper() + words[1:]


def _before(wish: Asked, told: Story) -> float:
    """Return the checkpoint before the round: rounds count from 1, as checkpoints do."""
    return told.epochs[min(wish.round - 2, len(told.epochs) - 1)]


def _new(seen: Scene, told: Story, strategy: str, number: int) -> np.ndarray:
    return past(seen.store, told.epochs).entered(strategy, number)


def _whose_landscape(seen: Scene, wish: Asked, told: Story) -> str:
    epoch = epoch_label(_before(wish, told))
    said = f"Landscape of the model of round {epoch}"
    if wish.round == FIRST_CHOSEN:
        return f"{said}: the one model from which every strategy chose."
    teacher = seen.store.settings.get("teacher") or {}
    own = (teacher.get("active") or {}).get("strategy", "")
    words = STRATEGY_WORDS.get(str(own), str(own))
    return (
        f"{said}, which followed {plain(words)}; the other strategies chose with models of "
        "their own, which are not kept."
    )


def _numbers(seen: Scene, wish: Asked, told: Story, strategies: list[str]) -> pd.DataFrame:
    row = told.epochs.index(_before(wish, told))
    said = held.answers(seen.store)
    figures = held.figures(seen.store, "active_learning")
    rows = []
    for strategy in strategies:
        new = _new(seen, told, strategy, wish.round)
        after = figures
        if len(figures):
            after = figures.loc[
                (figures["method"] == strategy) & (figures["epoch"] == float(wish.round))
            ]
        rows.append(
            {
                "strategy": plain(STRATEGY_WORDS.get(strategy, strategy)),
                "shown": len(new),
                "confidence": float(np.median(said.confidence[row, new])) if len(new) else np.nan,
                "wrong": float((said.predicted[row, new] != seen.samples.label[new]).mean())
                if len(new)
                else np.nan,
                "spacing": _spacing(told.positions[row, new]) / told.diagonal,
                "accuracy": float(after["value"].iloc[0]) if len(after) else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _spacing(places: np.ndarray) -> float:
    """Return the mean distance to the nearest other place; NaN for fewer than two."""
    if len(places) < 2:
        return float("nan")
    away = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(away, np.inf)
    return float(away.min(axis=1).mean())


def _follow(strategy: str, number: int, told: Story) -> None:
    choose.select(Entered(strategy, number))
    choose.put("look", None)
    choose.put("split", None)
    epoch = told.epochs[min(number - 1, len(told.epochs) - 1)]
    choose.put("epoch", None if epoch == told.epochs[-1] else epoch_label(epoch))
