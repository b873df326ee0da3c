"""The fully connected variational autoencoder of small grey images.

Source: DeepVID, section 7.1 and figure 8 (left): two fully connected layers and a 10-d latent
space. The width of the hidden layer is not printed; 512 is ours.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.generators.autoencoder import Autoencoder, TorchCodes, TorchPictures


class VAE(Autoencoder):
    """Pixels to hidden to code, and the same way back.

    Parameters
    ----------
    shape
        Channel, height, width of the pictures.
    latent
        Length of a code.
    hidden
        Units of the hidden layer on either side.
    """

    def __init__(self, shape: tuple[int, int, int], *, latent: int = 10, hidden: int = 512) -> None:
        super().__init__()
        if min(*shape, latent, hidden) < 1:
            raise ValueError(
                f"shape, latent and hidden must be at least 1, got {shape}, {latent}, {hidden}"
            )
        self.shape = shape
        self.latent = latent
        pixels = math.prod(shape)
        self.enter = nn.Linear(pixels, hidden)
        self.mean = nn.Linear(hidden, latent)
        self.log_variance = nn.Linear(hidden, latent)
        self.unfold = nn.Linear(latent, hidden)
        self.leave = nn.Linear(hidden, pixels)

    def posterior(self, pictures: TorchPictures) -> tuple[TorchCodes, TorchCodes]:
        """Return mean and log variance of each picture's code."""
        hidden = torch.relu(self.enter(pictures.flatten(1)))
        return self.mean(hidden), self.log_variance(hidden)

    def picture(self, codes: TorchCodes) -> TorchPictures:
        """Return the picture of each code, in 0..1."""
        return self._pixels(codes).reshape(-1, *self.shape)

    def _pixels(self, codes: TorchCodes) -> Float[Tensor, "sample pixel"]:
        return torch.sigmoid(self.leave(torch.relu(self.unfold(codes))))
