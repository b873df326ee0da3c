"""Feature removal: the true class's probability while the most important pixels turn black.

Source: DeepVID, section 8. Pixels are removed (raw 0, all channels) by descending signed value of a
map, ties in random order; the area is the mean probability over the first 200 of 784 pixels, that
is over the first 25.5 % at any size: after 1, 2, ... 200 removed pixels.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.intervals import Interval, bootstrap, bootstrap_band
from core.saliency.method import (
    Examined,
    Maps,
    Pictures,
    Progress,
    Targets,
    checked_maps,
    generator_for,
    target_probability,
)

SHARE = 200 / 784  # of the pixels: up to here the paper reads its curves


@dataclass(frozen=True)
class RemovalCurves:
    """The target's probability after ``removed`` pixels, the first entry with none removed."""

    removed: Int[np.ndarray, " step"]
    probability: Float[np.ndarray, "sample step"]

    @property
    def area(self) -> Float[np.ndarray, " sample"]:
        """Mean probability of each picture over the removed pixels, 0..1; lower is better."""
        return self.probability[:, 1:].mean(axis=1)


@dataclass(frozen=True)
class MeanCurve:
    """Mean over pictures at each step, with its 95 % bootstrap interval."""

    removed: Int[np.ndarray, " step"]
    mean: Float[np.ndarray, " step"]
    low: Float[np.ndarray, " step"]
    high: Float[np.ndarray, " step"]


def removed_pixels(pixels: int, share: float = SHARE) -> int:
    """Return how many pixels the area looks at: 200 of 784, 16 of 64."""
    return max(1, int(pixels * share))


def removal_curves(
    teacher: Examined,
    pictures: Pictures,
    maps: Maps,
    targets: Targets,
    *,
    share: float = SHARE,
    seed: int = 0,
    batch_size: int = 512,
    progress: Progress | None = None,
) -> RemovalCurves:
    """Return the curves in steps of one pixel.

    Removing a pixel that is black already changes nothing, so only pictures that differ are shown
    to the teacher.

    Parameters
    ----------
    teacher
        The teacher.
    pictures
        At least one.
    maps
        One per picture; larger is more important.
    targets
        The true class of each picture.
    share
        Share of the pixels that are removed, above 0 and at most 1.
    seed
        Seed of the order of equal values; together with the picture's content.
    batch_size
        Pictures the teacher reads at once, at least 1.
    progress
        Called with pictures done, pictures in all and "removal".

    Raises
    ------
    ValueError
        If the maps do not fit the pictures or are not finite, or the share is out of range.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share must be above 0 and at most 1, got {share}")
    if len(pictures) == 0 or len(pictures) != len(targets):
        raise ValueError(
            f"removal needs pictures, at least one, and as many targets, got {len(pictures)} and "
            f"{len(targets)}"
        )
    checked_maps(maps, pictures)
    steps = removed_pixels(maps[0].size, share)
    probability = np.empty((len(pictures), steps + 1), np.float32)
    for block in _blocks(pictures, steps, batch_size):
        stacks, places = [], []
        for number in block:
            order = removal_order(maps[number], generator_for(seed, pictures[number]))[:steps]
            stack, place = _distinct(pictures[number], order)
            stacks.append(stack)
            places.append(place)
        asked = np.repeat(targets[block], [len(stack) for stack in stacks])
        logits = teacher.logits(np.concatenate(stacks), batch_size=batch_size)
        answers = np.split(
            target_probability(logits, asked), np.cumsum([len(stack) for stack in stacks])[:-1]
        )
        for number, answer, place in zip(block, answers, places, strict=True):
            probability[number] = answer[place]
        if progress is not None:
            progress(int(block[-1]) + 1, len(pictures), "removal")
    return RemovalCurves(np.arange(steps + 1), probability)


def removal_order(
    values: Float[np.ndarray, "height width"], random: np.random.Generator
) -> Int[np.ndarray, " pixel"]:
    """Return pixel numbers by descending value, equal ones in random order."""
    shuffled = random.permutation(values.size)
    return shuffled[np.argsort(-values.ravel()[shuffled], kind="stable")]


def mean_curve(curves: RemovalCurves, *, seed: int = 0, resamples: int = 1000) -> MeanCurve:
    """Return the mean curve with its 95 % percentile bootstrap interval over pictures."""
    band = bootstrap_band(curves.probability, seed, resamples=resamples)
    return MeanCurve(curves.removed, *band)


def area_difference(
    ours: Float[np.ndarray, " sample"], theirs: Float[np.ndarray, " sample"], *, seed: int = 0
) -> tuple[float, Interval]:
    """Return the mean paired difference of two methods' areas and its 95 % interval.

    Negative where ours is better; the same pictures in the same order.
    """
    difference = ours.astype(np.float64) - theirs
    return float(difference.mean()), bootstrap(difference, seed)


def _distinct(
    picture: Float[np.ndarray, "channel height width"], order: Int[np.ndarray, " pixel"]
) -> tuple[np.ndarray, np.ndarray]:
    """The different pictures on the way, and which of them stands at each step."""
    flat = picture.reshape(len(picture), -1)
    lit = order[(flat[:, order] != 0).any(axis=0)]
    stack = np.repeat(flat[None], len(lit) + 1, axis=0)
    rank = np.full(flat.shape[1], len(lit))
    rank[lit] = np.arange(len(lit))
    stack *= (rank >= np.arange(len(lit) + 1)[:, None])[:, None]
    place = np.concatenate([[0], np.cumsum((flat[:, order] != 0).any(axis=0))])
    return stack.reshape(-1, *picture.shape), place


def _blocks(pictures: Pictures, steps: int, batch_size: int) -> Iterator[np.ndarray]:
    """Numbers of pictures whose stacks are held at once: at least one, about 64 MB."""
    held = max(1, min(len(pictures), 16_000_000 // ((steps + 1) * pictures[0].size)))
    for start in range(0, len(pictures), held):
        yield np.arange(start, min(start + held, len(pictures)))
