"""From stored images to what a network reads."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from core.axes import Images


@dataclass(frozen=True)
class Preprocessing:
    """uint8 with channels last becomes float32 in 0..1 with channels first, then normalised.

    ``mean`` and ``std`` hold one value per channel (or one for all) in units of 0..1; the defaults
    change nothing.
    """

    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        if len(self.mean) != len(self.std) or not all(value > 0 for value in self.std):
            raise ValueError(
                f"mean and std must have one value per channel, std positive, got mean {self.mean} "
                f"and std {self.std}"
            )

    def __call__(
        self, images: Images, device: torch.device | str = "cpu"
    ) -> Float[Tensor, "sample channel height width"]:
        """Return the network's input on the device."""
        channels = images.shape[3]
        if len(self.mean) not in (1, channels):
            raise ValueError(
                f"mean and std must have 1 or {channels} values for images of {channels} channels, "
                f"got {len(self.mean)}"
            )
        first = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
        if not first.flags.writeable:  # a read-only array (a memory map) would make torch warn
            first = first.copy()
        pixels = torch.from_numpy(first).to(device).to(torch.float32).div_(255)
        if self != Preprocessing():
            shape = (1, -1, 1, 1)
            pixels -= torch.tensor(self.mean, device=device).reshape(shape)
            pixels /= torch.tensor(self.std, device=device).reshape(shape)
        return pixels
