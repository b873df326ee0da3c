"""Mean deletion and insertion curves side by side (re-label distillation, figures 5 and 6)."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from pages.charts.palette import INK, MUTED, RULE, Theme, categorical


def saliency_curves_chart(
    table: pd.DataFrame,
    order: Sequence[str],
    *,
    theme: Theme = "light",
    width: int = 430,
    height: int = 290,
) -> alt.LayerChart | alt.FacetChart:
    """Return a line with its band for each name, one chart for each game; the legend picks.

    Parameters
    ----------
    table
        Columns `name`, `game`, `share`, `mean`, `low`, `high`, all shares 0..1.
    order
        The names as the legend lists them.
    width
        Of one of the charts, in pixels.
    """
    axis: dict[str, Any] = {
        "gridColor": RULE[theme],
        "labelColor": INK[theme],
        "titleColor": MUTED[theme],
        "titleFontWeight": "normal",
        "ticks": False,
        "domain": False,
    }
    picked = alt.selection_point(fields=["name"], bind="legend")
    base = alt.Chart(table).encode(
        x=alt.X(
            "share:Q",
            title="share of pixels, most important first",
            scale=alt.Scale(domain=[0, 1], nice=False),
            axis=alt.Axis(**axis, format="%", tickCount=5),
        ),
        color=alt.Color(
            "name:N",
            scale=alt.Scale(domain=list(order), range=categorical(len(order), theme)),
            legend=alt.Legend(
                title=None,
                orient="right",
                labelColor=INK[theme],
                labelLimit=260,
                symbolType="stroke",
                symbolOpacity=1,
                symbolStrokeWidth=2.5,
            ),
        ),
    )
    band = base.mark_area().encode(
        y=alt.Y(
            "low:Q",
            title="probability of the class",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(**axis, tickCount=5),
        ),
        y2="high:Q",
        opacity=alt.condition(picked, alt.value(0.15), alt.value(0.0)),
    )
    line = base.mark_line(strokeWidth=1.8).encode(
        y="mean:Q",
        opacity=alt.condition(picked, alt.value(1.0), alt.value(0.1)),
        tooltip=[
            alt.Tooltip("name:N", title="of"),
            alt.Tooltip("share:Q", format=".0%"),
            alt.Tooltip("mean:Q", format=".3f"),
            alt.Tooltip("low:Q", title="95 % from", format=".3f"),
            alt.Tooltip("high:Q", title="to", format=".3f"),
        ],
    )
    heading = alt.Header(
        title=None, labelColor=INK[theme], labelFontSize=13, labelAnchor="start"
    )  # fmt: skip
    return (
        alt.layer(band, line, data=table)
        .add_params(picked)
        .properties(width=width, height=height)
        .facet(column=alt.Column("game:N", header=heading), spacing=30)
    )
