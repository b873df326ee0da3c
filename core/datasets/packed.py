"""Many JPEG images in one ``.npz``: their bytes one after another, and where each begins."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Int

from core.datasets.archives import read_npz
from core.datasets.decoding import Pixels, decode_all


class PackedImages:
    """The arrays of such a file; images are decoded when they are asked for.

    ``extra`` holds the further arrays by name, each with one entry per image.

    Raises ``ValueError`` if an array is missing or does not fit the others.
    """

    def __init__(self, path: Path, *extra: str) -> None:
        arrays = read_npz(path, ("jpeg", "offsets", *extra))
        self.name = path.name
        self.extra = {name: arrays[name] for name in extra}
        self._jpeg, self._offsets = arrays["jpeg"], arrays["offsets"]
        if self._jpeg.dtype != np.uint8 or self._jpeg.ndim != 1:
            raise ValueError(
                f"{path.name}: jpeg must be a vector of bytes, got {self._jpeg.dtype} of shape "
                f"{self._jpeg.shape}"
            )
        ends = self._offsets
        right = ends.ndim == 1 and len(ends) > 0 and ends.dtype.kind in "iu"
        if not right or ends[0] != 0 or ends[-1] != len(self._jpeg) or (ends[1:] < ends[:-1]).any():
            raise ValueError(
                f"{path.name}: offsets must rise from 0 to the {len(self._jpeg)} bytes of jpeg: "
                f"the file is damaged"
            )
        for name, array in self.extra.items():
            if array.ndim == 0 or len(array) != len(self):
                raise ValueError(
                    f"{path.name}: {name} must have one entry for each of {len(self)} images, "
                    f"got shape {array.shape}"
                )

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def encoded(self, row: int) -> tuple[str, bytes]:
        """Return name and bytes of one image."""
        start, end = self._offsets[row : row + 2]
        return f"row {row} of {self.name}", self._jpeg[start:end].tobytes()


def joined(*parts: PackedImages) -> Callable[[Int[np.ndarray, " row"]], Pixels]:
    """Return a ``Listing.pixels`` over files whose images follow one another.

    All images must be of one kind; a file that is damaged in places is refused.
    """
    starts = np.cumsum([0, *map(len, parts)])

    def pixels(rows: Int[np.ndarray, " row"]) -> Pixels:
        which = np.searchsorted(starts, rows, side="right") - 1

        def encoded() -> Iterator[tuple[str, bytes]]:
            for row, part in zip(rows.tolist(), which.tolist(), strict=True):
                yield parts[part].encoded(row - int(starts[part]))

        return decode_all(encoded, len(rows), alike=True)

    return pixels
