"""A selection is a rule, and a rule is one short string that stands in the URL.

    lasso~METHOD~SPLIT~x,y;x,y;...    corners in data coordinates, at most 64
    cell~TRUE~PREDICTED               a cell of the confusion matrix, classes by number
    other~TRUE | other                those taken for a class that the data does not hold
    preset~misclassified | preset~least_certain | preset~most_confidently_wrong
    preset~flipped_labels             those whose label was flipped on purpose
    rejected~MEASURE~THRESHOLD        those that a threshold on a confidence rejects
    class~K                           all images whose true class is K
    ids~1,2,3                         at most 50 images by number
    saved~NAME                        a selection that the store keeps under this name

and those about the teacher's training of `parts/past_rules.py`. METHOD may name a checkpoint:
`dvi@5`.
Only the rule travels; who belongs to it is decided on the server (`parts/membership.py`).
"""

import math
from dataclasses import dataclass
from typing import Literal, get_args

from pages.parts.past_rules import WORDS as PAST_WORDS
from pages.parts.past_rules import PastRule, parsed_past, written_past

MOST_CORNERS = 64
MOST_IDS = 50

Preset = Literal["misclassified", "least_certain", "most_confidently_wrong", "flipped_labels"]
PRESETS: tuple[Preset, ...] = get_args(Preset)
Split = Literal["train", "test", "all"]
SPLITS: tuple[Split, ...] = get_args(Split)

