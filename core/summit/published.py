"""Summit's published attribution graphs, read from their archive (a tar.gz of one JSON per class).

Nothing is unpacked to disk and no name in the archive is used as a path: members are read in
memory, at most ``LARGEST`` bytes each and as many as ``MOST``, and only regular files named
``ag-NUMBER.json`` in any folder. Layers are ordered from the image up.
"""

import io
import json
import re
import tarfile
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

LAYERS = (
    "mixed3a", "mixed3b", "mixed4a", "mixed4b", "mixed4c", "mixed4d", "mixed4e", "mixed5a",
    "mixed5b",
)  # fmt: skip
CHANNELS = (256, 480, 508, 512, 512, 528, 832, 832, 1024)
LARGEST = 1 << 22
MOST = 100_000
NAME = re.compile(r"(?:^|/)ag-(\d{1,6})\.json$")


@dataclass(frozen=True)
class PublishedGraphs:
    """All classes' graphs in one table of vertices and one of edges, sorted by class and layer.

    ``vertex_layer`` and ``edge_layer`` number ``layers``; an edge leads from ``channel_in`` of the
    layer below to ``channel_out``.
    """

    layers: tuple[str, ...]
    vertex_class: Int[np.ndarray, " vertex"]
    vertex_layer: Int[np.ndarray, " vertex"]
    vertex_channel: Int[np.ndarray, " vertex"]
    count: Int[np.ndarray, " vertex"]
    pagerank: Float[np.ndarray, " vertex"]
    edge_class: Int[np.ndarray, " edge"]
    edge_layer: Int[np.ndarray, " edge"]
    channel_in: Int[np.ndarray, " edge"]
    channel_out: Int[np.ndarray, " edge"]
    influence: Int[np.ndarray, " edge"]

    @property
    def classes(self) -> int:
        """Number of classes: the highest class number and one."""
        return int(self.vertex_class.max()) + 1 if len(self.vertex_class) else 0

    def counts(self, layer: int, channels: int | None = None) -> Int[np.ndarray, "class channel"]:
        """Return what is known of A in a layer: the counts of each class's own vertices."""
        mine = self.vertex_layer == layer
        width = channels or (int(self.vertex_channel[mine].max()) + 1 if mine.any() else 0)
        table = np.zeros((self.classes, width), np.int64)
        table[self.vertex_class[mine], self.vertex_channel[mine]] = self.count[mine]
        return table


def published_graphs(
    archive: io.BufferedIOBase, layers: tuple[str, ...] = LAYERS
) -> PublishedGraphs:
    """Return the graphs of an open archive (a file opened for bytes, or ``io.BytesIO``).

    Raises
    ------
    ValueError
        If it is no such archive, or a graph in it has an unknown layer or a broken vertex.
    """
    vertices: list[tuple[int, int, int, int, float]] = []
    edges: list[tuple[int, int, int, int, int]] = []
    seen: set[int] = set()
    opened: Any = archive  # tarfile's own protocol is narrower than what it needs
    try:
        with tarfile.open(fileobj=opened, mode="r:gz") as members:
            for number, member in enumerate(members):
                if number >= MOST:
                    raise ValueError(f"the archive must have at most {MOST} members")
                found = NAME.search(member.name)
                if found is None or not member.isreg():
                    continue
                label = int(found.group(1))
                if label in seen:
                    raise ValueError(f"each class must have one graph, got two for class {label}")
                seen.add(label)
                _read(_document(members, member), label, layers, vertices, edges)
    except (tarfile.TarError, EOFError, OSError) as reason:
        raise ValueError(f"expected a tar.gz of ag-NUMBER.json files, got: {reason}") from reason
    if not seen:
        raise ValueError("expected a tar.gz of ag-NUMBER.json files, got none of that name")
    vertices.sort()
    edges.sort()
    v = list(zip(*vertices, strict=True)) or [()] * 5
    e = list(zip(*edges, strict=True)) or [()] * 5
    label, layer, channel, count = (np.array(column, np.int64) for column in v[:4])
    edge_label, edge_layer, low, high, influence = (np.array(column, np.int64) for column in e)
    return PublishedGraphs(
        layers=layers,
        vertex_class=label,
        vertex_layer=layer,
        vertex_channel=channel,
        count=count,
        pagerank=np.array(v[4], np.float64),
        edge_class=edge_label,
        edge_layer=edge_layer,
        channel_in=low,
        channel_out=high,
        influence=influence,
    )


def _document(members: tarfile.TarFile, member: tarfile.TarInfo) -> dict[str, Any]:
    if member.size > LARGEST:
        raise ValueError(f"{member.name} must have at most {LARGEST} bytes, got {member.size}")
    file = members.extractfile(member)
    assert file is not None  # a regular file
    try:
        document = json.load(file)
    except (ValueError, RecursionError) as reason:
        raise ValueError(f"{member.name} must be JSON, got: {reason}") from reason
    if not isinstance(document, dict):
        raise ValueError(f"{member.name} must hold layers by name, got a {type(document).__name__}")
    return document


def _read(
    document: dict[str, Any],
    label: int,
    layers: tuple[str, ...],
    vertices: list[tuple[int, int, int, int, float]],
    edges: list[tuple[int, int, int, int, int]],
) -> None:
    for name, listed in document.items():
        if name not in layers:
            raise ValueError(f"layers must be {', '.join(layers)}, got {name!r} in class {label}")
        layer = layers.index(name)
        try:
            for vertex in listed:
                channel = int(vertex["channel"])
                rank = float(vertex["pagerank"])
                count = int(vertex["count"])
                if channel < 0 or count < 0 or not np.isfinite(rank):
                    raise ValueError("a number is negative or not finite")
                vertices.append((label, layer, channel, count, rank))
                for edge in vertex["prev_channels"]:
                    low, influence = int(edge["prev_channel"]), int(edge["inf"])
                    edges.append((label, layer, low, channel, influence))
        except (KeyError, TypeError, ValueError) as reason:
            raise ValueError(
                f"a vertex must have channel, count, pagerank and prev_channels, got one without "
                f"in layer {name} of class {label}: {reason}"
            ) from reason
