"""QuickDraw: ten classes of sketches, 28 x 28, white on black.

There is no official split: a fifth of each class is for testing, drawn with a seed. ``split_id``
is the row in the ten files put one after another, in the order of the class names.
"""

from pathlib import Path

import numpy as np

from core.datasets.archives import read_npz
from core.datasets.arrays import as_images
from core.datasets.content import Root, placed
from core.datasets.licences import LICENCES
from core.datasets.listing import Listing, drawn, held
from core.datasets.options import SourceOptions

CLASSES = (
    "airplane", "apple", "bicycle", "cat", "circle", "fish", "flower", "house", "square", "star",
)  # fmt: skip


def listing(options: SourceOptions, root: Root) -> Listing:
    """Return the sketches; raises ``ValueError`` if files are missing or damaged."""
    parts = [
        as_images(read_npz(file, ["images"])["images"], file.name) for file in files(options, root)
    ]
    labels = np.repeat(np.arange(len(CLASSES)), [len(part) for part in parts])
    return Listing(
        name="quickdraw",
        title="QuickDraw, ten classes of sketches, 28 x 28",
        labels=labels,
        class_names=CLASSES,
        split=drawn(labels, options),
        split_id=np.arange(len(labels)),
        pixels=held(*parts),
        source="Google, The Quick, Draw! Dataset, 2017; a sample of ten classes",
        licence=LICENCES["quickdraw"],
    )


def files(options: SourceOptions, root: Root) -> list[Path]:
    """Return the ten files; raises ``MissingData``."""
    return placed("quickdraw", "quickdraw", [f"{name}.npz" for name in CLASSES], root)
