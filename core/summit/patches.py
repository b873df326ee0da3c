"""The image patches that excite a channel most, cut by its receptive field (section 7.3).

One patch per image, so that ten patches are ten images. The place is that of the channel's largest
value; of equal values the first in reading order, of equal images the earlier one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from core.axes import Images
from core.summit.channel_graph import ChannelGraph
from core.summit.receptive_field import Field, receptive_fields

PATCHES = 10


@dataclass(frozen=True)
class Patches:
    """For each channel of a layer its best patches, best first.

    ``image`` is the image's number in the order in which images were seen, -1 where there are fewer
    images or none excites the channel; ``box`` is top, left, bottom, right in pixels, inside the
    image.
    """

    value: Float[np.ndarray, "channel rank"]
    image: Int[np.ndarray, "channel rank"]
    box: Int[np.ndarray, "channel rank 4"]


class BestPatches:
    """The best patches of every channel of every primary layer, batch after batch.

    ``giving`` says which images may give one; all if it is None.
    """

    def __init__(
        self,
        graph: ChannelGraph,
        giving: Bool[np.ndarray, " sample"] | None = None,
        count: int = PATCHES,
    ) -> None:
        self.graph, self.giving, self.count, self.seen = graph, giving, count, 0
        self._value = {layer.name: torch.zeros(layer.channels, count) for layer in graph.layers}
        self._image = {
            layer.name: torch.full((layer.channels, count), -1) for layer in graph.layers
        }
        self._place = {
            layer.name: torch.zeros(layer.channels, count, dtype=torch.int64)
            for layer in graph.layers
        }
        self._width: dict[str, int] = {}

    def add(self, tensors: Mapping[str, Tensor]) -> None:
        """Look at a batch: the tensors of all primary layers, by layer."""
        size = 0
        for name, values in tensors.items():
            size = len(values)
            self._look(name, values)
        self.seen += size

    def _look(self, name: str, values: Tensor) -> None:
        self._width[name] = values.shape[-1] if values.ndim == 4 else 1
        flat = values.detach().flatten(2) if values.ndim > 2 else values.detach()[..., None]
        most = (
            values.detach().amax(tuple(range(2, values.ndim))) if values.ndim > 2 else flat[..., 0]
        )
        most = most.float()
        if self.giving is not None:
            giving = torch.from_numpy(self.giving[self.seen : self.seen + len(most)])
            most = torch.where(giving[:, None].to(most.device), most, 0)
        best, image, place = self._value[name], self._image[name], self._place[name]
        # a new value must be above the worst kept one, and above nothing
        n, c = torch.nonzero(most.cpu() > best[:, -1].clamp(min=0), as_tuple=True)
        if not len(n):
            return
        new_place = torch.full(most.shape, 0, dtype=torch.int64)
        for part in torch.arange(len(n)).split(65_536):
            rows = flat[n[part].to(flat.device), c[part].to(flat.device)]
            new_place[n[part], c[part]] = rows.argmax(1).cpu()
        alive = torch.zeros(most.shape).index_put((n, c), most.cpu()[n, c])
        number = torch.arange(self.seen, self.seen + len(most))[:, None].expand(most.shape)
        number = torch.where(alive > 0, number, -1)
        values_ = torch.cat([best, alive.T], 1)
        order = torch.argsort(-values_, dim=1, stable=True)[:, : self.count]
        self._value[name] = values_.gather(1, order)
        self._image[name] = torch.cat([image, number.T], 1).gather(1, order)
        self._place[name] = torch.cat([place, new_place.T], 1).gather(1, order)

    def patches(self) -> dict[str, Patches]:
        """Return the best patches of each layer."""
        fields = receptive_fields(self.graph)
        return {
            layer.name: Patches(
                self._value[layer.name].numpy(),
                self._image[layer.name].numpy(),
                self._boxes(layer.name, fields[layer.name]),
            )
            for layer in self.graph.layers
        }

    def _boxes(self, name: str, fields: tuple[Field, Field]) -> np.ndarray:
        row, column = np.divmod(self._place[name].numpy(), self._width.get(name, 1))
        sizes = (*self.graph.image[1:], 1, 1)[:2]
        sides = []
        for place, field, size in zip((row, column), fields, sizes, strict=True):
            start = np.floor(field.start + place * field.step).astype(np.int64)
            end = np.ceil(field.start + place * field.step + field.size).astype(np.int64)
            start = np.clip(start, 0, size - 1)
            sides.append((start, np.clip(end, start + 1, size)))
        (top, bottom), (left, right) = sides
        return np.stack([top, left, bottom, right], axis=-1)


def cut(image: Images, box: Int[np.ndarray, " 4"]) -> UInt8[np.ndarray, "1 _ _ channel"]:
    """Return the patch of one image (an array with one sample)."""
    top, left, bottom, right = (int(side) for side in box)
    return image[:, top:bottom, left:right]
