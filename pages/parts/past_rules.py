"""Selections by what happened to samples while the teacher trained; rules like any other.

    forgotten~A~B             right at checkpoint A and wrong at the later B
    never                     right at no checkpoint
    late~E                    right to the end, but only from checkpoint E or later
    event~KIND~E              a flip, a jump or a long move on the way to checkpoint E
    round~STRATEGY~R          entered in round R of active learning, chosen by STRATEGY

Checkpoints are epochs; `parts/past.py` decides who belongs.
"""

import math
from dataclasses import dataclass
from typing import Literal, get_args

from core.store import epoch_label

EventKind = Literal["flip", "jump", "move"]
KINDS: tuple[EventKind, ...] = get_args(EventKind)


@dataclass(frozen=True)
class Forgotten:
    """The images that are right at `first` and wrong at the later `last`."""

    first: float
    last: float


@dataclass(frozen=True)
class NeverLearned:
    """The images that are right at no checkpoint."""


@dataclass(frozen=True)
class LateLearned:
    """The images that stay right to the end, but only from `since` or later."""

    since: float


@dataclass(frozen=True)
class Happened:
    """The images with an event of `kind` between the checkpoint before `epoch` and it."""

    kind: EventKind
    epoch: float


@dataclass(frozen=True)
class Entered:
    """The images that `strategy` let in in round `round` of active learning, from 1."""

    strategy: str
    round: int


PastRule = Forgotten | NeverLearned | LateLearned | Happened | Entered
WORDS = ("forgotten", "never", "late", "event", "round")


def written_past(rule: PastRule) -> str:
    """Return the rule as the string that stands in the URL."""
    match rule:
        case Forgotten(first, last):
            return f"forgotten~{epoch_label(first)}~{epoch_label(last)}"
        case NeverLearned():
            return "never"
        case LateLearned(since):
            return f"late~{epoch_label(since)}"
        case Happened(kind, epoch):
            return f"event~{kind}~{epoch_label(epoch)}"
        case Entered(strategy, number):
            return f"round~{strategy}~{number}"


def parsed_past(text: str) -> PastRule:
    """Return the rule that `text` writes; its first word is one of `WORDS`.

    Raises
    ------
    ValueError
        Where the text follows none of the forms above; one line says what was expected.
    """
    match text.split("~"):
        case ["forgotten", first, last]:
            if (a := _epoch(first)) is not None and (b := _epoch(last)) is not None and a < b:
                return Forgotten(a, b)
            raise ValueError("expected forgotten~A~B with two checkpoints in order")
        case ["never"]:
            return NeverLearned()
        case ["late", since]:
            if (epoch := _epoch(since)) is not None:
                return LateLearned(epoch)
            raise ValueError("expected late~E with a checkpoint")
        case ["event", word, epoch]:
            at = _epoch(epoch)
            for kind in KINDS:
                if word == kind and at is not None:
                    return Happened(kind, at)
            raise ValueError(f"expected event~KIND~E, the kinds being {', '.join(KINDS)}")
        case ["round", strategy, number]:
            if strategy and number.isascii() and number.isdigit() and len(number) <= 9:
                return Entered(strategy, int(number))
            raise ValueError("expected round~STRATEGY~R with the number of a round")
    raise ValueError("expected forgotten~A~B, never, late~E, event~KIND~E or round~STRATEGY~R")


def _epoch(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None
