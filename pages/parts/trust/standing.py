"""How a lens does by one figure: its own value and the others', in order, and what follows.

Of a figure that was taken at several checkpoints the last counts, of several splits the test split.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pages.parts.trust.measures import Measure

SPLITS = ("test", "all", "train")
MOST = 9  # methods of one figure; the page's last table holds all


@dataclass(frozen=True)
class Judged:
    """A method's value with its 95 % interval, None where that is unknown, over `n` images."""

    method: str
    value: float
    interval: tuple[float, float] | None
    n: int
    ours: bool


@dataclass(frozen=True)
class Standing:
    """One figure of all methods, the best first; `left_out` counts those that are not in `rows`.

    `better` is higher, lower, or empty.
    """

    measure: Measure
    rows: Sequence[Judged]
    left_out: int
    split: str
    epoch: float | None
    unit: str
    better: str

    @property
    def shown(self) -> Judged | None:
        """The method that the lens shows; None where it was not judged."""
        by_name = {row.method: row for row in self.rows}
        return next((by_name[m] for m in self.measure.ours if m in by_name), None)

    @property
    def best_other(self) -> Judged | None:
        """The best method that is not the lens's own."""
        return next((row for row in self.rows if not row.ours), None)


def standing(figures: pd.DataFrame, measure: Measure) -> Standing | None:
    """Return how the methods do by a figure; None where the store holds none of it.

    Parameters
    ----------
    figures
        The table `figure`.
    measure
        Which of its figures.
    """
    own = figures[
        (figures["view"] == measure.view)
        & (figures["metric"] == measure.metric)
        & figures["value"].notna()
    ]
    if own.empty:
        return None
    splits = own["split"].tolist()
    split = next((s for s in SPLITS if s in splits), str(splits[0]))
    own = own[own["split"] == split]
    epochs = np.array(own["epoch"].tolist(), np.float64)
    epoch = None if np.isnan(epochs).all() else float(np.nanmax(epochs))
    if epoch is not None:
        own = own[epochs == epoch]
    better = str(own["better"].tolist()[0])
    columns = [own[name].tolist() for name in ("method", "value", "low", "high", "n")]
    rows = [
        Judged(
            str(method), value, None if np.isnan(low) else (low, high), int(n),
            method in measure.ours,
        )
        for method, value, low, high, n in zip(*columns, strict=True)
    ]  # fmt: skip
    sign = 1 if better == "lower" else -1
    rows.sort(key=lambda row: (sign * row.value, row.method))
    kept = _few(rows)
    unit = str(own["unit"].tolist()[0])
    return Standing(measure, kept, len(rows) - len(kept), split, epoch, unit, better)


def verdict(found: Standing) -> str:
    """Return how the method that the lens shows stands beside the best other one, in a sentence.

    Empty where there is nobody to compare with. Intervals that share values leave the order open.
    """
    own, best = found.shown, found.best_other
    if own is None or best is None or not found.better:
        return ""
    off = own.value - best.value
    if off == 0:
        return "Level with the best other."
    ahead = (off > 0) == (found.better == "higher")
    words = f"{'Ahead of' if ahead else 'Behind'} the best other by {abs(off):.2g}"
    if own.interval is None or best.interval is None:
        return f"{words}."
    apart = own.interval[0] > best.interval[1] or best.interval[0] > own.interval[1]
    return f"{words}; the 95 % intervals {'do not overlap' if apart else 'overlap'}."


def _few(rows: Sequence[Judged]) -> list[Judged]:
    """Return our methods and the best of the others, in the same order."""
    room = max(MOST - sum(row.ours for row in rows), 1)
    others = [row for row in rows if not row.ours][:room]
    return [row for row in rows if row.ours or row in others]
