"""The attribution graph: layers as rows, channels as pictures, influences as curves between them.

Pan, zoom, hover, threshold and size work without the server, and so do the exports as PNG and JSON;
the export as PyVis page is asked for by an event and comes back as a file.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st
from streamlit.components.v2 import component

from pages.components.carrier import carry, either, javascript
from pages.components.events import integer, new_event, session_token

_graph = component(
    "darkroom_attribution_graph",
    js=javascript(
        "graph_style.js",
        "histogram.js",
        "graph_layout.js",
        "graph_scene.js",
        "graph_edges.js",
        "graph_flow.js",
        "graph_card.js",
        "graph_tools.js",
        "graph_export.js",
        "graph_pointer.js",
        "graph.js",
    ),
)


@dataclass(frozen=True)
class Group:
    """A kind of vertices and edges: its name for the legend, its colour, whether it is faint."""

    name: str
    color: str  # "#rrggbb"; empty: the ink
    faint: bool = False


@dataclass(frozen=True, eq=False)
class Drawn:
    """A graph as it is drawn; vertices by layer, edges by places in the list of vertices.

    `count` is how many images chose a channel, `second` the same for the class compared with
    (None without one); `users` in how many classes' graphs the channel is; `flags` 1 for a hub,
    2 for a channel that responds to the frame, 3 for both. `group` and `edge_group` are places in
    `groups`; edges that stand out are drawn boldly.
    """

    layer: np.ndarray
    channel: np.ndarray
    count: np.ndarray
    pagerank: np.ndarray
    users: np.ndarray
    flags: np.ndarray
    group: np.ndarray
    source: np.ndarray
    target: np.ndarray
    influence: np.ndarray
    edge_group: np.ndarray
    second: np.ndarray | None = None
    second_influence: np.ndarray | None = None
    standing: np.ndarray | None = None
    groups: Sequence[Group] = ()


@dataclass(frozen=True)
class Pictures:
    """Where the pictures are: addresses with {layer}, {channel} and {number}, or data URIs.

    `variants` and `patches` are how many each vertex has; `inline` holds data URIs by
    "kind/layer/channel/number" where pictures have no address. The notes say what is missing.
    """

    variants: np.ndarray
    patches: np.ndarray
    picture: str | None = None
    patch: str | None = None
    inline: Mapping[str, str] = field(default_factory=dict)
    variants_note: str = ""
    patches_note: str = ""
    pixelated: bool = False


@dataclass(frozen=True)
class Head:
    """What stands above the graph; every text is shown literally."""

    title: str
    facts: Sequence[tuple[str, str]] = ()
    histogram: Sequence[int] = ()
    note: str = ""  # in place of a histogram, or below it


@dataclass(frozen=True)
class GraphState:
    """What just happened on the graph; all None and `kind` empty when nothing new did."""

    kind: str = ""  # "pin", "scale", "flagged" or "export"
    pin: tuple[int, int] | None = None  # layer and channel; None with kind "pin": let go
    least: int = 0
    across: int = 100
    down: int = 100
    hide: bool = False
    whole: bool = False  # whether the whole graph is to be exported, or what is shown
    token: int = 0  # names the export that was asked for
    sequence: int = 0  # rises with every event


def graph_event(key: str) -> GraphState:
    """The event that the graph `key` reports and nobody has taken yet; empty if there is none."""
    event = new_event(key)
    if event is None:
        return GraphState()
    sequence = event["sequence"]
    match event.get("kind"):
        case "pin":
            at = integer(event.get("layer")), integer(event.get("channel"))
            pin = None if at[0] is None or at[1] is None else (at[0], at[1])
            return GraphState("pin", pin=pin, sequence=sequence)
        case "scale":
            numbers = [integer(event.get(name)) for name in ("least", "across", "down")]
            least, across, down = (0 if n is None else n for n in numbers)
            return GraphState("scale", None, least, across, down, sequence=sequence)
        case "flagged":
            return GraphState("flagged", hide=event.get("hide") is True, sequence=sequence)
        case "export":
            whole, token = event.get("whole") is True, integer(event.get("token")) or 0
            return GraphState("export", whole=whole, token=token, sequence=sequence)
    return GraphState(sequence=sequence)


def attribution_graph(
    *,
    key: str,
    graph: Drawn,
    layers: Sequence[str],
    pictures: Pictures,
    head: Head,
    images: float | None = None,
    least: int = 0,
    across: int = 100,
    down: int = 100,
    pin: tuple[int, int] | None = None,
    hide_flagged: bool = False,
    link: str | None = None,
    export_name: str = "graph",
    file: tuple[int, str, bytes] | None = None,
    empty: str = "",
    height: int = 640,
    on_change: Callable[[], None] | None = None,
) -> GraphState:
    """What just happened on the graph that this draws.

    Parameters
    ----------
    key
        Names the graph; with the same key new data remount nothing.
    graph
        Vertices and edges.
    layers
        Names of all layers, from the image up.
    pictures
        Pictures of the channels.
    head
        What stands above.
    images
        Images that were aggregated; None where that is not known.
    least
        Vertices of fewer images are left out.
    across, down
        Width and height in per cent.
    pin
        Layer and channel of the vertex whose card stays open.
    hide_flagged
        Whether flagged channels are left out.
    link
        Graphs of the same link share threshold, size and hovering.
    export_name
        Begins the names of exported files.
    file
        The token of the export that was asked for, the file's name and its bytes.
    empty
        The words to show when there is no vertex.
    height
        Of the whole component, in pixels.
    on_change
        Called before the page runs again after an event; `graph_event(key)` says which.

    Raises
    ------
    ValueError
        If lengths disagree, or an edge ends at no vertex.
    """
    meta, arrays = encode_graph(graph)
    meta |= {
        "layers": [str(name) for name in layers],
        "images": images,
        "head": _head(head),
        "pictures": {
            "picture": pictures.picture,
            "patch": pictures.patch,
            "inline": dict(pictures.inline),
            "variantsNote": pictures.variants_note,
            "patchesNote": pictures.patches_note,
            "pixelated": pictures.pixelated,
        },
        "name": export_name,
        "empty": empty,
    }
    arrays["variants"] = _each(pictures.variants, len(graph.layer), "variants")
    arrays["patches"] = _each(pictures.patches, len(graph.layer), "patches")
    with st.container(gap=None):
        _graph(
            key=key,
            data={"key": key, "height": int(height)},
            on_event_change=either(on_change),
        )
        carry(key, "graph", meta, arrays)
        carry(
            key,
            "view",
            {
                "session": session_token(),
                "least": int(least),
                "across": int(across),
                "down": int(down),
                "pin": None if pin is None else [int(number) for number in pin],
                "hideFlagged": bool(hide_flagged),
                "link": link,
            },
        )
        if file is not None:
            token, name, content = file
            bytes_ = np.frombuffer(content, np.uint8)
            carry(key, "file", {"token": token, "name": name}, {"bytes": bytes_})
    return graph_event(key)


def encode_graph(graph: Drawn) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The graph's arrays with the groups' names and colours.

    Raises
    ------
    ValueError
        If lengths disagree, or an edge ends at no vertex.
    """
    n, m = len(graph.layer), len(graph.source)
    vertex = {name: getattr(graph, name) for name in _OF_VERTEX}
    edge = {name: getattr(graph, name) for name in _OF_EDGE}
    for arrays, count, what in ((vertex, n, "vertices"), (edge, m, "edges")):
        for name, values in arrays.items():
            if values is not None and len(values) != count:
                raise ValueError(f"{name} must have one entry for each of {count} {what}")
    ends = np.concatenate([graph.source, graph.target])
    if len(ends) and (ends.min() < 0 or ends.max() >= n):
        raise ValueError(f"edges must end at one of {n} vertices, got {ends.min()}..{ends.max()}")
    found = {name: values for name, values in (vertex | edge).items() if values is not None}
    types = {"pagerank": np.float32}
    groups = [[group.name, group.color, group.faint] for group in graph.groups]
    return {"groups": groups}, {
        name: values.astype(types.get(name, np.int32)) for name, values in found.items()
    }


def _each(counts: np.ndarray, vertices: int, name: str) -> np.ndarray:
    if len(counts) != vertices:
        raise ValueError(f"{name} must have one count for each of {vertices} vertices")
    return counts.astype(np.uint8)


_OF_VERTEX = ("layer", "channel", "count", "pagerank", "users", "flags", "group", "second")
_OF_EDGE = ("source", "target", "influence", "edge_group", "second_influence", "standing")


def _head(head: Head) -> dict[str, Any]:
    return {
        "title": head.title,
        "facts": [[str(name), str(value)] for name, value in head.facts],
        "histogram": [int(count) for count in head.histogram],
        "note": head.note,
    }
