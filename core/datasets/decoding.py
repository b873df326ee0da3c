"""Encoded images become uint8 arrays, or are refused with one line.

What Pillow reads is converted by these rules:

* grey (8 bits, black and white) stays grey; a set in which every image is grey has one channel,
  any other has three; ``channels`` decides otherwise (RGB to grey by ITU-R 601 luma)
* palette, CMYK, YCbCr, Lab and HSV become RGB, without colour profiles
* alpha is dropped and what lies beneath it shows, as in torchvision's image folders, on which most
  classifiers are trained; the number of such images is noted
* 16 bits are scaled to 8 and noted: grey from 0..65535 to 0..255, of colour Pillow keeps the high
  byte; floating-point pixels are refused, since their range is unknown
* of an animation or a file of several pages the first frame is taken, and that is noted
* orientation tags are not applied
"""

import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image, ImageOps, UnidentifiedImageError

from core.axes import Images
from core.datasets.content import one_line

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM")  # none runs a program
LARGEST_IMAGE = 50_000_000  # pixels
LARGEST_SET = 16 << 30  # bytes of all decoded images
NAMED_COLORS = {"CMYK": "CMYK colours", "P": "a palette"}  # by Pillow's mode
NAMED = 5  # unreadable images that a message names

Encoded = bytes | Path
Refitted = UInt8[np.ndarray, "sample new_height new_width new_channel"]
Picture = UInt8[np.ndarray, "height width channel"]


class ImageError(ValueError):
    """An image that cannot be read; the message is the reason."""


class Header(NamedTuple):
    """What is known of an image before its pixels are decoded."""

    height: int
    width: int
    channels: int
    remarks: tuple[str, ...]


class Pixels(NamedTuple):
    """Decoded images, which of those asked for they are, and what has to be said of them."""

    images: Images
    kept: Bool[np.ndarray, " row"]
    notes: tuple[str, ...] = ()


def header(encoded: Encoded) -> Header:
    """Return size, channels and remarks of an image without decoding it; raises ``ImageError``."""
    with _quiet(), _opened(encoded) as image:
        return _header(image)


def decode(
    encoded: Encoded, size: tuple[int, int] | None = None, channels: int | None = None
) -> Picture:
    """Return an image as an array; raises ``ImageError``.

    Parameters
    ----------
    encoded
        A file's path or its bytes.
    size, channels
        As in ``SourceOptions``.
    """
    with _quiet(), _opened(encoded) as image:
        return _fitted(_plain(image), size, channels or _header(image).channels)


def decode_all(
    encoded: Callable[[], Iterator[tuple[str, Encoded]]],
    count: int,
    *,
    size: tuple[int, int] | None = None,
    channels: int | None = None,
    skip_corrupt: bool = False,
    alike: bool = False,
) -> Pixels:
    """Return all images in one array; memory holds that array and one image beside it.

    Parameters
    ----------
    encoded
        Gives name and content of each image; it is called twice, for headers and for pixels, and
        once more where images of several sizes may be corrupt ones that are to be skipped.
    count
        Number of images.
    size, channels, skip_corrupt
        As in ``SourceOptions``.
    alike
        All images are known to be of the first one's kind, so that headers need no call of their
        own; any other is counted as one that cannot be read.

    Raises
    ------
    ValueError
        If images cannot be read (unless skipped), differ in size, or need too much memory.
    """
    corrupt: dict[str, str] = {}
    headers, sizes = _headers(islice(encoded(), 1 if alike else None), corrupt)
    if size is None and len(sizes) > 1 and skip_corrupt:  # a torso may name the odd size
        headers, sizes = _headers(encoded(), corrupt, whole=True)
    if size is None and len(sizes) > 1:
        raise ValueError(_mixed(sizes))
    depth = channels or max((head.channels for head in headers.values()), default=1)
    height, width = size or next(iter(sizes), (1, 1))
    images, kept = _room(count, height, width, depth), np.zeros(count, bool)
    with _quiet():
        for row, (name, content) in enumerate(encoded()):
            if row not in headers and not alike:
                continue
            try:
                with _opened(content) as image:
                    images[row] = _fitted(_plain(image), size, depth)
                kept[row] = True
            except ImageError as error:
                corrupt[name] = str(error)
    if corrupt and not (skip_corrupt and kept.any()):
        raise ValueError(f"{_unreadable(corrupt, count)}: {_advice(skip_corrupt, alike)}")
    remarks = Counter(remark for row in headers if kept[row] for remark in headers[row].remarks)
    notes = [f"{_images(number)} {remark}" for remark, number in sorted(remarks.items())]
    if corrupt:
        notes.append(f"{_unreadable(corrupt, count)} and left out")
    return Pixels(images if kept.all() else images[kept], kept, tuple(notes))


def _headers(
    encoded: Iterator[tuple[str, Encoded]], corrupt: dict[str, str], *, whole: bool = False
) -> tuple[dict[int, Header], dict[tuple[int, int], str]]:
    """The headers by row, and a name for each size; what cannot be read goes to ``corrupt``.

    With ``whole``, images that break off after their header count as such too.
    """
    headers: dict[int, Header] = {}
    sizes: dict[tuple[int, int], str] = {}
    for row, (name, content) in enumerate(encoded):
        try:
            found = header(content)
            if whole:
                decode(content)
        except ImageError as error:
            corrupt[name] = str(error)
        else:
            headers[row] = found
            sizes.setdefault((found.height, found.width), name)
    return headers, sizes


