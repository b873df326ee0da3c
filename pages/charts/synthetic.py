"""Re-label's synthetic images in the plane, coloured by their new label (figure 3)."""

import altair as alt
import pandas as pd

from pages.charts.palette import INK, RIGHT_OR_WRONG, Theme

LABELS = ("same class", "flipped")


def synthetic_chart(
    table: pd.DataFrame,
    *,
    theme: Theme = "light",
    width: int = 760,
    height: int = 440,
    thumbnail: int = 30,
) -> alt.LayerChart | alt.FacetChart:
    """Return the scatter: a dot for each image, and over some dots their pictures.

    Parameters
    ----------
    table
        Columns `x`, `y`, `label` (one of `LABELS`), `class`, and `image`: the address of its
        picture, empty where there is none.
    width, height
        In pixels.
    thumbnail
        Side of a picture in pixels.
    """
    ends = list(RIGHT_OR_WRONG[theme])
    base = alt.Chart(table).encode(
        x=alt.X("x:Q", axis=None, scale=alt.Scale(zero=False, nice=False, padding=22)),
        y=alt.Y("y:Q", axis=None, scale=alt.Scale(zero=False, nice=False, padding=22)),
    )
    tips = [
        alt.Tooltip("label:N", title="new label"),
        alt.Tooltip("class:N", title="read as"),
        alt.Tooltip("image:N"),
    ]
    color = alt.Color(
        "label:N",
        scale=alt.Scale(domain=list(LABELS), range=ends),
        legend=alt.Legend(title=None, orient="top", labelColor=INK[theme], symbolOpacity=1),
    )
    dots = base.mark_circle(size=34, opacity=0.75).encode(color=color, tooltip=tips)
    shown = base.transform_filter("datum.image != '' && datum.large")
    frames = shown.mark_square(size=(thumbnail + 5) ** 2, opacity=1).encode(color=color)
    pictures = shown.mark_image(width=thumbnail, height=thumbnail).encode(
        url="image:N", tooltip=tips
    )
    return alt.layer(dots, frames, pictures).properties(width=width, height=height)
