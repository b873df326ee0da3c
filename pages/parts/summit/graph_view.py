"""The attribution graph of the chosen class, or two side by side, with what stands above them."""

import re
from collections.abc import Sequence

import numpy as np
import streamlit as st

from pages.components.attribution_graph import Drawn, Head, attribution_graph
from pages.parts.literal import literal, plain
from pages.parts.summit import held
from pages.parts.summit.export import pyvis_page
from pages.parts.summit.heed import GRAPH, SECOND, Export
from pages.parts.summit.pictures import pictures_of
from pages.parts.summit.seen import Seen

NOT_PUBLISHED = "not published"


def graph_view(
    seen: Seen,
    drawn: Drawn,
    head: Head,
    height: int,
    *,
    export: Export | None = None,
    second: bool = False,
    linked: bool = False,
    images: float | None = None,
) -> None:
    """Draw one graph.

    Parameters
    ----------
    drawn
        What is drawn.
    head
        What stands above it.
    export
        A page that was asked for just now.
    second
        Whether it is the second of two.
    linked
        Whether it shares threshold, size and hovering with another.
    images
        Of how many images the counts are; None where that is not known or not one number.
    """
    wish = seen.wish
    name = file_name(seen.store.study, head.title)
    file = None
    if export is not None and export.second == second:
        page = pyvis_page(seen, drawn, head.title, whole=export.whole)
        file = (export.token, f"{name}.html", page)
    attribution_graph(
        key=SECOND if second else GRAPH,
        graph=drawn,
        layers=seen.outline.layers,
        pictures=pictures_of(seen.store, drawn.layer, drawn.channel),
        head=head,
        images=images,
        least=wish.least,
        across=wish.across,
        down=wish.down,
        pin=wish.pin,
        hide_flagged=wish.hide_flagged,
        link="summit" if linked else None,
        export_name=name,
        file=file,
        empty="This class has no attribution graph: no image of it was aggregated.",
        height=height,
    )


def class_head(seen: Seen, class_: int, more: Sequence[tuple[str, str]] = ()) -> Head:
    """Return what stands above a class's graph: name, images, accuracy, histogram."""
    at = seen.outline.place(class_)
    assert at is not None
    count = seen.outline.images[at]
    aggregated = NOT_PUBLISHED if np.isnan(count) else f"{count:,.0f}"
    facts = [("class", str(class_)), ("images aggregated", aggregated), *more]
    known, histogram, note = seen.known, (), ""
    if known is not None and seen.scene is not None:
        n, split = int(known.images[at]), seen.scene.view.split
        where = "train and test" if split == "all" else split
        share = "none" if n == 0 else f"{known.accuracy[at]:.1%}"
        facts.append((f"accuracy ({where}, n = {n:,})", share))
        histogram = known.histogram[at].tolist() if n else ()
    elif _missing(seen, "accuracy"):
        facts.append(("accuracy and histogram", NOT_PUBLISHED))
    return Head(plain(seen.names[class_]), facts, histogram, note)


def file_name(study: str, title: str) -> str:
    """Return the beginning of exported files' names: letters, digits and dashes only."""
    words = re.sub(r"[^A-Za-z0-9]+", "_", title).strip("_")[:60]
    return f"{study}_{words}_graph" if words else f"{study}_graph"


def notes_line(seen: Seen) -> str:
    """Return what must be known of the graphs, on one line."""
    said = held.notes(seen.store)
    parts = ("images", "graph", "influence", "layers", "pictures", "flags")
    return " ".join(plain(said[part].text) for part in parts if part in said)


def _missing(seen: Seen, part: str) -> bool:
    note = held.notes(seen.store).get(part)
    return note is not None and note.missing


def graph_caption(seen: Seen) -> None:
    """Say below the graph what its pictures and numbers are."""
    if line := notes_line(seen):
        st.caption(literal(line))
