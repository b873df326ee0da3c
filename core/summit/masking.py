"""Does a class depend on the channels of its graph? Silence them and see (``masking_drop``).

The chosen channels of every primary layer are set to zero, and the fall of the true class's
probability is measured, on the class's own images and on those of the other classes. Ways of
choosing are only compared with the same number of channels in each layer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from core.side_by_side import side_by_side
from core.summit.channel_graph import ChannelGraph, Edit
from core.summit.forward import Forward

ChosenPerLayer = Sequence[Bool[np.ndarray, "class _"]]


@dataclass(frozen=True)
class MaskingDrop:
    """Fall of the true class's probability per image: masked for its class, and for the others.

    ``others`` is the mean over the other classes whose channels were masked, NaN where not asked.
    """

    own: Float[np.ndarray, " sample"]
    others: Float[np.ndarray, " sample"]


def masking_drop(
    graph: ChannelGraph,
    images: Tensor,
    labels: Int[np.ndarray, " sample"],
    chosen: ChosenPerLayer,
    *,
    others: int | None = None,
    outputs: Int[np.ndarray, " class"] | None = None,
    probabilities: bool = False,
    batch_size: int = 256,
) -> MaskingDrop:
    """Return how far the true class's probability falls when a class's channels are silenced.

    Parameters
    ----------
    graph
        The network.
    images, labels
        Its inputs (test images) and their true classes, as rows of ``chosen``.
    chosen
        For each primary layer, which channels each class masks.
    others
        For each image also mask the channels of so many other classes, one after the other, evenly
        spaced by number; all of them if not said. One pass each.
    outputs
        The network's output for each class, where it has more of them than there are classes.
    probabilities
        Whether the network gives probabilities instead of logits.
    batch_size
        Images at once.
    """
    classes = len(chosen[0])
    output = np.arange(classes) if outputs is None else np.asarray(outputs)
    steps = _spaced(classes, classes - 1 if others is None else min(others, classes - 1))
    run = Forward(graph, ["output"])
    masks = [torch.from_numpy(~np.asarray(part)) for part in chosen]
    own, away = np.zeros(len(labels)), np.full(len(labels), np.nan)

    def probability(part: Tensor, true: Tensor, label: Tensor | None) -> Tensor:
        with torch.no_grad():
            found = run(part, None if label is None else _edits(graph, masks, label))["output"]
        shares = found.float().cpu()
        return (shares if probabilities else shares.softmax(1)).gather(1, true[:, None])[:, 0]

    workers = torch.get_num_threads() if images.device.type == "cpu" else 1
    for start in range(0, len(labels), batch_size):
        part = images[start : start + batch_size]
        rows = slice(start, start + len(part))
        label = torch.from_numpy(np.asarray(labels[rows], np.int64))
        true = torch.from_numpy(np.asarray(output[labels[rows]], np.int64))
        masked = [(label + step) % classes for step in (0, *steps)]
        whole, mine, *theirs = side_by_side(
            partial(probability, part, true), [None, *masked], workers
        )
        own[rows] = (whole - mine).numpy()
        if theirs:
            away[rows] = (whole - torch.stack(theirs)).mean(0).numpy()
    return MaskingDrop(own, away)


def _spaced(classes: int, number: int) -> list[int]:
    """So many of the numbers from 1 to one below the classes, evenly spaced."""
    return np.linspace(1, classes - 1, number).round().astype(int).tolist() if number > 0 else []


def _edits(graph: ChannelGraph, masks: Sequence[Tensor], label: Tensor) -> dict[str, Edit]:
    return {
        layer.tensor: _silence(mask[label], layer.channels)
        for layer, mask in zip(graph.layers, masks, strict=True)
    }


def _silence(keep: Bool[Tensor, "sample channel"], channels: int) -> Edit:
    def edit(values: Tensor) -> Tensor:
        axis = 1 if values.shape[1] == channels else values.ndim - 1
        shape = [len(values), *(channels if i == axis else 1 for i in range(1, values.ndim))]
        return values * keep.to(values.device, values.dtype).reshape(shape)

    return edit


def strongest_channels(
    score: Float[np.ndarray, "class channel"] | Int[np.ndarray, "class channel"],
    number: Int[np.ndarray, " class"],
) -> Bool[np.ndarray, "class channel"]:
    """Return the given number of channels of largest score for each class, ties to the lower."""
    order = np.argsort(-np.asarray(score, np.float64), axis=1, kind="stable")
    chosen = np.zeros(score.shape, bool)
    np.put_along_axis(chosen, order, np.arange(score.shape[1]) < number[:, None], axis=1)
    return chosen


def random_channels(
    channels: int, number: Int[np.ndarray, " class"], generator: np.random.Generator
) -> Bool[np.ndarray, "class channel"]:
    """Return the given number of channels for each class, drawn at random."""
    return strongest_channels(generator.random((len(number), channels)), number)
