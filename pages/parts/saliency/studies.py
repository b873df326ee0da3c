"""All studies of the store that hold the arena, side by side, and re-label's curves on each."""

import numpy as np
import pandas as pd
import streamlit as st

from core.store import Store, StoreError, studies
from pages.charts.saliency_curves import saliency_curves_chart
from pages.parts import choose, reads
from pages.parts.drawn import spec_of
from pages.parts.literal import literal, plain
from pages.parts.runs import open_store, store_root
from pages.parts.saliency import held
from pages.parts.saliency.asked import METRICS, Asked
from pages.parts.saliency.table import figures_of
from pages.parts.saliency.words import (
    METRIC_HELP,
    METRIC_WORDS,
    OURS,
    in_order,
    method_words,
    with_interval,
)
from pages.parts.scene import Scene


def studies_panel(scene: Scene, wish: Asked) -> None:
    """Draw one metric of all methods on all studies, and the curves of our method on each."""
    st.session_state["w_metric"] = wish.metric
    st.segmented_control(
        "Metric",
        METRICS,
        key="w_metric",
        required=True,
        format_func=METRIC_WORDS.__getitem__,
        label_visibility="collapsed",
        on_change=choose.put_widget,
        args=("metric", "w_metric", "deletion"),
    )
    stores = with_arena()
    table = beside(stores, wish.metric)
    config = {
        name: st.column_config.Column(plain(name), width="medium") for name in table.columns[1:]
    }
    st.dataframe(
        table, hide_index=True, column_config=config, height=38 + 35 * len(table),
        alt=f"{wish.metric} of all methods on all studies",
    )  # fmt: skip
    splits = sorted({held.split(store) for store in stores})
    st.caption(
        f"{METRIC_HELP[wish.metric]}. Seeded {' or '.join(splits)} images; value, 95 % interval "
        "and n in each cell. Other networks, images and sizes: compare within a column."
        + limits_words(stores)
    )
    curves = own_curves(stores)
    if not curves.empty:
        st.vega_lite_chart(
            spec_of(
                saliency_curves_chart(
                    curves, list(dict.fromkeys(curves["name"])), theme=scene.theme, height=230
                )
            ),
            key="saliency_studies",
            alt="Mean curves of re-label on each study",
            width="content",
        )
        st.caption(
            f"{method_words(OURS)}: the paper's figure 5 shows its own on ResNet50 and VGG16."
        )


def with_arena() -> list[Store]:
    """Return the stores of all studies that hold the arena; those that cannot be read are not."""
    found = []
    for study in studies(store_root()):
        try:
            store = open_store(study)
            if held.built(store):
                found.append(store)
        except StoreError:  # the study's own page says what is wrong with it
            continue
    return found


def beside(stores: list[Store], metric: str) -> pd.DataFrame:
    """Return one row per method and one column per study, figures as text."""
    figures = {store.study: figures_of(store, metric) for store in stores}
    names = in_order(list({name for known in figures.values() for name in known}))
    table = pd.DataFrame({"method": [method_words(name) for name in names]})
    for study, known in figures.items():
        table[study] = [with_interval(*known[name]) if name in known else "" for name in names]
    return table


def limits_words(stores: list[Store]) -> str:
    """Return which studies' data is limited, and to what; nothing if none is."""
    found = [(store.study, reads.limit(store)) for store in stores]
    said = [f"{study}: {words[0].lower()}{words[1:]}" for study, words in found if words]
    return literal(f" Limits: {'; '.join(said)}.") if said else ""


def own_curves(stores: list[Store]) -> pd.DataFrame:
    """Return our method's mean curves on each study; `name` is the study with its areas."""
    parts = []
    for store in stores:
        curves = held.curves(store)
        own = curves.query("method == @OURS").copy()
        if own.empty:
            continue
        areas = [_area(figures_of(store, metric)) for metric in ("deletion", "insertion")]
        own["name"] = f"{store.study} ↓ {areas[0]:.3f} ↑ {areas[1]:.3f}"
        parts.append(own)
    return pd.concat(parts) if parts else pd.DataFrame()


def _area(figures: dict[str, held.Judged]) -> float:
    return figures[OURS].value if OURS in figures else float(np.nan)
