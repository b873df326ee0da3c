"""Comparing attribution graphs: of two classes, of one image, and motifs over all (sections 8, 9).

Works on tables of vertices and edges as they are stored and imports no torch. A vertex is (layer,
channel), an edge (layer, channel in, channel out), with the upper layer's number.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

Vertex = tuple[int, int]
Edge = tuple[int, int, int]


@dataclass(frozen=True)
class Comparison:
    """Vertices and edges that two graphs share, and those that only one has."""

    both: frozenset[Vertex]
    first: frozenset[Vertex]
    second: frozenset[Vertex]
    edges_both: frozenset[Edge]
    edges_first: frozenset[Edge]
    edges_second: frozenset[Edge]

    @property
    def overlap(self) -> float:
        """Shared vertices over all (the Jaccard index); 0 where there is none."""
        total = len(self.both) + len(self.first) + len(self.second)
        return len(self.both) / total if total else 0.0


def vertices(
    layer: Int[np.ndarray, " vertex"], channel: Int[np.ndarray, " vertex"]
) -> frozenset[Vertex]:
    """Return a graph's vertices as a set."""
    return frozenset(zip(layer.tolist(), channel.tolist(), strict=True))


def edges(
    layer: Int[np.ndarray, " edge"],
    channel_in: Int[np.ndarray, " edge"],
    channel_out: Int[np.ndarray, " edge"],
) -> frozenset[Edge]:
    """Return a graph's edges as a set."""
    return frozenset(zip(layer.tolist(), channel_in.tolist(), channel_out.tolist(), strict=True))


def compare(
    first: frozenset[Vertex],
    second: frozenset[Vertex],
    first_edges: frozenset[Edge] = frozenset(),
    second_edges: frozenset[Edge] = frozenset(),
) -> Comparison:
    """Return intersection and differences of two graphs; their union is the three together."""
    return Comparison(
        first & second, first - second, second - first,
        first_edges & second_edges, first_edges - second_edges, second_edges - first_edges,
    )  # fmt: skip


def shared_vertices(
    label: Int[np.ndarray, " vertex"],
    layer: Int[np.ndarray, " vertex"],
    channel: Int[np.ndarray, " vertex"],
    of: int,
    classes: int,
) -> Int[np.ndarray, " class"]:
    """Return how many vertices each class shares with one of them (all of its own with itself)."""
    width = int(channel.max(initial=0)) + 1
    place = layer.astype(np.int64) * width + channel
    mine = np.isin(place, place[label == of])
    return np.bincount(label[mine], minlength=classes)


def fired(
    layer: Int[np.ndarray, " vertex"],
    channel: Int[np.ndarray, " vertex"],
    chosen: Sequence[Bool[np.ndarray, " _"]],
) -> Bool[np.ndarray, " vertex"]:
    """Return which of a graph's vertices one image chose: its path through its class's graph.

    ``chosen`` has the image's row of ``Choice.chosen`` for each layer.
    """
    return np.array(
        [bool(chosen[at][c]) for at, c in zip(layer.tolist(), channel.tolist(), strict=True)], bool
    )


@dataclass(frozen=True)
class Motif:
    """A small subgraph and the classes whose attribution graphs contain it."""

    edges: tuple[Edge, ...]
    classes: tuple[int, ...]


def motifs(graphs: Mapping[int, frozenset[Edge]], *, least: int = 2, most: int = 50) -> list[Motif]:
    """Return the most frequent connected subgraphs of two edges, by number of classes.

    Two edges are connected as a path (a channel in the middle), as a fork (one feeds two) or as a
    join (two feed one). Ties go to higher layers, then lower channels.

    Parameters
    ----------
    graphs
        Edges of each class.
    least
        Classes that must have it.
    most
        How many are returned.
    """
    common = Counter(edge for found in graphs.values() for edge in found)
    frequent = {edge for edge, count in common.items() if count >= least}
    holders: dict[tuple[Edge, ...], list[int]] = {}
    for label, found in sorted(graphs.items()):
        kept = sorted(found & frequent)
        at: dict[Vertex, list[Edge]] = {}
        for edge in kept:
            level, low, high = edge
            at.setdefault((level - 1, low), []).append(edge)
            at.setdefault((level, high), []).append(edge)
        pairs = {
            (a, b)
            for meeting in at.values()
            for i, a in enumerate(meeting)
            for b in meeting[i + 1 :]
        }
        for pair in pairs:
            holders.setdefault(pair, []).append(label)
    found_often = [(pair, labels) for pair, labels in holders.items() if len(labels) >= least]
    found_often.sort(key=lambda item: (-len(item[1]), -item[0][0][0], item[0]))
    return [Motif(pair, tuple(labels)) for pair, labels in found_often[:most]]
