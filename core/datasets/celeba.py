"""CelebA: 10,000 faces, 64 x 64, in eight classes: 4 Male + 2 Blond_Hair + Eyeglasses.

The classes are DeepVID's (class 2 is "female, blond, no glasses" as in its figure 14). They hold
6 to 4,898 images, so a fifth of each is for testing, drawn with a seed: 8,000 and 2,000. Read
balanced accuracy beside accuracy. ``split_id`` is the row in the file.
"""

import json
from pathlib import Path

import numpy as np

from core.datasets.content import Root, placed
from core.datasets.licences import LICENCES
from core.datasets.listing import Listing, drawn
from core.datasets.options import SourceOptions
from core.datasets.packed import PackedImages, joined

ATTRIBUTES = ("Male", "Blond_Hair", "Eyeglasses")  # worth 4, 2 and 1
CLASSES = tuple(
    f"{sex}, {hair}, {glasses}"
    for sex in ("female", "male")
    for hair in ("not blond", "blond")
    for glasses in ("no glasses", "glasses")
)


def listing(options: SourceOptions, root: Root) -> Listing:
    """Return the faces; raises ``ValueError`` if files are missing or damaged."""
    file, names_file = files(options, root)
    packed = PackedImages(file, "attributes")
    values = packed.extra["attributes"]
    try:
        names = json.loads(names_file.read_text(encoding="utf-8"))["attributes"]
        columns = [names.index(name) for name in ATTRIBUTES]
        chosen = values[:, columns]
    except (ValueError, KeyError, TypeError, IndexError):
        raise ValueError(
            f"{names_file.name} must name {', '.join(ATTRIBUTES)} among the columns of "
            f"'attributes' in {file.name}: one of the files is damaged"
        ) from None
    if not np.isin(chosen, (0, 1)).all():
        raise ValueError(f"attributes of {file.name} must be 0 or 1: the file is damaged")
    labels = chosen.astype(np.int64) @ np.array([4, 2, 1])
    return Listing(
        name="celeba",
        title="CelebA, faces, 64 x 64",
        labels=labels,
        class_names=CLASSES,
        split=drawn(labels, options),
        split_id=np.arange(len(labels)),
        pixels=joined(packed),
        source="Z. Liu, P. Luo, X. Wang and X. Tang, Deep Learning Face Attributes in the Wild, "
        "ICCV 2015; 10,000 images of its test split",
        licence=LICENCES["celeba"],
    )


def files(options: SourceOptions, root: Root) -> list[Path]:
    """Return the two files; raises ``MissingData``."""
    return placed("celeba", "celeba64", ["faces64_jpeg.npz", "attributes.json"], root)
