"""One explanation from beginning to end, in steps that can be watched and stopped.

Source: DeepVID, algorithm 1: neighbours of an image, the teacher's answers, a student taught by
them, and whether the student may be believed. ``explaining`` yields a ``Step`` after each piece of
work and the ``Explanation`` last; whoever stops asking, stops it.

Where the teacher tells more than ``MOST`` classes apart, the student learns the most probable ones
and one answer more that stands for all others together: with their logits' log-sum-exp the
probabilities stay what they were.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from core.deepvid.hybrid import Hybrid, log_odds, log_sum, rounds
from core.deepvid.neighbors import Decode, Sampling, neighborhood
from core.deepvid.student import Logits, Student, StudentSettings, lessons
from core.deepvid.trust import HeldOut, Trust, explained_share, held_out, trust
from core.generators.generator import Code, Codes, LatentSpace, Picture, Pictures, Ranges
from core.generators.sampling import Box, axis_ends, influence

MOST = 12  # classes that a student tells apart
KEPT = 10  # of them where there are more
BLOCK = 128  # neighbours between two steps
USUAL_LATENT = 10  # dimensions for which the paper takes a band of 15 %
OTHERS = -1  # the class number of all others together

Teacher = Callable[[Pictures], Logits]


@dataclass(frozen=True)
class Recipe:
    """How an image is explained.

    ``teaching`` is our hybrid student (latent neighbours and masked copies, closed form) or the
    paper's student of latent neighbours alone; ``held_out`` neighbours are kept from it.
    """

    teaching: Literal["hybrid", "student"] = "hybrid"
    sampling: Sampling = field(default_factory=lambda: Sampling("band", 144))
    student: StudentSettings = field(default_factory=StudentSettings)
    hybrid: Hybrid = field(default_factory=Hybrid)
    held_out: int = 48


@dataclass(frozen=True)
class Step:
    """Work done so far of all; ``loss`` is the mean cross-entropy of the epoch just trained."""

    done: int
    of: int
    what: str
    loss: float | None = None


@dataclass(frozen=True)
class Explanation:
    """What an image's explanation holds.

    ``classes`` numbers of the classes compared, -1 is all others; ``codes`` and ``probabilities``
    are the neighbours' and the teacher's for them, in their order; ``trust`` and ``held_out``
    judge the ``student``. ``weights`` are those that are shown: the student's, of a hybrid one its
    margins', which are fitted to each class's log-odds against the rest; ``margins_r2`` is the
    share of the variance of the teacher's log-odds on the held-out neighbours that these explain,
    at most 1, NaN where they do not vary, None where there are no margins or nobody asked.
    ``losses`` one for each epoch.
    """

    classes: Int[np.ndarray, " class"]
    codes: Codes
    pictures: Pictures
    probabilities: Float[np.ndarray, "neighbor class"]
    student: Student
    weights: Student
    trust: Trust
    held_out: HeldOut
    losses: tuple[float, ...]
    margins_r2: float | None = None


def recipe_for(
    shape: tuple[int, int, int],
    teaching: Literal["hybrid", "student"] = "hybrid",
    *,
    latent: int = USUAL_LATENT,
) -> Recipe:
    """Return the default recipe for pictures of a shape (channel, height, width).

    Above 32 x 32 a picture costs teacher and student much more, above 64 x 64 a hundred times as
    much: the hybrid takes fewer neighbours and masked copies, and masks have larger cells. Drawn
    from a band in more than ten ``latent`` dimensions a neighbour lies farther away by the root of
    their number: the hybrid's band is narrower by that.
    """
    if teaching == "student":
        recipe = Recipe("student", Sampling("line", keep_detail=False))
    else:
        near = min(1.0, math.sqrt(USUAL_LATENT / latent))
        recipe = Recipe(sampling=Sampling("band", 144, 0.15 * near))
    side = max(shape[1:])
    if side <= 32 or (side <= 64 and teaching == "student"):
        return recipe
    if side <= 64:
        sampling = replace(recipe.sampling, n=96)
        return replace(recipe, sampling=sampling, hybrid=Hybrid(masked=400, cell=2))
    n = 144 if teaching == "student" else 96
    return replace(
        recipe,
        sampling=replace(recipe.sampling, n=n),
        hybrid=Hybrid(masked=256, cell=side // 28),
        held_out=24,
    )


def explaining(
    picture: Picture,
    code: Code,
    decode: Decode,
    space: LatentSpace,
    teacher: Teacher,
    recipe: Recipe,
    *,
    region: Box | None = None,
    other: tuple[Picture, Code] | None = None,
) -> Iterator[Step | Explanation]:
    """Yield a step after each piece of work, and the explanation last.

    Parameters
    ----------
    picture, code, decode, space, region, other
        As in ``neighborhood``.
    teacher
        From pictures to logits.
    recipe
        How to explain.

    Raises
    ------
    ValueError
        As in ``neighborhood`` and ``lessons``; if the teacher's logits are not finite.
    """
    epochs = recipe.student.epochs if recipe.teaching == "student" else recipe.hybrid.rounds
    n = recipe.sampling.n + recipe.held_out
    of = 1 + -(-n // BLOCK) + epochs
    drawn = neighborhood(
        picture, code, decode, space, replace(recipe.sampling, n=n), region=region, other=other
    )
    done = 1
    yield Step(done, of, "neighbours")
    own = teacher(picture[None])
    ends = own if other is None else np.concatenate([own, teacher(other[0][None])])
    kept = kept_classes(ends)
    answers = []
    for start in range(0, len(drawn.pictures), BLOCK):
        answers.append(among(teacher(drawn.pictures[start : start + BLOCK]), kept))
        done += 1
        yield Step(done, of, "the teacher's answers")
    logits = np.concatenate(answers)
    out = held_out_places(len(logits), recipe.held_out)
    pictures, taught = drawn.pictures[~out], logits[~out]
    losses: list[float] = []
    student = weights = None
    if recipe.teaching == "hybrid":
        target = int(np.flatnonzero(kept == own[0].argmax())[0])
        masked = rounds(
            picture, lambda some: among(teacher(some), kept), pictures, recipe.hybrid, target=target
        )
        for found in masked:
            student, weights = found.student, found.margins
            done += 1
            yield Step(done, of, "masked copies")
    else:
        for lesson in lessons(pictures, taught, recipe.student):
            student = weights = lesson.student
            losses.append(lesson.loss)
            done = min(done + 1, of)
            yield Step(done, of, "the student", lesson.loss)
    assert student is not None
    assert weights is not None
    r2 = None
    if recipe.teaching == "hybrid":
        r2 = explained_share(log_odds(logits[out]), weights.logits(drawn.pictures[out]))
    yield Explanation(
        kept, drawn.codes[~out], pictures, probabilities_of(taught), student, weights,
        trust(student, picture, among(own, kept)[0], others=bool(kept[-1] == OTHERS)),
        held_out(student, drawn.pictures[out], logits[out]), tuple(losses), r2,
    )  # fmt: skip


def explained(
    picture: Picture,
    code: Code,
    decode: Decode,
    space: LatentSpace,
    teacher: Teacher,
    recipe: Recipe,
) -> Explanation:
    """Return the explanation; arguments and errors as in ``explaining``."""
    *_, last = explaining(picture, code, decode, space, teacher, recipe)
    assert isinstance(last, Explanation)
    return last


def axis_influence(
    code: Code,
    ranges: Ranges,
    deviation: Code,
    decode: Decode,
    teacher: Teacher,
    *,
    most: int = 32,
) -> Code:
    """Return how much each axis changes the teacher: half the L1 distance between its two ends.

    Parameters
    ----------
    code, ranges, decode
        The image's code, the range of every axis, the generator's decoder.
    deviation
        Standard deviation of every axis; the ``most`` that vary most are asked, the others are NaN.
    teacher
        From pictures to logits.
    """
    axes = np.sort(np.argsort(-deviation, kind="stable")[:most])
    ends = axis_ends(code, ranges)[axes]
    logits = teacher(decode(ends.reshape(-1, len(code))))
    found = np.full(len(code), np.nan, np.float32)
    found[axes] = influence(probabilities_of(logits).reshape(len(axes), 2, -1))
    return found


def kept_classes(logits: Logits) -> Int[np.ndarray, " kept"]:
    """Return the classes that a student learns for the given images, rising; then -1 if some lack.

    All where there are at most ``MOST``; else each image's first and the most probable of all.
    """
    classes = logits.shape[1]
    if classes <= MOST:
        return np.arange(classes)
    most = probabilities_of(logits).max(axis=0)
    most[logits.argmax(axis=1)] += 1  # an image's own class is there, however sure the other is
    order = np.argsort(-most, kind="stable")
    return np.append(np.sort(order[:KEPT]), OTHERS)


def among(logits: Logits, kept: Int[np.ndarray, " kept"]) -> Float[np.ndarray, "sample kept"]:
    """Return the logits of the kept classes; -1 stands for all others, by their log-sum-exp."""
    if kept[-1] != OTHERS:
        return logits
    named = kept[:-1]
    others = np.delete(logits, named, axis=1).astype(np.float64)
    return np.concatenate([logits[:, named], log_sum(others)[:, None].astype(logits.dtype)], axis=1)


def held_out_places(n: int, out: int) -> np.ndarray:
    """Return which of n ordered neighbours are held out: evenly, neither end among them."""
    chosen = np.zeros(n, bool)
    chosen[np.linspace(0, n - 1, out + 2).astype(int)[1:-1]] = True
    return chosen


def probabilities_of(logits: Logits) -> Float[np.ndarray, "sample class"]:
    """Return the softmax of each row, float32."""
    z = logits.astype(np.float64)
    return np.exp(z - log_sum(z)[:, None]).astype(np.float32)
