"""From counts of single operators to edges between primary layers (section 6.2).

Inner layers are merged by the strongest path: a path is as strong as the weakest of its hops, and
of all paths between two channels the strongest counts; for one inner layer this is the paper's
maximum over inner channels of the minimum of the two edges. A skip connection is a path of one
hop, a concatenation passes its parts on as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.summit.attribution import Edges
from core.summit.channel_graph import ChannelGraph, Join, Sources


@dataclass(frozen=True)
class Table:
    """Counts of one term: class, source channel of the tensor it reads, output channel, count."""

    label: np.ndarray
    source: np.ndarray
    output: np.ndarray
    count: np.ndarray

    def of_class(self, label: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return source, output and count of one class; the table is sorted by class."""
        first, last = np.searchsorted(self.label, [label, label + 1])
        rows = slice(first, last)
        return self.source[rows], self.output[rows], self.count[rows]


Influence = Mapping[str, Sequence[Table]]


def merged_edges(
    graph: ChannelGraph,
    influence: Influence,
    label: int,
    images: int,
    *,
    capped: bool = False,
) -> list[Edges]:
    """Return the edges of one class between each primary layer and the next.

    Parameters
    ----------
    graph
        The channel graph.
    influence
        Counts per join, one table per term.
    label
        The class.
    images
        How many images of the class were counted: as often a concatenation passes a channel on.
    capped
        Let an output channel that no lower channel reaches in one hop keep only as many edges, the
        strongest, as the others have on average (all channels, where none is reached in one hop).
    """
    return [
        _between(graph, below.join, above.name, influence, label, images, capped)
        for below, above in zip(graph.layers, graph.layers[1:], strict=False)
    ]


def strongest_edges(edges: Edges, most: int) -> Edges:
    """Return at most so many edges into each upper channel, the strongest; ties to lower channels.

    For storing the influences of very many classes.
    """
    order = np.lexsort((edges.channel_in, -edges.influence, edges.channel_out))
    upper = edges.channel_out[order]
    place = np.arange(len(order)) - np.searchsorted(upper, upper)
    kept = np.sort(order[place < most])
    return Edges(edges.channel_in[kept], edges.channel_out[kept], edges.influence[kept])


def _between(
    graph: ChannelGraph,
    start: str,
    layer: str,
    influence: Influence,
    label: int,
    images: int,
    capped: bool,
) -> Edges:
    channels = graph.joins[start].channels
    strength: dict[str, np.ndarray] = {}
    for join in graph.between(layer):
        strength[join.name] = _strength(join, start, channels, strength, influence, label, images)
    final = strength[graph.layer(layer).join]
    if capped:
        final = _capped(final, _in_one_hop(graph, start, layer))
    low, high = np.nonzero(final)
    return Edges(low, high, final[low, high])


def _strength(
    join: Join,
    start: str,
    channels: int,
    strength: Mapping[str, np.ndarray],
    influence: Influence,
    label: int,
    images: int,
) -> np.ndarray:
    found = np.zeros((channels, join.channels), np.int64)
    for number, term in enumerate(join.terms):
        if term.kind == "passage":
            source = output = np.arange(join.channels)
            count = np.full(join.channels, images)
        else:
            source, output, count = influence[join.name][number].of_class(label)
        _follow(found, term.sources, start, strength, source, output, count)
    return found


def _follow(
    found: np.ndarray,
    sources: Sources,
    start: str,
    strength: Mapping[str, np.ndarray],
    source: np.ndarray,
    output: np.ndarray,
    count: np.ndarray,
) -> None:
    """Raise the strengths by paths whose last hops are the given counts."""
    which, channel = sources.which[source], sources.channel[source]
    for index, name in enumerate(sources.join):
        mine = which == index
        if name == start:
            np.maximum.at(found, (channel[mine], output[mine]), count[mine])
        elif name in strength:
            _widest(found, strength[name], channel[mine], output[mine], count[mine])


def _widest(
    found: np.ndarray,
    below: np.ndarray,
    channel: np.ndarray,
    output: np.ndarray,
    count: np.ndarray,
) -> None:
    """found[i, j] = max over k of min(below[i, k], count[k, j]), for the counts that there are."""
    if not len(channel):  # a class without images
        return
    order = np.argsort(channel, kind="stable")
    inner, firsts = np.unique(channel[order], return_index=True)
    for k, rows in zip(inner, np.split(order, firsts[1:]), strict=True):
        reached = np.nonzero(below[:, k])[0]
        if len(reached):
            place = np.ix_(reached, output[rows])
            path = np.minimum(below[reached, k][:, None], count[rows][None])
            found[place] = np.maximum(found[place], path)


def _in_one_hop(graph: ChannelGraph, start: str, layer: str) -> np.ndarray:
    """Tell which output channels some operator reads straight from the lower layer."""
    direct: dict[str, np.ndarray] = {}
    for join in graph.between(layer):
        mine = np.zeros(join.channels, bool)
        for term in join.terms:
            if term.kind == "passage":
                for index, name in enumerate(term.sources.join):
                    at = term.sources.which == index
                    if name in direct:
                        mine[at] = direct[name][term.sources.channel[at]]
            elif start in term.sources.join:
                mine[:] = True
        direct[join.name] = mine
    return direct[graph.layer(layer).join]


def _capped(strength: np.ndarray, direct: np.ndarray) -> np.ndarray:
    degrees = (strength > 0).sum(0)
    cap = int(degrees[direct if direct.any() else slice(None)].mean()) if degrees.size else 0
    order = np.argsort(-strength, axis=0, kind="stable")
    keep = np.zeros(strength.shape, bool)
    np.put_along_axis(keep, order[:cap], True, axis=0)
    return np.where(keep | direct[None], strength, 0)
