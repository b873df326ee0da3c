"""Values with their intervals, one row per method: what masking channels does to a class."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from pages.charts.palette import BAR, INK, MUTED, RULE, Theme


def interval_rows(
    table: pd.DataFrame,
    order: Sequence[str],
    *,
    title: str,
    other: str = "",
    theme: Theme = "light",
    height: int = 200,
) -> alt.LayerChart | alt.FacetChart:
    """Return a point and its interval for each method, and a hollow one for a second value.

    Parameters
    ----------
    table
        Columns `name`, `value`, `low`, `high` and `other`; the last may be NaN.
    order
        The names from top to bottom.
    title
        What is on the axis.
    other
        What the hollow points are, for tooltips.
    """
    axis = {
        "gridColor": RULE[theme],
        "labelColor": INK[theme],
        "titleColor": MUTED[theme],
        "titleFontWeight": "normal",
        "ticks": False,
        "domain": False,
    }
    y = alt.Y("name:N", sort=list(order), title=None, axis=alt.Axis(**axis, labelLimit=220))
    tips = [
        alt.Tooltip("name:N", title="channels"),
        alt.Tooltip("value:Q", title=title, format=".3f"),
        alt.Tooltip("low:Q", title="95 % from", format=".3f"),
        alt.Tooltip("high:Q", title="to", format=".3f"),
        alt.Tooltip("other:Q", title=other, format=".3f"),
    ]
    base = alt.Chart(table)
    x_axis = alt.Axis(**axis, tickCount=6)
    line = base.mark_rule(strokeWidth=2, color=BAR[theme]).encode(
        x=alt.X("low:Q", title=title, axis=x_axis), x2="high:Q", y=y, tooltip=tips
    )
    point = base.mark_point(filled=True, size=70, opacity=1, color=BAR[theme]).encode(
        x=alt.X("value:Q", title=title, axis=x_axis), y=y, tooltip=tips
    )
    hollow = (
        base.transform_filter("isValid(datum.other)")
        .mark_point(filled=False, size=60, strokeWidth=1.6, color=MUTED[theme])
        .encode(x=alt.X("other:Q", title=title, axis=x_axis), y=y, tooltip=tips)
    )
    return alt.layer(hollow, line, point).properties(height=height)
