"""The attribution graph of one class: its channels, and how they feed each other (section 6.3).

Vertices of the whole graph are all channels of all primary layers, personalised by A / max A of
their layer; edges are the merged influences I. After PageRank each layer gives vertices, the
largest first, until a share of the layer's rank is reached, at least one; edges between them stay.
Works on the counts of one class and imports no torch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float, Int

from core.summit.pagerank import Rank, pagerank
from core.summit.settings import Preset


@dataclass(frozen=True)
class Edges:
    """Influences between two neighbouring layers: the lower and upper channel, and the count."""

    channel_in: Int[np.ndarray, " edge"]
    channel_out: Int[np.ndarray, " edge"]
    influence: Int[np.ndarray, " edge"]


@dataclass(frozen=True)
class AttributionGraph:
    """Vertices (layer number, channel, count, PageRank) and edges of one class.

    ``edge_layer`` is the number of an edge's upper layer. ``shares`` are the shares of rank that
    the layers were given in the end; ``residual`` is that of PageRank.
    """

    vertex_layer: Int[np.ndarray, " vertex"]
    vertex_channel: Int[np.ndarray, " vertex"]
    count: Int[np.ndarray, " vertex"]
    pagerank: Float[np.ndarray, " vertex"]
    edge_layer: Int[np.ndarray, " edge"]
    channel_in: Int[np.ndarray, " edge"]
    channel_out: Int[np.ndarray, " edge"]
    influence: Int[np.ndarray, " edge"]
    shares: tuple[float, ...]
    residual: float
    steps: int


def attribution_graph(
    counts: Sequence[Int[np.ndarray, " _"]],
    edges: Sequence[Edges],
    preset: Preset,
    *,
    excluded: Sequence[Bool[np.ndarray, " _"]] | None = None,
) -> AttributionGraph:
    """Return the attribution graph of a class.

    Parameters
    ----------
    counts
        A of the class, one array per layer from the lowest on.
    edges
        I of the class between each layer and the next: one fewer than layers.
    preset
        Settings.
    excluded
        Channels left out of everything (non-semantic ones), per layer.

    Raises
    ------
    ValueError
        If there is not one set of edges between each two layers.
    """
    if len(edges) != len(counts) - 1:
        raise ValueError(
            f"there must be one set of edges between each two layers ({len(counts) - 1} of them), "
            f"got {len(edges)}"
        )
    out = [np.zeros(len(a), bool) for a in counts] if excluded is None else list(excluded)
    kept = [_without(part, out[level], out[level + 1]) for level, part in enumerate(edges)]
    ranks, found = rank_channels(counts, kept, preset, excluded=out)
    if not any((a[~gone] > 0).any() for a, gone in zip(counts, out, strict=True)):
        ranks = [np.zeros(len(a)) for a in counts]  # a class without images has no channels
    shares = [preset.vertex_share] * len(counts)
    chosen = [
        take(rank, share, preset.least_vertices, ~gone)
        for rank, share, gone in zip(ranks, shares, out, strict=True)
    ]
    while preset.widen:
        lonely = [
            level
            for level in range(1, len(counts))
            if shares[level] < 1
            and not _connected(kept[level - 1], chosen[level - 1], chosen[level])
        ]
        if not lonely:
            break
        for level in lonely:
            shares[level] = min(1.0, shares[level] + preset.widen)
            chosen[level] = take(ranks[level], shares[level], preset.least_vertices, ~out[level])
    return _assembled(counts, kept, ranks, chosen, shares, found)


def rank_channels(
    counts: Sequence[np.ndarray],
    edges: Sequence[Edges],
    preset: Preset,
    *,
    excluded: Sequence[np.ndarray] | None = None,
) -> tuple[list[Float[np.ndarray, " _"]], Rank]:
    """Return the PageRank of every channel, per layer, and what PageRank said of itself."""
    firsts = np.concatenate([[0], np.cumsum([len(a) for a in counts])])
    personal = []
    for level, a in enumerate(counts):
        a = np.asarray(a, np.float64)
        if excluded is not None:
            a = np.where(excluded[level], 0, a)
        personal.append(a / a.max() if len(a) and a.max() > 0 else a)
    tails = [part.channel_in + firsts[level] for level, part in enumerate(edges)]
    heads = [part.channel_out + firsts[level + 1] for level, part in enumerate(edges)]
    none = np.zeros(0, np.int64)
    found = pagerank(
        np.concatenate([none, *tails]),
        np.concatenate([none, *heads]),
        np.concatenate([none, *(part.influence for part in edges)]),
        np.concatenate(personal),
        damping=preset.damping,
        directed=preset.directed,
        tolerance=preset.tolerance,
    )
    return [found.rank[a:b] for a, b in pairwise(firsts)], found


def take(
    rank: Float[np.ndarray, " channel"],
    share: float,
    least: int,
    allowed: Bool[np.ndarray, " channel"] | None = None,
) -> Int[np.ndarray, " vertex"]:
    """Return the channels of largest rank that together first reach a share of the layer's.

    At least ``least`` of them where so many have any rank; a layer without rank gives none.
    """
    worth = rank if allowed is None else np.where(allowed, rank, 0)
    total = worth.sum()
    if total <= 0:
        return np.zeros(0, np.int64)
    order = np.argsort(-worth, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(worth[order])[:-1]]) / total
    number = max(int((before < share - 1e-12).sum()), least)
    return order[: min(number, int((worth > 0).sum()))]


def _without(edges: Edges, below: np.ndarray, above: np.ndarray) -> Edges:
    keep = ~below[edges.channel_in] & ~above[edges.channel_out]
    if keep.all():
        return edges
    return Edges(edges.channel_in[keep], edges.channel_out[keep], edges.influence[keep])


def _connected(edges: Edges, below: np.ndarray, above: np.ndarray) -> bool:
    return bool(_among(edges, below, above).any())


def _among(edges: Edges, below: np.ndarray, above: np.ndarray) -> np.ndarray:
    return np.isin(edges.channel_in, below) & np.isin(edges.channel_out, above)


def _assembled(
    counts: Sequence[np.ndarray],
    edges: Sequence[Edges],
    ranks: Sequence[np.ndarray],
    chosen: Sequence[np.ndarray],
    shares: Sequence[float],
    found: Rank,
) -> AttributionGraph:
    none = np.zeros(0, np.int64)
    lines: list[list[np.ndarray]] = [[none], [none], [none], [none]]
    for level, part in enumerate(edges):
        keep = _among(part, chosen[level], chosen[level + 1])
        lines[0].append(np.full(keep.sum(), level + 1))
        for line, values in zip(
            lines[1:], (part.channel_in, part.channel_out, part.influence), strict=True
        ):
            line.append(np.asarray(values[keep], np.int64))
    layer, low, high, influence = (np.concatenate(line) for line in lines)
    return AttributionGraph(
        vertex_layer=np.concatenate([np.full(len(c), i) for i, c in enumerate(chosen)]),
        vertex_channel=np.concatenate(chosen),
        count=np.concatenate(
            [np.asarray(a[c], np.int64) for a, c in zip(counts, chosen, strict=True)]
        ),
        pagerank=np.concatenate([r[c] for r, c in zip(ranks, chosen, strict=True)]),
        edge_layer=layer,
        channel_in=low,
        channel_out=high,
        influence=influence,
        shares=tuple(shares),
        residual=found.residual,
        steps=found.steps,
    )
