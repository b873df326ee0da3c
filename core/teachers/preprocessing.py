"""From stored images to what a network reads."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.axes import Images

Pixels = Float[Tensor, "sample channel height width"]
Inputs = Float[Tensor, "sample input height width"]


@dataclass(frozen=True)
class Preprocessing:
    """uint8 with channels last becomes float32 in 0..1 with channels first, then normalised.

    ``mean`` and ``std`` hold one value per channel (or one for all) in units of 0..1, in the
    network's order of channels; the defaults change nothing. A network that reads 0..255 has
    ``std = (1 / 255,)``, one that reads -1..1 ``mean = (0.5,)`` and ``std = (0.5,)``. ``order``
    "bgr" turns the channels round; ``repeat`` gives grey images that many equal channels.
    """

    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    order: Literal["rgb", "bgr"] = "rgb"
    repeat: int = 1

    def __post_init__(self) -> None:
        if len(self.mean) != len(self.std) or not all(value > 0 for value in self.std):
            raise ValueError(
                f"mean and std must have one value per channel, std positive, got mean {self.mean} "
                f"and std {self.std}"
            )
        if self.repeat < 1:
            raise ValueError(f"repeat must be at least 1, got {self.repeat}")

    def __call__(self, images: Images, device: torch.device | str = "cpu") -> Inputs:
        """Return the network's input on the device."""
        return self.normalized(pixels(images, device), inplace=True)

    def normalized(self, pixels: Pixels, *, inplace: bool = False) -> Inputs:
        """Return the network's input for pixels in 0..1; gradients pass through.

        ``inplace`` allows the pixels to be overwritten.

        Raises
        ------
        ValueError
            If the numbers of channels do not fit.
        """
        if self.repeat > 1:
            if pixels.shape[1] != 1:
                raise ValueError(
                    f"repeat is for grey images, got {pixels.shape[1]} channels: leave it out"
                )
            pixels, inplace = pixels.repeat(1, self.repeat, 1, 1), True
        if self.order == "bgr":
            pixels, inplace = pixels.flip(1), True
        channels = pixels.shape[1]
        if len(self.mean) not in (1, channels):
            raise ValueError(
                f"mean and std must have 1 or {channels} values for images of {channels} channels, "
                f"got {len(self.mean)}"
            )
        if all(value == 0 for value in self.mean) and all(value == 1 for value in self.std):
            return pixels
        mean, std = (
            torch.tensor(values, device=pixels.device, dtype=pixels.dtype).reshape(1, -1, 1, 1)
            for values in (self.mean, self.std)
        )
        if inplace and not pixels.requires_grad:
            return pixels.sub_(mean).div_(std)
        return (pixels - mean) / std


class Normalized(nn.Module):
    """A network that reads pixels in 0..1, whatever the one inside expects."""

    def __init__(self, network: nn.Module, preprocessing: Preprocessing) -> None:
        super().__init__()
        self.network = network
        self.preprocessing = preprocessing

    def forward(self, pixels: Pixels) -> Float[Tensor, "sample class"]:
        """Return the logits."""
        return self.network(self.preprocessing.normalized(pixels))


def pixels(images: Images, device: torch.device | str = "cpu") -> Pixels:
    """Return images as float32 in 0..1 with channels first, in memory of its own."""
    last = np.ascontiguousarray(images)
    if not last.flags.writeable:  # a read-only array (a memory map) would make torch warn
        last = last.copy()
    first = torch.from_numpy(last).to(device).permute(0, 3, 1, 2)
    # with one channel both layouts are the same bytes; torch then takes the faster one, last
    if images.shape[3] > 1:
        first = first.contiguous()
    return first.to(torch.float32).div_(255)
