"""Section 7.2's limit, measured: whether the student of a morph looks where the glasses are.

Where two faces differ in more than glasses, all of it changes along the morph. How much of the
change, and how much of the student's evidence, lies where glasses sit is counted here, so that the
page says that the view fails only where it does.
"""

import numpy as np

from core.deepvid.explanation import Explanation
from core.deepvid.features import this_not_that
from core.generators.generator import Picture

GLASSES = (0.34, 0.57, 0.19, 0.81)
"""Where glasses sit in CelebA's aligned faces: top, bottom, left, right, shares of the sides."""


def change_words(first: Picture, second: Picture) -> str:
    """Return how much of what changes between two faces lies where glasses sit."""
    change = np.square(first - second).sum(axis=0)
    there, area = _share(change), _share(np.ones_like(change))
    return (
        f"Of the squared change between these two pictures {there:.0%} lies where glasses sit, "
        f"which is {area:.0%} of the picture."
    )


def evidence_words(made: Explanation, first: Picture, second: Picture, this: int, that: int) -> str:
    """Return by what the student tells two faces apart, and whether that is the glasses.

    Counted is the difference of both classes' weights times the difference of both pictures: what
    each pixel adds to the turn of the student's answer. The weights times one picture would say
    that dark glasses are no evidence, for they are black. Nothing where the student does not know
    both classes.
    """
    places = {int(class_): place for place, class_ in enumerate(made.classes)}
    if not {this, that} <= set(places):
        return ""
    change = first - second
    found = this_not_that(made.weights, change, places[this], places[that]).sum(axis=0)
    there = _share(np.abs(found))
    reads = {
        "agrees": "and it reads the image as the teacher does",
        "differs": "and its probabilities differ from the teacher's",
        "disagrees": "and it reads the image as another class than the teacher",
    }[made.trust.verdict]
    said = (
        "Of what the student tells them apart by (the classes' weights times the change) "
        f"{there:.0%} lies there, {reads}: "
    )
    if there < 0.5:
        return f"{said}most of it lies elsewhere, so here too the view fails."
    if made.trust.verdict == "disagrees":
        return f"{said}it is not to be trusted, so here too the view fails."
    return f"{said}most of it lies on the glasses, so here the view does not fail."


def _share(values: np.ndarray) -> float:
    """Return the share of an image's values that lies where glasses sit; 0 where all are 0."""
    height, width = values.shape
    top, bottom, left, right = GLASSES
    part = values[
        round(top * height) : round(bottom * height), round(left * width) : round(right * width)
    ]
    total = float(values.sum())
    return float(part.sum()) / total if total > 0 else 0.0
