"""The arena as a table: each method's figures, and which are the best beyond doubt."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from core.intervals import bootstrap
from core.store import Store
from pages.parts.saliency import held
from pages.parts.saliency.asked import METRICS
from pages.parts.saliency.held import Judged, Scores
from pages.parts.saliency.words import FIGURE_OF, HIGHER, in_order, method_words, with_interval

MARK = "rgba(46, 160, 90, 0.28)"  # on light and dark paper alike


def figures_of(store: Store, metric: str) -> dict[str, Judged]:
    """Return a metric's figures by method."""
    return held.figures(store, FIGURE_OF[metric])


def arena_table(store: Store, *, common: bool = False) -> pd.DataFrame:
    """Return a row per method: `name`, each metric's value and words, seconds and passes an image.

    `common` takes values of the images that all methods have.
    """
    known = {metric: figures_of(store, metric) for metric in METRICS}
    judged = {name for figures in known.values() for name in figures}
    names = in_order([one.name for one in held.methods(store) if one.name in judged])
    columns: dict[str, object] = {"name": names}
    for metric, figures in known.items():
        if figures:
            shown = on_common(store, metric, tuple(figures)) if common else figures
            columns[metric] = [shown[n].value if n in shown else np.nan for n in names]
            columns[f"{metric} in words"] = [
                with_interval(*shown[n]) if n in shown else "" for n in names
            ]
    passes = {one.name: one.evaluations for one in held.methods(store)}
    seconds = held.seconds(store)
    columns["seconds"] = [seconds.get(name, np.nan) for name in names]
    columns["passes"] = [passes[name] for name in names]
    return pd.DataFrame(columns)


def styled(store: Store, table: pd.DataFrame) -> Styler:
    """Return the table with intervals and n written over numbers that sort, the best marked."""
    metrics = [metric for metric in METRICS if metric in table.columns]
    shown = table[[*metrics, "seconds", "passes"]].copy()
    shown.insert(0, "method", [method_words(name) for name in table["name"]])
    styler = Styler(shown)
    styler.format(_counted, subset=["passes"])
    styler.format(_timed, subset=["seconds"])
    for metric in metrics:
        words = dict(zip(table[metric], table[f"{metric} in words"], strict=True))
        styler.format(lambda value, words=words: words.get(value, ""), subset=[metric])
        foremost = best(store, metric)
        rules = [
            f"background-color: {MARK}; font-weight: 700" if name == foremost else ""
            for name in table["name"]
        ]
        styler.apply(lambda _, rules=rules: rules, subset=[metric], axis=0)
    return styler


def best(store: Store, metric: str) -> str | None:
    """Return the method that beats every other one on the images both have; None if none does."""
    return _best(store, str(store.root), store.study, store.fingerprint, metric)


@st.cache_data(max_entries=64, show_spinner=False)
def _best(_store: Store, root: str, study: str, fingerprint: str, metric: str) -> str | None:
    return beyond_doubt(held.scores(_store, metric), higher=metric in HIGHER)


def beyond_doubt(scores: Scores, *, higher: bool) -> str | None:
    """Return the method that is better than every other one; None if there is none.

    It is where the 95 % bootstrap interval of the paired difference leaves out zero, on the images
    that both have.

    Parameters
    ----------
    scores
        Of at least two methods.
    higher
        Whether more is better.
    """
    if len(scores.methods) < 2:
        return None
    values = -scores.values if higher else scores.values
    first = _foremost(values)
    for other in range(values.shape[1]):
        if other != first:
            difference = _paired(values, first, other)
            if not len(difference) or not bootstrap(difference, 0).high < 0:
                return None
    return scores.methods[first]


def _foremost(values: np.ndarray) -> int:
    """The column with the lowest mean, compared pair by pair on the rows that both have."""
    first = 0
    for other in range(1, values.shape[1]):
        difference = _paired(values, other, first)
        if len(difference) and difference.mean() < 0:
            first = other
    return first


def _paired(values: np.ndarray, one: int, other: int) -> np.ndarray:
    difference = values[:, one] - values[:, other]
    return difference[~np.isnan(difference)]


def on_common(store: Store, metric: str, names: Sequence[str]) -> dict[str, Judged]:
    """Return the figures of methods on the images that all of them have."""
    return _on_common(store, str(store.root), store.study, store.fingerprint, metric, tuple(names))


@st.cache_data(max_entries=64, show_spinner=False)
def _on_common(
    _store: Store, root: str, study: str, fingerprint: str, metric: str, names: tuple[str, ...]
) -> dict[str, Judged]:
    scores = held.scores(_store, metric)
    columns = [place for place, name in enumerate(scores.methods) if name in names]
    values = scores.values[:, columns]
    values = values[~np.isnan(values).any(axis=1)]
    if not len(values):
        return {}
    return {
        scores.methods[place]: Judged(float(own.mean()), *bootstrap(own, 0), len(own))
        for place, own in zip(columns, values.T, strict=True)
    }


def _counted(n: float) -> str:
    return "" if np.isnan(n) else f"{n:,.0f}"


def _timed(seconds: float) -> str:
    return "" if np.isnan(seconds) else f"{seconds:.3g}"
