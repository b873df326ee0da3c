"""One image's probabilities at every checkpoint: a line for each class that had a large one."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from pages.charts.palette import INK, MUTED, RULE, Theme
from pages.charts.words import whole_names
from pages.parts.literal import shortened

MOST_LINES = 4
"""How many classes have a line: the label, the answer, and those with the largest values."""
DASHES = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2])


def classes_of_note(probabilities: np.ndarray, label: int) -> list[int]:
    """Return the classes whose lines are drawn, the label first, then by their largest value.

    Parameters
    ----------
    probabilities
        [epoch class], one row per checkpoint.
    label
        The image's class number.
    """
    rest = [int(c) for c in np.argsort(-probabilities.max(axis=0), kind="stable") if c != label]
    answer = int(probabilities[-1].argmax())
    if answer != label:
        rest.remove(answer)
        rest.insert(0, answer)
    return [label, *rest][:MOST_LINES]


def over_epochs(
    epochs: Sequence[float],
    probabilities: np.ndarray,
    label: int,
    names: Sequence[str],
    colors: Sequence[str],
    *,
    now: float,
    theme: Theme = "light",
    height: int = 170,
) -> alt.LayerChart | alt.FacetChart:
    """Return lines over the checkpoints, a rule at the one shown; each line has its own dash.

    Parameters
    ----------
    epochs, probabilities
        The checkpoints, and [epoch class].
    label
        The image's class number; its line is the solid one.
    names, colors
        By class number.
    now
        The checkpoint that is shown.
    """
    classes = classes_of_note(probabilities, label)
    words = [shortened(name, 16) for name in whole_names([names[c] for c in classes])]
    words[0] += " (label)"
    table = pd.DataFrame(
        {
            "epoch": np.tile(np.asarray(epochs, float), len(classes)),
            "line": np.repeat(np.arange(len(classes)), len(epochs)),
            "name": np.repeat(words, len(epochs)),
            "probability": probabilities[:, classes].T.ravel().astype(np.float64),
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
            axis=alt.Axis(**axis, format="~g"),
        ),
        y=alt.Y(
            "probability:Q",
            title="probability",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(**axis, values=[0, 0.5, 1]),
        ),
        color=alt.Color(
            "name:N",
            sort=words,
            scale=alt.Scale(domain=words, range=[colors[c] for c in classes]),
            legend=alt.Legend(
                title=None, orient="top", labelColor=INK[theme], symbolType="stroke",
                symbolStrokeWidth=2, labelLimit=140, columns=MOST_LINES,
            ),
        ),
        tooltip=[
            alt.Tooltip("name:N", title="class"),
            alt.Tooltip("epoch:Q"),
            alt.Tooltip("probability:Q", format=".4f"),
        ],
    )  # fmt: skip
    lines = base.mark_line(strokeWidth=2).encode(
        strokeDash=alt.StrokeDash(
            "name:N",
            sort=words,
            scale=alt.Scale(domain=words, range=[list(d) for d in DASHES[: len(words)]]),
            legend=None,
        )
    )
    dots = base.mark_point(filled=True, size=26, opacity=1)
    rule = (
        alt.Chart(pd.DataFrame({"epoch": [float(now)]}))
        .mark_rule(color=INK[theme], strokeWidth=1, strokeDash=[3, 3])
        .encode(x="epoch:Q")
    )
    return alt.layer(rule, lines, dots).properties(height=height)
