"""From maxima (or relevance) to A, as a preset says: the door between aggregation and graphs."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.summit.activation import Choice, class_counts, least_contributing, top_share
from core.summit.settings import Preset


@dataclass(frozen=True)
class Seeds:
    """A per layer, which channels each image chose, and the share that was used."""

    counts: dict[str, Int[np.ndarray, "class _"]]
    choice: dict[str, Choice]
    share: dict[str, float]


def seeds(
    scores: Mapping[str, Float[np.ndarray, "sample _"]],
    labels: Int[np.ndarray, " sample"],
    classes: int,
    preset: Preset,
) -> Seeds:
    """Return A of every layer.

    Parameters
    ----------
    scores
        Channel maxima Z per layer; relevance where the preset asks for it (negative is zero).
    labels
        True classes.
    classes
        Number of classes.
    preset
        Settings.
    """
    counts, choices, shares = {}, {}, {}
    for name, score in scores.items():
        z = np.maximum(score, 0)
        share = share_keeping(z, preset) if preset.keep else preset.share
        if preset.seed == "least":
            choice = least_contributing(z, share, least=preset.least)
        else:
            choice = top_share(z, share, crossing=preset.crossing, least=preset.least)
        counts[name] = class_counts(choice.chosen, labels, classes)
        choices[name], shares[name] = choice, share
    return Seeds(counts, choices, shares)


def share_keeping(
    maxima: Float[np.ndarray, "sample channel"], preset: Preset, *, most_images: int = 2_000
) -> float:
    """Return the share with which images keep ``preset.keep`` of the channels on average.

    At least ``preset.least`` of them; found by bisection on at most so many images, evenly spaced.
    """
    step = max(1, len(maxima) // most_images)
    rows = maxima[::step]
    goal = max(preset.least, preset.keep * maxima.shape[1])
    low, high = 0.0, 1.0
    for _ in range(24):
        middle = (low + high) / 2
        kept = top_share(rows, middle, crossing=preset.crossing).chosen.sum(1).mean()
        low, high = (middle, high) if kept < goal else (low, middle)
    return high
