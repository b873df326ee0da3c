"""What the store holds of Summit: layers, classes, graphs, likeness; cached like `parts/reads.py`.

Arrays belong to all sessions and are closed to writing. Class axes go by place, which is the
order of the classes that Summit aggregated; `Outline.classes` turns a place into a class number.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.store import MissingArtifact, Store
from core.summit.compare import shared_vertices

STAGE = "summit"
GRAPHS = "summit_graphs"
PICTURES = "summit_pictures"
PATCHES = "summit_patches"
EVALUATION = "summit_evaluation"


@dataclass(frozen=True, eq=False)
class Outline:
    """The layers from the image up, with their widths, and the classes that have a graph.

    `images` is how many images of each class were aggregated, NaN where that is not published.
    """

    layers: list[str]
    channels: list[int]
    classes: np.ndarray
    images: np.ndarray

    def place(self, class_: int) -> int | None:
        """Return a class's place on the class axes; None if it has none."""
        at = int(np.searchsorted(self.classes, class_))
        known = at < len(self.classes) and self.classes[at] == class_
        return at if known else None


@dataclass(frozen=True, eq=False)
class Graph:
    """One class's attribution graph; edges by layer and channel, `edge_layer` is the upper one."""

    layer: np.ndarray
    channel: np.ndarray
    count: np.ndarray
    pagerank: np.ndarray
    edge_layer: np.ndarray
    channel_in: np.ndarray
    channel_out: np.ndarray
    influence: np.ndarray


@dataclass(frozen=True, eq=False)
class Graphs:
    """All classes' graphs in one, sorted by class; `starts` say where each class begins."""

    vertices: dict[str, np.ndarray]
    edges: dict[str, np.ndarray]
    vertex_starts: np.ndarray
    edge_starts: np.ndarray


@dataclass(frozen=True)
class Note:
    """What must be known of a part, or why it is missing."""

    missing: bool
    text: str


def outline(store: Store) -> Outline:
    """Return layers and classes; raises `MissingArtifact` before the stage is built."""
    return _outline(store, *_key(store))


def has_graphs(store: Store) -> bool:
    """Return whether there are graphs: the stage may be missing, or made nothing."""
    return has(store, GRAPHS, "graph_vertex.parquet")


def has(store: Store, stage: str, file: str) -> bool:
    """Return whether a stage was built and wrote the file."""
    return store.has(stage) and file in store.manifest(stage).files


def unavailable(store: Store) -> str | None:
    """Return the sentence that says why the study has no graphs; None if none does."""
    return _unavailable(store, *_key(store))


def notes(store: Store) -> dict[str, Note]:
    """Return what is said of the parts of Summit, by part."""
    return _notes(store, *_key(store))


def graph(store: Store, class_: int) -> Graph:
    """Return a class's graph; without vertices where it has none."""
    found = _graphs(store, *_key(store))
    v = slice(*found.vertex_starts[class_ : class_ + 2]) if class_ >= 0 else slice(0)
    e = slice(*found.edge_starts[class_ : class_ + 2]) if class_ >= 0 else slice(0)
    return Graph(
        *(found.vertices[name][v] for name in ("layer", "channel", "count", "pagerank")),
        *(found.edges[name][e] for name in ("layer", "channel_in", "channel_out", "influence")),
    )


def users(store: Store) -> dict[tuple[int, int], int]:
    """Return in how many classes' graphs each channel is, by layer and channel."""
    return _users(store, *_key(store))


def shared(store: Store, class_: int) -> np.ndarray:
    """Return how many channels of its graph each class shares with `class_`, by class number."""
    found = _graphs(store, *_key(store)).vertices
    classes = int(found["class"].max(initial=class_)) + 1
    columns = (found[name] for name in ("class", "layer", "channel"))
    return shared_vertices(*columns, of=class_, classes=classes)


def similarity(store: Store, layer: int, class_: int) -> np.ndarray:
    """Return the cosine between a class's row of A and every class's, by place."""
    at = outline(store).place(class_)
    if at is None:
        return np.full(len(outline(store).classes), np.nan, np.float32)
    return np.array(store.array(GRAPHS, "similarity")[layer, at])


def embedding(store: Store) -> np.ndarray:
    """Return the classes' places in the plane, [layer class 2], by place."""
    return _embedding(store, *_key(store))


