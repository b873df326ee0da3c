"""Lines over a number: local fidelity over neighbours (DarkSight, figure 11), loss over steps."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from pages.charts.palette import INK, MUTED, RULE, Theme, categorical


def line_chart(
    table: pd.DataFrame,
    *,
    x: str,
    y: str,
    x_title: str,
    y_title: str,
    order: Sequence[str],
    dashed: Sequence[str] = (),
    from_zero: bool = True,
    theme: Theme = "light",
    height: int = 280,
) -> alt.LayerChart | alt.FacetChart:
    """Return one line for each value of the column `name`.

    Parameters
    ----------
    table
        Columns `name` and those called `x` and `y`.
    order
        The names as the legend lists them.
    dashed
        Names whose lines are dashed.
    from_zero
        Whether the y axis begins there.
    """
    axis = {
        "gridColor": RULE[theme],
        "labelColor": INK[theme],
        "titleColor": MUTED[theme],
        "titleFontWeight": "normal",
        "ticks": False,
        "domain": False,
    }
    dashes = [[5, 3] if name in dashed else [1, 0] for name in order]
    chart = (
        alt.Chart(table)
        .mark_line(strokeWidth=1.8)
        .encode(
            x=alt.X(f"{x}:Q", title=x_title, scale=alt.Scale(nice=False), axis=alt.Axis(**axis)),
            y=alt.Y(
                f"{y}:Q",
                title=y_title,
                scale=alt.Scale(zero=from_zero),
                axis=alt.Axis(**axis, tickCount=5),
            ),
            color=alt.Color(
                "name:N",
                scale=alt.Scale(domain=list(order), range=categorical(len(order), theme)),
                legend=alt.Legend(
                    title=None,
                    orient="right" if len(order) > 3 else "top",
                    labelColor=INK[theme],
                    labelLimit=200,
                ),
            ),
            strokeDash=alt.StrokeDash(
                "name:N", scale=alt.Scale(domain=list(order), range=dashes), legend=None
            ),
            tooltip=[
                alt.Tooltip("name:N", title="of"),
                alt.Tooltip(f"{x}:Q", title=x_title),
                alt.Tooltip(f"{y}:Q", title=y_title, format=".5f"),
            ],
        )
        .properties(height=height)
    )
    return alt.layer(chart)
