"""Feature-removal curves: the true class's probability while pixels turn black (figure 15)."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from pages.charts.palette import INK, MUTED, RULE, Theme, categorical


def removal_chart(
    table: pd.DataFrame, order: Sequence[str], *, theme: Theme = "light", height: int = 330
) -> alt.LayerChart | alt.FacetChart:
    """Return a line with its band for each method.

    Parameters
    ----------
    table
        Columns `name`, `removed`, `mean`, `low`, `high`; the last three 0..1.
    order
        The names, the lowest curve first: the legend's order and that of the colours.
    """
    axis: dict[str, Any] = {
        "gridColor": RULE[theme],
        "labelColor": INK[theme],
        "titleColor": MUTED[theme],
        "titleFontWeight": "normal",
        "ticks": False,
        "domain": False,
    }
    base = alt.Chart(table).encode(
        x=alt.X(
            "removed:Q",
            title="pixels removed, most important first",
            scale=alt.Scale(nice=False),
            axis=alt.Axis(**axis, format="d"),
        ),
        color=alt.Color(
            "name:N",
            scale=alt.Scale(domain=list(order), range=categorical(len(order), theme)),
            legend=alt.Legend(
                title=None,
                orient="right",
                labelColor=INK[theme],
                labelLimit=220,
                symbolType="stroke",
                symbolOpacity=1,
            ),
        ),
    )
    band = base.mark_area(opacity=0.16).encode(
        y=alt.Y(
            "low:Q",
            title="probability of the true class",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(**axis, tickCount=5),
        ),
        y2="high:Q",
    )
    line = base.mark_line(strokeWidth=1.8).encode(
        y="mean:Q",
        tooltip=[
            alt.Tooltip("name:N", title="method"),
            alt.Tooltip("removed:Q", title="removed"),
            alt.Tooltip("mean:Q", format=".3f"),
            alt.Tooltip("low:Q", title="95 % from", format=".3f"),
            alt.Tooltip("high:Q", title="to", format=".3f"),
        ],
    )
    return alt.layer(band, line).properties(height=height)
