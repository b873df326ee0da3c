"""The reliability diagram: how often the teacher is right among answers of like confidence."""

import altair as alt
import pandas as pd

from pages.charts.palette import BAR, INK, MUTED, RED, RULE, Theme


def reliability_chart(
    bins: pd.DataFrame, *, theme: Theme = "light", height: int = 260
) -> alt.LayerChart | alt.FacetChart:
    """Return accuracy over confidence, one bar for each bin that holds images.

    `bins` has the columns `low`, `high` (edges), `confidence` (mean), `accuracy` (share right)
    and `n` (images). The dashed diagonal is perfect calibration; the red tick in each bar is the
    bin's mean confidence, so the gap between bar and tick is the miscalibration.
    """
    held = bins.loc[bins["n"] > 0].reset_index(drop=True)
    axis = {
        "gridColor": RULE[theme],
        "labelColor": INK[theme],
        "titleColor": MUTED[theme],
        "titleFontWeight": "normal",
        "ticks": False,
        "domain": False,
    }
    unit = alt.Scale(domain=[0, 1], nice=False)
    diagonal = (
        alt.Chart(pd.DataFrame({"at": [0.0, 1.0]}))
        .mark_line(strokeDash=[4, 4], color=MUTED[theme], strokeWidth=1)
        .encode(x=alt.X("at:Q", scale=unit), y=alt.Y("at:Q", scale=unit))
    )
    base = alt.Chart(held).encode(
        tooltip=[
            alt.Tooltip("low:Q", title="confidence from", format=".3f"),
            alt.Tooltip("high:Q", title="to", format=".3f"),
            alt.Tooltip("confidence:Q", title="mean confidence", format=".3f"),
            alt.Tooltip("accuracy:Q", title="share right", format=".3f"),
            alt.Tooltip("n:Q", title="images"),
        ]
    )
    bars = base.mark_bar(color=BAR[theme], stroke=None).encode(
        x=alt.X("low:Q", bin="binned", scale=unit, title="confidence", axis=alt.Axis(**axis)),
        x2="high:Q",
        y=alt.Y("accuracy:Q", scale=unit, title="share right", axis=alt.Axis(**axis)),
        opacity=alt.Opacity(
            "n:Q", scale=alt.Scale(type="sqrt", range=[0.35, 1], domainMin=0), legend=None
        ),
    )
    ticks = base.mark_rule(color=RED[theme], strokeWidth=2).encode(
        x="low:Q", x2="high:Q", y="confidence:Q"
    )
    counts = (
        base.transform_calculate(
            middle="(datum.low + datum.high) / 2",
            above="max(datum.accuracy, datum.confidence)",
        )
        .mark_text(dy=-6, fontSize=9, color=MUTED[theme])
        .encode(x="middle:Q", y="above:Q", text="n:Q", tooltip=alt.value(None))
    )
    return alt.layer(bars, ticks, diagonal, counts).properties(height=height)
