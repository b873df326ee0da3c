"""One image's path: which channels of a class's graph it excited most."""

from dataclasses import dataclass
from html import escape

import numpy as np
import streamlit as st

from core.store import Store
from core.summit.compare import fired
from pages.components.events import pick_event
from pages.components.grid import image_grid
from pages.parts import choose
from pages.parts.literal import literal, plain, shortened
from pages.parts.open_in import open_in
from pages.parts.scene import Scene
from pages.parts.summit import held
from pages.parts.summit.drawing import image_drawing
from pages.parts.summit.graph_view import class_head, graph_view
from pages.parts.summit.heed import Export, choose_class
from pages.parts.summit.seen import Seen
from pages.parts.thumbnails import inline, template
from pages.parts.wording import split_words

KEY = "summit_images"
GRID_HEIGHT = 96
MOST_INLINE = 200


@dataclass(frozen=True, eq=False)
class Path:
    """Which vertices of the graph an image chose, and how many channels it chose in each layer."""

    fired: np.ndarray
    chosen: list[int]


def heed_image() -> None:
    """Write the image that was clicked to the URL."""
    if (picked := pick_event(KEY).picked) is not None:
        choose.pick(picked)


def chosen_image(seen: Seen) -> int | None:
    """Return the image in the URL, else the class's first one of the split, else None."""
    if seen.scene is None:
        return None
    if seen.scene.view.sample is not None:
        return seen.scene.view.sample
    own = _of_class(seen.scene, seen.wish.class_)
    return int(own[0]) if len(own) else None


def path_of(store: Store, graph: held.Graph, sample: int) -> Path | None:
    """Return an image's path through a graph; None where the store does not hold it."""
    if not held.has(store, held.STAGE, "fired.npy"):
        return None
    widths = held.outline(store).channels
    bits = np.unpackbits(np.array(store.array(held.STAGE, "fired")[sample]), count=sum(widths))
    layers = np.split(bits.astype(bool), np.cumsum(widths)[:-1])
    return Path(
        fired(graph.layer.astype(np.int64), graph.channel.astype(np.int64), layers),
        [int(layer.sum()) for layer in layers],
    )


def image_panel(seen: Seen, height: int, export: Export | None) -> None:
    """Draw the image, the class's other images, and the graph with what fired."""
    scene, sample = seen.scene, chosen_image(seen)
    if scene is None:
        return
    path = None if sample is None else path_of(seen.store, seen.graph, sample)
    about, others = st.columns([0.6, 0.4], gap="small")
    with others:
        _images(scene, seen.wish.class_, sample)
    with about, st.container(gap="xxsmall"):
        if sample is None:
            counted = split_words(scene.view.split, 0)
            st.info(f"{literal(seen.name(seen.wish.class_))} has {counted}: take another split.")
        elif path is None:
            note = held.notes(seen.store).get("path")
            st.info(literal(note.text) if note else "What images chose comes from stage summit.")
        else:
            _about(seen, scene, sample, path)
    if sample is None or path is None:
        return
    drawn = image_drawing(seen.store, seen.graph, path.fired, seen.theme)
    head = class_head(seen, seen.wish.class_, [("image", f"#{sample}")])
    graph_view(seen, drawn, head, height, export=export, images=seen.images)


def _of_class(scene: Scene, class_: int) -> np.ndarray:
    return scene.shown[scene.samples.label[scene.shown] == class_]


def _images(scene: Scene, class_: int, sample: int | None) -> None:
    own = _of_class(scene, class_)
    address = template(scene.store)
    ids = own if address else own[:MOST_INLINE]
    found = {} if address else inline(scene.store, ids)
    said = scene.samples.label[ids] if scene.answers is None else scene.answers.predicted[ids]
    image_grid(
        key=KEY,
        sample_ids=ids,
        captions=[f"→ {shortened(scene.names[c])}" for c in said.tolist()],
        wrong=said != class_,
        thumbnails=address or [found.get(i, "") for i in ids.tolist()],
        picked=sample,
        study=scene.store.study,
        height=GRID_HEIGHT,
        empty=f"{split_words(scene.view.split, 0).capitalize()} of this class.",
    )


def _about(seen: Seen, scene: Scene, sample: int, path: Path) -> None:
    true = int(scene.samples.label[sample])
    facts = [("image", f"#{sample}"), ("true", plain(scene.names[true]))]
    predicted = true
    if scene.answers is not None:
        predicted = int(scene.answers.predicted[sample])
        p = float(scene.answers.confidence[sample])
        facts.append(("predicted", f"{plain(scene.names[predicted])} ({p:.3f})"))
    n, of = int(path.fired.sum()), len(path.fired)
    facts.append(("channels of the graph that fired", f"{n} of {of}"))
    facts.append(("by layer, the last first", _by_layer(seen, path)))
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    uri = inline(seen.store, [sample]).get(sample)
    picture = f'<img src="{uri}" width="88" height="88" alt="Image {sample}">' if uri else ""
    st.html(f'<div class="darkroom-picked">{picture}<dl>{rows}</dl></div>')
    open_in(seen.store, sample, true)
    others = dict.fromkeys(c for c in (true, predicted) if c != seen.wish.class_)
    for class_ in others:
        if seen.outline.place(class_) is None:
            continue
        role = "its true class" if class_ == true else "what it is taken for"
        st.button(
            f"Graph of {literal(shortened(scene.names[class_]))}, {role}",
            key=f"w_graph_of_{class_}",
            on_click=choose_class,
            args=(class_,),
        )


def _by_layer(seen: Seen, path: Path) -> str:
    layer = seen.graph.layer
    counts = [
        f"{int(path.fired[layer == k].sum())} of {int((layer == k).sum())}"
        for k in reversed(range(len(seen.outline.layers)))
    ]
    return ", ".join(counts)
