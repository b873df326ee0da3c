"""Channels that say nothing about the class: non-semantic ones and hubs (section 8.4).

The paper found five by hand: they respond to the image's frame, whatever the image. Two signs of
it need no eye. A *frame* channel has its largest value at the border in nearly all images, far
more often than border positions alone would explain. A *hub* is among the top channels of nearly
every class at nearly the same rate, so that its counts tell almost nothing about the class: the
mutual information between "counted" and the class is small although it is counted often.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int


@dataclass(frozen=True)
class Hubs:
    """Per channel of a layer: how often it is counted, over how many classes, and what it tells.

    ``reach`` is the share of classes in which at least half as many images count the channel as on
    average; ``information`` the share of the class's entropy that the count explains, 0 to 1;
    ``frame`` the share of its images whose largest value lies at the border, NaN where not asked.
    ``hub`` and ``non_semantic`` are the flags.
    """

    rate: Float[np.ndarray, " channel"]
    reach: Float[np.ndarray, " channel"]
    information: Float[np.ndarray, " channel"]
    frame: Float[np.ndarray, " channel"]
    hub: Bool[np.ndarray, " channel"]
    non_semantic: Bool[np.ndarray, " channel"]


def hubs(
    counts: Int[np.ndarray, "class channel"],
    images: Int[np.ndarray, " class"],
    *,
    frame: Float[np.ndarray, " channel"] | None = None,
    border: float = 0.0,
    rate: float = 0.5,
    reach: float = 0.95,
    information: float = 0.02,
    at_border: float = 0.9,
) -> Hubs:
    """Return which channels of a layer are hubs, and which are non-semantic.

    Parameters
    ----------
    counts
        A of the layer.
    images
        Images per class; classes without any are left out.
    frame
        Share of images in which each channel is largest at the border only (``border_share``).
    border
        Share of the layer's positions that lie at the border; where it is large nothing follows.
    rate, reach, information
        A hub is counted in at least this share of all images, in at least this share of classes at
        half that rate or more, and explains at most this share of the class's entropy.
    at_border
        A non-semantic channel is one that is largest at the border in at least this share of
        images, where at most half as many positions lie there, and is often counted (half of
        ``rate`` suffices).
    """
    seen = images > 0
    a, n = counts[seen].astype(np.float64), images[seen].astype(np.float64)[:, None]
    if not len(a):
        none = np.zeros(counts.shape[1])
        return Hubs(none, none, none, none, none > 0, none > 0)
    share = np.minimum(a / n, 1)
    overall = a.sum(0) / n.sum()
    spread = (share >= 0.5 * overall).mean(0) * (overall > 0)
    told = _explained(share, n[:, 0] / n.sum())
    is_hub = (overall >= rate) & (spread >= reach) & (told <= information) & (len(a) > 1)
    at_frame = np.full(len(overall), np.nan) if frame is None else np.asarray(frame, np.float64)
    odd = (at_frame >= at_border) & (overall >= rate / 2) & (border <= at_border / 2)
    return Hubs(overall, spread, told, at_frame, is_hub, odd)


def _explained(share: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the mutual information of count and class over the class's entropy."""

    def entropy(p: np.ndarray) -> np.ndarray:
        q = np.stack([p, 1 - p])
        return -(q * np.log(np.where(q > 0, q, 1))).sum(0)

    overall = weight @ share
    mutual = entropy(overall) - weight @ entropy(share)
    of_class = -(weight * np.log(weight)).sum()
    return np.maximum(mutual, 0) / of_class if of_class > 0 else np.zeros(len(overall))


def border_share(
    values: Float[np.ndarray, "sample channel height width"],
) -> Float[np.ndarray, " channel"]:
    """Return in what share of the images that excite a channel only the border is that excited.

    The border is the map's outermost ring. Zero for channels that nothing excites.
    """
    most = values.max((2, 3))
    inside = values[:, :, 1:-1, 1:-1].max((2, 3), initial=0)
    excited = most > 0
    return (excited & (most > inside)).sum(0) / np.maximum(excited.sum(0), 1)


def flagged_per_classes(
    flags: Bool[np.ndarray, " channel"], counts: Int[np.ndarray, "class channel"]
) -> Int[np.ndarray, " class"]:
    """Return how many flagged channels each class counts at all."""
    return ((counts > 0) & flags[None]).sum(1)
