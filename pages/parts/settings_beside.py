"""Two runs' settings side by side, with what differs marked."""

import json
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.store import Run
from pages.parts.literal import plain, shortened

MARK = "≠"


def settings_beside(first: Run, second: Run, names: tuple[str, str], key: str) -> None:
    """Draw the settings of two runs in one table, those that differ first or alone.

    Parameters
    ----------
    names
        What heads the two columns.
    key
        Names the switch.
    """
    table = beside(first, second, names)
    differ = table[""].to_numpy() == MARK
    left, right = st.columns([0.7, 0.3], vertical_alignment="center")
    words = f"{int(differ.sum())} of {len(table)} settings differ" if differ.any() else (
        f"All {len(table)} settings are the same"
    )  # fmt: skip
    left.caption(words + stage_words(first, second))
    everything = right.toggle("All settings", key=f"w_{key}_all")
    shown = table if everything else table[differ]
    if len(shown):
        st.dataframe(
            shown,
            hide_index=True,
            height="content" if len(shown) <= 12 else 460,
            alt="Settings of two runs side by side",
            column_config={"": st.column_config.TextColumn(width=30)},
        )


def beside(first: Run, second: Run, names: tuple[str, str]) -> pd.DataFrame:
    """Return the columns mark, setting and the two runs' values as text, what differs first."""
    one, two = flat(first.settings), flat(second.settings)
    left, right = (plain(name) for name in names)
    if left == right:
        left, right = f"{left} (A)", f"{right} (B)"
    rows = [
        {
            "": MARK if one.get(name) != two.get(name) else "",
            "setting": plain(name),
            left: shortened(one.get(name, "not set"), 200),
            right: shortened(two.get(name, "not set"), 200),
        }
        for name in [*one, *(name for name in two if name not in one)]
    ]
    return pd.DataFrame(sorted(rows, key=lambda row: row[""] != MARK))


def flat(settings: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """Return settings by their dotted names, each value as JSON writes it."""
    found: dict[str, str] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping) and value:
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = json.dumps(value, ensure_ascii=False)
    return found


def stage_words(first: Run, second: Run) -> str:
    """Return which stages of two runs of one study hold other artifacts; nothing of two studies."""
    if first.study != second.study:
        return ""
    differ = [
        name
        for name in dict.fromkeys([*first.stages, *second.stages])
        if first.stages.get(name) != second.stages.get(name)
    ]
    if not differ:
        return " · every stage holds the same artifacts"
    return f" · stages with other artifacts: {', '.join(differ)}"
