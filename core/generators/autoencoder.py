"""What both trained generators share: the variational bound, its training, a door for arrays.

Source: Kingma and Welling, "Auto-Encoding Variational Bayes" (2014), equation 10 and appendix B.
Our ``mean`` and ``log_variance`` are their mu and log sigma squared; ``noise`` is their epsilon.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.axes import Images
from core.generators.generator import Codes, Pictures, as_pictures

TorchPictures = Float[Tensor, "sample channel height width"]
TorchCodes = Float[Tensor, "sample latent"]
ReconstructionLoss = Callable[[Tensor, Tensor], Tensor]
HELD_VALUES = 8_000_000  # of pictures that are encoded or decoded at once


class Autoencoder(nn.Module, ABC):
    """An encoder to a Gaussian in the latent space, and a decoder back.

    A subclass gives ``posterior`` and ``picture``; ``encode`` and ``decode`` take and return plain
    arrays, so that every instance is a ``Generator``.
    """

    shape: tuple[int, int, int]  # channel, height, width
    latent: int

    @abstractmethod
    def posterior(self, pictures: TorchPictures) -> tuple[TorchCodes, TorchCodes]:
        """Return mean and log variance of each picture's code."""

    @abstractmethod
    def picture(self, codes: TorchCodes) -> TorchPictures:
        """Return the picture of each code, in 0..1."""

    def encode(self, pictures: Pictures) -> Codes:
        """Return the mean of each picture's code, float32; errors if the shape is another."""
        if pictures.shape[1:] != self.shape:
            raise ValueError(
                f"pictures must have shape {self.shape} (channel, height, width), "
                f"got {pictures.shape[1:]}"
            )
        return self._in_parts(pictures, lambda some: self.posterior(some)[0])

    def deviations(self, pictures: Pictures) -> Codes:
        """Return the standard deviation of each picture's code, float32."""
        return self._in_parts(pictures, lambda some: (0.5 * self.posterior(some)[1]).exp())

    def decode(self, codes: Codes) -> Pictures:
        """Return the picture of each code, float32; errors if the codes have another length."""
        if codes.shape[1] != self.latent:
            raise ValueError(f"codes must have {self.latent} dimensions, got {codes.shape[1]}")
        return self._in_parts(codes, self.picture)

    def _in_parts(self, given: np.ndarray, answer: Callable[[Tensor], Tensor]) -> np.ndarray:
        """The answers as an array: feature maps of a thousand large pictures are gigabytes."""
        together = max(1, HELD_VALUES // math.prod(self.shape))
        with torch.inference_mode():
            parts = [
                answer(self._tensor(given[start : start + together])).float().cpu().numpy()
                for start in range(0, max(len(given), 1), together)
            ]
        return np.concatenate(parts)

    def _tensor(self, array: np.ndarray) -> Tensor:
        there = next(self.parameters())
        writable = array if array.flags.writeable else array.copy()
        return torch.from_numpy(np.ascontiguousarray(writable)).to(there.device, there.dtype)


@dataclass(frozen=True)
class AutoencoderTraining:
    """Settings of a training with Adam at a constant rate.

    ``beta`` weighs the divergence from the prior; 1 is the variational bound.
    """

    epochs: int = 20
    batch_size: int = 128
    learning_rate: float = 0.001
    beta: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be positive, got {self.learning_rate}")
        if not self.beta >= 0:
            raise ValueError(f"beta must not be negative, got {self.beta}")


@dataclass(frozen=True)
class AutoencoderEpoch:
    """Means over one epoch's images: reconstruction loss and divergence, in the loss's unit."""

    epoch: int
    reconstruction: float
    divergence: float


def cross_entropy_of_pixels(
    reconstructed: TorchPictures, pictures: TorchPictures
) -> Float[Tensor, " sample"]:
    """Return the Bernoulli log loss of each picture in nats, summed over its values."""
    # reconstructions that round to 0 or 1 would cost infinity; torch's clamp is at log >= -100
    loss = nn.functional.binary_cross_entropy(reconstructed, pictures, reduction="none")
    return loss.flatten(1).sum(1)


def divergence_from_prior(mean: TorchCodes, log_variance: TorchCodes) -> Float[Tensor, " sample"]:
    """Return KL(N(mean, variance) || N(0, 1)) of each code in nats; appendix B of the source."""
    return -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum(1)


def train(
    autoencoder: Autoencoder,
    images: Images,
    settings: AutoencoderTraining,
    *,
    loss: ReconstructionLoss = cross_entropy_of_pixels,
    progress: Callable[[int, int, str], None] | None = None,
) -> Iterator[AutoencoderEpoch]:
    """Train in place, and yield after each epoch how it went; whoever stops asking, stops it.

    Parameters
    ----------
    autoencoder
        On the device where it is to be trained.
    images
        At least one.
    settings
        Epochs, rate, seed; the seed decides order and noise, not the first weights.
    loss
        From reconstructions and pictures to one reconstruction loss per picture.
    progress
        Called with images done, images in all epochs and what is being done, after each batch.

    Raises
    ------
    ValueError
        If there is no image, or the loss is no longer finite (the rate is too high).
    """
    if len(images) == 0:
        raise ValueError("images must hold at least one image, got none")
    device = next(autoencoder.parameters()).device
    generator = torch.Generator().manual_seed(settings.seed)
    optimizer = torch.optim.Adam(autoencoder.parameters(), lr=settings.learning_rate)
    for epoch in range(1, settings.epochs + 1):
        autoencoder.train()
        sums = torch.zeros(2)
        order = torch.randperm(len(images), generator=generator).numpy()
        for start in range(0, len(images), settings.batch_size):
            chosen = order[start : start + settings.batch_size]
            pictures = torch.from_numpy(as_pictures(images[chosen])).to(device)
            mean, log_variance = autoencoder.posterior(pictures)
            noise = torch.randn(mean.shape, generator=generator).to(device)
            codes = mean + noise * (0.5 * log_variance).exp()
            reconstruction = loss(autoencoder.picture(codes), pictures).mean()
            divergence = divergence_from_prior(mean, log_variance).mean()
            optimizer.zero_grad(set_to_none=True)
            (reconstruction + settings.beta * divergence).backward()
            optimizer.step()
            sums += len(chosen) * torch.stack([reconstruction, divergence]).detach().cpu()
            if progress is not None:
                done = (epoch - 1) * len(images) + start + len(chosen)
                progress(done, settings.epochs * len(images), "autoencoder")
        autoencoder.eval()
        means = (sums / len(images)).tolist()
        if not np.isfinite(means).all():
            raise ValueError(
                f"the loss became {means[0]} in epoch {epoch}: lower learning_rate "
                f"(now {settings.learning_rate})"
            )
        yield AutoencoderEpoch(epoch, means[0], means[1])
