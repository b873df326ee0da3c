"""A view is what the URL says: study, split, sample, class, epoch, projection, colour, selection.

The same words stand in the URL of every page. What the URL says wrongly is left out, and one line
says what was ignored and why; the rest of the link still holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from core.store import epoch_label
from pages.parts.literal import shortened
from pages.parts.selection import SPLITS, Rule, RuleError, Split, parsed

Color = Literal[
    "true",
    "predicted",
    "correct",
    "entropy",
    "true_probability",
    "confidence",
    "symmetric_kl",
    "learned_at",
    "noise",
]
COLORS: tuple[Color, ...] = ("true", "predicted", "correct", "entropy", "true_probability")
"""The colours of the Overview; a lens may have others."""

DEFAULT_SPLIT: Split = "test"
DEFAULT_COLOR: Color = "true"
DEFAULT_PROJECTION = "tsne"


@dataclass(frozen=True)
class Facts:
    """What a study holds, as far as a URL can be wrong about it."""

    samples: int
    classes: int
    epochs: Sequence[float]
    methods: Sequence[str]
    layers: Sequence[str] | None = None  # None: this page does not know them
    colors: Sequence[Color] = COLORS
    default_color: Color = DEFAULT_COLOR  # also for a colour that only another page has
    default_split: Split = DEFAULT_SPLIT


@dataclass(frozen=True)
class View:
    """What is chosen; `epoch` None is the last checkpoint, `rule` None the whole split."""

    split: Split = DEFAULT_SPLIT
    sample: int | None = None
    sample2: int | None = None
    class_: int | None = None
    epoch: float | None = None
    layer: str | None = None
    color: Color = DEFAULT_COLOR
    projection: str = DEFAULT_PROJECTION
    rule: Rule | None = None


def viewed(parameters: Mapping[str, str], facts: Facts) -> tuple[View, list[str]]:
    """Return the view that the URL's parameters describe, and one line for each ignored one."""
    ignored: list[str] = []

    def ignore(word: str, why: str) -> None:
        ignored.append(f"Ignored {word}={shortened(parameters[word], 40)} in the address: {why}.")

    def number(word: str, below: int, what: str) -> int | None:
        value = parameters.get(word)
        if value is None:
            return None
        if value.isascii() and value.isdigit() and len(value) <= 9 and int(value) < below:
            return int(value)
        ignore(
            word,
            f"{what} are numbered 0 to {below - 1}" if below else f"this study has no {what} yet",
        )
        return None

    view = View(
        split=facts.default_split,
        sample=number("sample", facts.samples, "images"),
        sample2=number("sample2", facts.samples, "images"),
        class_=number("class", facts.classes, "classes"),
        color=facts.default_color,
    )
    if (split := parameters.get("split")) is not None:
        if split in SPLITS:
            view = replace(view, split=split)
        else:
            ignore("split", "the splits are train, test and all")
    if (color := parameters.get("color")) is not None:
        if color in facts.colors:
            view = replace(view, color=color)
        elif color not in get_args(Color):
            ignore("color", f"the colours are {', '.join(facts.colors)}")
    if (projection := parameters.get("projection")) is not None:
        if projection in facts.methods:
            view = replace(view, projection=projection)
        else:
            ignore("projection", f"there are {', '.join(facts.methods) or 'none yet'}")
    if view.projection not in facts.methods and facts.methods:
        view = replace(view, projection=facts.methods[0])
    if (epoch := parameters.get("epoch")) is not None:
        found = _epoch(epoch, facts.epochs)
        if found is None:
            ignore("epoch", f"the checkpoints are {_few(facts.epochs)}")
        else:
            view = replace(view, epoch=None if found == facts.epochs[-1] else found)
    if (layer := parameters.get("layer")) is not None:
        if facts.layers is None or layer in facts.layers:
            view = replace(view, layer=layer)
        else:
            ignore("layer", f"the layers are {', '.join(facts.layers)}")
    if (rule := parameters.get("rule")) is not None:
        try:
            view = replace(view, rule=parsed(rule))
        except RuleError as error:
            ignore("rule", str(error))
    return view, ignored


def _epoch(text: str, epochs: Sequence[float]) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value in epochs else None


def _few(epochs: Sequence[float]) -> str:
    if not epochs:
        return "not there yet"
    if len(epochs) <= 4:
        return ", ".join(map(epoch_label, epochs))
    first, second, last = map(epoch_label, (epochs[0], epochs[1], epochs[-1]))
    return f"{first}, {second}, ... {last}"
