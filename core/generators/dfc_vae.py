"""The convolutional variational autoencoder with a deep feature loss, for colour images.

Source: Hou et al., "Deep Feature Consistent Variational Autoencoder" (2017), sections 3.1 and 3.2,
which DeepVID takes over (section 7.1, figure 8 right): four convolutions down, and up again by
nearest-neighbour doubling and convolution; the reconstruction is judged by what a perceptual
network sees in it. Our ``features`` are their Phi; ``feature_loss`` their sum over layers l of
1 / (2 C W H) ||Phi(x) - Phi(x')||^2, with each layer divided by its own variance so that no layer
outweighs another, times the number of values so that it stands in the bound's own unit.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import pairwise

import torch
from torch import Tensor, nn

from core.generators.autoencoder import (
    Autoencoder,
    ReconstructionLoss,
    TorchCodes,
    TorchPictures,
)

Features = Callable[[Tensor], list[Tensor]]
SLOPE = 0.01  # of the leaky ReLU


class _Down(nn.Sequential):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.LeakyReLU(SLOPE),
        )


class _Up(nn.Module):
    def __init__(self, inputs: int, outputs: int, last: bool) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="replicate")
        self.norm = None if last else nn.BatchNorm2d(outputs)

    def forward(self, features: Tensor) -> Tensor:
        features = self.convolution(nn.functional.interpolate(features, scale_factor=2.0))
        if self.norm is None:
            return features
        return nn.functional.leaky_relu(self.norm(features), SLOPE)


class DFCVAE(Autoencoder):
    """Four convolutions to a code, and four back.

    Parameters
    ----------
    shape
        Channel, height, width; height and width equal and a multiple of 16 (32, 64 or 224).
    latent
        Length of a code.
    width
        Channels of the first convolution; each further one has twice as many.
    """

    def __init__(self, shape: tuple[int, int, int], *, latent: int = 100, width: int = 32) -> None:
        super().__init__()
        channels, height, columns = shape
        if height != columns or height % 16:
            raise ValueError(f"pictures must be square with sides a multiple of 16, got {shape}")
        if min(channels, latent, width) < 1:
            raise ValueError(
                f"channels, latent and width must be at least 1, got {channels}, {latent}, {width}"
            )
        self.shape = shape
        self.latent = latent
        self.side = height // 16
        widths = [channels, width, 2 * width, 4 * width, 8 * width]
        self.shrink = nn.Sequential(*(_Down(a, b) for a, b in pairwise(widths)))
        flat = widths[-1] * self.side**2
        self.mean = nn.Linear(flat, latent)
        self.log_variance = nn.Linear(flat, latent)
        self.unfold = nn.Linear(latent, flat)
        back = widths[::-1]
        self.grow = nn.ModuleList(
            _Up(a, b, last=place == 3) for place, (a, b) in enumerate(pairwise(back))
        )

    def posterior(self, pictures: TorchPictures) -> tuple[TorchCodes, TorchCodes]:
        """Return mean and log variance of each picture's code."""
        features = self.shrink(pictures).flatten(1)
        return self.mean(features), self.log_variance(features)

    def picture(self, codes: TorchCodes) -> TorchPictures:
        """Return the picture of each code, in 0..1."""
        features = self.unfold(codes).reshape(len(codes), -1, self.side, self.side)
        for up in self.grow:
            features = up(features)
        return torch.sigmoid(features)


def dfc_vae_for(shape: tuple[int, int, int]) -> DFCVAE:
    """Return an untrained autoencoder for pictures of a shape; errors as in ``DFCVAE``.

    Above 64 x 64 it has the 500 dimensions of re-label distillation's paper, and few channels: its
    largest layers are those between the last feature maps and the code.
    """
    made = DFCVAE(shape) if max(shape[1:]) <= 64 else DFCVAE(shape, latent=500, width=8)
    # processors train it a fifth faster so, and draw nearly twice as fast
    return made.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - stubs


def first_blocks(module: nn.Module, count: int = 3) -> list[str]:
    """Return the names of the first parts of a network that hold a convolution.

    A part that holds all of them (``features`` of many networks) is opened. Fewer than ``count``
    where there are fewer.

    Raises
    ------
    ValueError
        If the module has no convolution.
    """
    prefix = ""
    while True:
        blocks = [
            name
            for name, part in module.named_children()
            if any(isinstance(inner, nn.Conv2d) for inner in part.modules())
        ]
        if not blocks:
            raise ValueError(f"a perceptual network needs a convolution, got {type(module)}")
        inside = module.get_submodule(blocks[0])
        if len(blocks) > 1 or not list(inside.named_children()):
            return [prefix + name for name in blocks[:count]]
        prefix, module = f"{prefix}{blocks[0]}.", inside


def features_of(module: nn.Module, layers: Sequence[str]) -> Features:
    """Return the function from pictures to the outputs of the named layers.

    The module is put into evaluation mode and its weights are frozen: give it a copy. What comes
    after the last of the layers is not computed.
    """
    module.eval().requires_grad_(False)

    def features(pictures: Tensor) -> list[Tensor]:
        with _outputs_of(module, layers) as caught, suppress(_AllSeen):
            module(pictures)
        return [caught[name] for name in layers]

    return features


def feature_loss(
    features: Features, *, pixels: float = 1.0, deep: float = 1.0
) -> ReconstructionLoss:
    """Return the loss that sees pictures as a perceptual network does.

    Parameters
    ----------
    features
        From pictures to feature maps; gradients flow through it.
    pixels, deep
        Weights of the pictures' own layer and of the feature maps' mean, not negative.

    Raises
    ------
    ValueError
        If a weight is negative, or both are zero.
    """
    if min(pixels, deep) < 0 or pixels + deep == 0:
        raise ValueError(
            f"pixels and deep must not be negative, one positive, got {pixels}, {deep}"
        )

    def loss(reconstructed: Tensor, pictures: Tensor) -> Tensor:
        with torch.no_grad():
            seen = features(pictures)
        error = pixels * _relative_error(reconstructed, pictures)
        layers = zip(features(reconstructed), seen, strict=True)
        error = error + deep * sum(_relative_error(ours, true) for ours, true in layers) / len(seen)
        return error * pictures[0].numel() / 2

    return loss


def _relative_error(ours: Tensor, true: Tensor) -> Tensor:
    scale = true.var().clamp_min(1e-12)
    return (ours - true).square().flatten(1).mean(1) / scale


class _AllSeen(Exception):
    """Every layer that is asked for has spoken: the rest of the network need not run."""


@contextmanager
def _outputs_of(module: nn.Module, layers: Sequence[str]) -> Iterator[dict[str, Tensor]]:
    caught: dict[str, Tensor] = {}

    def catch(name: str) -> Callable[..., None]:
        def hook(_: nn.Module, __: object, output: Tensor) -> None:
            caught[name] = output
            if len(caught) == len(layers):
                raise _AllSeen

        return hook

    with ExitStack() as hooks:
        for name in layers:
            hook = module.get_submodule(name).register_forward_hook(catch(name))
            hooks.callback(hook.remove)
        yield caught
