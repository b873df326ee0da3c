"""By how much one confidence is better than each of the others, with intervals."""

import altair as alt
import pandas as pd

from pages.charts.palette import BAR, INK, MUTED, RED, RULE, Theme

SMALL = 1e-4  # below it the axis is linear, above logarithmic: gains differ by powers of ten


def gain_chart(
    table: pd.DataFrame, *, theme: Theme = "light", row: int = 19
) -> alt.LayerChart | alt.FacetChart:
    """Return one dot with its 95 % interval for each row, the largest gain on top.

    `table` has the columns `name`, `value`, `low`, `high`; above 0 ours is better. A row whose
    interval holds 0 is grey, one below 0 red.
    """
    table = table.sort_values("value", ascending=False).reset_index(drop=True)
    table["verdict"] = "not told apart"
    table.loc[table["low"] > 0, "verdict"] = "ours is better"
    table.loc[table["high"] < 0, "verdict"] = "ours is worse"
    most = float(table[["low", "high"]].abs().max().max())
    ends = [s * 10.0**e for e in range(-4, 1) for s in (-1, 1) if 10.0**e <= 1.2 * most]
    base = alt.Chart(table).encode(
        y=alt.Y(
            "name:N",
            sort=table["name"].tolist(),
            title=None,
            axis=alt.Axis(
                labelColor=INK[theme],
                labelLimit=230,
                labelOverlap=False,
                ticks=False,
                domain=False,
                gridColor=RULE[theme],
            ),
        ),
        color=alt.Color(
            "verdict:N",
            scale=alt.Scale(
                domain=["ours is better", "not told apart", "ours is worse"],
                range=[BAR[theme], MUTED[theme], RED[theme]],
            ),
            legend=alt.Legend(title=None, orient="top", labelColor=INK[theme]),
        ),
        tooltip=[
            alt.Tooltip("name:N", title="against"),
            alt.Tooltip("value:Q", title="gain", format="+.5f"),
            alt.Tooltip("low:Q", title="from", format="+.5f"),
            alt.Tooltip("high:Q", title="to", format="+.5f"),
            alt.Tooltip("verdict:N"),
        ],
    )
    x = alt.X(
        "low:Q",
        title="gain in accuracy-data area, 95 % interval",
        scale=alt.Scale(type="symlog", constant=SMALL, nice=False),
        axis=alt.Axis(
            values=[0, *ends],
            format="~g",
            labelColor=INK[theme],
            titleColor=MUTED[theme],
            titleFontWeight="normal",
            gridColor=RULE[theme],
            domain=False,
            ticks=False,
        ),
    )
    bars = base.mark_rule(strokeWidth=2).encode(x=x, x2="high:Q")
    dots = base.mark_point(filled=True, size=50, opacity=1).encode(x=alt.X("value:Q"))
    zero = (
        alt.Chart(pd.DataFrame({"zero": [0.0]}))
        .mark_rule(color=INK[theme], strokeWidth=1)
        .encode(x="zero:Q")
    )
    with_legend_and_axis = row * len(table) + 110
    return alt.layer(zero, bars, dots).properties(height=with_legend_and_axis)
