"""Rows of the table ``figure``: how faithful something is, with its interval."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import pandas as pd

from core.intervals import Interval

Split = Literal["train", "test", "all"]
Better = Literal["higher", "lower", ""]


@dataclass(frozen=True)
class Figure:
    """One row; ``low`` and ``high`` are a 95 % interval or None."""

    view: str
    metric: str
    method: str
    split: Split
    epoch: float | None
    value: float | None
    n: int
    unit: str
    better: Better
    low: float | None = None
    high: float | None = None

    def between(self, interval: Interval) -> "Figure":
        """The same figure with its interval."""
        return Figure(**{**asdict(self), "low": interval.low, "high": interval.high})


def frame(figures: Sequence[Figure]) -> pd.DataFrame:
    """The rows as the table wants them."""
    return pd.DataFrame([asdict(figure) for figure in figures])
