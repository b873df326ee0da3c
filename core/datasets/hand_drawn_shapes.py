"""Hand-drawn shapes: ellipses, rectangles, triangles and others, 28 x 28.

There is no official split: a fifth of each class is for testing, drawn with a seed, so that the
same people draw for training and for testing. ``split_id`` is the row in the file.
"""

from pathlib import Path

import numpy as np

from core.datasets.archives import read_npz
from core.datasets.arrays import array_pixels, as_labels
from core.datasets.content import Root, placed
from core.datasets.licences import LICENCES
from core.datasets.listing import Listing, drawn
from core.datasets.options import SourceOptions

CLASSES = ("ellipse", "rectangle", "triangle", "other")


def listing(options: SourceOptions, root: Root) -> Listing:
    """Return the drawings; raises ``ValueError`` if the file is missing or damaged."""
    (file,) = files(options, root)
    arrays = read_npz(file, ["images", "labels"])
    labels, _ = as_labels([arrays["labels"]], CLASSES, f"labels of {file.name}")
    if len(labels) != len(arrays["images"]):
        raise ValueError(
            f"{file.name} has {len(arrays['images'])} images but {len(labels)} labels: "
            f"the file is damaged"
        )
    pixels, notes = array_pixels([arrays["images"]], [f"images of {file.name}"])
    return Listing(
        name="hand_drawn_shapes",
        title="Hand-drawn shapes, 28 x 28",
        labels=labels,
        class_names=CLASSES,
        split=drawn(labels, options),
        split_id=np.arange(len(labels)),
        pixels=pixels,
        source="Hand-drawn Shapes (HDS) Dataset, 27,292 drawings by 37 people",
        licence=LICENCES["hand_drawn_shapes"],
        notes=notes,
    )


def files(options: SourceOptions, root: Root) -> list[Path]:
    """Return the file; raises ``MissingData``."""
    return placed("hand_drawn_shapes", "hand_drawn_shapes", ["hds28.npz"], root)
