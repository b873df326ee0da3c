"""One pass over the images: maxima, influences and patches of every primary layer.

Everything that aggregation needs of the network is read in one forward pass per batch: the tensors
of the primary layers (for A and patches) and the tensors that joins above the first layer read (for
I). What follows works on the arrays that come out of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from core.summit.activation import channel_maxima
from core.summit.channel_graph import ChannelGraph, Join
from core.summit.forward import Forward
from core.summit.influence import kernels
from core.summit.merging import Table
from core.summit.patches import BestPatches, Patches
from core.summit.settings import Preset
from core.summit.strongest import Counts, strongest

Batches = Iterable[tuple[Tensor, Int[np.ndarray, " sample"]]]


@dataclass(frozen=True)
class Aggregation:
    """What one pass over the images found.

    ``maxima`` is Z per layer, [image, channel] in the order of the images, ``influence`` I per
    join and term, ``images`` the images per class. ``frame`` is the share of the images that excite
    a channel in which only the border of its map is that excited, ``border`` the share of positions
    there: NaN and 1 for a layer without a map.
    """

    maxima: dict[str, Float[np.ndarray, "sample channel"]]
    influence: dict[str, tuple[Table, ...]]
    patches: dict[str, Patches]
    labels: Int[np.ndarray, " sample"]
    images: Int[np.ndarray, " class"]
    frame: dict[str, Float[np.ndarray, " channel"]]
    border: dict[str, float]


def aggregate(
    graph: ChannelGraph,
    batches: Batches,
    classes: int,
    preset: Preset,
    patches_from: Bool[np.ndarray, " sample"] | None = None,
) -> Aggregation:
    """Return maxima, influence counts and patches of all images.

    Parameters
    ----------
    graph
        The network and its primary layers.
    batches
        The network's inputs (float32, channels first, on the network's device) and the true class
        of each image.
    classes
        Number of classes.
    preset
        Settings of the influence (``top``, ``positive``, ``every``).
    patches_from
        Which images may give patches; all if not said.

    Raises
    ------
    ValueError
        If there is no image, a label is not a class, or a join reads channels of unknown origin.
    """
    counted = _counted(graph)
    operators = {join.name: kernels(graph, join, every=preset.every) for join in counted}
    counts = {name: Counts(found, classes) for name, found in operators.items()}
    tensors = {layer.name: layer.tensor for layer in graph.layers}
    read = [term.tensor for join in counted for term in join.terms]
    forward = Forward(graph, [*tensors.values(), *read])
    best = BestPatches(graph, patches_from)
    frames = {layer.name: _Frame(layer.channels) for layer in graph.layers}
    maxima: dict[str, list[np.ndarray]] = {name: [] for name in tensors}
    labels: list[np.ndarray] = []
    with torch.no_grad():
        for images, targets in batches:
            targets = _checked(targets, classes)
            values = forward(images)
            maps = {name: channels_first(graph, name, values[t]) for name, t in tensors.items()}
            best.add(maps)
            for name, found in maps.items():
                maxima[name].append(channel_maxima(found))
                frames[name].add(found)
            for join in counted:
                reads = [values[term.tensor] for term in join.terms]
                masks = strongest(
                    operators[join.name], reads, top=preset.top, positive=preset.positive
                )
                counts[join.name].add(masks, targets)
            labels.append(targets)
    if not labels:
        raise ValueError("there must be at least one image to aggregate, got none")
    all_labels = np.concatenate(labels)
    return Aggregation(
        maxima={name: np.concatenate(parts) for name, parts in maxima.items()},
        influence={join.name: _tables(counts[join.name]) for join in counted},
        patches=best.patches(),
        labels=all_labels,
        images=np.bincount(all_labels, minlength=classes),
        frame={name: frame.share for name, frame in frames.items()},
        border={name: frame.border for name, frame in frames.items()},
    )


class _Frame:
    """Counts the images that excite a channel at the border only: ``hubs.border_share``."""

    def __init__(self, channels: int) -> None:
        self._excited, self._outside = np.zeros(channels), np.zeros(channels)
        self.border = 1.0

    def add(self, values: Tensor) -> None:
        if values.ndim != 4:
            self._outside[:] = np.nan
            return
        height, width = values.shape[2:]
        within = values[:, :, 1:-1, 1:-1]
        self.border = 1 - within[0, 0].numel() / (height * width)
        most = values.amax((2, 3))
        inside = within.amax((2, 3)) if within.numel() else torch.zeros_like(most)
        excited = most > 0
        self._excited += excited.sum(0).cpu().numpy()
        self._outside += (excited & (most > inside)).sum(0).cpu().numpy()

    @property
    def share(self) -> Float[np.ndarray, " channel"]:
        return self._outside / np.maximum(self._excited, 1)


def channels_first(graph: ChannelGraph, layer: str, values: Tensor) -> Tensor:
    """Return a layer's tensor with its channels on axis 1 (a linear layer may have them last)."""
    if values.ndim > 2 and values.shape[1] != graph.layer(layer).channels:
        return values.movedim(-1, 1)
    return values


def _counted(graph: ChannelGraph) -> list[Join]:
    found: dict[str, Join] = {}
    for layer in graph.layers[1:]:
        for join in graph.between(layer.name):
            if join.unknown:
                raise ValueError(
                    f"influence needs operators that keep channels apart between the primary "
                    f"layers, but {join.unknown} ({'; '.join(graph.unfollowed) or 'no reason'}): "
                    f"choose other layers"
                )
            if all(term.kind != "passage" for term in join.terms):
                found[join.name] = join
    return list(found.values())


def _tables(counts: Counts) -> tuple[Table, ...]:
    return tuple(Table(*counts.table(term)) for term in range(len(counts.shapes)))


def _checked(labels: np.ndarray, classes: int) -> np.ndarray:
    labels = np.asarray(labels, np.int64)
    if len(labels) and not (labels.min() >= 0 and labels.max() < classes):
        raise ValueError(
            f"labels must be from 0 to {classes - 1}, got {labels.min()} to {labels.max()}"
        )
    return labels
