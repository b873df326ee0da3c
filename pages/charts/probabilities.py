"""The teacher's probabilities for one image, the true label in red (DeepVID figure 1-a4)."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from pages.charts.palette import BAR, INK, RED, RULE, Theme
from pages.charts.words import MOST_NAMED, name_lookup, whole_names

MOST_BARS = 10
"""How many classes are drawn where there are more than 20."""
LEAST_HEIGHT = 72  # pixels, part of which is the chart's own margin


def probability_bars(
    probabilities: np.ndarray,
    names: Sequence[str],
    true: int | None,
    *,
    student: np.ndarray | None = None,
    theme: Theme = "light",
    height: int | None = None,
) -> alt.LayerChart | alt.FacetChart:
    """Return one bar for each class in the classes' order; the text of the `true` class is red.

    With more than 20 classes only the ten largest are drawn, largest first, and the true class
    below them if it is not among them; None is an image whose class nobody knows. `student` holds
    another model's probabilities: a tick on each bar.
    """
    table = _bars(probabilities, names, true)
    if student is not None:
        table["student"] = student[table["class"]].astype(np.float64)
    places = table["place"].tolist()
    is_true = "false" if true is None else f"datum.value == {table['true'].tolist().index(True)}"
    ink, red = alt.value(INK[theme]), alt.value(RED[theme])
    base = alt.Chart(table).encode(
        x=alt.X(
            "probability:Q",
            title=None,
            scale=alt.Scale(domain=[0, 1.12], nice=False),  # room for the number after a full bar
            axis=alt.Axis(
                values=[0, 0.5, 1],
                labels=False,  # the numbers stand at the bars
                gridColor=RULE[theme],
                domain=False,
                ticks=False,
            ),
        ),
        y=alt.Y(
            "place:O",
            title=None,
            scale=alt.Scale(domain=places, padding=0.15),
            axis=alt.Axis(
                labelExpr=name_lookup(table["name"].tolist(), 18),
                labelColor=alt.condition(is_true, red, ink),
                labelFontWeight=alt.condition(is_true, alt.value("bold"), alt.value("normal")),
                labelLimit=130,
                labelOverlap=False,
                labelPadding=6,
                ticks=False,
                domain=False,
                grid=False,
            ),
        ),
        tooltip=[
            alt.Tooltip("name:N", title="class"),
            alt.Tooltip("probability:Q", format=".4f"),
        ],
    )
    bars = base.mark_bar(cornerRadiusEnd=2, color=BAR[theme])
    values = base.mark_text(align="left", dx=4, fontSize=11).encode(
        text="written:N", color=alt.condition("datum.true", red, ink)
    )
    if student is not None:  # the ticks would stand on the numbers
        values = values.encode(x=alt.datum(1.0))
    layers = [bars, values]
    if student is not None:
        tick = base.mark_tick(color=INK[theme], thickness=2, size=14)
        layers.append(tick.encode(x="student:Q", tooltip=_student_tooltip()))
    return alt.layer(*layers).properties(height=height or max(LEAST_HEIGHT, 18 * len(table) + 4))


def _student_tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("name:N", title="class"),
        alt.Tooltip("probability:Q", title="teacher", format=".4f"),
        alt.Tooltip("student:Q", title="student", format=".4f"),
    ]


def _bars(probabilities: np.ndarray, names: Sequence[str], true: int | None) -> pd.DataFrame:
    classes = np.arange(len(names))
    if len(names) > MOST_NAMED:
        classes = np.argsort(-probabilities, kind="stable")[:MOST_BARS]
        if true is not None and true not in classes:
            classes = np.append(classes, true)
    shown = probabilities[classes].astype(np.float64)
    return pd.DataFrame(
        {
            "place": np.arange(len(classes)),
            "class": classes,
            "name": whole_names([names[c] for c in classes.tolist()]),
            "probability": shown,
            "written": [_in_words(p) for p in shown],
            "true": np.zeros(len(classes), bool) if true is None else classes == true,
        }
    )


def _in_words(probability: float) -> str:
    """Write three decimals, but never a 1 or a 0 that is none."""
    if 0 < probability < 0.0005:
        return "<0.001"
    return ">0.999" if 0.9995 <= probability < 1 else f"{probability:.3f}"