Measure = Literal["darksight", "entropy", "max_probability"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
"""Confidences: DarkSight's density as a share of the greatest, predictive entropy (nats), the
largest probability."""


class RuleError(ValueError):
    """The string is no rule, or the rule does not fit the study: one line says why."""


@dataclass(frozen=True)
class Lasso:
    """The images of one split inside a polygon drawn on an embedding."""

    method: str
    split: Split
    corners: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Cell:
    """The images of class `true` that the teacher calls `predicted`."""

    true: int
    predicted: int


@dataclass(frozen=True)
class Other:
    """The images of class `true` (None: of any) taken for a class that the data does not hold."""

    true: int | None = None


@dataclass(frozen=True)
class Found:
    """What deserves a look: the images that a preset finds."""

    preset: Preset


@dataclass(frozen=True)
class Rejected:
    """The images below the threshold of a confidence; of the entropy, those above it."""

    measure: Measure
    threshold: float


@dataclass(frozen=True)
class OfClass:
    """All images whose true class is `class_`."""

    class_: int


@dataclass(frozen=True)
class Ids:
    """Images listed one by one."""

    sample_ids: tuple[int, ...]


@dataclass(frozen=True)
class Saved:
    """A selection that the store keeps under a name."""

    name: str


Rule = Lasso | Cell | Other | Found | Rejected | OfClass | Ids | Saved | PastRule


def lasso(method: str, split: Split, corners: list[tuple[float, float]]) -> Lasso:
    """Return the lasso through `corners` (data coordinates), rounded as its URL will carry it."""
    return Lasso(method, split, tuple((_rounded(x), _rounded(y)) for x, y in corners))


def written(rule: Rule) -> str:
    """Return the rule as the string that stands in the URL."""
    match rule:
        case Lasso(method, split, corners):
            return f"lasso~{method}~{split}~" + ";".join(f"{x:g},{y:g}" for x, y in corners)
        case Cell(true, predicted):
            return f"cell~{true}~{predicted}"
        case Other(true):
            return "other" if true is None else f"other~{true}"
        case Found(preset):
            return f"preset~{preset}"
        case Rejected(measure, threshold):
            return f"rejected~{measure}~{threshold:.9g}"
        case OfClass(class_):
            return f"class~{class_}"
        case Ids(sample_ids):
            return "ids~" + ",".join(map(str, sample_ids))
        case Saved(name):
            return f"saved~{name}"
        case _:
            return written_past(rule)


def parsed(text: str) -> Rule:
    """Return the rule that `text` writes.

    Raises
    ------
    RuleError
        Where the text follows none of the forms above.
    """
    kind, _, rest = text.partition("~")
    match kind:
        case "lasso":
            return _parsed_lasso(rest)
        case "cell":
            true, separator, predicted = rest.partition("~")
            if not separator:
                raise RuleError(f"expected cell~TRUE~PREDICTED, got {_short(text)}")
            return Cell(_whole(true, "class"), _whole(predicted, "class"))
        case "other":
            return Other(_whole(rest, "class") if "~" in text else None)
        case "preset":
            for preset in PRESETS:
                if rest == preset:
                    return Found(preset)
            raise RuleError(f"the presets are {', '.join(PRESETS)}; got {_short(rest)}")
        case "rejected":
            return _parsed_rejected(rest)
        case "class":
            return OfClass(_whole(rest, "class"))
        case "ids":
            return Ids(listed_ids(rest))
        case "saved":
            if not rest:
                raise RuleError("expected saved~NAME, got no name")
            return Saved(rest)
    if kind in PAST_WORDS:
        try:
            return parsed_past(text)
        except ValueError as error:
            raise RuleError(f"{error}; got {_short(text)}") from None
    known = "lasso, cell, other, preset, rejected, class, ids, saved"
    raise RuleError(f"a rule begins with {known}, {', '.join(PAST_WORDS)}; got {_short(text)}")


def listed_ids(text: str) -> tuple[int, ...]:
    """Return the image numbers in a list separated by commas, spaces or lines, doubles left out.

    Raises
    ------
    RuleError
        For an empty list, for more than 50 numbers and for anything that is no whole number.
    """
    words = text.replace(",", " ").replace(";", " ").split()
    ids = tuple(dict.fromkeys(_whole(word, "image") for word in words))
    if not ids:
        raise RuleError("expected at least one image number, got none")
    if len(ids) > MOST_IDS:
        raise RuleError(
            f"a list holds at most {MOST_IDS} images, got {len(ids)}: save it under a name instead"
        )
    return ids


def _parsed_rejected(rest: str) -> Rejected:
    word, _, number = rest.partition("~")
    try:
        threshold = float(number)
    except ValueError:
        threshold = math.nan
    for measure in MEASURES:
        if word == measure and math.isfinite(threshold):
            return Rejected(measure, threshold)
    raise RuleError(
        f"expected rejected~MEASURE~NUMBER, the measures being {', '.join(MEASURES)}; got "
        f"{_short('rejected~' + rest)}"
    )


def _parsed_lasso(rest: str) -> Lasso:
    parts = rest.split("~")
    if len(parts) != 3:
        raise RuleError(f"expected lasso~METHOD~SPLIT~x,y;x,y;..., got {_short('lasso~' + rest)}")
    method, split, corners = parts
    if split not in SPLITS:
        raise RuleError(f"a lasso's split is train, test or all; got {_short(split)}")
    points = [_point(pair) for pair in corners.split(";")]
    if not 3 <= len(points) <= MOST_CORNERS:
        raise RuleError(f"a lasso has 3 to {MOST_CORNERS} corners, got {len(points)}")
    return lasso(method, split, points)


def _point(pair: str) -> tuple[float, float]:
    x, separator, y = pair.partition(",")
    try:
        point = float(x), float(y)
    except ValueError:
        separator = ""
        point = (0.0, 0.0)
    if not separator or not all(abs(value) < 1e30 for value in point):
        raise RuleError(f"expected a corner x,y in numbers, got {_short(pair)}")
    return point


def _whole(word: str, what: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) <= 9):
        raise RuleError(f"expected the number of a {what}, got {_short(word)}")
    return int(word)


def _rounded(value: float) -> float:
    """Round to the six digits that `:g` writes, and turn -0 into 0."""
    return float(f"{value:g}") + 0.0


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
