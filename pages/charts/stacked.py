"""Probabilities along a way, stacked: one column for each sample (DarkSight, figures 5 and 6)."""

import json
from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from pages.charts.palette import INK, MUTED, RULE, Theme
from pages.charts.words import whole_names

MOST_STACKED = 6
"""How many classes have a colour of their own; the rest is one grey part."""


def stacked_chart(
    sample_ids: np.ndarray,
    place: np.ndarray,
    probabilities: np.ndarray,
    names: Sequence[str],
    colors: Sequence[str],
    *,
    ends: tuple[str, str] | None = None,
    theme: Theme = "light",
    height: int = 170,
) -> alt.LayerChart | alt.FacetChart:
    """Return the probabilities of samples over their place on the way.

    Of the two largest classes the one that the way leads from stands below, the other hangs from
    above, and the rest lie between them.

    Parameters
    ----------
    sample_ids
        In their order along the way.
    place
        0..1, rising; each sample's column reaches half-way to its neighbours.
    probabilities
        [sample class], rows in the same order.
    names, colors
        By class number.
    ends
        What stands at both ends.
    """
    classes = _stacking(probabilities)
    table = _table(sample_ids, place, probabilities, names, classes)
    palette = [*(colors[c] for c in classes), MUTED[theme]]
    first, last = ends or ("start", "end")
    axis = {
        "labelColor": INK[theme],
        "titleColor": MUTED[theme],
        "titleFontWeight": "normal",
        "domain": False,
        "ticks": False,
    }
    chart = (
        alt.Chart(table)
        .mark_rect()
        .encode(
            x=alt.X(
                "left:Q",
                title="place on the way",
                scale=alt.Scale(domain=[0, 1], nice=False),
                axis=alt.Axis(
                    **axis,
                    grid=False,
                    values=[0, 0.25, 0.5, 0.75, 1],
                    labelExpr=_end_labels(first, last),
                    labelFlush=True,
                ),
            ),
            x2="right:Q",
            y=alt.Y(
                "low:Q",
                title="probability",
                scale=alt.Scale(domain=[0, 1], nice=False),
                axis=alt.Axis(**axis, values=[0, 0.5, 1], gridColor=RULE[theme]),
            ),
            y2="high:Q",
            color=alt.Color(
                "part:O",
                scale=alt.Scale(domain=list(range(len(palette))), range=palette),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("sample:Q", title="image", format="d"),
                alt.Tooltip("class:N"),
                alt.Tooltip("probability:Q", format=".4f"),
                alt.Tooltip("place:Q", title="place on the way", format=".2f"),
            ],
        )
        .properties(height=height)
    )
    return alt.layer(chart)


def _end_labels(first: str, last: str) -> str:
    """Return a Vega expression that names both ends; names stand in it as JSON strings."""
    return (
        f"datum.value == 0 ? {json.dumps(first)} : datum.value == 1 ? {json.dumps(last)} "
        ": format(datum.value, '.2~f')"
    )


def _stacking(probabilities: np.ndarray) -> list[int]:
    classes = np.argsort(-probabilities.sum(axis=0), kind="stable")[:MOST_STACKED].tolist()
    if len(classes) < 2:
        return classes
    first, second, *rest = classes
    n = len(probabilities)
    grows = np.arange(n) - (n - 1) / 2
    if grows @ probabilities[:, first] > grows @ probabilities[:, second]:
        first, second = second, first
    return [first, *rest, second]


def _table(
    sample_ids: np.ndarray,
    place: np.ndarray,
    probabilities: np.ndarray,
    names: Sequence[str],
    classes: list[int],
) -> pd.DataFrame:
    shown = probabilities[:, classes].astype(np.float64)
    others = np.maximum(1 - shown.sum(axis=1), 0)
    # "All others" lies below the class on top, which hangs from the upper edge.
    parts = np.column_stack([shown[:, :-1], others, shown[:, -1:]])
    words = whole_names([names[c] for c in classes])
    words = [*words[:-1], "all others", words[-1]]
    codes = np.array([*range(len(classes) - 1), len(classes), len(classes) - 1])
    edges = np.concatenate([[0.0], (place[1:] + place[:-1]) / 2, [1.0]])
    n, k = parts.shape
    high = parts.cumsum(axis=1).clip(0, 1)
    row, part = np.indices((n, k)).reshape(2, -1)
    frame = pd.DataFrame(
        {
            "left": edges[row].round(5),
            "right": edges[row + 1].round(5),
            "low": (high - parts).reshape(-1).clip(0, 1).round(5),
            "high": high.reshape(-1).round(5),
            "part": codes[part],
            "class": np.array(words, dtype=object)[part],
            "sample": sample_ids[row],
            "place": place[row].round(4),
            "probability": parts.reshape(-1).round(5),
        }
    )
    return frame.loc[(frame["probability"] > 0) & (frame["right"] > frame["left"])]
