"""Feature visualization: pictures that a channel responds to (section 7.3; Olah et al. 2017).

A picture is a set of Fourier coefficients, weighted by the magnitude spectrum that the study's own
images have, turned to pixels, mixed by the images' colour covariance and squeezed into 0..1 about
their mean. Natural images give about 1/f and the usual decorrelated colours; digits give strokes.
Adam raises the channel's mean before its activation, under random shifts, scalings and turns, many
channels of a layer at once. Several variants of one channel are kept apart by the likeness of
the Gram matrices of their layer, about its means (diversity). Each channel has its own random
numbers, so a picture does not depend on which others are made with it, and work can stop and go on
between any two.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, fx
from torch.nn import functional

from core.axes import Images
from core.precision import mixed
from core.side_by_side import side_by_side
from core.summit import operators as ops
from core.summit.channel_graph import ChannelGraph
from core.summit.forward import Forward


@dataclass(frozen=True)
class Visualization:
    """Settings.

    ``size`` in pixels (for the caller, who exports the network at that size; 0 is the images' own),
    ``shift`` in pixels, ``scale`` the largest relative change of size, ``turn`` in degrees.
    ``diversity`` weighs the likeness of variants against the channel's response, 0 where there is
    one. ``contrast`` is the standard deviation of the noise at the start.
    """

    size: int = 96
    steps: int = 256
    learning_rate: float = 0.05
    shift: float = 6.0
    scale: float = 0.1
    turn: float = 8.0
    variants: int = 1
    diversity: float = 1.0
    contrast: float = 0.3
    half: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "variants"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be positive, got {self.learning_rate}")


QUICK = Visualization()
FINE = Visualization(size=128, steps=512)
SMALL = Visualization(size=0, steps=128, shift=1.0, scale=0.05, turn=4.0, half=False)


@dataclass(frozen=True)
class ImageStatistics:
    """What pictures of a study look like: mean colour, colour mixing, magnitude spectrum.

    ``spectrum`` [height, width // 2 + 1] scales unit noise to pixels of about unit variance.
    """

    mean: Float[Tensor, " channel"]
    color: Float[Tensor, "channel channel"]
    spectrum: Float[Tensor, "height half"]


def image_statistics(images: Images, size: tuple[int, int] | None = None) -> ImageStatistics:
    """Return the statistics of some images (a few hundred suffice), at another size if asked."""
    x = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2))).float() / 255
    if size is not None and tuple(x.shape[2:]) != size:
        x = functional.interpolate(x, size, mode="bilinear", antialias=True)
    mean = x.mean((0, 2, 3))
    apart = x - mean[:, None, None]
    pixels = apart.movedim(1, 0).flatten(1)
    covariance = pixels @ pixels.T / pixels.shape[1]
    values, vectors = torch.linalg.eigh(covariance.double())
    color = (vectors * values.clamp(min=1e-12).sqrt()) @ vectors.T
    color = (color / color.norm(dim=0).max().clamp(min=1e-12)).float()
    height, width = x.shape[2:]
    magnitude = torch.fft.rfft2(apart, norm="ortho").abs().mean((0, 1))
    # what no image contains may still be drawn a little, the mean colour stays
    spectrum = magnitude.clamp(min=max(float(magnitude.mean()) * 0.02, 1e-8))
    # columns between stand for themselves and their mirror; of the others half the noise is lost
    weights = torch.full_like(spectrum, 4.0)
    weights[:, 0] = 1
    if width % 2 == 0:
        weights[:, -1] = 1
    energy = (weights * spectrum**2).sum() / (height * width)
    return ImageStatistics(mean, color, spectrum / energy.sqrt())


def pictures(
    coefficients: Float[Tensor, "picture channel height half 2"],
    statistics: ImageStatistics,
    width: int,
) -> Float[Tensor, "picture channel height width"]:
    """Return the pictures of Fourier coefficients, in 0..1."""
    scaled = torch.view_as_complex(coefficients) * statistics.spectrum
    height = coefficients.shape[2]
    pixels = torch.fft.irfft2(scaled, s=(height, width), norm="ortho")
    mixed = torch.einsum("pchw,dc->pdhw", pixels, statistics.color)
    middle = torch.logit(statistics.mean.clamp(0.02, 0.98))[:, None, None]
    return torch.sigmoid(2 * mixed + middle)


def visualize(
    graph: ChannelGraph,
    layer: str,
    channels: Sequence[int],
    statistics: ImageStatistics,
    settings: Visualization = QUICK,
    *,
    prepare: Callable[[Tensor], Tensor] | None = None,
    at_once: int = 16,
    workers: int = 1,
) -> Iterator[tuple[int, UInt8[np.ndarray, "variant height width channel"]]]:
    """Yield each channel with its pictures, a batch of channels at a time.

    Parameters
    ----------
    graph
        The network, exported at the pictures' size.
    layer, channels
        What to show; channels already made elsewhere are simply left out.
    statistics
        Of the study's images, at the pictures' size.
    settings
        How.
    prepare
        From pictures in 0..1 to what the network reads (its normalisation).
    at_once
        Pictures optimised together.
    workers
        Threads that optimise such batches side by side.

    Raises
    ------
    ValueError
        If the statistics are of another size than the network reads.
    """
    size = graph.image[1:]
    expected = (size[0], size[1] // 2 + 1)
    if tuple(statistics.spectrum.shape) != expected:
        raise ValueError(
            f"statistics must be of images of {size[0]} x {size[1]} pixels, got a spectrum of "
            f"{tuple(statistics.spectrum.shape)} where {expected} is needed"
        )
    numbers = [int(channel) for channel in channels]
    per_batch = max(1, at_once // settings.variants)
    batches = [numbers[start : start + per_batch] for start in range(0, len(numbers), per_batch)]
    drawn = side_by_side(
        lambda batch: _optimised(graph, layer, batch, statistics, settings, prepare),
        batches,
        workers,
    )
    for batch, made in zip(batches, drawn, strict=True):
        yield from zip(batch, made, strict=True)


def _optimised(
    graph: ChannelGraph,
    layer: str,
    channels: list[int],
    statistics: ImageStatistics,
    settings: Visualization,
    prepare: Callable[[Tensor], Tensor] | None,
) -> UInt8[np.ndarray, "picture variant height width channel"]:
    device = next((p.device for p in graph.module.parameters()), torch.device("cpu"))
    targets = [response_tensor(graph, layer, channel) for channel in channels]
    features = graph.layer(layer).tensor
    diverse = settings.variants > 1 and settings.diversity > 0
    run = Forward(graph, [*(name for name, _ in targets), *([features] if diverse else [])])
    noise, moves = _random_numbers(layer, channels, settings, statistics)
    coefficients = noise.to(device).requires_grad_(True)
    spot = ImageStatistics(
        statistics.mean.to(device), statistics.color.to(device), statistics.spectrum.to(device)
    )
    optimizer = torch.optim.Adam([coefficients], lr=settings.learning_rate, eps=1e-8)
    width = graph.image[2]
    low = settings.half and device.type == "cpu"
    for step in range(settings.steps):
        optimizer.zero_grad(set_to_none=True)
        seen = _moved(pictures(coefficients, spot, width), moves[:, step].to(device), settings)
        read = seen if prepare is None else prepare(seen)
        with mixed(device, low):
            found = run(read.contiguous(memory_format=torch.channels_last) if low else read)
        loss = _loss(found, targets, settings, features if diverse else None)
        (coefficients.grad,) = torch.autograd.grad(loss, [coefficients])
        optimizer.step()
    with torch.no_grad():
        final = pictures(coefficients, spot, width)
    pixels = (final * 255).round().byte().cpu().permute(0, 2, 3, 1).numpy()
    return pixels.reshape(len(channels), settings.variants, *pixels.shape[1:])


def _loss(
    found: dict[str, Tensor],
    targets: list[tuple[str, int]],
    settings: Visualization,
    features: str | None,
) -> Tensor:
    variants, total = settings.variants, torch.zeros(())
    for number, (tensor, channel) in enumerate(targets):
        rows = slice(number * variants, (number + 1) * variants)
        values = found[tensor][rows].float()
        chosen = values[:, channel] if values.shape[1] > channel else values[..., channel]
        response = chosen.reshape(variants, -1).mean(1)  # a fully connected layer has no places
        total = total - response.sum()
        if features is not None and found[features].ndim > 2:
            layer = found[features][rows].float().flatten(2)
            layer = layer - layer.mean(2, keepdim=True)
            gram = functional.normalize((layer @ layer.mT).flatten(1), dim=1)
            alike = (gram @ gram.T).sum() - variants
            total = total + settings.diversity * response.detach().abs().mean() * alike / variants
    return total


def response_tensor(graph: ChannelGraph, layer: str, channel: int) -> tuple[str, int]:
    """Return the tensor in which a layer's channel stands before its activation, and its place.

    There its gradient does not vanish where the channel is not excited yet; batch norm, which may
    turn the sign around, is behind it.
    """
    join = graph.joins[graph.layer(layer).join]
    while join.terms and join.terms[0].kind == "passage":
        sources = join.terms[0].sources
        name, channel_ = sources.join[sources.which[channel]], int(sources.channel[channel])
        if name not in graph.joins:
            break
        join, channel = graph.joins[name], channel_
    node = next(node for node in graph.module.graph.nodes if node.name == join.name)
    return _before_activation(node).name, channel


def _before_activation(node: fx.Node) -> fx.Node:
    while True:
        users = [user for user in node.users if ops.is_data(user)]
        if len(users) != 1 or ops.operator(users[0]) not in ops.NORMS | ops.NEUTRAL:
            return node
        node = users[0]


def _random_numbers(
    layer: str,
    channels: list[int],
    settings: Visualization,
    statistics: ImageStatistics,
) -> tuple[Tensor, Tensor]:
    """Each channel's start and moves, from a generator of its own: [picture, ...]."""
    starts, moves = [], []
    colors = len(statistics.mean)  # a network that reads three may be given grey pictures
    for channel in channels:
        name = zlib.crc32(f"{layer}/{channel}".encode())
        generator = torch.Generator().manual_seed((settings.seed << 32) + name)
        shape = (settings.variants, colors, *statistics.spectrum.shape, 2)
        starts.append(torch.randn(shape, generator=generator) * settings.contrast)
        moves.append(torch.rand(settings.variants, settings.steps, 4, generator=generator) * 2 - 1)
    return torch.cat(starts), torch.cat(moves)


def _moved(images: Tensor, move: Float[Tensor, "picture 4"], settings: Visualization) -> Tensor:
    """Shift, scale and turn each picture by its own random amounts; the border repeats."""
    if settings.shift == 0 and settings.scale == 0 and settings.turn == 0:
        return images
    height, width = images.shape[2:]
    angle = move[:, 0] * settings.turn * torch.pi / 180
    size = 1 + move[:, 1] * settings.scale
    cos, sin = torch.cos(angle) / size, torch.sin(angle) / size
    x, y = (move[:, 2 + i] * settings.shift * 2 / side for i, side in enumerate((width, height)))
    turn = torch.stack(
        [torch.stack([cos, -sin * height / width, x], 1),
         torch.stack([sin * width / height, cos, y], 1)], 1
    )  # fmt: skip
    grid: Any = functional.affine_grid(turn, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
