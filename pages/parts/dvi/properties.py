"""The four properties and motion honesty: ours beside the baselines, and what follows from them.

DeepVisualInsight, equations 1 to 4; definitions of all figures in the glossary of figures.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import streamlit as st

from core.store import epoch_label
from pages.parts.dvi import held
from pages.parts.dvi.asked import Asked
from pages.parts.dvi.held import Story
from pages.parts.dvi.territory import seen_epoch
from pages.parts.scene import Scene

METHOD_WORDS = {
    "dvi": "DVI (this page)",
    "dvi_paper": "DVI, paper's settings",
    "dvi_t": "DVI-T (no continuity)",
    "pca": "PCA",
    "tsne": "t-SNE",
    "umap": "UMAP",
    "umap_t": "UMAP-T",
}


@dataclass(frozen=True)
class Property:
    """A column of the table: `{k}` in the metric stands for the number of neighbours."""

    metric: str
    title: str
    says: str
    better: Literal["higher", "lower"]
    still: bool  # of one checkpoint; else over all of them


PROPERTIES = (
    Property(
        "nn_pv_k{k}", "neighbours kept", "share of the k nearest samples kept", "higher", True
    ),
    Property(
        "boundary_pv_k{k}",
        "boundary kept",
        "share of the k nearest boundary points kept",
        "higher",
        True,
    ),
    Property("ppr", "predictions kept", "share of predictions that survive the way to the plane "
             "and back", "higher", True),
    Property("rec_pv", "reconstruction", "squared distance of the way there and back", "lower",
             True),
    Property(
        "temporal_pv_k{k}",
        "continuity",
        "correlation of neighbours kept in time with the step on screen",
        "lower",
        False,
    ),
    Property(
        "motion_honesty",
        "motion honesty",
        "rank correlation of steps on screen and in representation",
        "higher",
        False,
    ),
)  # fmt: skip
SPLITS = ("train", "test")
COUNTED = (10, 15, 20)  # neighbours for which figures are written
FEW = 0.005  # differences below half a percent point are called equal


def properties(seen: Scene, wish: Asked, told: Story) -> None:
    """Draw the table of properties with its choices, and the conclusion in one sentence."""
    st.markdown("##### How faithful the picture is")
    figures = held.figures(seen.store)
    judged = figures.loc[~figures["metric"].str.startswith("noise_")] if len(figures) else figures
    if judged.empty:
        st.info("The properties come from the stage dvi\\_evaluation, which this run lacks.")
        st.code(f"python -m precompute build {seen.store.study}", language="bash")
        return
    split: str = "test" if seen.view.split == "test" else "train"
    k = wish.k if wish.k in COUNTED else 15
    epoch = _nearest(judged, seen_epoch(seen, told))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        split, epoch, k = _choices(judged, split, epoch, k)
    frame = table(judged, split, epoch, k)
    st.markdown(conclusion(frame, told.method, split, epoch, k))
    st.dataframe(
        frame.rename(index=lambda method: METHOD_WORDS.get(method, method)),
        height=35 * (len(frame) + 1) + 3,
        column_config={
            "_index": "method",
            **{
                one.title: st.column_config.NumberColumn(
                    one.title + (" ↑" if one.better == "higher" else " ↓"),
                    format="%.3f",
                    help=f"{one.says.capitalize()}; {one.better} is better. Empty: not defined.",
                )
                for one in PROPERTIES
            },
        },
        placeholder="",
        alt="Properties of the picture by method",
    )
    st.caption(_measured_on(judged, split, epoch))


def table(figures: pd.DataFrame, split: str, epoch: float, k: int) -> pd.DataFrame:
    """Return one row per method and one column per property; NaN where one is not defined.

    Parameters
    ----------
    figures
        Rows of the table `figure` of this view.
    split, epoch, k
        Of which samples, at which checkpoint, with how many neighbours.
    """
    methods = [m for m in METHOD_WORDS if m in set(figures["method"])]
    methods += sorted(set(figures["method"]) - set(methods))
    columns = {}
    for one in PROPERTIES:
        rows = figures.loc[
            (figures["metric"] == one.metric.format(k=k)) & (figures["split"] == split)
        ]
        rows = rows.loc[rows["epoch"] == epoch] if one.still else rows.loc[rows["epoch"].isna()]
        at = dict(zip(rows["method"], rows["value"], strict=True))
        columns[one.title] = [float(at.get(method, np.nan)) for method in methods]
    return pd.DataFrame(columns, index=methods)


def conclusion(frame: pd.DataFrame, own: str, split: str, epoch: float, k: int) -> str:
    """Return what the table says of the method `own`: where it is best, and where it is not."""
    if own not in frame.index:
        return "This picture itself was not judged."
    best, behind = [], []
    for one in PROPERTIES:
        column = frame[one.title].dropna()
        if own not in column or len(column) < 2:
            continue
        sign = 1 if one.better == "higher" else -1
        values = dict(zip(map(str, column.index), column.to_numpy(float).tolist(), strict=True))
        value = values.pop(own)
        rival = max(values, key=lambda method, of=values, by=sign: by * of[method])
        other = values[rival]
        name = METHOD_WORDS.get(rival, rival).split(" (")[0]
        if sign * (value - other) >= -FEW:
            best.append(f"{one.title} ({value:.2f}; next {name} {other:.2f})")
        else:
            behind.append(f"{one.title} ({value:.2f}; {name} {other:.2f})")
    where = f"On the {split} images at epoch {epoch_label(epoch)}, k = {k},"
    if not best:
        return f"{where} DVI is best in nothing: it is behind in {_listed(behind)}."
    said = f"{where} DVI is best or level in {_listed(best)}"
    return f"{said}; it is behind in {_listed(behind)}." if behind else f"{said}: in everything."


def fidelity_words(seen: Scene, told: Story) -> str:
    """Return how far the map can be trusted, in one line of figures; empty before they exist."""
    figures = held.figures(seen.store)
    if figures.empty:
        return ""
    epoch = seen_epoch(seen, told)
    split = "test" if seen.view.split == "test" else "train"
    own = figures.loc[(figures["method"] == told.method) & (figures["split"] == split)]
    still = own.loc[own["epoch"] == _nearest(own, epoch)] if len(own) else own
    words = []
    for metric, name, rows in (
        ("nn_pv_k15", "neighbours kept", still),
        ("boundary_pv_k15", "boundary kept", still),
        ("ppr", "predictions kept", still),
        ("motion_honesty", "motion honesty", own),
    ):
        found = rows.loc[rows["metric"] == metric]
        if len(found):
            words.append(f"{name} {found['value'].iloc[0]:.2f}")
    if not words:
        return ""
    n = int(own["n"].iloc[0])
    measured = epoch_label(_nearest(own, epoch))
    return f"{', '.join(words)} (k = 15, {split}, n = {n:,}, epoch {measured})"


def _choices(figures: pd.DataFrame, split: str, epoch: float, k: int) -> tuple[str, float, int]:
    """Draw which figures to show; what the map shows is where they begin."""
    epochs = sorted(figures["epoch"].dropna().unique().tolist())
    chosen = st.segmented_control(
        "Split of the figures", SPLITS, default=split, required=True, key=f"w_fig_split_{split}",
        label_visibility="collapsed",
    )  # fmt: skip
    at = st.segmented_control(
        "Checkpoint of the figures", epochs, default=epoch, required=True,
        key=f"w_fig_epoch_{epoch_label(epoch)}", label_visibility="collapsed",
        format_func=lambda one: f"epoch {epoch_label(one)}",
    )  # fmt: skip
    count = st.segmented_control(
        "Neighbours of the figures", COUNTED, default=k, required=True, key=f"w_fig_k_{k}",
        label_visibility="collapsed", format_func=lambda one: f"k = {one}",
    )  # fmt: skip
    return chosen or split, epoch if at is None else at, count or k


def _measured_on(figures: pd.DataFrame, split: str, epoch: float) -> str:
    rows = figures.loc[(figures["split"] == split) & (figures["epoch"] == epoch)]
    counted = rows.groupby("method")["n"].agg(["min", "max"])
    n = int(counted["max"].max())
    fewer = [
        f"{METHOD_WORDS.get(str(method), str(method))}: the way back on {int(low):,}"
        for method, low in counted["min"].items()
        if low < n
    ]
    said = f"Still properties: {split}, n = {n:,}"
    said += f" ({'; '.join(fewer)})" if fewer else ""
    return (
        f"{said}. Continuity and motion honesty: over all checkpoints. t-SNE and UMAP start anew "
        "at each checkpoint, so motion means nothing there, and t-SNE has no way back."
    )


def _nearest(figures: pd.DataFrame, epoch: float) -> float:
    judged = figures["epoch"].dropna().to_numpy(np.float64)
    return float(judged[np.argmin(np.abs(judged - epoch))]) if len(judged) else epoch


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
