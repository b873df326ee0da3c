"""Deletion and insertion: a class's probability while pixels go, or come back, by importance.

Source: RISE (Petsiuk, Das and Saenko, 2018), section 4.1 and algorithm 1. Pixels go by descending
signed value of a map, equal ones in random order. The class is the teacher's first on the clean
picture; its probability is softmax's. The area is the trapezoid rule's over the share of pixels, 0
to 1: lower is better for deletion, higher for insertion. What stands in for a missing pixel is
``substrate``'s: one colour for deletion, the blurred picture for insertion.

Many pixels equal their stand-in (black ones in a digit), and taking them away changes nothing. Only
pictures that differ are shown to the teacher, those of several images in one batch, and the clean
picture once for both curves.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from core.saliency.method import (
    Examined,
    Maps,
    Picture,
    Pictures,
    Progress,
    Targets,
    checked_maps,
    generator_for,
    target_probability,
)
from core.saliency.removal import removal_order
from core.saliency.substrate import blurred, flat

STEPS = 100
BATCH_VALUES = 610_000  # of pictures in a batch: what the caches of a core hold is read fastest
LARGEST_BATCH = 512
SHARED = 32  # large pictures in a batch, which the teacher shares out among its threads
HELD_VALUES = 8_000_000  # of such a batch at most


@dataclass(frozen=True)
class DeletionInsertion:
    """Both curves of every picture.

    ``changed`` pixels deleted or inserted at each step, from 0 to all of them; ``target`` the class
    whose probability the curves tell; ``evaluations`` passes of the teacher for one picture.
    """

    changed: Int[np.ndarray, " step"]
    deletion: Float[np.ndarray, "sample step"]
    insertion: Float[np.ndarray, "sample step"]
    target: Targets
    evaluations: float

    @property
    def deletion_area(self) -> Float[np.ndarray, " sample"]:
        """Area under each picture's deletion curve, 0..1; lower is better."""
        return area(self.changed, self.deletion)

    @property
    def insertion_area(self) -> Float[np.ndarray, " sample"]:
        """Area under each picture's insertion curve, 0..1; higher is better."""
        return area(self.changed, self.insertion)


