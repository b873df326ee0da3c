"""What every source of images returns."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Int, Shaped

from core.axes import Images, Labels

Split = Literal["train", "test"]
SPLITS: tuple[Split, ...] = ("train", "test")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images with labels and class names, training images first.

    ``images``  uint8, channels last
    ``labels``  index into ``class_names``
    ``split``  "train" or "test" for each sample
    ``split_id``  the sample's row in the source file, which is how papers count
    ``source``, ``licence``  where the images come from, and what may be done with them
    ``limit``  number of samples asked for where the source holds more, else None
    ``original_labels``  the labels before noise was put in, else None
    ``outputs``  which of a classifier's outputs means each class where it has more outputs than
        the data has classes (the ImageNet index), else None
    ``notes``  what readers should know of the images: lossy copies, images left out, conversions
    """

    name: str
    title: str
    images: Images
    labels: Labels
    class_names: tuple[str, ...]
    split: Shaped[np.ndarray, " sample"]
    split_id: Int[np.ndarray, " sample"]
    source: str
    licence: str
    limit: int | None = None
    original_labels: Labels | None = None
    outputs: tuple[int, ...] | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.images)
        for what in ("labels", "split", "split_id", "original_labels"):
            if getattr(self, what) is not None and len(getattr(self, what)) != n:
                raise ValueError(
                    f"data set {self.name!r} has {n} images but {len(getattr(self, what))} "
                    f"entries in {what}: give one for each image"
                )
        if n == 0:
            raise ValueError(f"data set {self.name!r} is empty: give at least one image")
        if self.outputs is not None and len(self.outputs) != len(self.class_names):
            raise ValueError(
                f"data set {self.name!r} has {len(self.class_names)} classes but "
                f"{len(self.outputs)} entries in outputs: give one for each class"
            )
        outside = (self.labels < 0) | (self.labels >= len(self.class_names))
        if outside.any():
            row = int(outside.argmax())
            raise ValueError(
                f"labels of data set {self.name!r} must be from 0 to {len(self.class_names) - 1} "
                f"for {len(self.class_names)} class names, got {self.labels[row]} in row {row}"
            )
        order = np.concatenate([self.rows("train"), self.rows("test")])
        if not np.array_equal(order, np.arange(n)):
            raise ValueError(
                f"data set {self.name!r} must list its 'train' samples first and then its 'test' "
                f"samples, got splits {', '.join(sorted(map(repr, set(self.split.tolist()))))}"
            )

    def __len__(self) -> int:
        return len(self.images)

    def rows(self, split: Split) -> Int[np.ndarray, " row"]:
        """Return the rows of one split, in order."""
        return np.flatnonzero(self.split == split)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of every image."""
        height, width, channels = self.images.shape[1:]
        return height, width, channels
