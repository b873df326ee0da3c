"""Arrays of a user become uint8 images and labels, by stated rules.

* shape ``[n, h, w]`` or ``[n, h, w, 1 or 3]``; channels first are moved last, which is noted
* uint8 stays; whole numbers must be from 0 to 255; True is 255
* floats up to 1 are scaled to 0..255, floats up to 255 are rounded; both are noted
* labels are one number or one word for each image; words become classes in alphabetical order
"""

from collections.abc import Callable, Sequence

import numpy as np

from core.axes import Images, Labels
from core.datasets.decoding import Pixels
from core.datasets.listing import Rows

BLOCK = 1024  # images whose values are looked at together
MOST_CLASSES = 100_000


def array_pixels(
    parts: Sequence[np.ndarray], names: Sequence[str]
) -> tuple[Callable[[Rows], Pixels], tuple[str, ...]]:
    """Return a ``Listing.pixels`` over arrays that follow one another, and what is to be noted.

    Parameters
    ----------
    parts
        Arrays of images with one shape and one range, perhaps mapped into memory.
    names
        What messages call them.

    Raises
    ------
    ValueError
        If shape, type or range of the values is not as stated above, or parts differ in size or
        range.
    """
    parts, notes = list(parts), []
    for index, (part, name) in enumerate(zip(parts, names, strict=True)):
        parts[index], moved = _channels_last(part, name)
        notes += [f"channels of {name} came first and were moved last"] * moved
    shapes = {part.shape[1:] for part in parts}
    if len(shapes) > 1:
        raise ValueError(
            f"images must have one size, got {' and '.join(map(str, sorted(shapes)))} "
            f"in {' and '.join(names)}"
        )
    whites = [_white(part, name) for part, name in zip(parts, names, strict=True)]
    ranges = {white for white in whites if white is not None}
    if len(ranges) > 1:
        raise ValueError(
            f"images must have one range, got 0 to 1 as well as 0 to 255 in {' and '.join(names)}"
        )
    scale = 255 if ranges == {1} else 1
    if any(part.dtype.kind == "f" and len(part) for part in parts):
        notes.append(
            "floating-point pixels were "
            + ("scaled from 0..1 to 0..255" if scale == 255 else "rounded to 0..255")
        )
    starts = np.cumsum([0, *map(len, parts)])

    def pixels(rows: Rows) -> Pixels:
        images = np.empty((len(rows), *parts[0].shape[1:]), np.uint8)
        for part, start, end in zip(parts, starts, starts[1:], strict=False):
            inside = np.flatnonzero((rows >= start) & (rows < end))
            for first in range(0, len(inside), BLOCK):
                block = inside[first : first + BLOCK]
                images[block] = _bytes(part[rows[block] - start], scale)
        return Pixels(images, np.ones(len(rows), bool))

    return pixels, tuple(notes)


def as_images(array: np.ndarray, name: str) -> Images:
    """Return one array as images; rules and errors as in ``array_pixels``."""
    pixels, _ = array_pixels([array], [name])
    return pixels(np.arange(len(array))).images


def as_labels(
    parts: Sequence[np.ndarray], class_names: Sequence[str], name: str
) -> tuple[Labels, tuple[str, ...]]:
    """Return the labels of all parts as one vector of class indices, and the class names.

    Parameters
    ----------
    parts
        Labels of training and perhaps of testing images: numbers or words.
    class_names
        Names in the order of the numbers; none lets numbers or sorted words name themselves.
    name
        What messages call them.

    Raises
    ------
    ValueError
        If they are not one whole number from 0 up, or one known word, for each image.
    """
    for part in parts:
        if part.ndim != 1 and part.shape[1:] != (1,):
            raise ValueError(
                f"{name} must be one number or word for each image, got shape {part.shape}: "
                f"of one-hot rows take the argmax"
            )
    values = np.concatenate([part.reshape(-1) for part in parts])
    if values.dtype.kind in "SUO":
        return _words(values, class_names, name)
    if values.dtype.kind not in "iufb" or not _whole(values):
        raise ValueError(f"{name} must be whole numbers or words, got {values.dtype}")
    high = int(values.max()) if len(values) else -1
    if high >= MOST_CLASSES or (len(values) and values.min() < 0):
        raise ValueError(
            f"{name} must be class indices from 0 up, got {values.min()} to {values.max()}"
        )
    names = tuple(class_names) or tuple(map(str, range(high + 1)))
    return values.astype(np.int64), names


def _words(
    values: np.ndarray, class_names: Sequence[str], name: str
) -> tuple[Labels, tuple[str, ...]]:
    words = [value.decode() if isinstance(value, bytes) else str(value) for value in values]
    names = tuple(class_names) or tuple(sorted(set(words)))
    if unknown := sorted(set(words) - set(names)):
        raise ValueError(
            f"{name} must be among the class names {', '.join(names)}, got {unknown[0]!r}"
        )
    index = {word: number for number, word in enumerate(names)}
    return np.array([index[word] for word in words], dtype=np.int64), names


def _whole(values: np.ndarray) -> bool:
    return values.dtype.kind != "f" or bool(np.isfinite(values).all() and (values % 1 == 0).all())


def _channels_last(array: np.ndarray, name: str) -> tuple[np.ndarray, bool]:
    shape = array.shape
    if len(shape) == 3:
        return array[..., None], False
    if len(shape) == 4 and shape[3] in (1, 3):
        return array, False
    if len(shape) == 4 and shape[1] in (1, 3):
        return np.moveaxis(array, 1, 3), True
    raise ValueError(
        f"{name} must have the shape [n, height, width] or [n, height, width, 1 or 3], got {shape}"
    )


def _white(array: np.ndarray, name: str) -> int | None:
    """What white is, 1 or 255, None where the values fit both; looked at in blocks, and checked."""
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must be numbers, got {array.dtype}")
    if 0 in array.shape[1:]:
        raise ValueError(f"{name} must hold at least one pixel for each image, got {array.shape}")
    if not len(array):
        return None
    if array.dtype.kind == "b" or array.dtype == np.uint8:
        return 1 if array.dtype.kind == "b" else 255
    blocks = [array[first : first + BLOCK] for first in range(0, len(array), BLOCK)]
    low = min(float(block.min()) for block in blocks)
    high = max(float(block.max()) for block in blocks)
    if any(not np.isfinite(block.astype(np.float64).sum()) for block in blocks):
        raise ValueError(f"{name} must be finite numbers, got NaN or infinity")
    if low < 0 or high > 255:
        raise ValueError(
            f"{name} must be from 0 to 1 or from 0 to 255, got {low:g} to {high:g}: undo the "
            f"normalization or scale them"
        )
    if high == 0 or (high == 1 and array.dtype.kind in "iu"):
        return None
    return 1 if high <= 1 else 255


def _bytes(values: np.ndarray, scale: int) -> np.ndarray:
    if values.dtype.kind == "f" or scale != 1:
        return np.round(values.astype(np.float32) * scale).astype(np.uint8)
    return values.astype(np.uint8)
