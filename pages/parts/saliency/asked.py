"""What the URL asks of the Saliency page beside the view that all pages share.

    method=NAME method2=NAME    the two methods that are compared; default: re-label and the best
                                other one of this image
    look=PANEL                  the open panel
    metric=NAME                 what the table of all studies shows; default: deletion

What does not hold is ignored, and one line says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from pages.parts.literal import shortened

Look = Literal["arena", "curves", "paper", "gallery", "synthetic", "apart", "studies"]
LOOKS: tuple[Look, ...] = get_args(Look)
Metric = Literal["deletion", "insertion", "removal", "sanity", "sensitivity"]
METRICS: tuple[Metric, ...] = get_args(Metric)


@dataclass(frozen=True)
class Asked:
    """The page's own part of a view; None where the page chooses."""

    method: str | None = None
    method2: str | None = None
    look: Look = "arena"
    metric: Metric = "deletion"


def asked(parameters: Mapping[str, str], *, methods: Sequence[str]) -> tuple[Asked, list[str]]:
    """Return what the URL asks for, and one line for each word of it that was ignored.

    Parameters
    ----------
    parameters
        Those of the URL.
    methods
        The methods that may be compared.
    """
    wish, ignored = Asked(), []
    for word, known in (
        ("method", methods), ("method2", methods), ("look", LOOKS), ("metric", METRICS),
    ):  # fmt: skip
        text = parameters.get(word)
        if text is None:
            continue
        if text in known:
            wish = replace(wish, **{word: text})
        else:
            there = f"there are {', '.join(known)}" if known else "no methods are known here"
            ignored.append(f"Ignored {word}={shortened(text, 40)} in the address: {there}.")
    return wish, ignored
