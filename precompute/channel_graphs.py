"""A study's teacher as the stages of Summit read it: its channel graph, and how images enter it.

Every stage that runs the network exports it anew: no file would carry what ``torch.export`` gives
from one version of torch to the next.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.axes import Images, Labels
from core.summit.activation import channel_maxima, top_share
from core.summit.aggregation import channels_first
from core.summit.channel_graph import ChannelGraph, channel_graph
from core.summit.forward import Forward
from core.summit.settings import Preset
from core.teachers.inference import TorchTeacher, in_format
from core.teachers.protocol import Capability, Teacher
from precompute.stage import Work
from precompute.teachers import Shape, teacher_for

NEEDS = (Capability.NEW_IMAGES, Capability.LAYERS)
AT_ONCE = 64  # images in a batch at most: part of what makes results repeat bit for bit
PIXELS = 16 * 224 * 224  # of all images of a batch at most


@dataclass(frozen=True, eq=False)
class Network:
    """The teacher and its channel graph, for images of one shape (height, width, channels)."""

    teacher: TorchTeacher
    graph: ChannelGraph
    image_shape: Shape

    def batches(self, images: Images, labels: Labels) -> Iterator[tuple[Tensor, Labels, int]]:
        """What the network reads, with the labels, batch by batch, and how many rows are meant.

        A network that was written for batches of one size gets its last images repeated.
        """
        for part in self._parts(len(labels)):
            pixels, own = images[part], labels[part]
            missing = -len(own) % (self.graph.batch or 1)
            rows = np.concatenate([np.arange(len(own)), np.full(missing, len(own) - 1)])
            yield _inputs(self.teacher, pixels[rows]), own[rows], len(own)

    def _parts(self, count: int) -> Iterator[slice]:
        fits = min(AT_ONCE, max(1, PIXELS // (self.image_shape[0] * self.image_shape[1])))
        size = self.graph.batch or fits
        yield from (slice(start, start + size) for start in range(0, count, size))

    def maxima(self, images: Images) -> Iterator[np.ndarray]:
        """The largest value of every channel, all layers one after the other, batch by batch.

        float32 [image, channel], at least zero.
        """
        layers = self.graph.layers
        forward = Forward(self.graph, [layer.tensor for layer in layers])
        for part in self._parts(len(images)):
            with torch.no_grad():
                values = forward(_inputs(self.teacher, images[part]))
            yield np.concatenate(
                [
                    channel_maxima(channels_first(self.graph, layer.name, values[layer.tensor]))
                    for layer in layers
                ],
                axis=1,
            )


def network(
    work: Work, image_shape: Shape, *, layers: Sequence[str] = (), size: int | None = None
) -> Network:
    """The study's last teacher with its channel graph.

    Reads the stages ``dataset`` and ``teacher``.

    Parameters
    ----------
    image_shape
        Of the study's images.
    layers
        The primary layers; the last of each block if none is named.
    size
        Export it for square images of so many pixels instead of the study's.

    Raises
    ------
    ValueError
        If the network cannot be exported, or has no such layer; one line.
    """
    teacher = teacher_for(
        work.study,
        image_shape,
        len(work.inputs.table("classes")),
        weights=work.inputs.weights("teacher", "weights"),
        data_root=work.data_root,
        device=work.device,
        trust_pickle=work.trust_pickle,
    )
    return network_of(teacher, image_shape, layers=layers, size=size)


def network_of(
    teacher: Teacher, image_shape: Shape, *, layers: Sequence[str] = (), size: int | None = None
) -> Network:
    """A teacher with its channel graph; parameters and errors as of ``network``.

    Raises
    ------
    ValueError
        Also if the teacher is no torch module.
    """
    if not isinstance(teacher, TorchTeacher):
        raise ValueError("only a torch module has layers to look into")
    shape = image_shape if size is None else (size, size, image_shape[2])
    example = _inputs(teacher, np.zeros((2, *shape), np.uint8))
    return Network(teacher, channel_graph(teacher.module, example, layers or None), shape)


def chosen_channels(
    maxima: np.ndarray, sizes: Sequence[int], shares: Iterable[float], preset: Preset
) -> list[np.ndarray]:
    """Which channels of each layer images choose, bool [image channel] layer by layer.

    Parameters
    ----------
    maxima
        As ``Network.maxima`` gives them.
    sizes, shares
        How many channels each layer has, and its share of an image's activation.
    preset
        How the largest are taken.
    """
    parts = np.split(maxima, np.cumsum(sizes)[:-1], axis=1)
    return [
        top_share(part, share, crossing=preset.crossing, least=preset.least).chosen
        for part, share in zip(parts, shares, strict=True)
    ]


def _inputs(teacher: TorchTeacher, images: Images) -> Tensor:
    return in_format(teacher.preprocessing(images, teacher.device), teacher.memory_format)
