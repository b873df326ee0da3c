"""``report``: how faithful every lens is, as rows of figures."""

from pathlib import Path

import msgspec

from core.store import Store
from precompute.table import as_text

KEYS = ("study", "view", "metric", "method", "split", "epoch")
VALUES = ("value", "low", "high", "n", "unit", "better")


def rows(study: str, root: Path) -> list[dict[str, object]]:
    """Every figure of a study; ``low`` and ``high`` are a 95 % interval or None.

    Raises
    ------
    StoreError
        If the study is not in the store, holds no figures yet, or is damaged.
    """
    figures = Store(study, root).table("figure")
    figures = figures.sort_values(["view", "metric", "method", "split", "epoch"])
    figures = figures.astype(object).where(figures.notna(), None)
    return [{"study": study, **row} for row in figures.to_dict("records")]


def text(figures: list[dict[str, object]]) -> str:
    """The figures as an aligned table; of figures per epoch the last one."""
    last: dict[tuple[object, ...], dict[str, object]] = {}
    for row in figures:
        last[row["view"], row["metric"], row["method"], row["split"]] = row
    table = [
        [
            f"{row['view']}/{row['metric']}",
            str(row["method"]),
            str(row["split"]),
            "" if row["epoch"] is None else f"{row['epoch']:g}",
            _number(row["value"]),
            "" if row["low"] is None else f"{_number(row['low'])} to {_number(row['high'])}",
            str(row["n"]),
            str(row["unit"]),
            str(row["better"]),
        ]
        for row in last.values()
    ]
    head = ["figure", "method", "split", "epoch", "value", "95 %", "n", "unit", "better"]
    return as_text(head, table)


def _number(value: object) -> str:
    return "undefined" if value is None else f"{value:.4g}"


def as_json(figures: list[dict[str, object]]) -> str:
    """The figures as a JSON list of objects."""
    ordered = [{key: row[key] for key in KEYS + VALUES} for row in figures]
    return msgspec.json.format(msgspec.json.encode(ordered), indent=1).decode()
