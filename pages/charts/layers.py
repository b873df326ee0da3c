"""A share layer by layer: how well each layer of a network decides alone (Summit, section 8.5)."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from pages.charts.palette import BAR, INK, MUTED, RED, RULE, Theme
from pages.parts.literal import plain


def layer_lines(
    table: pd.DataFrame,
    layers: Sequence[str],
    names: Sequence[str],
    *,
    theme: Theme = "light",
    height: int = 240,
) -> alt.LayerChart | alt.FacetChart:
    """Return one line per name over the layers, from the image to the output.

    Parameters
    ----------
    table
        Columns `layer` (a number), `name` and `share`, 0 to 1; gaps where it is NaN.
    layers
        The layers' names, from the image up.
    names
        The lines in the order of the legend: the first stands out, the last is dashed.
    """
    labels = [f"{number} {plain(name)}" for number, name in enumerate(layers)]
    drawn = table.assign(layer=[labels[int(number)] for number in table["layer"]]).dropna()
    axis = {
        "gridColor": RULE[theme],
        "labelColor": INK[theme],
        "titleColor": MUTED[theme],
        "titleFontWeight": "normal",
        "ticks": False,
        "domain": False,
    }
    colors = [RED[theme], BAR[theme], MUTED[theme]][: len(names)]
    dashes = [[5, 3] if name == names[-1] and len(names) > 1 else [1, 0] for name in names]
    chart = (
        alt.Chart(drawn)
        .mark_line(point=True, strokeWidth=1.8)
        .encode(
            x=alt.X(
                "layer:N",
                sort=labels,
                title=None,
                scale=alt.Scale(domain=labels),
                axis=alt.Axis(
                    **axis, labelAngle=0, labelExpr="slice(datum.value, indexof(datum.value, ' '))"
                ),
            ),
            y=alt.Y(
                "share:Q",
                title="share right",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(**axis, format="%", tickCount=5),
            ),
            color=alt.Color(
                "name:N",
                scale=alt.Scale(domain=list(names), range=colors),
                legend=alt.Legend(title=None, orient="top", labelColor=INK[theme], labelLimit=260),
            ),
            strokeDash=alt.StrokeDash(
                "name:N", scale=alt.Scale(domain=list(names), range=dashes), legend=None
            ),
            tooltip=[
                alt.Tooltip("name:N", title="of"),
                alt.Tooltip("layer:N"),
                alt.Tooltip("share:Q", title="right", format=".1%"),
            ],
        )
        .properties(height=height)
    )
    return alt.layer(chart)
