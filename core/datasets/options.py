"""What a study may say about its data beside the name of the source: the ``[data]`` section."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

LARGEST_SIDE = 8192  # pixels; a larger ``size`` is a slip of the finger


@dataclass(frozen=True)
class SourceOptions:
    """How to read a data set; every source names the options that it takes.

    ``path``  file or folder: absolute, below the home folder (``~``), or below the data root;
        for a function the files that it reads, so that their content counts
    ``images``, ``labels``, ``test_images``, ``test_labels``  arrays of an ``.npz``, columns of
        a Parquet file, or (``npy``, ``idx``) files beside ``path`` or below it
    ``function``, ``arguments``  "package.module:function" and what it is called with
    ``class_names``  names in the order of the labels; folders and words are sorted without it
    ``size``  height and width: the image is scaled until it covers them, then cut in the middle
    ``channels``  1 or 3; without it grey where every image is grey
    ``test_share``  share of the images for testing where the source has no split, 0 to 1
    ``split_seed``  seed of that draw
    ``skip_corrupt``  leave out images that cannot be read, and say so, instead of refusing
    ``label_noise``  share of the training labels to be flipped to another class, 0 to 1
    ``noise_seed``  seed of the flips
    """

    path: str | None = None
    images: str | None = None
    labels: str | None = None
    test_images: str | None = None
    test_labels: str | None = None
    function: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)
    class_names: tuple[str, ...] = ()
    size: tuple[int, int] | None = None
    channels: int | None = None
    test_share: float | None = None
    split_seed: int = 0
    skip_corrupt: bool = False
    label_noise: float = 0.0
    noise_seed: int = 0

    def __post_init__(self) -> None:
        if self.size is not None and not all(1 <= side <= LARGEST_SIDE for side in self.size):
            raise ValueError(
                f"size must be [height, width] from 1 to {LARGEST_SIDE}, got {list(self.size)}"
            )
        if self.channels not in (None, 1, 3):
            raise ValueError(f"channels must be 1 (grey) or 3 (RGB), got {self.channels}")
        if self.test_share is not None and not 0 < self.test_share <= 1:
            raise ValueError(f"test_share must be above 0 and at most 1, got {self.test_share}")
        if not 0 <= self.label_noise < 1:
            raise ValueError(f"label_noise must be from 0 to below 1, got {self.label_noise}")
        if twice := {name for name in self.class_names if self.class_names.count(name) > 1}:
            raise ValueError(f"class_names must differ, got {', '.join(sorted(twice))} twice")

    def given(self) -> set[str]:
        """Return the names of the options that differ from their defaults."""
        default = SourceOptions()
        names = [option.name for option in fields(self)]
        return {name for name in names if getattr(self, name) != getattr(default, name)}


EVERY_SOURCE = frozenset({"label_noise", "noise_seed"})
DRAWN_SPLIT = frozenset({"test_share", "split_seed"})
PICTURES = frozenset({"size", "channels"})
ENCODED = PICTURES | {"skip_corrupt"}
NAMED_PARTS = frozenset({"images", "labels", "test_images", "test_labels"})
