"""Class names on axes: the name itself where there is room, cut or numbered where there is not."""

import json
from collections.abc import Sequence

from pages.parts.literal import plain, shortened

MOST_NAMED = 20
"""From this many classes on, counts and names no longer fit into a chart."""
MOST_DRAWN = 50
"""Up to this many classes a matrix has cells that can be told apart and hit."""


def name_lookup(names: Sequence[str], length: int = 16) -> str:
    """Return a Vega expression that turns the class number on an axis into its name.

    The names stand in it as JSON strings, so nothing in them is read as part of the expression.
    """
    return f"{json.dumps([shortened(name, length) for name in names])}[datum.value]"


def whole_names(names: Sequence[str]) -> list[str]:
    """Return the names for tooltips: whole, but on one line."""
    return [plain(name) for name in names]
