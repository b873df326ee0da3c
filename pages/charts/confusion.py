"""The confusion matrix, white to red on a logarithmic scale, true class in rows.

DeepVID section 6.1 (figure 1-a3): the cell in row i and column j counts the images of class i
that the teacher calls j; a click on a cell selects them. Where the teacher knows classes that
the data does not hold, one more column takes them together, and its head all of that column.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from pages.charts.palette import INK, MUTED, RULE, WHITE_TO_RED, Theme
from pages.charts.words import MOST_NAMED, name_lookup, whole_names

CELL = "cell"
"""The selection parameter that a click sets, with the fields `true` and `predicted`."""
OTHER = -1
"""What a click reports as `predicted` in the column of the other classes."""
ALL = -1
"""What a click on that column's head, the cell of all classes, reports as `true`."""
WHITE_BELOW = 0.5
"""At this count the scale begins with white; a single image is already coloured."""
TURN = 0.8  # of the logarithmic scale: digits are black below and white above, 4.5 to 1 on each


def digits_turn(most: float) -> float:
    """Return the count above which digits are white; `most` is the largest count."""
    return WHITE_BELOW * (most / WHITE_BELOW) ** TURN


def confusion_chart(
    matrix: np.ndarray,
    names: Sequence[str],
    classes: Sequence[int] | np.ndarray | None = None,
    *,
    theme: Theme = "light",
    selected: tuple[int, int] | None = None,
    height: int = 300,
) -> alt.LayerChart | alt.FacetChart:
    """Return the matrix of counts as a chart, the `selected` cell outlined.

    Counts are printed up to 20 classes; beyond, only cells that hold images are drawn, a legend
    says what the colours mean, and the tooltip names the classes. Before it is shown,
    `with_turn` must be applied to its specification.

    Parameters
    ----------
    matrix
        Counts with one row for each class; one more column than rows holds the other classes.
    names
        The classes of the rows, in order.
    classes
        Their numbers, which clicks report; by default 0, 1, 2, ...
    selected
        True and predicted class by number; the predicted one may be `OTHER`.
    """
    classes = np.arange(len(names)) if classes is None else np.asarray(classes)
    beyond = matrix.shape[1] > matrix.shape[0]
    columns = [*names, "other"] if beyond else list(names)
    rows = ["all", *names] if beyond else list(names)
    few = len(names) <= MOST_NAMED
    table = _cells(matrix, names, classes, all_cells=few)
    if beyond:
        table = _with_head(table, matrix)
    base = alt.Chart(table).encode(
        x=alt.X(
            "column:O",
            title="predicted",
            scale=alt.Scale(domain=list(range(len(columns))), paddingInner=0.04, paddingOuter=0.02),
            axis=_axis(columns, theme, angle=0 if _short(columns) else -45),
        ),
        y=alt.Y(
            "row:O",
            title="true",
            scale=alt.Scale(domain=list(range(len(rows))), paddingInner=0.04, paddingOuter=0.02),
            axis=_axis(rows, theme, angle=0),
        ),
        tooltip=[
            alt.Tooltip("true_name:N", title="true"),
            alt.Tooltip("predicted_name:N", title="predicted"),
            alt.Tooltip("count:Q", title="images"),
            alt.Tooltip("share:Q", title="of the true class", format=".1%"),
        ],
    )
    most = max(int(matrix.max(initial=0)), 2)
    red = alt.Color(
        "count:Q",
        scale=alt.Scale(
            type="log", domain=[WHITE_BELOW, most], range=list(WHITE_TO_RED), clamp=True
        ),
        legend=None
        if few
        else alt.Legend(title="images (logarithmic)", orient="top", values=[1, most]),
    )
    empty = alt.value("#ffffff" if theme == "light" else "#1b1f29")
    head = f"datum.true == {ALL}"
    chosen = (
        (alt.datum.true == int(selected[0])) & (alt.datum.predicted == int(selected[1]))
        if selected
        else "false"
    )
    click = alt.selection_point(
        # The fields make a click report class numbers, never row numbers of the table.
        name=CELL,
        fields=["true", "predicted", "turn"],
        on="click",
        toggle="false",
        clear=False,
    )
    cells = (
        base.mark_rect(cursor="pointer", cornerRadius=2 if few else 0)
        .encode(
            color=alt.condition(f"datum.count > 0 && !({head})", red, empty),
            stroke=alt.when(chosen)
            .then(alt.value(INK[theme]))
            .when(head)
            .then(alt.value(MUTED[theme]))
            .otherwise(alt.value(RULE[theme])),
            strokeWidth=alt.when(chosen)
            .then(alt.value(2.5))
            .when(head)
            .then(alt.value(1))
            .otherwise(alt.value(0.5 if few else 0)),
            opacity=alt.value(1),
        )
        .add_params(click)
    )
    layers = [cells]
    if few:
        deep = digits_turn(most)
        layers.append(
            base.transform_filter("datum.count > 0")
            .mark_text(fontSize=11 if len(names) <= 12 else 9, clip=True)
            .encode(
                text="count:Q",
                color=alt.when(head)
                .then(alt.value(INK[theme]))
                .when(f"datum.count > {deep:.3f}")
                .then(alt.value("#ffffff"))
                .otherwise(alt.value("#000000")),
            )
        )
    return alt.layer(*layers).transform_calculate(turn="0").properties(height=height)


def with_turn(spec: dict[str, Any], turn: int) -> dict[str, Any]:
    """Return the matrix's specification with the number that comes back with a click.

    A click that says the same as the last one would not be reported: count the number up each
    time the selection changes.
    """
    return {**spec, "transform": [{"calculate": str(int(turn)), "as": "turn"}]}


def _cells(
    matrix: np.ndarray, names: Sequence[str], classes: np.ndarray, *, all_cells: bool
) -> pd.DataFrame:
    row, column = np.indices(matrix.shape).reshape(2, -1)
    count = matrix.reshape(-1)
    if not all_cells:
        held = count > 0
        row, column, count = row[held], column[held], count[held]
    of_class = np.maximum(matrix.sum(axis=1), 1)
    whole = np.array([*whole_names(names), "a class that the data does not hold"], dtype=object)
    return pd.DataFrame(
        {
            "row": row,
            "column": column,
            "true": classes[row],
            "predicted": np.append(classes, OTHER)[column],
            "count": count,
            "share": count / of_class[row],
            "true_name": whole[row],
            "predicted_name": whole[column],
        }
    )


def _with_head(table: pd.DataFrame, matrix: np.ndarray) -> pd.DataFrame:
    """Put the head of the last column, with the sum of that column, above all rows."""
    count = int(matrix[:, -1].sum())
    head = {
        "row": 0,
        "column": matrix.shape[1] - 1,
        "true": ALL,
        "predicted": OTHER,
        "count": count,
        "share": count / max(int(matrix.sum()), 1),
        "true_name": "all classes",
        "predicted_name": "a class that the data does not hold",
    }
    return pd.concat([table.assign(row=table["row"] + 1), pd.DataFrame([head])])


def _axis(names: Sequence[str], theme: Theme, angle: int) -> alt.Axis:
    return alt.Axis(
        labelExpr=name_lookup(names),
        labelAngle=angle,
        labelOverlap=len(names) > MOST_NAMED + 1,
        labelLimit=90,
        labelColor=INK[theme],
        titleColor=MUTED[theme],
        titleFontWeight="normal",
        titlePadding=4,
        ticks=False,
        domain=False,
        grid=False,
    )


def _short(names: Sequence[str]) -> bool:
    return max((len(name) for name in names), default=0) <= 3
