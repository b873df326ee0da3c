"""The fidelity figures of two studies in one table."""

import numpy as np
import pandas as pd
import streamlit as st

from core.store import MissingArtifact, Store
from pages.parts.compare.pair import Pair, Side
from pages.parts.literal import plain

KEY = ["view", "metric", "method", "split"]


def figure_table(pair: Pair) -> None:
    """Draw the figures of both, a row for each that either has."""
    table = beside(pair)
    if table.empty:
        st.info("Neither study holds figures yet.")
        return
    both = int(np.isfinite(table[["A", "B"]].to_numpy(np.float64)).all(axis=1).sum())
    st.caption(
        f"{len(table):,} figures; the {both:,} that both have come first. Of a figure taken at "
        "several checkpoints the chosen one counts, else the last. ▲ marks the better value, "
        "however small the difference: compare the 95 % intervals"
    )
    views = ["all lenses", *table["view"].unique().tolist()]
    chosen = st.segmented_control(
        "Lens", views, default=views[0], required=True, key="w_figures_view",
        label_visibility="collapsed",
    )  # fmt: skip
    shown = table if chosen == views[0] else table[table["view"] == chosen]
    names = {"A": plain(pair.first.name), "B": plain(pair.second.name)}
    if names["A"] == names["B"]:
        names = {"A": f"{names['A']} (A)", "B": f"{names['B']} (B)"}
    columns: dict[str, str] = {
        old: f"{names[old[:1]]}{old[1:]}" for old in map(str, shown) if old[:2] in _SIDES
    }
    st.dataframe(
        shown.set_axis([columns.get(str(old), str(old)) for old in shown], axis=1),
        hide_index=True,
        height=min(38 + 35 * len(shown), 560),
        alt="Figures of both studies",
        column_config={
            columns[name]: st.column_config.NumberColumn(format="%.4f") for name in ("A", "B")
        },
    )


_SIDES = ("A", "B", "A ", "B ")


def beside(pair: Pair) -> pd.DataFrame:
    """Return view, metric, method, split, unit, both values with interval and n, and who is better.

    `better` is ▲ and the side's letter; empty where one lacks the figure, they are equal, or more
    is neither better nor worse. Figures of both stand first.
    """
    one, two = (_figures(side) for side in (pair.first, pair.second))
    table = one.merge(two, on=KEY, how="outer", suffixes=("_one", "_two"), sort=False)
    if table.empty:
        return table.assign(A=[], B=[])
    a, b = (table[f"value_{side}"].to_numpy(np.float64) for side in ("one", "two"))
    words = table["better_one"].fillna(table["better_two"]).tolist()
    way = np.array([{"higher": 1.0, "lower": -1.0}.get(word, 0.0) for word in words])
    lead = np.sign((a - b) * way)
    return (
        pd.DataFrame(
            {
                **{name: [plain(text) for text in table[name]] for name in KEY},
                "A": a,
                "A 95 %": _interval(table, "one"),
                "A n": table["n_one"].astype("Int64"),
                "B": b,
                "B 95 %": _interval(table, "two"),
                "B n": table["n_two"].astype("Int64"),
                "better": [
                    {1.0: "▲ first", -1.0: "▲ second"}.get(sign, "") for sign in lead.tolist()
                ],
                "unit": table["unit_one"].fillna(table["unit_two"]),
                "alone": np.isnan(a) | np.isnan(b),
            }
        )
        .sort_values(["alone", *KEY], kind="stable", ignore_index=True)
        .drop(columns="alone")
    )


def _interval(table: pd.DataFrame, side: str) -> list[str]:
    ends = table[[f"low_{side}", f"high_{side}"]].to_numpy(np.float64).tolist()
    return ["" if np.isnan(a) or np.isnan(b) else f"{a:.4g} to {b:.4g}" for a, b in ends]


def _figures(side: Side) -> pd.DataFrame:
    """Return one row for each figure: at the side's checkpoint, else at the last."""
    rows = _rows(side.store, str(side.store.root), side.store.study, side.store.fingerprint)
    rank = np.where(rows["epoch"] == side.epoch, np.inf, rows["epoch"].fillna(-1.0))
    rows = rows.assign(rank=rank).sort_values("rank", kind="stable")
    return rows.drop_duplicates(KEY, keep="last").drop(columns=["rank", "epoch"])


@st.cache_resource(max_entries=8, show_spinner=False)
def _rows(_store: Store, root: str, study: str, fingerprint: str) -> pd.DataFrame:
    query = (
        "select view, metric, method, split, epoch, value, low, high, n, unit, better from figure"
    )
    try:
        return _store.sql(query)
    except MissingArtifact:
        return pd.DataFrame(
            columns=[*KEY, "epoch", "value", "low", "high", "n", "unit", "better"]
        ).astype({"epoch": float, "value": float, "low": float, "high": float, "n": int})
