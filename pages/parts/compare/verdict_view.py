"""Which of the two is better: figures in one line, the table of right and wrong, class by class."""

from html import escape

import numpy as np
import pandas as pd
import streamlit as st

from core.agreement import accuracy_difference, mcnemar
from pages.charts.paired import difference_rows
from pages.parts import choose, reads
from pages.parts.compare.asked import CELLS, Asked, Cell
from pages.parts.compare.pair import Comparison, Pair, Verdict, p_words, points
from pages.parts.compare.territory import cell_words
from pages.parts.drawn import spec_of
from pages.parts.literal import literal, plain
from pages.parts.scene import Scene
from pages.parts.wording import split_words

MOST_CLASSES = 20
_TABLE: tuple[tuple[Cell, Cell], ...] = (("both", "first"), ("second", "neither"))


def figures_line(pair: Pair, judged: Verdict) -> None:
    """Draw both accuracies on the shared images, their difference and McNemar's test."""
    low, high = judged.difference.interval
    facts = [
        (
            f"accuracy of {side.name}, 95 % interval",
            f"{share:.1%} ({ends.low:.1%} to {ends.high:.1%})",
        )
        for side, share, ends in zip(
            (pair.first, pair.second), judged.accuracy, judged.intervals, strict=True
        )
    ]
    facts += [
        (
            "difference, 95 % interval (points)",
            f"{points(judged.difference.value)} ({points(low)} to {points(high)})",
        ),
        ("McNemar's test, exact", p_words(judged.p)),
        ("same answer", f"{judged.same:.1%}"),
        ("mean total variation", f"{judged.variation:.3f}"),
    ]
    cells = "".join(
        f"<div><span>{escape(plain(name))}</span><b>{escape(value)}</b></div>"
        for name, value in facts
    )
    st.html(f'<div class="darkroom-head">{cells}</div>')


def limits_line(pair: Pair) -> None:
    """Draw limit and notes of both data sets where they differ; else the header says them."""
    sides = [(side.name, reads.warnings(side.store)) for side in (pair.first, pair.second)]
    if sides[0][1] != sides[1][1]:
        said = [f"{name}: {' · '.join(lines) or 'all images'}" for name, lines in sides]
        st.caption("  \n".join(map(literal, said)))


def right_and_wrong(seen: Scene, wish: Asked, pair: Pair, found: Comparison) -> None:
    """Draw the table of right and wrong; a cell selects its images."""
    words = cell_words(pair)
    counted = split_words(seen.view.split, len(found))
    held = "" if pair.first.store is pair.second.store else " that both studies hold"
    st.caption(f"Right and wrong · {counted}{held}")
    for row in _TABLE:
        for column, cell in zip(st.columns(2, gap="xsmall"), row, strict=True):
            open_ = wish.cell == cell
            with column:
                st.button(
                    f"**{found.count(cell):,}** {literal(words[cell])}",
                    key=f"w_cell_{cell}",
                    type="primary" if open_ else "secondary",
                    width="stretch",
                    on_click=choose.put,
                    args=("cell", None if open_ else cell),
                    help="Click again to show all" if open_ else "Show these images only",
                )


def better_words(pair: Pair, judged: Verdict) -> str:
    """Return what McNemar's test says, in a sentence that claims no more."""
    low, high = judged.difference.interval
    if judged.p < 0.05:
        better = pair.first.name if judged.difference.value > 0 else pair.second.name
        return (
            f"{better} is right more often: a fair coin would seldom split the images that only "
            f"one gets right so unevenly ({p_words(judged.p)})."
        )
    return (
        f"At the usual 5 % the test does not tell the two apart ({p_words(judged.p)}); the 95 % "
        f"interval of the difference runs from {points(low)} to {points(high)} points."
    )


def class_panel(seen: Scene, pair: Pair, found: Comparison) -> None:
    """Draw the difference class by class, the largest first."""
    table = class_differences(seen, found)
    if table.empty:
        st.info("No shared image in this split.")
        return
    chart, rows = st.columns([0.5, 0.5], gap="medium")
    with chart:
        most = table.head(MOST_CLASSES)
        cut = f", the {MOST_CLASSES} largest of {len(table)}" if len(table) > MOST_CLASSES else ""
        st.caption(f"Difference of accuracy with its 95 % interval{cut}")
        st.vega_lite_chart(
            spec_of(difference_rows(most, (pair.first.name, pair.second.name), seen.theme)),
            key="compare_classes",
            alt="Difference of accuracy for each class, with its 95 % interval",
        )
    with rows:
        st.caption(
            "Right answers of each. An interval that leaves out 0 occurs by chance in one class "
            "of twenty"
        )
        one, two = _unlike(pair.first.name, pair.second.name)
        st.dataframe(
            table.rename(
                columns={
                    "name": "class", "n": "images", "first": f"only {one}", "second": f"only {two}",
                    "accuracy": f"accuracy {one}", "other": f"accuracy {two}", "low": "from",
                    "high": "to",
                }
            ),
            hide_index=True,
            height="content" if len(table) <= 14 else 500,
            alt="Differences class by class",
            column_config={
                name: st.column_config.NumberColumn(format="%.1f")
                for name in (
                    f"accuracy {one}", f"accuracy {two}", "difference", "from", "to",
                )
            } | {"p": st.column_config.NumberColumn("p (McNemar)", format="%.3f")},
        )  # fmt: skip


def class_differences(seen: Scene, found: Comparison) -> pd.DataFrame:
    """Return a row per class with shared images: counts, accuracies in per cent, difference, p."""
    rows = []
    for class_ in np.unique(found.label).tolist():
        group = found.group[found.label == class_]
        both, first, second, _ = (int((group == place).sum()) for place in range(len(CELLS)))
        n = len(group)
        value, (low, high) = accuracy_difference(first, second, n)
        rows.append(
            {
                "name": plain(seen.names[class_]),
                "n": n,
                "accuracy": 100 * (both + first) / n,
                "other": 100 * (both + second) / n,
                "difference": 100 * value,
                "low": 100 * low,
                "high": 100 * high,
                "first": first,
                "second": second,
                "p": mcnemar(first, second),
            }
        )
    table = pd.DataFrame(rows)
    if table.empty:
        return table
    order = np.argsort(-table["difference"].abs().to_numpy(), kind="stable")
    return table.iloc[order].reset_index(drop=True)


def standing_rows(found: Comparison, cell: Cell | None, members: np.ndarray | None) -> np.ndarray:
    """Return the rows in a cell and among the members, the most different answers first."""
    chosen = np.ones(len(found), bool)
    if cell is not None:
        chosen &= found.group == CELLS.index(cell)
    if members is not None:
        chosen &= np.isin(found.here, members)
    rows = np.flatnonzero(chosen)
    return rows[np.argsort(-found.variation[rows], kind="stable")]


def _unlike(one: str, two: str) -> tuple[str, str]:
    return (one, two) if one != two else (f"{one} (A)", f"{two} (B)")
