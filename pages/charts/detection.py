"""How well scores find the labels that were flipped: precision over recall."""

import altair as alt
import pandas as pd

from pages.charts.palette import BAR, INK, MUTED, RAMP, RED, RULE, Theme


def detection_curves(
    curves: pd.DataFrame, order: list[str], *, theme: Theme = "light", height: int = 300
) -> alt.LayerChart | alt.FacetChart:
    """Return one line per score.

    `curves` has the columns `score` (its words), `recall`, `precision` (shares) and `rank` (how
    many of the most suspicious were taken); `order` lists the words, the most important first.
    """
    axis = {
        "gridColor": RULE[theme],
        "labelColor": INK[theme],
        "titleColor": MUTED[theme],
        "titleFontWeight": "normal",
        "ticks": False,
        "domain": False,
    }
    unit = alt.Scale(domain=[0, 1], nice=False)
    colors = [RED[theme], BAR[theme], RAMP[theme][2], MUTED[theme]]
    lines = (
        alt.Chart(curves)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("recall:Q", scale=unit, title="flipped labels found", axis=alt.Axis(**axis)),
            y=alt.Y(
                "precision:Q", scale=unit, title="of those taken, flipped", axis=alt.Axis(**axis)
            ),
            color=alt.Color(
                "score:N",
                sort=order,
                scale=alt.Scale(domain=order, range=colors[: len(order)]),
                legend=alt.Legend(
                    title=None, orient="bottom", columns=2, labelColor=INK[theme], labelLimit=220
                ),
            ),
            order="rank:Q",
            tooltip=[
                alt.Tooltip("score:N"),
                alt.Tooltip("rank:Q", title="taken"),
                alt.Tooltip("precision:Q", format=".3f"),
                alt.Tooltip("recall:Q", format=".3f"),
            ],
        )
    )
    return alt.layer(lines).properties(height=height)
