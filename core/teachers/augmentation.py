"""Training images changed at random: shifted and turned, or cut out and mirrored."""

import math

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample, pad


def augmented(
    pixels: Tensor,
    generator: torch.Generator,
    *,
    shift: float = 0.0,
    rotation: float = 0.0,
    crop: int = 0,
    flip: bool = False,
) -> Tensor:
    """Return the images changed by random amounts; what comes into view at the border is black.

    Parameters
    ----------
    pixels
        sample, channel, height, width; in 0..1, so that zero is black.
    generator
        On the CPU.
    shift
        Largest shift in pixels, each way; any fraction of a pixel.
    rotation
        Largest turn in degrees, each way.
    crop
        Largest shift in whole pixels, each way, without interpolation.
    flip
        Mirror every other image, left and right.
    """
    if shift or rotation:
        pixels = _turned(pixels, shift, rotation, generator)
    if crop:
        pixels = _cut(pixels, crop, generator)
    if flip:
        mirrored = (torch.rand(len(pixels), generator=generator) < 0.5).to(pixels.device)
        pixels = torch.where(mirrored[:, None, None, None], pixels.flip(3), pixels)
    return pixels


def _turned(pixels: Tensor, shift: float, rotation: float, generator: torch.Generator) -> Tensor:
    n, _, height, width = pixels.shape
    drawn = (torch.rand((3, n), generator=generator) * 2 - 1).to(pixels.device)
    angle = drawn[0] * math.radians(rotation)
    cos, sin = torch.cos(angle), torch.sin(angle)
    # affine_grid counts in half images: 2 / width is one pixel
    x, y = drawn[1] * shift * 2 / width, drawn[2] * shift * 2 / height
    turn = torch.stack(
        [
            torch.stack([cos, -sin * height / width, x], 1),
            torch.stack([sin * width / height, cos, y], 1),
        ],
        1,
    )
    grid = affine_grid(turn, list(pixels.shape), align_corners=False)
    return grid_sample(pixels, grid, align_corners=False)


def _cut(pixels: Tensor, margin: int, generator: torch.Generator) -> Tensor:
    n, _, height, width = pixels.shape
    drawn = torch.randint(0, 2 * margin + 1, (2, n), generator=generator).to(pixels.device)
    rows = drawn[0][:, None] + torch.arange(height, device=pixels.device)
    columns = drawn[1][:, None] + torch.arange(width, device=pixels.device)
    sample = torch.arange(n, device=pixels.device)[:, None, None]
    last = pad(pixels, (margin,) * 4).permute(0, 2, 3, 1)
    return last[sample, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
