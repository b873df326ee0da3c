"""Photographs of ImageNet, 224 x 224: ten classes (Imagenette), and one image of each of 1,000.

``imagenette`` has 100 training and 50 validation images a class; the validation images are for
testing, and ``outputs`` is the ImageNet index of each class. ``imagenet_samples`` cannot be split,
with one image a class, and no teacher is trained on it: all images are for testing. ``split_id``
is the row in the file.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from core.datasets.content import Root, placed
from core.datasets.licences import LICENCES
from core.datasets.listing import Listing, official
from core.datasets.options import SourceOptions
from core.datasets.packed import PackedImages, joined

SOURCE = "ImageNet Large Scale Visual Recognition Challenge (O. Russakovsky et al., IJCV 2015)"


def imagenette(options: SourceOptions, root: Root) -> Listing:
    """Return ten classes; raises ``ValueError`` if files are missing or damaged."""
    train_file, test_file, classes_file = imagenette_files(options, root)
    train, test = (PackedImages(file, "labels") for file in (train_file, test_file))
    classes = _classes(classes_file, "classes", "imagenet_index")
    split, split_id = official([len(train), len(test)])
    return Listing(
        name="imagenette",
        title="Imagenette, ten classes of ImageNet, 224 x 224",
        labels=np.concatenate([train.extra["labels"], test.extra["labels"]]).astype(np.int64),
        class_names=tuple(classes["classes"]),
        split=split,
        split_id=split_id,
        pixels=joined(train, test),
        source=f"Imagenette (fast.ai), a part of {SOURCE}",
        licence=LICENCES["imagenette"],
        outputs=tuple(classes["imagenet_index"]),
    )


def imagenet_samples(options: SourceOptions, root: Root) -> Listing:
    """Return 1,000 images, all for testing; raises ``ValueError`` as ``imagenette`` does."""
    file, classes_file = imagenet_samples_files(options, root)
    packed = PackedImages(file, "labels")
    count = len(packed)
    return Listing(
        name="imagenet_samples",
        title="ImageNet, one image of each of 1,000 classes, 224 x 224",
        labels=packed.extra["labels"].astype(np.int64),
        class_names=_imagenet_names(classes_file),
        split=np.full(count, "test", dtype="<U5"),
        split_id=np.arange(count),
        pixels=joined(packed),
        source=SOURCE,
        licence=LICENCES["imagenet_samples"],
        notes=("probably training images of ImageNet: accuracies on them are flattered",),
    )


def imagenet_class_names(root: Root = None) -> tuple[str, ...]:
    """Return the names of ImageNet's 1,000 classes, which ``imagenet_samples`` holds.

    Raises
    ------
    MissingData
        If they are not at hand; the images themselves need not be.
    """
    (file,) = placed("imagenet_samples", "imagenet_samples", ("classes.json",), root)
    return _imagenet_names(file)


def imagenette_files(options: SourceOptions, root: Root) -> list[Path]:
    """Return the three files; raises ``MissingData``."""
    wanted = ("train_100_per_class_jpeg.npz", "val_50_per_class_jpeg.npz", "classes.json")
    return placed("imagenette", "imagenette224", wanted, root)


def imagenet_samples_files(options: SourceOptions, root: Root) -> list[Path]:
    """Return the two files; raises ``MissingData``."""
    return placed("imagenet_samples", "imagenet_samples", ("val_jpeg.npz", "classes.json"), root)


def _imagenet_names(file: Path) -> tuple[str, ...]:
    """Two names mean two classes each (crane, maillot); these carry their WordNet id."""
    classes = _classes(file, "classes", "wnid")
    count = Counter(classes["classes"])
    return tuple(
        f"{name} ({wnid})" if count[name] > 1 else name
        for name, wnid in zip(classes["classes"], classes["wnid"], strict=True)
    )


def _classes(file: Path, *keys: str) -> dict[str, Any]:
    try:
        classes = json.loads(file.read_text(encoding="utf-8"))
        if len({len(classes[key]) for key in keys}) == 1:
            return classes
    except (ValueError, KeyError, TypeError):
        pass
    raise ValueError(f"{file} must hold {' and '.join(keys)} of one length: it is damaged")
