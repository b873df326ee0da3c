"""``bench``: our time and the reference's on the same work, in one run, with equal results.

Each file of ``benchmarks/`` is one benchmark: a module with a function ``run`` that returns
rows. The reference is the literal version in ``tests/reference`` or a kept library.
"""

import importlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypedDict

from precompute.settings import StudyError
from precompute.table import as_text

CHECKOUT = Path(__file__).resolve().parent.parent


class Row(TypedDict):
    """One measurement; ``ratio`` is the reference's time over ours, ``agrees`` None if untested."""

    name: str
    ours_seconds: float
    reference: str | None
    reference_seconds: float | None
    ratio: float | None
    agrees: bool | None
    size: str


def benchmarks() -> list[str]:
    """The names of the benchmarks of this checkout."""
    return sorted(path.stem for path in (CHECKOUT / "benchmarks").glob("[a-z]*.py"))


def bench(names: Sequence[str] = ()) -> Iterator[Row]:
    """The rows of the named benchmarks, or of all of them, as they are measured.

    Raises
    ------
    StudyError
        If a name is unknown, or Darkroom runs from an installation and not a checkout.
    """
    known = benchmarks()
    if not known:
        raise StudyError(f"bench runs from a checkout: there is no benchmarks/ in {CHECKOUT}")
    for name in names:
        if name not in known:
            raise StudyError(f"unknown benchmark {name!r}: expected one of {', '.join(known)}")
    sys.path.insert(0, str(CHECKOUT))
    for name in names or known:
        yield from importlib.import_module(f"benchmarks.{name}").run()


def text(rows: Sequence[Row]) -> str:
    """The rows as an aligned table."""
    table = [
        [
            row["name"],
            f"{row['ours_seconds']:.4g}",
            row["reference"] or "",
            "" if row["reference_seconds"] is None else f"{row['reference_seconds']:.4g}",
            "" if row["ratio"] is None else f"{row['ratio']:.1f}",
            {True: "yes", False: "NO", None: ""}[row["agrees"]],
            row["size"],
        ]
        for row in rows
    ]
    head = ["benchmark", "ours (s)", "reference", "reference (s)", "ratio", "agrees", "size"]
    return as_text(head, table)
