"""Two teachers side by side: both probabilities on one axis, and differences class by class."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from pages.charts.palette import INK, MUTED, RED, RULE, Theme, categorical
from pages.charts.probabilities import MOST_BARS
from pages.charts.words import MOST_NAMED, name_lookup, whole_names


def paired_bars(
    first: np.ndarray,
    second: np.ndarray,
    names: Sequence[str],
    true: int,
    *,
    sides: tuple[str, str],
    theme: Theme = "light",
) -> alt.LayerChart | alt.FacetChart:
    """Return two bars for each class on one axis, the first teacher's above the second's.

    Parameters
    ----------
    first, second
        Probabilities of all classes.
    names, true
        The classes' names, and which is the true one: its name is red.
    sides
        What the two teachers are called.

    With more than 20 classes only the ten are drawn that either finds most probable, and the true
    one.
    """
    classes = np.arange(len(names))
    if len(names) > MOST_NAMED:
        order = np.argsort(-np.maximum(first, second), kind="stable")[:MOST_BARS]
        classes = order if true in order else np.append(order, true)
    labels = whole_names([names[c] for c in classes.tolist()])
    table = pd.DataFrame(
        {
            "place": np.tile(np.arange(len(classes)), 2),
            "name": labels * 2,
            "side": np.repeat([0, 1], len(classes)),
            "teacher": np.repeat(list(sides), len(classes)),
            "probability": np.concatenate([first[classes], second[classes]]).astype(np.float64),
        }
    )
    is_true = f"datum.value == {classes.tolist().index(true)}"
    ink, red = alt.value(INK[theme]), alt.value(RED[theme])
    bars = (
        alt.Chart(table)
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X(
                "probability:Q",
                title=None,
                scale=alt.Scale(domain=[0, 1.05], nice=False),
                axis=alt.Axis(
                    values=[0, 0.5, 1],
                    gridColor=RULE[theme],
                    labelColor=MUTED[theme],
                    domain=False,
                    ticks=False,
                ),
            ),
            y=alt.Y(
                "place:O",
                title=None,
                scale=alt.Scale(paddingInner=0.25),
                axis=alt.Axis(
                    labelExpr=name_lookup(labels, 18),
                    labelColor=alt.condition(is_true, red, ink),
                    labelFontWeight=alt.condition(is_true, alt.value("bold"), alt.value("normal")),
                    labelLimit=130,
                    labelOverlap=False,
                    labelPadding=6,
                    ticks=False,
                    domain=False,
                ),
            ),
            yOffset=alt.YOffset("side:O"),
            color=alt.Color(
                "side:N",
                scale=alt.Scale(domain=[0, 1], range=side_colors(theme)),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("teacher:N"),
                alt.Tooltip("name:N", title="class"),
                alt.Tooltip("probability:Q", format=".4f"),
            ],
        )
    )
    return alt.layer(bars).properties(height=22 * len(classes) + 24)


def side_colors(theme: Theme) -> list[str]:
    """Return the colours of the first and the second teacher, on the map as in the bars."""
    return categorical(2, theme)


def difference_rows(
    table: pd.DataFrame, sides: tuple[str, str], theme: Theme = "light"
) -> alt.LayerChart | alt.FacetChart:
    """Return a point and its interval for each class: the first's accuracy minus the second's.

    Parameters
    ----------
    table
        Columns `name`, `difference`, `low`, `high` (percentage points) and `n`, in order.
    sides
        What the two teachers are called.
    """
    axis = {
        "gridColor": RULE[theme],
        "labelColor": INK[theme],
        "titleColor": MUTED[theme],
        "titleFontWeight": "normal",
        "ticks": False,
        "domain": False,
    }
    names = table["name"].tolist()
    table = table.assign(
        place=range(len(table)),
        side=np.where(table["difference"] > 0, 0, np.where(table["difference"] < 0, 1, 2)),
    )
    y = alt.Y(
        "place:O",
        title=None,
        axis=alt.Axis(**axis, labelOverlap=False, labelExpr=name_lookup(names, 20)),
    )
    color = alt.Color(
        "side:N",
        scale=alt.Scale(domain=[0, 1, 2], range=[*side_colors(theme), MUTED[theme]]),
        legend=None,
    )
    tips = [
        alt.Tooltip("name:N", title="class"),
        alt.Tooltip("difference:Q", title="difference (points)", format="+.1f"),
        alt.Tooltip("low:Q", title="95 % from", format="+.1f"),
        alt.Tooltip("high:Q", title="to", format="+.1f"),
        alt.Tooltip("n:Q", title="images"),
    ]
    base = alt.Chart(table)
    title = f"accuracy of {sides[0]} minus that of {sides[1]} (percentage points)"
    x_axis = alt.Axis(**axis, tickCount=7)
    zero = (
        base.transform_filter("datum.place == 0")
        .mark_rule(color=MUTED[theme])
        .encode(x=alt.datum(0.0))
    )
    line = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", title=title, axis=x_axis), x2="high:Q", y=y, color=color, tooltip=tips
    )
    point = base.mark_point(filled=True, size=60, opacity=1).encode(
        x=alt.X("difference:Q", title=title, axis=x_axis), y=y, color=color, tooltip=tips
    )
    return alt.layer(zero, line, point).properties(height=22 * len(table) + 40)
