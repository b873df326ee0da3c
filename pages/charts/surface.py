"""Auto-tune's surface: how badly each student of the grid does, one panel per band."""

from typing import Any

import altair as alt
import pandas as pd

from pages.charts.palette import INK, MUTED, Theme

_BEST_TO_WORST: dict[Theme, tuple[str, str]] = {
    "light": ("#1e69b4", "#eef1f5"),
    "dark": ("#7fb4f0", "#262a31"),
}


def surface_chart(
    table: pd.DataFrame, *, theme: Theme = "light", cell: int = 46
) -> alt.LayerChart | alt.FacetChart:
    """Return temperature by penalty for every band; the chosen student is outlined.

    `table` has the columns `band`, `temperature`, `l2` (text), `score` (lower is better), `kl`,
    `variation`, `best`.
    """
    axis: dict[str, Any] = {
        "labelColor": INK[theme],
        "titleColor": MUTED[theme],
        "titleFontWeight": "normal",
    }
    base = alt.Chart(table).encode(
        x=alt.X("temperature:O", title="temperature", axis=alt.Axis(**axis, labelAngle=0)),
        y=alt.Y("l2:O", title="L2", sort=None, axis=alt.Axis(**axis)),
    )
    cells = base.mark_rect(stroke=None).encode(
        color=alt.Color(
            "score:Q",
            title="KL + variation",
            scale=alt.Scale(range=list(_BEST_TO_WORST[theme]), type="sqrt"),
            legend=alt.Legend(labelColor=INK[theme], titleColor=MUTED[theme]),
        ),
        tooltip=[
            alt.Tooltip("band:N"),
            alt.Tooltip("temperature:O"),
            alt.Tooltip("l2:O", title="L2"),
            alt.Tooltip("kl:Q", title="held-out KL (nats)", format=".4f"),
            alt.Tooltip("variation:Q", title="total variation", format=".4f"),
        ],
    )
    best = base.mark_rect(fill=None, strokeWidth=2.5, stroke=INK[theme]).encode(
        opacity=alt.condition("datum.best", alt.value(1), alt.value(0))
    )
    columns, rows = table["temperature"].nunique(), table["l2"].nunique()
    return (
        alt.layer(cells, best)
        .properties(width=cell * columns, height=30 * rows)
        .facet(
            column=alt.Column(
                "band:N",
                title=None,
                sort=list(dict.fromkeys(table["band"])),
                header=alt.Header(labelColor=INK[theme], labelFontSize=12),
            )
        )
    )
