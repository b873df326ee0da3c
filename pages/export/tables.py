"""A table of a page as HTML: the columns as the page words them, numbers as it formats them."""

import json
import math
import re
from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

MOST_ROWS = 100
_PRINTF = re.compile(r"%(?:\.(\d))?[dfg]")
_PICTURE = re.compile(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/=]+")


def table(frame: pd.DataFrame, columns: str = "", order: tuple[str, ...] = ()) -> str:
    """Return a table; of a long one the first rows, and how many are left out.

    Parameters
    ----------
    columns
        Streamlit's configuration of the columns, in JSON.
    order
        The columns to show; default: all.
    """
    configured = json.loads(columns) if columns else {}
    index = configured.get("_index", {})
    if not index.get("hidden", False):
        frame = frame.reset_index()
    names = [name for name in (order or frame.columns) if name in frame.columns]
    names = [name for name in names if not configured.get(str(name), {}).get("hidden", False)]
    shown = frame.head(MOST_ROWS)
    heads = [configured.get(str(name), {}).get("label") or str(name) for name in names]
    cells = [
        "".join(_cell(row[name], configured.get(str(name), {})) for name in names)
        for row in shown.to_dict("records")
    ]
    head = "".join(f"<th>{escape(str(head))}</th>" for head in heads)
    left = len(frame) - len(shown)
    more = f"<p class='caption'>and {left:,} more rows</p>" if left else ""
    return (
        f'<div class="table"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(f'<tr>{row}</tr>' for row in cells)}</tbody></table></div>{more}"
    )


def _cell(value: Any, config: Mapping[str, Any]) -> str:
    if isinstance(value, str) and _PICTURE.fullmatch(value):
        return f'<td><img src="{value}" alt=""></td>'
    if isinstance(value, bool):
        return f"<td>{'yes' if value else 'no'}</td>"
    if isinstance(value, int | float):
        return f'<td class="number">{escape(_number(value, config))}</td>'
    if value is None or value is pd.NA:
        return "<td></td>"
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return f"<td>{escape(text)}</td>"


def _number(value: float, config: Mapping[str, Any]) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return ""
    said = (config.get("type_config") or {}).get("format") or ""
    if said == "percent":
        return f"{value:.1%}"
    if (found := _PRINTF.search(said)) is not None:
        digits = int(found[1]) if found[1] else 0
        number = f"{value:,.{digits}f}"
        return (said[: found.start()] + number + said[found.end() :]).replace("%%", "%")
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}" if abs(value) >= 10_000 else str(int(value))
    return f"{value:.4g}"
