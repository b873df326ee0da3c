"""Tables of attribution graphs and of likeness, for graphs made here and for published ones."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from core.store import Store
from core.store.schema import TableData
from core.summit.compare import Edge, motifs
from core.summit.similarity import LayerCounts, cosine, embeddings, neighbor_change


def layer_counts(inputs: Store, classes: np.ndarray) -> list[np.ndarray]:
    """A of every layer, [class, channel]; rows are the given classes, rising."""
    sizes = inputs.sql("select channels from summit_layer order by layer")["channels"]
    found = [np.zeros((len(classes), size), np.int64) for size in sizes.to_numpy()]
    rows = inputs.table("activation")
    for layer, own in rows.groupby("layer"):
        place = np.searchsorted(classes, own["class"].to_numpy())
        found[int(str(layer))][place, own["channel"].to_numpy()] = own["count"].to_numpy()
    return found


def similarities(counts: LayerCounts) -> np.ndarray:
    """The array ``similarity``, float32 [layer class class]."""
    return np.stack([cosine(layer) for layer in counts]).astype(np.float32)


def embedding_table(
    classes: np.ndarray,
    counts: LayerCounts,
    *,
    neighbors: int,
    seed: int,
    progress: Callable[[int, int, str], object] | None = None,
) -> TableData:
    """The table ``class_embedding``."""
    points = embeddings(counts, neighbors=neighbors, seed=seed, progress=progress)
    x, y = np.concatenate(points).T
    return {**_by_layer(classes, range(len(points))), "x": x, "y": y}


def change_table(classes: np.ndarray, counts: LayerCounts) -> TableData:
    """The table ``class_change``."""
    change = neighbor_change(counts)
    return {**_by_layer(classes, range(1, len(counts))), "change": change.ravel()}


def motif_tables(graphs: Mapping[int, frozenset[Edge]]) -> tuple[TableData, TableData]:
    """The tables ``motif`` and ``motif_class``."""
    found = motifs(graphs)
    edges = [
        (number, part, *edge)
        for number, motif in enumerate(found)
        for part, edge in enumerate(motif.edges)
    ]
    holders = [(number, label) for number, motif in enumerate(found) for label in motif.classes]
    return (
        _table(("motif", "part", "layer", "channel_in", "channel_out"), edges),
        _table(("motif", "class"), holders),
    )


def _table(names: Sequence[str], rows: Sequence[tuple[int, ...]]) -> TableData:
    columns = np.array(rows, np.int32).reshape(len(rows), len(names)).T
    return dict(zip(names, columns, strict=True))


def _by_layer(classes: np.ndarray, layers: Sequence[int]) -> dict[str, np.ndarray]:
    return {
        "layer": np.repeat(np.array(layers, np.int32), len(classes)),
        "class": np.tile(classes.astype(np.int32), len(layers)),
    }
