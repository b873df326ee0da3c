"""Masking: does a class depend on the channels of its graph? Silence them and see."""

import numpy as np
import pandas as pd
import streamlit as st

from core.store import MissingArtifact, Store
from pages.charts.intervals import interval_rows
from pages.parts.drawn import spec_of
from pages.parts.literal import literal
from pages.parts.summit import held
from pages.parts.summit.seen import Seen

METHOD_WORDS = {
    "summit": "the class's graph",
    "activation": "strongest by activation",
    "relevance": "strongest by relevance",
    "least": "least contributing",
    "random": "at random",
}
HEIGHT = 210


def masking_panel(seen: Seen) -> None:
    """Draw the fall of the true class's probability by how the silenced channels were chosen."""
    figures = masking_figures(seen.store)
    if figures.empty:
        note = held.notes(seen.store).get("masking")
        st.info(literal(note.text) if note else "It comes from the stage summit\\_evaluation.")
        return
    left, right = st.columns([0.55, 0.45], gap="small")
    with left, st.container(gap="xxsmall"):
        st.vega_lite_chart(
            spec_of(
                interval_rows(
                    figures,
                    figures["name"].tolist(),
                    title="fall of the true class's probability",
                    other="the other classes' channels",
                    theme=seen.theme,
                    height=HEIGHT,
                )
            ),
            key="summit_masking",
            alt="Fall of the true class's probability by choice of channels",
        )
        n = int(figures["n"].iloc[0])
        said = held.notes(seen.store).get("masking")
        st.caption(
            f"Test images, n = {n:,}, 95 % intervals; hollow: mean fall where the channels of "
            f"other classes are silenced. {literal(said.text) if said else ''}"
        )
    with right, st.container(gap="xxsmall"):
        _own(seen)
    st.markdown(conclusion(figures))


def masking_figures(store: Store) -> pd.DataFrame:
    """Return one row per way of choosing: `name`, `value`, `low`, `high`, `other`, `n`."""
    try:
        rows = store.sql(
            "select metric, method, value, low, high, n from figure where view = 'summit' and "
            "metric in ('masking_drop', 'masking_drop_others')"
        )
    except MissingArtifact:
        return pd.DataFrame()
    own = rows.loc[rows["metric"] == "masking_drop"].set_index("method")
    others = rows.loc[rows["metric"] == "masking_drop_others"].set_index("method")["value"]
    order = _known(own.index.tolist())
    table = own.loc[order, ["value", "low", "high", "n"]].assign(
        other=[float(others.get(method, np.nan)) for method in order],
        name=[_words(method) for method in order],
    )
    return table.reset_index(drop=True)


def conclusion(figures: pd.DataFrame) -> str:
    """Return in a sentence how the graph's channels compare with the other choices."""
    own = figures.loc[figures["name"].str.startswith(METHOD_WORDS["summit"])]
    if own.empty:
        return ""
    row = own.iloc[0]
    said = []
    for _, other in figures.iterrows():
        if other["name"] == row["name"]:
            continue
        if other["high"] < row["low"]:
            word = "more than"
        elif other["low"] > row["high"]:
            word = "less than"
        else:
            word = "not told apart from"
        said.append(f"{word} {other['name']} ({other['value']:.2f})")
    return (
        f"Without the channels of its graph a class loses {row['value']:.2f} of probability: "
        f"{', '.join(said)}."
    )


def _own(seen: Seen) -> None:
    rows = held.table(seen.store, held.EVALUATION, "masking", "select * from masking")
    own = rows.loc[rows["class"] == seen.wish.class_] if len(rows) else rows
    if own.empty:
        st.caption(f"No test image of {literal(seen.name(seen.wish.class_))} was masked.")
        return
    own = own.set_index("method").loc[_known(own["method"].tolist())]
    st.caption(
        f"{literal(seen.name(seen.wish.class_))}, n = {int(own['n'].iloc[0])}: fall on its own "
        "images and on others'"
    )
    number = st.column_config.NumberColumn(format="%.3f")
    st.dataframe(
        pd.DataFrame(
            {
                "channels silenced": [_words(method) for method in own.index],
                "own": own["drop"].to_numpy(),
                "others": own["others"].to_numpy(),
                "a layer": own["channels"].to_numpy(),
            }
        ),
        hide_index=True,
        height=35 * (len(own) + 1) + 3,
        column_config={
            "own": number,
            "others": number,
            "a layer": st.column_config.NumberColumn(
                format="%.1f", help="Channels set to zero in each layer, on average"
            ),
        },
        placeholder="",
        alt="What masking does to the class",
    )


def _known(found: list[str]) -> list[str]:
    """Return the methods, graphs of a preset first, then the others in the order of our words."""
    usual = [m for m in METHOD_WORDS if m in found]
    own = [m for m in found if m.startswith("summit_")]
    return [*own, *usual, *(m for m in found if m not in METHOD_WORDS and m not in own)]


def _words(method: str) -> str:
    name, _, preset = method.partition("_")
    if name == "summit" and preset:
        return f"{METHOD_WORDS['summit']} ({preset})"
    return METHOD_WORDS.get(method, method)
