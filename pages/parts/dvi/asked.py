"""What the URL asks of the DeepVisualInsight page beside the view that all pages share.

    look=neighbors | epochs | labels | rounds | attack     the panel; default: the picked sample
    k=5 | 10 | 15 | 20        nearest neighbours looked at; default 15
    epoch2=E                  a second map beside the first, at another checkpoint
    study2=NAME               a second map of another run
    score=METHOD              what ranks suspicious labels; default: the picture's own score
    suspects=N                how many of the most suspicious stand out; default 50
    round=R                   a round of active learning, from 2; default: the first one chosen

What the study does not have is ignored, and one line says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from pages.parts.literal import shortened

Look = Literal["sample", "neighbors", "epochs", "labels", "rounds", "attack"]
LOOKS: tuple[Look, ...] = get_args(Look)
NEIGHBORS = (5, 10, 15, 20)
DEFAULT_K = 15
SCORES = ("dvi", "dvi_reluctance", "dvi_foreignness", "last_loss")
MOST_SUSPECTS = 2000
DEFAULT_SUSPECTS = 50
FIRST_CHOSEN = 2  # round 1 is the first model's, the same for every strategy


@dataclass(frozen=True)
class Asked:
    """The page's own part of a view."""

    look: Look = "sample"
    k: int = DEFAULT_K
    epoch2: float | None = None
    study2: str | None = None
    score: str = "dvi"
    suspects: int = DEFAULT_SUSPECTS
    round: int = FIRST_CHOSEN


def asked(
    parameters: Mapping[str, str],
    epochs: Sequence[float],
    others: Sequence[str],
    looks: Sequence[Look],
    rounds: Sequence[int],
) -> tuple[Asked, list[str]]:
    """Return what the URL asks for, and one line for each word of it that was ignored.

    Parameters
    ----------
    parameters
        Those of the URL.
    epochs
        The checkpoints that have a picture.
    others
        The studies that have pictures too.
    looks
        The panels that this study has.
    rounds
        The rounds of active learning in which images were chosen; empty where there are none.
    """
    found: dict[str, object] = {}
    ignored: list[str] = []

    def read(word: str, reader, why: str) -> None:
        if (text := parameters.get(word)) is None:
            return
        value = reader(text)
        if value is None:
            said = shortened(text, 40)
            ignored.append(f"Ignored {word}={said} in the address: {why}.")
        else:
            found[word] = value

    read("look", lambda t: t if t in looks else None, f"this study has {', '.join(looks)}")
    read("k", lambda t: _among(t, NEIGHBORS), f"expected {', '.join(map(str, NEIGHBORS))}")
    read("epoch2", lambda t: _epoch(t, epochs), "expected one of the checkpoints")
    read("study2", lambda t: t if t in others else None, _known(others))
    read("score", lambda t: t if t in SCORES else None, f"there are {', '.join(SCORES)}")
    read("suspects", _suspects, f"expected a number from 1 to {MOST_SUSPECTS}")
    read("round", lambda t: _among(t, rounds), _round_words(rounds))
    if "epoch2" in found and "study2" in found:
        ignored.append("Ignored epoch2 in the address: another run stands beside the map.")
        del found["epoch2"]
    return Asked(**found), ignored  # type: ignore[arg-type]


def _among(text: str, known: Sequence[int]) -> int | None:
    number = _whole(text)
    return number if number in known else None


def _suspects(text: str) -> int | None:
    number = _whole(text)
    return number if number is not None and 1 <= number <= MOST_SUSPECTS else None


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _epoch(text: str, epochs: Sequence[float]) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value in epochs else None


def _known(others: Sequence[str]) -> str:
    return (
        f"the other runs with pictures are {', '.join(others)}" if others else "there is no other"
    )


def _round_words(rounds: Sequence[int]) -> str:
    if not rounds:
        return "this study was not trained in rounds"
    return f"the rounds with chosen images are {rounds[0]} to {rounds[-1]}"
