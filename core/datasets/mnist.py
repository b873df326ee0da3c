"""MNIST and Fashion-MNIST: 60,000 training and 10,000 test images, 28 x 28, in idx files.

``split_id`` is the row in the official file: test 707 is row 707 of ``t10k-images``.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.datasets.content import Root, placed
from core.datasets.idx import read_idx
from core.datasets.licences import LICENCES
from core.datasets.listing import Listing, held, official
from core.datasets.options import SourceOptions

PARTS = ("train", "t10k")
FILES = tuple(
    f"{part}-{what}.gz|{part}-{what}"
    for part in PARTS
    for what in ("images-idx3-ubyte", "labels-idx1-ubyte")
)
FASHION = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip


def mnist(options: SourceOptions, root: Root) -> Listing:
    """Return handwritten digits; raises ``ValueError`` if files are missing or damaged."""
    parts, labels = idx_parts(mnist_files(options, root))
    split, split_id = official([len(part) for part in parts])
    return Listing(
        name="mnist",
        title="MNIST, handwritten digits, 28 x 28",
        labels=labels,
        class_names=tuple("0123456789"),
        split=split,
        split_id=split_id,
        pixels=held(*parts),
        source="Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST database, 1998",
        licence=LICENCES["mnist"],
    )


def fashion_mnist(options: SourceOptions, root: Root) -> Listing:
    """Return articles of clothing; raises ``ValueError`` if files are missing or damaged."""
    parts, labels = idx_parts(fashion_mnist_files(options, root))
    split, split_id = official([len(part) for part in parts])
    return Listing(
        name="fashion_mnist",
        title="Fashion-MNIST, articles of clothing, 28 x 28",
        labels=labels,
        class_names=FASHION,
        split=split,
        split_id=split_id,
        pixels=held(*parts),
        source="H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST, arXiv:1708.07747, 2017",
        licence=LICENCES["fashion_mnist"],
    )


def mnist_files(options: SourceOptions, root: Root) -> list[Path]:
    """Return the four files; raises ``MissingData``."""
    return placed("mnist", "mnist", FILES, root)


def fashion_mnist_files(options: SourceOptions, root: Root) -> list[Path]:
    """Return the four files; raises ``MissingData``."""
    return placed("fashion_mnist", "fashion_mnist", FILES, root)


def idx_parts(files: Sequence[Path]) -> tuple[list[np.ndarray], np.ndarray]:
    """Return images of each part and labels of all, from files of images and labels in turns.

    Raises ``ValueError`` if a file is damaged, or images and labels differ in number.
    """
    parts, labels = [], []
    for images_file, labels_file in zip(files[::2], files[1::2], strict=True):
        images, part = read_idx(images_file, (3, 4)), read_idx(labels_file, (1,))
        if len(images) != len(part):
            raise ValueError(
                f"{images_file.name} has {len(images)} images but {labels_file.name} "
                f"{len(part)} labels: one of them belongs to another set"
            )
        parts.append(images[..., None] if images.ndim == 3 else images)
        labels.append(part.astype(np.int64))
    return parts, np.concatenate(labels)
