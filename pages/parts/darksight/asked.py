"""What the URL asks of the DarkSight page beside the view that all pages share.

beside=METHOD             another projection in a second map
panel=way | outliers | misplaced | cases | reject | upload     default: the selection
measure=entropy | max_probability                              default: DarkSight's density
threshold=NUMBER          predictions below this confidence are rejected (entropy: above)
from=K, to=K              the two classes of the way
line=METHOD~x,y;x,y       a way drawn on a map, in data coordinates
figure=4                  the paper's figure 4: the same 500 images in several pictures
hide=K,K                  classes switched off in the legend; only=K,K or only=none: all but these
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from pages.parts import choose
from pages.parts.literal import shortened
from pages.parts.selection import MEASURES, Measure

Panel = Literal["selection", "way", "outliers", "misplaced", "cases", "reject", "upload"]
PANELS: tuple[Panel, ...] = get_args(Panel)
MOST_LISTED = 50
"""How many classes `hide` or `only` lists at most; a longer list stays in the reader's browser."""
NONE = "none"

End = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A straight way drawn on the map of `method`, in its data coordinates."""

    method: str
    ends: tuple[End, End]


@dataclass(frozen=True)
class Asked:
    """The page's own part of a view."""

    beside: str | None = None
    panel: Panel = "selection"
    measure: Measure = "darksight"
    threshold: float | None = None
    start: int | None = None
    end: int | None = None
    line: Line | None = None
    figure_4: bool = False
    hidden: tuple[int, ...] = ()


def asked(
    parameters: Mapping[str, str], methods: Sequence[str], classes: int
) -> tuple[Asked, list[str]]:
    """Return what the URL asks for, and one line for each word of it that was ignored.

    Parameters
    ----------
    parameters
        Those of the URL.
    methods
        The projections that can stand beside DarkSight.
    classes
        How many the teacher tells apart.
    """
    found: dict[str, object] = {}
    ignored: list[str] = []

    def read(word: str, name: str, reader, why: str) -> None:
        if (text := parameters.get(word)) is None:
            return
        value = reader(text)
        if value is None:
            said = shortened(text, 40)
            ignored.append(f"Ignored {word}={said} in the address: {why}.")
        else:
            found[name] = value

    def class_(text: str) -> int | None:
        number = _whole(text)
        return number if number is not None and number < classes else None

    numbered = f"classes are numbered 0 to {classes - 1}"
    projections = f"there are {', '.join(methods) or 'none yet'}"
    read("beside", "beside", lambda text: text if text in methods else None, projections)
    panels, measures = ", ".join(PANELS), ", ".join(MEASURES)
    read("panel", "panel", lambda text: text if text in PANELS else None, f"there are {panels}")
    read("measure", "measure", lambda t: t if t in MEASURES else None, f"there are {measures}")
    read("threshold", "threshold", _number, "expected a number")
    read("from", "start", class_, numbered)
    read("to", "end", class_, numbered)
    read(
        "line",
        "line",
        lambda text: _line(text, ["darksight", *methods]),
        "expected METHOD~x,y;x,y with two different ends",
    )
    read("figure", "figure_4", lambda text: text == "4" or None, "figure 4 is the only one")
    read("hide", "hidden", lambda text: _listed(text, classes), numbered)
    read("only", "hidden", lambda text: _all_but(text, classes), numbered)
    if found.get("start") is not None and found.get("start") == found.get("end"):
        ignored.append("Ignored to in the address: a way needs two different classes.")
        del found["end"]
    return Asked(**found), ignored  # type: ignore[arg-type]


def put_line(line: Line | None) -> None:
    """Write a drawn way to the URL, or take it out."""
    if line is None:
        choose.put("line", None)
        return
    ends = ";".join(f"{x:.5g},{y:.5g}" for x, y in line.ends)
    choose.put("line", f"{line.method}~{ends}")


def put_hidden(hidden: Sequence[int], classes: int) -> None:
    """Write the hidden classes to the URL: those, or those left, whichever list is shorter."""
    left = sorted(set(range(classes)) - set(hidden)) if len(hidden) > classes / 2 else None
    listed = sorted(hidden) if left is None else left
    text = ",".join(map(str, listed)) if len(listed) <= MOST_LISTED else ""
    choose.put("hide", (text or None) if left is None else None)
    choose.put("only", None if left is None else text or (None if listed else NONE))


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _listed(text: str, classes: int) -> tuple[int, ...] | None:
    numbers = [_whole(word) for word in text.split(",")]
    known = [number for number in numbers if number is not None and number < classes]
    return tuple(sorted(set(known))) if len(known) == len(numbers) else None


def _all_but(text: str, classes: int) -> tuple[int, ...] | None:
    left = () if text == NONE else _listed(text, classes)
    return None if left is None else tuple(sorted(set(range(classes)) - set(left)))


def _line(text: str, methods: Sequence[str]) -> Line | None:
    method, _, places = text.partition("~")
    pairs = [place.split(",") for place in places.split(";")]
    if method not in methods or len(pairs) != 2 or any(len(pair) != 2 for pair in pairs):
        return None
    numbers = [_number(word) for pair in pairs for word in pair]
    if any(number is None or abs(number) > 1e30 for number in numbers):
        return None
    x0, y0, x1, y1 = (float(number) for number in numbers if number is not None)
    return None if (x0, y0) == (x1, y1) else Line(method, ((x0, y0), (x1, y1)))
