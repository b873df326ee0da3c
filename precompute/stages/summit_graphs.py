"""Stage ``summit_graphs``: each class's attribution graph, and how alike the classes are.

Made from the counts of the stage ``summit`` alone, without the teacher.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from core.store import Store
from core.store.schema import TableData
from core.summit.attribution import AttributionGraph, Edges, attribution_graph
from core.summit.compare import edges as edge_set
from core.summit.settings import PRESETS
from precompute.stage import Work
from precompute.summit_notes import LENS, note_table
from precompute.summit_tables import (
    change_table,
    embedding_table,
    layer_counts,
    motif_tables,
    similarities,
)
from precompute.unavailable import declined

KINDS = {"hub": "hubs", "non_semantic": "channels that respond to the frame"}


def summit_graphs(work: Work) -> None:
    """Write vertices and edges of every class's graph, similarities, embeddings and motifs."""
    if declined(work, LENS):
        return
    settings = work.study.summit
    classes = work.inputs.sql("select class from summit_class order by place")
    classes = classes["class"].to_numpy(np.int64)
    counts = layer_counts(work.inputs, classes)
    excluded = _excluded(work.inputs, counts, settings.exclude)
    work.progress.expect(len(classes) + len(counts))
    graphs: dict[int, AttributionGraph] = {}
    for place, label in enumerate(classes.tolist()):
        graphs[label] = attribution_graph(
            [layer[place] for layer in counts],
            _edges(work.inputs, label, len(counts)),
            PRESETS[settings.preset],
            excluded=excluded,
        )
        work.progress.advance(note="graphs")
    for name, table in _graph_tables(graphs).items():
        work.artifact.table(name, table)
    edges = {
        label: edge_set(graph.edge_layer, graph.channel_in, graph.channel_out)
        for label, graph in graphs.items()
    }
    for name, table in zip(("motif", "motif_class"), motif_tables(edges), strict=True):
        work.artifact.table(name, table)

    meant = [np.where(gone, 0, layer) for layer, gone in zip(counts, excluded, strict=True)]
    work.artifact.array("similarity", similarities(meant))
    work.artifact.table("class_change", change_table(classes, meant))
    work.artifact.table(
        "class_embedding",
        embedding_table(
            classes,
            meant,
            neighbors=settings.neighbors,
            seed=work.study.seed,
            progress=lambda done, layers, what: work.progress.advance(note=what),
        ),
    )
    if settings.exclude:
        gone = sum(int(part.sum()) for part in excluded)
        kinds = " and ".join(KINDS[kind] for kind in settings.exclude)
        note = f"{gone:,} channels were left out of graphs and similarities: {kinds}."
        work.artifact.table("summit_note", note_table({"flags": note}))


def _excluded(
    inputs: Store, counts: Sequence[np.ndarray], kinds: Sequence[str]
) -> list[np.ndarray]:
    gone = [np.zeros(layer.shape[1], bool) for layer in counts]
    flags = inputs.table("channel_flag")
    chosen = flags[list(kinds)].to_numpy(bool).any(axis=1)
    layers, channels = flags["layer"].to_numpy(), flags["channel"].to_numpy()
    for layer, mask in enumerate(gone):
        mask[channels[chosen & (layers == layer)]] = True
    return gone


def _edges(inputs: Store, label: int, layers: int) -> list[Edges]:
    """The influences of one class between each layer and the next."""
    rows = inputs.sql(
        "select layer, channel_in, channel_out, count from influence where class = ? "
        "order by layer, channel_in, channel_out",
        [label],
    )
    columns = [rows[name].to_numpy(np.int64) for name in ("channel_in", "channel_out", "count")]
    ends = np.searchsorted(rows["layer"].to_numpy(), np.arange(1, layers + 1))
    return [Edges(*(column[start:end] for column in columns)) for start, end in pairwise(ends)]


def _graph_tables(graphs: dict[int, AttributionGraph]) -> dict[str, TableData]:
    found = list(graphs.values())
    labels = np.array(list(graphs), np.int32)

    def owners(lengths: list[int]) -> np.ndarray:
        return np.repeat(labels, lengths)

    def column(name: str, type: type = np.int32) -> np.ndarray:
        return np.concatenate([getattr(graph, name) for graph in found]).astype(type)

    return {
        "graph_vertex": {
            "class": owners([len(graph.count) for graph in found]),
            "layer": column("vertex_layer"),
            "channel": column("vertex_channel"),
            "count": column("count"),
            "pagerank": column("pagerank", np.float64),
        },
        "graph_edge": {
            "class": owners([len(graph.influence) for graph in found]),
            "layer": column("edge_layer"),
            "channel_in": column("channel_in"),
            "channel_out": column("channel_out"),
            "influence": column("influence"),
        },
        "graph_rank": {
            "class": labels,
            "residual": [graph.residual for graph in found],
            "steps": [graph.steps for graph in found],
        },
    }
