"""The arena: the table of methods, and the mean curves with their bands (figures 5 and 6)."""

from typing import Any

import pandas as pd
import streamlit as st

from core.store import Store
from pages.charts.saliency_curves import saliency_curves_chart
from pages.parts.drawn import spec_of
from pages.parts.literal import literal
from pages.parts.saliency import held
from pages.parts.saliency.asked import METRICS
from pages.parts.saliency.table import arena_table, best, figures_of, styled
from pages.parts.saliency.words import METRIC_HELP, in_order, method_words
from pages.parts.scene import Scene

FIRST_SHOWN = (
    "relabel", "relabel_paper", "rise", "integrated_gradients", "grad_cam", "lime", "occlusion",
    "random",
)  # fmt: skip
MOST_ROWS = 720


def arena_panel(scene: Scene) -> None:
    """Draw the table of methods, sortable, the best marked where the paired interval says so."""
    store = scene.store
    st.caption(_said(store))
    common = st.toggle(
        "Only images that all methods have",
        key="w_common",
        help="Slow methods are judged on fewer images, the first of the same order",
    )
    table = arena_table(store, common=common)
    config = {
        metric: st.column_config.Column(metric, help=METRIC_HELP[metric], width="medium")
        for metric in METRICS
        if metric in table.columns
    }
    config["seconds"] = st.column_config.Column(
        "seconds", help="Wall seconds for one image when the arena was built", width="small"
    )
    config["passes"] = st.column_config.Column(
        "passes", help="The teacher's forward and backward passes for one image", width="small"
    )
    config["method"] = st.column_config.Column("method", width="medium", pinned=True)
    st.dataframe(
        styled(store, table),
        hide_index=True,
        column_config=config,
        height=min(MOST_ROWS, 37 + 35 * len(table)),
        placeholder="",
        alt="Figures of all methods",
    )
    st.caption(literal(_winners(store)))
    if lacking := [
        f"{method_words(one.name)}: {one.reason}" for one in held.methods(store) if one.reason
    ]:
        st.caption(literal("Not there. " + " ".join(lacking)))
    if blank := [
        f"{method_words(one.name)} {one.flat:,}" for one in held.methods(store) if one.flat
    ]:
        st.caption(
            literal(
                f"Images without a map, or with a flat one, which count as a random order: "
                f"{', '.join(blank)}. The paper's re-label draws nothing where the reconstruction "
                "has another class already, or no synthetic image gets one."
            )
        )
    if not (pairs := held.pairs(store)).empty:
        with st.expander("Against re-label's hybrid, on the images both have"):
            _pairs(pairs)
    with st.expander("Settings of every method, and its paper's"):
        _settings(store)
    with st.expander("How each figure was taken"):
        for metric, (_, words) in held.protocol(store).items():
            st.markdown(f"**{metric}**: {literal(words)}")


def _pairs(pairs: pd.DataFrame) -> None:
    st.dataframe(
        pairs.assign(other=[method_words(str(name)) for name in pairs["other"]]),
        hide_index=True,
        height=min(MOST_ROWS, 37 + 35 * len(pairs)),
        column_config={
            name: st.column_config.NumberColumn(name, format="%.4f")
            for name in ("difference", "low", "high", "p")
        },
        placeholder="",
        alt="Paired differences of re-label's hybrid and every other method",
    )
    st.caption(
        "Mean of the hybrid's value minus the other's, its 95 % bootstrap interval, and how often "
        "random signs of the differences make a mean as far from zero."
    )


def _settings(store: Store) -> None:
    st.dataframe(
        pd.DataFrame(
            {
                "method": [method_words(one.name) for one in held.methods(store)],
                "settings": [_listed(one.settings) for one in held.methods(store)],
                "in its paper": [one.original for one in held.methods(store)],
            }
        ),
        hide_index=True,
        column_config={"settings": st.column_config.Column("settings", width="large")},
        placeholder="",
        alt="Settings of all methods",
    )


def _listed(settings: dict[str, Any]) -> str:
    """Settings as a line, those within others by their own names."""
    parts = [
        f"{name}: {_listed(value)}" if isinstance(value, dict) else f"{name} {value}"
        for name, value in settings.items()
        if value is not None
    ]
    return ", ".join(parts)


def curves_panel(scene: Scene) -> None:
    """Draw the mean deletion and insertion curves of chosen methods, with their bands."""
    curves = held.curves(scene.store)
    known = in_order(list(dict.fromkeys(curves["method"].tolist())))
    counts = dict(zip(curves["method"], curves["n"], strict=True))
    chosen = st.multiselect(
        "Methods",
        known,
        default=[name for name in known if name in FIRST_SHOWN],
        key="w_curves",
        format_func=method_words,
        label_visibility="collapsed",
    )
    if not chosen:
        st.caption("Choose a method.")
        return
    table = curves.query("method in @chosen").copy()
    table["name"] = [method_words(str(name)) for name in table["method"]]
    st.vega_lite_chart(
        spec_of(
            saliency_curves_chart(
                table, [method_words(name) for name in known if name in chosen], theme=scene.theme
            )
        ),
        key="saliency_curves",
        alt="Mean deletion and insertion curves",
        width="content",
    )
    n = [int(counts[name]) for name in chosen]
    many = f"n = {min(n):,}" if min(n) == max(n) else f"n = {min(n):,} to {max(n):,}"
    st.caption(
        f"Probability of the teacher's first class, mean over seeded {held.split(scene.store)} "
        f"images ({many}), with 95 % bootstrap bands. Deletion should fall early, insertion "
        "rise early. A click in the legend lets one method stand out. The paper's figures 5 and "
        "6 show the same on ImageNet."
    )


def _said(store: Store) -> str:
    counts = [one.n for one in figures_of(store, "deletion").values()]
    least, most = min(counts), max(counts)
    many = f"n = {most:,}" if least == most else f"n = {least:,} to {most:,}, said in each cell"
    return (
        f"Seeded {held.split(store)} images, {many}; value, 95 % interval, n. Click a column's "
        "head to sort. Green: better than every other method on the images both have, the 95 % "
        "interval of the paired difference leaving out zero; a column without green has no winner."
    )


def _winners(store: Store) -> str:
    found = {metric: best(store, metric) for metric in METRICS if figures_of(store, metric)}
    said = [f"{metric}: {method_words(name)}" for metric, name in found.items() if name]
    none = [metric for metric, name in found.items() if name is None]
    words = f"Best beyond doubt: {'; '.join(said)}." if said else "No method is best beyond doubt."
    return words + (f" Nobody for {', '.join(none)}." if said and none else "")
