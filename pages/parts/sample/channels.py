"""The channels that the image's class uses most (Summit), and which of them the image excited."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from pages.parts.literal import literal, plain, shortened
from pages.parts.sample.tiles import Tile, tiles
from pages.parts.scene import Scene
from pages.parts.summit import held
from pages.parts.summit.image import path_of
from pages.parts.summit.pictures import main_picture, uri

MOST = 6
SIDE = 62
SMALL = 64  # pixels a side up to which a picture of a channel shows its pixels


@dataclass(frozen=True, eq=False)
class Fired:
    """Which vertices of a class's graph an image chose."""

    class_: int
    fired: np.ndarray


def fired_of(scene: Scene, sample: int, class_: int) -> Fired | None:
    """Return which vertices of the class's graph the image chose; None where nobody kept that."""
    store = scene.store
    if not held.has_graphs(store) or held.outline(store).place(class_) is None:
        return None
    path = path_of(store, held.graph(store, class_), sample)
    return None if path is None else Fired(class_, path.fired)


def channels(scene: Scene, class_: int, fired: Fired | None) -> None:
    """Draw the channels of the class's graph with the largest PageRank, or why there are none."""
    store = scene.store
    name = literal(shortened(scene.names[class_]))
    if not held.has_graphs(store):
        reason = held.unavailable(store)
        st.caption(literal(reason) if reason else "Channels come from the stage summit\\_graphs.")
        return
    outline = held.outline(store)
    place = outline.place(class_)
    if place is None:
        st.caption(f"No image of {name} was aggregated: it has no graph.")
        return
    graph = held.graph(store, class_)
    order = np.argsort(-graph.pagerank, kind="stable")[:MOST]
    rows = []
    for at in order.tolist():
        layer, channel = int(graph.layer[at]), int(graph.channel[at])
        picture = main_picture(store, layer, channel)
        chose = None if fired is None else bool(fired.fired[at])
        words = "" if chose is None else "chosen" if chose else "not chosen"
        title = f"{shortened(plain(outline.layers[layer]), 9)} {channel}"
        rows.append(
            Tile(
                "" if picture is None else uri(picture),
                f"Channel {channel} of layer {outline.layers[layer]}, {words}".rstrip(", "),
                [title, _share(float(graph.count[at]), float(outline.images[place])), words],
                framed=bool(chose),
            )
        )
    tiles(rows, SIDE, pixelated=max(store.array("dataset", "images").shape[1:3]) <= SMALL)
    st.caption(
        f"{len(rows)} of {len(graph.layer)} channels in the graph of {name}, by PageRank; share of "
        "its images that chose each" + ("" if fired is None else "; framed: this image did")
    )


def _share(count: float, images: float) -> str:
    return f"{count:,.0f} images" if np.isnan(images) else f"{count / images:.0%}"
