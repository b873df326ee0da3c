"""What of a graph is drawn, and in which colours: one class, a comparison, one image's path."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.store import Store
from pages.charts.palette import MUTED, RIGHT_OR_WRONG, Theme
from pages.components.attribution_graph import Drawn, Group
from pages.parts.literal import shortened
from pages.parts.summit import held
from pages.parts.summit.asked import Operation
from pages.parts.summit.held import Graph

SHARED, OWN, OTHERS = 0, 1, 2
HUB, NON_SEMANTIC = 1, 2
COMPARED: dict[Theme, tuple[str, str, str]] = {
    "light": ("#646a76", "#1e69b4", "#c45a12"),
    "dark": ("#a3a8b4", "#5fa8ff", "#ff9a3d"),
}
"""Colours of what two graphs share, of the first one's own and of the second one's own."""


def class_drawing(store: Store, graph: Graph, motif: Sequence[tuple[int, int, int]] = ()) -> Drawn:
    """Return one class's graph; the edges of a motif stand out."""
    return _drawn(store, graph, motif=motif)


def image_drawing(store: Store, graph: Graph, fired: np.ndarray, theme: Theme) -> Drawn:
    """Return a class's graph with the channels that one image chose.

    Parameters
    ----------
    fired
        For each vertex whether the image chose its channel.
    """
    groups = (Group("fired", RIGHT_OR_WRONG[theme][0]), Group("did not fire", MUTED[theme], True))
    drawn = _drawn(store, graph, group=np.where(fired, 0, 1), groups=groups)
    both = fired[drawn.source] & fired[drawn.target]
    return replace(drawn, edge_group=np.where(both, 0, 1))


def comparison(
    store: Store,
    first: Graph,
    second: Graph,
    names: tuple[str, str],
    operation: Operation,
    theme: Theme,
) -> tuple[Drawn, ...]:
    """Return what a comparison draws: one graph, or two for "side".

    Parameters
    ----------
    names
        The two classes' names, for the legend.
    operation
        Which vertices: those of both, of either (union), only of the first, only of the second.
        An edge is drawn where both its ends are, and its colour says whose it is.
    """
    colors = COMPARED[theme]
    words = ("shared", f"only {shortened(names[0])}", f"only {shortened(names[1])}")
    groups = [Group(name, color) for name, color in zip(words, colors, strict=True)]
    whole = _union(first, second)
    vertex_group, edge_group = whole["layer_group"], whole["edge_layer_group"]
    own = {
        "both": [(SHARED,)],
        "union": [(SHARED, OWN, OTHERS)],
        "first": [(OWN,)],
        "second": [(OTHERS,)],
        "side": [(SHARED, OWN), (SHARED, OTHERS)],
    }[operation]
    return tuple(_part(store, whole, vertex_group, edge_group, wanted, groups) for wanted in own)


def _union(first: Graph, second: Graph) -> dict[str, np.ndarray]:
    """Vertices and edges of either graph, whose they are, and both graphs' numbers, else zero."""
    found = {}
    for names, columns in (
        (("layer", "channel"), ("count", "pagerank")),
        (("edge_layer", "channel_in", "channel_out"), ("influence",)),
    ):
        keys = [
            np.stack([np.asarray(getattr(graph, name), np.int64) for name in names], axis=1)
            for graph in (first, second)
        ]
        both, place = np.unique(np.concatenate(keys), axis=0, return_inverse=True)
        place = place.reshape(-1)
        split = len(keys[0])
        for name, column in zip(names, both.T, strict=True):
            found[name] = column
        for column in columns:
            for graph, at, word in (
                (first, place[:split], column),
                (second, place[split:], f"second_{column}"),
            ):
                values = np.zeros(len(both), np.float64)
                values[at] = getattr(graph, column)
                found[word] = values
        found[f"{names[0]}_group"] = _group(
            *(np.isin(np.arange(len(both)), at) for at in (place[:split], place[split:]))
        )
    found["second"] = found.pop("second_count")
    return found


def _group(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.where(first & second, SHARED, np.where(first, OWN, OTHERS))


def _part(
    store: Store,
    whole: dict[str, np.ndarray],
    vertex_group: np.ndarray,
    edge_group: np.ndarray,
    wanted: tuple[int, ...],
    groups: Sequence[Group],
) -> Drawn:
    """The vertices of the wanted groups, and the edges of these groups between them."""
    kept = np.isin(vertex_group, wanted)
    used = np.isin(edge_group, wanted)
    graph = Graph(
        whole["layer"][kept],
        whole["channel"][kept],
        whole["count"][kept],
        np.maximum(whole["pagerank"], whole["second_pagerank"])[kept],
        *(whole[name][used] for name in ("edge_layer", "channel_in", "channel_out", "influence")),
    )
    return _drawn(
        store,
        graph,
        group=vertex_group[kept],
        edge_group=edge_group[used],
        groups=groups,
        second=whole["second"][kept],
        second_influence=whole["second_influence"][used],
    )


def _drawn(
    store: Store,
    graph: Graph,
    *,
    group: np.ndarray | None = None,
    edge_group: np.ndarray | None = None,
    groups: Sequence[Group] = (),
    second: np.ndarray | None = None,
    second_influence: np.ndarray | None = None,
    motif: Sequence[tuple[int, int, int]] = (),
) -> Drawn:
    """The graph with places for the ends of edges; edges without an end among them are left out."""
    ids = list(zip(graph.layer.tolist(), graph.channel.tolist(), strict=True))
    at = {one: place for place, one in enumerate(ids)}
    rows = list(
        zip(
            graph.edge_layer.tolist(),
            graph.channel_in.tolist(),
            graph.channel_out.tolist(),
            strict=True,
        )
    )
    ends = [(at.get((layer - 1, a)), at.get((layer, b))) for layer, a, b in rows]
    kept = np.array([a is not None and b is not None for a, b in ends], bool)
    joined = np.array([ends[row] for row in np.flatnonzero(kept)], np.int64).reshape(-1, 2)
    standing = np.array([row in set(motif) for row in rows], np.int64)
    used, flagged = held.users(store), _flags(store)
    nothing = np.zeros(len(ids), np.int64)
    return Drawn(
        graph.layer,
        graph.channel,
        graph.count,
        graph.pagerank,
        np.array([used.get(one, 0) for one in ids], np.int64),
        np.array([flagged.get(one, 0) for one in ids], np.int64),
        nothing if group is None else group,
        joined[:, 0],
        joined[:, 1],
        graph.influence[kept],
        np.zeros(len(joined), np.int64) if edge_group is None else edge_group[kept],
        second,
        None if second_influence is None else second_influence[kept],
        standing[kept] if motif else None,
        groups,
    )


def _flags(store: Store) -> dict[tuple[int, int], int]:
    rows = held.flags(store)
    if rows.empty:
        return {}
    found = rows.loc[rows["hub"] | rows["non_semantic"]]
    return {
        (int(layer), int(channel)): HUB * bool(hub) + NON_SEMANTIC * bool(frame)
        for layer, channel, hub, frame in zip(
            found["layer"], found["channel"], found["hub"], found["non_semantic"], strict=True
        )
    }