def fitted(images: Images, size: tuple[int, int] | None, channels: int | None) -> Refitted:
    """Return decoded images in another size or with another number of channels."""
    depth = channels or images.shape[3]
    height, width = size or images.shape[1:3]
    if images.shape[1:] == (height, width, depth):
        return images
    result = _room(len(images), height, width, depth)
    for row, image in enumerate(images):
        grey = image.shape[2] == 1
        picture = Image.fromarray(image[:, :, 0] if grey else image)
        result[row] = _fitted(picture, (height, width), depth)
    return result


@contextmanager
def _quiet() -> Iterator[None]:
    """Pillow's remarks on odd files are of no use to readers; its fear of bombs is."""
    Image.init()  # given a list of formats, Pillow does not load their readers by itself
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


@contextmanager
def _opened(encoded: Encoded) -> Iterator[Image.Image]:
    # Decoders meet damaged and hostile bytes here and raise almost anything (SyntaxError,
    # struct.error, KeyError...); each means the same: this image cannot be read.
    try:
        content = BytesIO(encoded) if isinstance(encoded, bytes) else encoded
        with Image.open(content, formats=FORMATS) as image:
            if image.width * image.height > LARGEST_IMAGE:
                raise ImageError(
                    f"{image.width} x {image.height} pixels, more than "
                    f"{LARGEST_IMAGE // 10**6} million"
                )
            yield image
    except (ImageError, MemoryError):
        raise
    except UnidentifiedImageError:
        empty = len(encoded) == 0 if isinstance(encoded, bytes) else encoded.stat().st_size == 0
        raise ImageError("empty" if empty else "not an image that Pillow knows") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageError(f"more than {LARGEST_IMAGE // 10**6} million pixels") from None
    except Exception as error:
        raise ImageError(one_line(error)) from None


def _header(image: Image.Image) -> Header:
    remarks = []
    if image.mode == "F":
        raise ImageError("floating-point pixels: save it with 8 or 16 bits")
    if image.mode in NAMED_COLORS:
        remarks.append(f"had {NAMED_COLORS[image.mode]}, converted to RGB")
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        remarks.append("had an alpha channel, which was dropped")
    if image.mode.startswith("I") or _has_16_bits(image):
        remarks.append("had 16 bits, scaled to 8")
    if getattr(image, "is_animated", False):
        remarks.append("had several frames, of which the first was taken")
    grey = image.mode in ("1", "L", "LA", "La") or image.mode.startswith("I")
    return Header(image.height, image.width, 1 if grey else 3, tuple(remarks))


def _has_16_bits(image: Image.Image) -> bool:
    """Whether each colour of the file has 16 bits, which Pillow's mode (RGB) does not tell."""
    for tile in getattr(image, "tile", ()):
        kind, *more = tile.args if isinstance(tile.args, tuple) else (tile.args,)
        if image.format in ("PNG", "TIFF") and ";16" in str(kind):
            return True
        if image.format == "PPM" and more and more[0] > 255:  # the largest value of a pixel
            return True
    return False


def _plain(image: Image.Image) -> Image.Image:
    """The first frame with 8 bits, grey or RGB."""
    if image.mode in ("L", "RGB"):
        return image
    if image.mode.startswith("I"):
        values = np.asarray(image).astype(np.int64)
        if values.min() < 0 or values.max() > 65535:
            raise ImageError(
                f"pixels from {values.min()} to {values.max()}: save it with 8 or 16 bits"
            )
        return Image.fromarray(((values * 255 + 32767) // 65535).astype(np.uint8))
    if image.mode == "La":
        image = image.convert("LA")
    if image.mode in ("P", "PA", "RGBa"):
        image = image.convert("RGBA")  # straight to RGB, Pillow warns of transparency
    return image.convert("L" if image.mode in ("1", "LA") else "RGB")


def _room(count: int, height: int, width: int, channels: int) -> Images:
    needed = count * height * width * channels
    if needed > LARGEST_SET:
        raise ValueError(
            f"{count} images of {height} x {width} x {channels} need {needed / 1e9:.0f} GB of "
            f"memory: give a smaller size or a limit"
        )
    return np.empty((count, height, width, channels), np.uint8)


def _fitted(image: Image.Image, size: tuple[int, int] | None, channels: int) -> Picture:
    mode = "L" if channels == 1 else "RGB"
    image = image if image.mode == mode else image.convert(mode)
    if size is not None and size != (image.height, image.width):
        image = ImageOps.fit(image, (size[1], size[0]), Image.Resampling.BILINEAR)
    return np.asarray(image).reshape(image.height, image.width, channels)


def _mixed(sizes: dict[tuple[int, int], str]) -> str:
    some = [f"{height} x {width} ({name})" for (height, width), name in list(sizes.items())[:2]]
    return (
        f"images must have one size, got {len(sizes)} sizes, for instance {' and '.join(some)}: "
        f"set data.size = [height, width]"
    )


def _unreadable(corrupt: dict[str, str], count: int) -> str:
    names = [f"{name} ({reason})" for name, reason in list(corrupt.items())[:NAMED]]
    more = f" and {len(corrupt) - NAMED} more" if len(corrupt) > NAMED else ""
    return f"{len(corrupt)} of {_images(count)} could not be read: {', '.join(names)}{more}"


def _advice(skip_corrupt: bool, alike: bool) -> str:
    if skip_corrupt:
        return "none is left"
    if alike:  # of one file, whose images are known by their rows
        return "put an undamaged copy of the file there"
    return "mend or remove them, or leave them out with --skip-corrupt (data.skip_corrupt = true)"


def _images(count: int) -> str:
    return "1 image" if count == 1 else f"{count} images"
