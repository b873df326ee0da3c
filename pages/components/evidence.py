"""The student's evidence: weights, weighted features and probabilities, class by class."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from streamlit import container
from streamlit.components.v2 import component

from pages.components.carrier import carry, javascript, nothing
from pages.components.events import session_token

_evidence = component("darkroom_evidence", js=javascript("canvas.js", "evidence.js"))


@dataclass(frozen=True)
class Evidence:
    """A class: its name, whether it is the true one, and both probabilities, 0..1."""

    name: str
    true: bool
    teacher: float
    student: float


def evidence_table(
    *,
    key: str,
    rows: Sequence[Evidence],
    weights: np.ndarray,
    features: np.ndarray,
    side: int = 40,
) -> None:
    """Draw the table; hovering a picture enlarges it.

    Parameters
    ----------
    key
        Names the table; with the same key new data remount nothing.
    rows
        In the order to show.
    weights, features
        uint8 [row height width]: what is shown of each.
    side
        Of a picture in the table, in pixels.

    Raises
    ------
    ValueError
        If there is not one picture of each kind for every row.
    """
    if not len(rows) == len(weights) == len(features):
        raise ValueError(
            f"weights and features must be one for each of {len(rows)} rows, got {len(weights)} "
            f"and {len(features)}"
        )
    with container(gap=None):
        _evidence(key=key, data={"key": key, "height": 0}, on_event_change=nothing)
        carry(
            key,
            "rows",
            {
                "rows": [
                    {
                        "name": row.name,
                        "true": bool(row.true),
                        "teacher": round(float(row.teacher), 5),
                        "student": round(float(row.student), 5),
                    }
                    for row in rows
                ],
                "shape": [*weights.shape[1:], 1],
                "side": int(side),
            },
            {"weights": weights, "features": features},
        )
        carry(key, "view", {"session": session_token()})
