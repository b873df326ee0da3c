"""How one sample was learned: the probability of its label at every checkpoint."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from pages.charts.palette import INK, MUTED, RIGHT_OR_WRONG, RULE, Theme
from pages.charts.words import MOST_NAMED, whole_names


def sample_history(
    epochs: Sequence[float],
    probability: np.ndarray,
    predicted: np.ndarray,
    label: int,
    names: Sequence[str],
    *,
    now: float,
    theme: Theme = "light",
    height: int = 130,
) -> alt.LayerChart | alt.FacetChart:
    """Return the probability of the label over the checkpoints, a rule at the one shown.

    Parameters
    ----------
    epochs, probability, predicted
        One entry per checkpoint; `predicted` are class numbers.
    label
        The sample's class number.
    names
        The class names.
    now
        The checkpoint that is shown.
    """
    named = whole_names(names)
    right = predicted == label
    table = pd.DataFrame(
        {
            "epoch": np.asarray(epochs, float),
            "probability": np.asarray(probability, float),
            "predicted": [named[class_] for class_ in predicted.tolist()],
            "answer": np.where(right, "right", "wrong"),
        }
    )
    axis = {
        "gridColor": RULE[theme],
        "labelColor": INK[theme],
        "titleColor": MUTED[theme],
        "titleFontWeight": "normal",
        "ticks": False,
        "domain": False,
    }
    base = alt.Chart(table).encode(
        x=alt.X(
            "epoch:Q",
            title=None,
            scale=alt.Scale(nice=False, zero=False),
            axis=alt.Axis(values=list(map(float, epochs)), format="~g", **axis)
            if len(epochs) <= MOST_NAMED
            else alt.Axis(**axis),
        ),
        y=alt.Y(
            "probability:Q",
            title="p(label)",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(values=[0, 0.5, 1], **axis),
        ),
    )
    line = base.mark_line(color=MUTED[theme], strokeWidth=1.5)
    dots = base.mark_point(filled=True, size=46, opacity=1).encode(
        color=alt.Color(
            "answer:N",
            scale=alt.Scale(domain=["right", "wrong"], range=list(RIGHT_OR_WRONG[theme])),
            legend=None,
        ),
        shape=alt.Shape(
            "answer:N",
            scale=alt.Scale(domain=["right", "wrong"], range=["circle", "cross"]),
            legend=None,
        ),
        tooltip=[
            alt.Tooltip("epoch:Q"),
            alt.Tooltip("predicted:N"),
            alt.Tooltip("probability:Q", title="probability of the label", format=".3f"),
        ],
    )
    rule = (
        alt.Chart(pd.DataFrame({"epoch": [float(now)]}))
        .mark_rule(color=INK[theme], strokeWidth=1, strokeDash=[3, 3])
        .encode(x="epoch:Q")
    )
    return alt.layer(rule, line, dots).properties(height=height)
