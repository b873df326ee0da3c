"""Accuracy over the share of predictions that are kept (DarkSight, figure 8)."""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from pages.charts.palette import INK, MUTED, RULE, Theme


@dataclass(frozen=True, eq=False)
class AccuracyCurve:
    """A confidence's curve: `share` kept and `accuracy` among those, both 0..1.

    A `strong` curve has a colour of its own; the others are thin and grey.
    """

    name: str
    share: np.ndarray
    accuracy: np.ndarray
    strong: bool = False


STRONG: dict[Theme, tuple[str, ...]] = {
    "light": ("#1e69b4", "#c4161c", "#2da596", "#b8860b"),
    "dark": ("#6fa8ff", "#ff7072", "#1ed2a5", "#ffc34d"),
}


def accuracy_data_chart(
    curves: Sequence[AccuracyCurve],
    *,
    kept: float | None = None,
    accuracy: float | None = None,
    theme: Theme = "light",
    height: int = 310,
) -> alt.LayerChart | alt.FacetChart:
    """Return the curves, and a dot where the slider stands: `kept` share and `accuracy` there."""
    table = pd.concat(
        pd.DataFrame(
            {"share": curve.share, "accuracy": curve.accuracy, "confidence": curve.name}
        ).round(5)
        for curve in curves
    )
    strong = [curve.name for curve in curves if curve.strong]
    table["strong"] = table["confidence"].isin(strong)
    low = float(table.loc[table["share"] > 0.05, "accuracy"].min())
    floor = max(0.0, low - max(0.1 * (1 - low), 0.001))
    axis = {
        "format": "%",
        "gridColor": RULE[theme],
        "labelColor": INK[theme],
        "titleColor": MUTED[theme],
        "titleFontWeight": "normal",
        "ticks": False,
        "domain": False,
    }
    x = alt.X(
        "share:Q",
        title="share of the predictions kept",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(**axis),
    )
    percent = {**axis, "format": ".1%" if floor > 0.9 else "%"}
    y = alt.Y(
        "accuracy:Q",
        title="accuracy among them",
        scale=alt.Scale(domain=[floor, 1], nice=False, clamp=True),
        axis=alt.Axis(**percent, tickCount=5),
    )
    tooltip = [
        alt.Tooltip("confidence:N"),
        alt.Tooltip("share:Q", title="kept", format=".1%"),
        alt.Tooltip("accuracy:Q", format=".2%"),
    ]
    grey = (
        alt.Chart(table.loc[~table["strong"]])
        .mark_line(strokeWidth=1, opacity=0.55, color=MUTED[theme], interpolate="step-before")
        .encode(x=x, y=y, detail="confidence:N", tooltip=tooltip)
    )
    lines = (
        alt.Chart(table.loc[table["strong"]])
        .mark_line(strokeWidth=2, interpolate="step-before")
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "confidence:N",
                scale=alt.Scale(domain=strong, range=list(STRONG[theme][: len(strong)])),
                legend=alt.Legend(
                    title=None, orient="bottom", labelColor=INK[theme], labelLimit=220
                ),
            ),
            tooltip=tooltip,
        )
    )
    layers = [grey, lines]
    if kept is not None:
        place = pd.DataFrame({"share": [kept], "accuracy": [np.nan if kept == 0 else accuracy]})
        layers.append(
            alt.Chart(place)
            .mark_rule(strokeDash=[4, 3], color=INK[theme])
            .encode(x=alt.X("share:Q", scale=alt.Scale(domain=[0, 1], nice=False)))
        )
        layers.append(
            alt.Chart(place)
            .mark_point(filled=True, size=110, color=INK[theme], opacity=1)
            .encode(x=x, y=y)
        )
    return alt.layer(*layers).properties(height=height)
