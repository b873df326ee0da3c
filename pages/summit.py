"""The Summit page: what a class is made of, channel by channel.

Hohman, Park, Robinson and Chau, "Summit: Scaling Deep Learning Interpretability by Visualizing
Activation and Attribution Summarizations" (IEEE VIS 2019).
"""

import streamlit as st

from core.store import Store
from pages.parts import choose
from pages.parts.empty import missing_stage, say
from pages.parts.frame import framed
from pages.parts.header import header
from pages.parts.imageless import plain_header
from pages.parts.literal import literal
from pages.parts.needs import links, offered
from pages.parts.performance import performance
from pages.parts.provenance import provenance
from pages.parts.reads import capabilities, ignored_study
from pages.parts.summit import held
from pages.parts.summit.case_panel import case_panel
from pages.parts.summit.channels import channels_panel
from pages.parts.summit.compare import compare_controls, compare_graphs
from pages.parts.summit.drawing import class_drawing
from pages.parts.summit.early import early_panel
from pages.parts.summit.graph_view import class_head, graph_caption, graph_view
from pages.parts.summit.heed import Export, heed
from pages.parts.summit.image import heed_image, image_panel
from pages.parts.summit.masking import masking_panel
from pages.parts.summit.motifs import motif_edges, motif_panel
from pages.parts.summit.path import path_panel
from pages.parts.summit.seen import Seen, seen_study
from pages.parts.summit.territory import territory
from pages.parts.summit.tools import tools

MAP_HEIGHT = 330
LIST_HEIGHT = 380
GRAPH_HEIGHT = 716
LOW_GRAPH_HEIGHT = 500
CASE_GRAPH_HEIGHT = 600
CONTROLS, IMAGE = 84, 130  # pixels above the graph of a comparison, and above that of an image

GUIDE = """
**What you see.** On the left each point is a class; near points are classes whose images choose
the same channels of the chosen layer. The list below gives for each class its similarity to the
chosen one, its accuracy, and a histogram of the probability that its own images get. On the right
is the class's attribution graph: one row per layer, the last one on top; each picture is a channel,
drawn so that the channel responds to it most (before such pictures exist, the image patch that
excites it most). The area of a picture says how many of the class's images chose the channel, the
width of a curve for how many images the lower channel was among the five that drive the upper one
most.

**How to read it.** Click a class on the map or in the list, a layer in the small network. Hover
over a channel for its values, its variants (move from left to right) and the ten image patches that
excite it most; click to keep the card. Drag the slider *images at least* to see only what most
images share. Alt and click, or ⇄ in the list, compares two classes. With the keyboard: Tab into the
graph, then arrows, Enter and Escape; plus, minus and zero zoom.

**What it cannot tell.** A channel need not mean one thing, and a picture of it is not what it
sees in every image. Counts say that a channel was strong, not that the answer depends on it:
*Masking* measures that. Influence takes each channel alone. The map tears some neighbours apart;
the similarity in the list is exact.

From *Summit: Scaling Deep Learning Interpretability by Visualizing Activation and Attribution
Summarizations*, Hohman et al., IEEE VIS 2019. Not built: an aggregation of ImageNet's 1.2 million
images by InceptionV1; the authors' published graphs can be imported instead, without accuracies,
patches and variants, which they did not publish. Shares of channels are the study's preset; the
paper's and the published ones are presets, too.
"""


def draw(store: Store) -> None:
    """Draw Summit of one study."""
    if held.has_graphs(store):
        everything(store)
    else:
        nothing(store)
    with st.expander("How to read this page"):
        st.markdown(GUIDE)
    stages = (held.STAGE, held.GRAPHS, held.PICTURES, held.PATCHES, held.EVALUATION)
    provenance(store, [("dataset", None), *((stage, None) for stage in stages)])


def nothing(store: Store) -> None:
    """Say why there are no graphs, and what to do."""
    say([line for line in (ignored_study(), choose.complaint()) if line])
    plain_header(store)
    if (reason := held.unavailable(store)) is not None:
        st.info(literal(reason))
        links(capabilities(store) or ())
    elif offered(store, "summit"):
        missing_stage(store.study, held.GRAPHS, "Attribution graphs come from")


def everything(store: Store) -> None:
    """Draw header, controls, map, list and graph."""
    export = heed(store)
    heed_image()
    seen, ignored = seen_study(store)
    if seen.scene is None:
        plain_header(store)
    else:
        view, epoch = seen.scene.view, seen.scene.epoch
        header(seen.scene, None if epoch is None else performance(store, view.split, epoch))
    say([line for line in (ignored_study(), *ignored, choose.complaint()) if line])
    tools(seen)
    left, right = st.columns([0.31, 0.69], gap="medium")
    with left, st.container(gap="xsmall"):
        territory(seen, MAP_HEIGHT, LIST_HEIGHT)
    with right, st.container(gap="xsmall"):
        panel(seen, export)


def panel(seen: Seen, export: Export | None) -> None:
    """Draw the graph with what the open panel adds above or below it."""
    match seen.wish.part:
        case "compare" if seen.second is not None:
            compare_controls(seen, seen.second)
            compare_graphs(seen, seen.second, GRAPH_HEIGHT - CONTROLS, export)
        case "image":
            image_panel(seen, GRAPH_HEIGHT - IMAGE, export)
        case "cases":
            case_panel(seen)
            studied_graph(seen, export)
        case "graph" | "compare":
            one_graph(seen, GRAPH_HEIGHT, export)
        case _:
            one_graph(seen, LOW_GRAPH_HEIGHT, export)
            table_panel(seen)
    graph_caption(seen)


def one_graph(seen: Seen, height: int, export: Export | None) -> None:
    """Draw the graph of the chosen class."""
    drawn = class_drawing(seen.store, seen.graph, motif_edges(seen))
    head = class_head(seen, seen.wish.class_)
    graph_view(seen, drawn, head, height, export=export, images=seen.images)


def studied_graph(seen: Seen, export: Export | None) -> None:
    """Draw what the open case study is about: one class or two."""
    if seen.wish.case is not None and seen.wish.class2 is not None:
        compare_graphs(seen, seen.wish.class2, CASE_GRAPH_HEIGHT, export)
    else:
        one_graph(seen, CASE_GRAPH_HEIGHT, export)


def table_panel(seen: Seen) -> None:
    """Draw the panel that stands below the graph."""
    match seen.wish.part:
        case "path":
            path_panel(seen)
        case "motifs":
            motif_panel(seen)
        case "early":
            early_panel(seen)
        case "masking":
            masking_panel(seen)
        case "channels":
            channels_panel(seen)


framed(draw, images=False)