def deletion_insertion(
    teacher: Examined,
    pictures: Pictures,
    maps: Maps,
    *,
    targets: Targets | None = None,
    steps: int = STEPS,
    color: Sequence[float] = (0.0,),
    blur: int | None = None,
    seed: int = 0,
    batch_size: int | None = None,
    progress: Progress | None = None,
) -> DeletionInsertion:
    """Return both curves of every picture.

    Parameters
    ----------
    teacher
        The teacher.
    pictures
        At least one.
    maps
        One per picture; larger is more important.
    targets
        Classes that the curves tell; None: the teacher's first for each clean picture.
    steps
        Equal steps from no pixel to all, at least 1; with as many as pixels or more, each step is
        one pixel.
    color
        Stand-in of a deleted pixel, one value per channel or one for all, in 0..1.
    blur
        Length of the kernel that blurs what is not inserted yet; None: scaled to the picture.
    seed
        Seed of the order of equal values; together with the picture's content.
    batch_size
        Pictures the teacher reads at once; None: by their size.
    progress
        Called with pictures done, pictures in all and "deletion and insertion".

    Raises
    ------
    ValueError
        If maps or targets do not fit the pictures, a map is not finite, or an option is out of
        range.
    """
    n = len(pictures)
    if n == 0:
        raise ValueError("deletion and insertion need pictures, at least one, got none")
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    checked_maps(maps, pictures)
    if batch_size is None:
        batch_size = batch_for(pictures[0].size)
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    asked = teacher.evaluations
    clean = teacher.logits(pictures, batch_size=batch_size)
    target = clean.argmax(axis=1) if targets is None else targets
    if len(target) != n:
        raise ValueError(f"targets must be as many as pictures, {n}, got {len(target)}")
    probability = target_probability(clean, target)
    changed = counts(maps[0].size, steps)
    gone, base = flat(pictures, color), blurred(pictures, blur)
    ways = (
        way
        for picture, values, without, vague in zip(pictures, maps, gone, base, strict=True)
        for order in (removal_order(values, generator_for(seed, picture)),)
        for way in (
            _way(picture, without, order, changed, clean_at_start=True),
            _way(vague, picture, order, changed, clean_at_start=False),
        )
    )
    curves = np.empty((2 * n, len(changed)), np.float32)
    answered = _answered(teacher, ways, np.repeat(target, 2), batch_size)
    for row, (way, answers) in enumerate(answered):
        known = np.empty(way.thresholds[-1] + 1, np.float32)
        known[way.asked] = answers
        known[way.clean] = probability[row // 2]
        curves[row] = known[way.thresholds]
        if progress is not None and row % 2:
            progress((row + 1) // 2, n, "deletion and insertion")
    return DeletionInsertion(
        changed, curves[::2], curves[1::2], target, (teacher.evaluations - asked) / n
    )


def counts(pixels: int, steps: int = STEPS) -> Int[np.ndarray, " step"]:
    """Return how many pixels are changed at each step: equal steps, rounded, from 0 to all."""
    return np.rint(np.linspace(0, pixels, min(steps, pixels) + 1)).astype(np.int64)


def area(
    changed: Int[np.ndarray, " step"], curves: Float[np.ndarray, "sample step"]
) -> Float[np.ndarray, " sample"]:
    """Return the area under each curve, the axis divided by its last entry (trapezoid rule)."""
    return np.trapezoid(curves.astype(np.float64), changed / changed[-1], axis=1)


def batch_for(values: int) -> int:
    """Return how many pictures of so many values the teacher reads best at once."""
    few = min(SHARED, HELD_VALUES // values)
    return max(1, few, min(LARGEST_BATCH, BATCH_VALUES // values))


class _Way(NamedTuple):
    """The way from one picture to another, pixel by pixel.

    ``rank`` a pixel's place among those that differ, beyond all of them where it does not;
    ``thresholds`` how many of those have changed at each step; ``clean`` the number at which the
    clean picture stands; ``asked`` the other numbers that occur.
    """

    start: Picture
    end: Picture
    rank: Int[np.ndarray, "height width"]
    thresholds: Int[np.ndarray, " step"]
    clean: int
    asked: Int[np.ndarray, " threshold"]


def _way(
    start: Picture,
    end: Picture,
    order: Int[np.ndarray, " pixel"],
    changed: Int[np.ndarray, " step"],
    *,
    clean_at_start: bool,
) -> _Way:
    differs = (start != end).any(axis=0).ravel()[order]
    thresholds = np.concatenate([[0], np.cumsum(differs)])[changed]
    total = int(thresholds[-1])
    rank = np.full(len(order), total, np.int32)
    rank[order[differs]] = np.arange(total, dtype=np.int32)
    clean = 0 if clean_at_start else total
    occurring = np.unique(thresholds)
    return _Way(
        start, end, rank.reshape(start.shape[1:]), thresholds, clean, occurring[occurring != clean]
    )


def _answered(
    teacher: Examined, ways: Iterable[_Way], targets: Targets, batch_size: int
) -> Iterator[tuple[_Way, Float[np.ndarray, " threshold"]]]:
    """Every way with the target's probabilities for what it asks; batches run across ways."""
    waiting: deque[tuple[_Way, Float[np.ndarray, " threshold"]]] = deque()
    places: list[tuple[np.ndarray, slice]] = []  # where the answers to the batch belong
    batch, asked, filled = None, np.empty(batch_size, np.int64), 0

    def ask() -> None:
        if batch is not None and filled:
            found = teacher.probabilities(batch[:filled], asked[:filled], batch_size=batch_size)
            done = 0
            for answers, chosen in places:
                length = chosen.stop - chosen.start
                answers[chosen] = found[done : done + length]
                done += length
        places.clear()

    for way, target in zip(ways, targets, strict=True):
        if batch is None:
            batch = np.empty((batch_size, *way.start.shape), np.float32)
        answers = np.empty(len(way.asked), np.float32)
        waiting.append((way, answers))
        begin = 0
        while begin < len(way.asked):
            stop = min(len(way.asked), begin + batch_size - filled)
            part = batch[filled : filled + stop - begin]
            np.copyto(part, way.start)
            moved = way.rank < way.asked[begin:stop, None, None]
            np.copyto(part, way.end, where=moved[:, None])
            asked[filled : filled + stop - begin] = target
            places.append((answers, slice(begin, stop)))
            filled, begin = filled + stop - begin, stop
            if filled == batch_size:
                ask()
                filled = 0
        # all that wait before a way that is not fully asked are answered
        while waiting and (filled == 0 or waiting[0][1] is not places[0][0]):
            yield waiting.popleft()
    ask()
    yield from waiting
