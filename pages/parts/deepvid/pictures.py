"""Pictures and maps as bytes that a browser draws: uint8, channels last, no side above `MOST`."""

import io

import numpy as np
from PIL import Image

from core.generators.generator import Picture, Pictures
from pages.charts.palette import Theme
from pages.parts.thumbnails import data_uri

MOST = 64
_SIGNED: dict[Theme, tuple[tuple[int, int, int], ...]] = {
    "light": ((33, 102, 172), (247, 247, 247), (178, 24, 43)),
    "dark": ((110, 170, 240), (28, 31, 38), (255, 120, 110)),
}
"""Against a class, neither, for it."""


def pixels(pictures: Pictures) -> np.ndarray:
    """Return pictures as uint8 [picture height width channel], thinned out where they are large."""
    step = -(-max(pictures.shape[2:]) // MOST)
    small = pictures[:, :, ::step, ::step]
    if small.shape[1] not in (1, 3):
        small = small.mean(axis=1, keepdims=True)
    return np.rint(small.transpose(0, 2, 3, 1) * 255).clip(0, 255).astype(np.uint8)


def greys(maps: np.ndarray) -> np.ndarray:
    """Return maps in 0..1, [map height width], as uint8, thinned out where they are large."""
    step = -(-max(maps.shape[1:]) // MOST)
    return np.rint(maps[:, ::step, ::step] * 255).clip(0, 255).astype(np.uint8)


def signed(map_: np.ndarray, theme: Theme) -> np.ndarray:
    """Return a signed map as colours, uint8 [height width 3]; its largest size is the full one."""
    most = np.abs(map_).max()
    share = map_ / most if most > 0 else np.zeros_like(map_)
    ends = np.array(_SIGNED[theme], np.float64)
    towards = np.where(share[..., None] < 0, ends[0], ends[2])
    return np.rint(ends[1] + np.abs(share)[..., None] * (towards - ends[1])).astype(np.uint8)


def over_stroke(map_: np.ndarray, picture: Picture, *, binary: bool = False) -> np.ndarray:
    """Return figure 15's overlay, uint8 [height width 3]: stroke in grey, map black-red-white.

    Only what speaks for the class is drawn; `binary` marks it in red alone, as LIME's is shown.
    """
    grey = np.repeat(picture.mean(axis=0)[..., None] * 110, 3, axis=2)
    most = map_.max()
    share = np.maximum(map_, 0) / most if most > 0 else np.zeros_like(map_)
    if binary:
        share = np.where(share > 0, 0.5, 0.0)
    heat = np.stack([np.minimum(2 * share, 1), *[np.maximum(2 * share - 1, 0)] * 2], axis=2)
    alpha = np.minimum(2 * share, 1)[..., None]
    return np.rint(grey * (1 - alpha) + 255 * heat * alpha).clip(0, 255).astype(np.uint8)


def uri(image: np.ndarray, side: int | None = None) -> str:
    """Return an image, uint8 [height width] or [height width 3 or 1], as a data URI.

    `side` enlarges its longer side to that many pixels, every pixel as a square.
    """
    flat = image[..., 0] if image.ndim == 3 and image.shape[2] == 1 else image
    picture = Image.fromarray(flat)
    if side is not None:
        scale = side / max(picture.size)
        picture = picture.resize(
            (round(picture.width * scale), round(picture.height * scale)), Image.Resampling.NEAREST
        )
    file = io.BytesIO()
    picture.save(file, "PNG")
    return data_uri(file.getvalue())