def change(store: Store) -> np.ndarray:
    """Return how much each class's neighbourhood changes from the layer below, [layer class].

    The first row, which has no layer below, is NaN.
    """
    return _change(store, *_key(store))


def flags(store: Store) -> pd.DataFrame:
    """Return every channel's rate, reach, information, frame and flags; empty if not computed."""
    query = "select * from channel_flag order by layer, channel"
    return table(store, STAGE, "channel_flag", query)


def table(store: Store, stage: str, name: str, query: str) -> pd.DataFrame:
    """Return what a query finds in a table of a stage; empty where the stage wrote no such table.

    Parameters
    ----------
    stage, name
        The table that must be there.
    query
        SQL without parameters.
    """
    if not has(store, stage, f"{name}.parquet"):
        return pd.DataFrame()
    return _table(store, *_key(store), query)


def _key(store: Store) -> tuple[str, str, str]:
    return str(store.root), store.study, store.fingerprint


@st.cache_resource(max_entries=8, show_spinner=False)
def _outline(_store: Store, root: str, study: str, fingerprint: str) -> Outline:
    layers = _store.sql("select name, channels from summit_layer order by layer")
    classes = _store.sql('select "class", images from summit_class order by place')
    return Outline(
        [str(name) for name in layers["name"]],
        [int(width) for width in layers["channels"]],
        _kept(classes["class"].to_numpy(np.int64)),
        _kept(classes["images"].to_numpy(np.float64)),
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def _unavailable(_store: Store, root: str, study: str, fingerprint: str) -> str | None:
    try:
        rows = _store.sql("select reason from unavailable where lens = 'summit' order by stage")
    except MissingArtifact:
        return None
    return None if rows.empty else str(rows["reason"].iloc[0])


@st.cache_resource(max_entries=8, show_spinner=False)
def _notes(_store: Store, root: str, study: str, fingerprint: str) -> dict[str, Note]:
    try:
        rows = _store.sql("select part, missing, text from summit_note")
    except MissingArtifact:
        return {}
    return {
        str(part): Note(bool(missing), str(text))
        for part, missing, text in rows.itertuples(index=False)
    }


@st.cache_resource(max_entries=4, show_spinner=False)
def _graphs(_store: Store, root: str, study: str, fingerprint: str) -> Graphs:
    vertices = _columns(
        _store.sql(
            'select "class", layer, channel, count, pagerank from graph_vertex '
            'order by "class", layer, channel'
        )
    )
    edges = _columns(
        _store.sql(
            'select "class", layer, channel_in, channel_out, influence from graph_edge '
            'order by "class", layer, channel_in, channel_out'
        )
    )
    last = int(max(vertices["class"].max(initial=0), outline(_store).classes.max(initial=0)))
    numbers = np.arange(last + 2)
    return Graphs(
        vertices,
        edges,
        _kept(np.searchsorted(vertices["class"], numbers)),
        _kept(np.searchsorted(edges["class"], numbers)),
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def _users(_store: Store, root: str, study: str, fingerprint: str) -> dict[tuple[int, int], int]:
    rows = _store.sql("select layer, channel, count(*) as n from graph_vertex group by 1, 2")
    return {(int(a), int(b)): int(n) for a, b, n in rows.itertuples(index=False)}


@st.cache_resource(max_entries=4, show_spinner=False)
def _embedding(_store: Store, root: str, study: str, fingerprint: str) -> np.ndarray:
    rows = _store.sql('select x, y from class_embedding order by layer, "class"')
    found = outline(_store)
    shape = (len(found.layers), len(found.classes), 2)
    return _kept(rows[["x", "y"]].to_numpy(np.float32).reshape(shape))


@st.cache_resource(max_entries=4, show_spinner=False)
def _change(_store: Store, root: str, study: str, fingerprint: str) -> np.ndarray:
    rows = _store.sql('select change from class_change order by layer, "class"')
    found = outline(_store)
    own = rows["change"].to_numpy(np.float64).reshape(len(found.layers) - 1, -1)
    return _kept(np.vstack([np.full((1, len(found.classes)), np.nan), own]))


@st.cache_resource(max_entries=16, show_spinner=False)
def _table(_store: Store, root: str, study: str, fingerprint: str, query: str) -> pd.DataFrame:
    return _store.sql(query)


def _columns(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    return {str(name): _kept(np.array(values)) for name, values in frame.items()}


def _kept(array: Any) -> np.ndarray:
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array
