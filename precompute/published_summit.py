"""The folder that Summit's authors published, read and checked as a whole.

``attribution_graphs.tar.gz`` holds the graphs of 1,000 classes, ``channels72_jpeg.npz`` a picture
of every channel of InceptionV1's nine mixed layers. Class names come from ``imagenet_samples``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.datasets.imagenet import imagenet_class_names
from core.datasets.packed import PackedImages
from core.store import content_hash
from core.summit.published import CHANNELS, LAYERS, PublishedGraphs, published_graphs
from precompute.settings import StudyError

GRAPHS, PICTURES = "attribution_graphs.tar.gz", "channels72_jpeg.npz"
JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, eq=False)
class Published:
    """Graphs, a JPEG file for each layer and channel, names of the classes, a hash of it all."""

    graphs: PublishedGraphs
    pictures: Mapping[tuple[int, int], bytes]
    names: tuple[str, ...]
    content: str


def read_published(folder: Path, data_root: Path | None = None) -> Published:
    """What the folder holds.

    ``imagenet_samples`` lies below the data root, which is the folder's parent if not said.

    Raises
    ------
    ValueError
        If a file is missing or damaged, or the two do not fit; one line.
    """
    for file in (GRAPHS, PICTURES):
        if not (folder / file).is_file():
            raise StudyError(
                f"{folder}: expected a folder with {GRAPHS} and {PICTURES}, there is no {file}"
            )
    names = imagenet_class_names(data_root or folder.absolute().parent)
    with (folder / GRAPHS).open("rb") as archive:
        try:
            graphs = published_graphs(archive)
        except ValueError as error:
            raise StudyError(f"{GRAPHS}: {error}") from None
    _check(graphs, len(names))
    pictures = _pictures(folder / PICTURES)
    content = " ".join(content_hash(folder / file) for file in (GRAPHS, PICTURES))
    return Published(graphs, pictures, names, content)


def _check(graphs: PublishedGraphs, classes: int) -> None:
    if graphs.classes > classes:
        raise StudyError(
            f"{GRAPHS}: classes must be below {classes}, the number of class names, "
            f"got {graphs.classes - 1}"
        )
    layer, channel = graphs.vertex_layer, graphs.vertex_channel
    wrong = channel >= np.array(CHANNELS)[layer]
    if wrong.any():
        row = int(wrong.argmax())
        raise StudyError(
            f"{GRAPHS}: layer {LAYERS[layer[row]]} has {CHANNELS[layer[row]]} channels, "
            f"got a vertex {channel[row]} in class {graphs.vertex_class[row]}"
        )
    owner, above = graphs.edge_class, graphs.edge_layer
    vertices = _places(graphs.vertex_class, layer, channel)
    ends = [(above - 1, graphs.channel_in), (above, graphs.channel_out)]
    lost = ~np.logical_and(*(np.isin(_places(owner, *end), vertices) for end in ends))
    if lost.any():
        row = int(lost.argmax())
        raise StudyError(
            f"{GRAPHS}: both ends of an edge must be vertices of its class, "
            f"got {graphs.channel_in[row]} to {LAYERS[above[row]]}-{graphs.channel_out[row]} in "
            f"class {owner[row]}"
        )
    if len(np.unique(vertices)) < len(vertices):
        raise StudyError(f"{GRAPHS}: a channel must be in a class's graph once, one is there twice")


def _places(label: np.ndarray, layer: np.ndarray, channel: np.ndarray) -> np.ndarray:
    """One number for class, layer and channel; below the lowest layer there is none."""
    place = (label * len(LAYERS) + layer) * (1 << 20) + channel
    return np.where(layer < 0, -1, place)


def _pictures(path: Path) -> dict[tuple[int, int], bytes]:
    packed = PackedImages(path, "channel")
    found: dict[tuple[int, int], bytes] = {}
    for row, name in enumerate(packed.extra["channel"].astype(str).tolist()):
        layer, _, number = name.rpartition("-")
        known = layer in LAYERS and number.isdecimal() and len(number) < 9
        if not known or int(number) >= CHANNELS[LAYERS.index(layer)]:
            raise StudyError(
                f"{path.name}: a channel must be one of InceptionV1's, like mixed3a-0, got {name!r}"
            )
        place = LAYERS.index(layer), int(number)
        picture = packed.encoded(row)[1]
        if not picture.startswith(JPEG):
            raise StudyError(f"{path.name}: the picture of {name} must be a JPEG file, it is none")
        if place in found:
            raise StudyError(f"{path.name}: a channel must have one picture, {name} has two")
        found[place] = picture
    return found
