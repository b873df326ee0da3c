"""What the URL asks of the Compare page beside the view that all pages share.

    study2=NAME               the second study, of the same data; default: the first there is, else
                              another checkpoint of the same study
    run2=NAME                 an earlier run of the second study
    epoch2=E                  the second one's checkpoint; default: its last
    on=second | both          whose projection the map is of; default: the first's
    cell=both | first | second | neither      images that both, one or none of the two gets right
    look=classes | darksight | dvi | summit | deepvid | figures | settings
                              the panel; default: images by disagreement

The first one is the view's study, run and epoch. What does not hold is ignored, and one line says
so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from pages.parts.literal import shortened

Whose = Literal["first", "second", "both"]
WHOSE: tuple[Whose, ...] = get_args(Whose)
Cell = Literal["both", "first", "second", "neither"]
CELLS: tuple[Cell, ...] = get_args(Cell)
"""Who is right: in this order the groups are numbered."""
Look = Literal["images", "classes", "darksight", "dvi", "summit", "deepvid", "figures", "settings"]
LOOKS: tuple[Look, ...] = get_args(Look)


@dataclass(frozen=True)
class Asked:
    """The page's own part of a view."""

    on: Whose = "first"
    cell: Cell | None = None
    look: Look = "images"


@dataclass(frozen=True)
class Second:
    """What stands against the first: a study, perhaps an earlier run of it."""

    study: str
    run: str | None = None


def asked(parameters: Mapping[str, str]) -> tuple[Asked, list[str]]:
    """Return what the URL asks for, and one line for each word of it that was ignored."""
    found: dict[str, object] = {}
    ignored: list[str] = []
    for word, known in (("on", WHOSE), ("cell", CELLS), ("look", LOOKS)):
        if (text := parameters.get(word)) is None:
            continue
        if text in known:
            found[word] = text
        else:
            ignored.append(complaint(word, text, f"expected {', '.join(known)}"))
    return Asked(**found), ignored  # type: ignore[arg-type]


def second(
    parameters: Mapping[str, str], choices: Sequence[Second]
) -> tuple[Second | None, list[str]]:
    """Return what stands second, None if there is nothing, and a line if a wish was ignored.

    Parameters
    ----------
    choices
        What can stand second, the default first.
    """
    usual = choices[0] if choices else None
    study, run = parameters.get("study2"), parameters.get("run2")
    if study is None and run is None:
        return usual, []
    if study is None:
        return usual, [complaint("run2", run or "", "it belongs to a study2")]
    wish = Second(study, run)
    if wish in choices:
        return wish, []
    if run is not None and Second(study) in choices:
        return Second(study), [complaint("run2", run, "that study keeps no such earlier run")]
    known = ", ".join(dict.fromkeys(one.study for one in choices)) or "none yet"
    return usual, [complaint("study2", study, f"studies of the same data here are {known}")]


def complaint(word: str, text: str, why: str) -> str:
    """Return the line that says what was ignored in the address."""
    return f"Ignored {word}={shortened(text, 40)} in the address: {why}."
