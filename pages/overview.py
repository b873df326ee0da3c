"""The Overview page: how the teacher behaves.

DeepVID section 6.1, its Teacher view, for its requirements R1.1 to R1.3.
"""

import streamlit as st

from core.store import Store
from pages.parts import choose
from pages.parts.class_table import calibration, class_table
from pages.parts.confusions import other_classes, other_is_open
from pages.parts.controls import controls
from pages.parts.empty import missing_stage, say
from pages.parts.frame import framed
from pages.parts.header import header
from pages.parts.images import heed_images, images
from pages.parts.matrix import matrix
from pages.parts.needs import teacher_offers
from pages.parts.performance import Performance, performance
from pages.parts.picked import picked_image
from pages.parts.provenance import provenance
from pages.parts.reads import ignored_study
from pages.parts.sample_places import heed_map, sample_places
from pages.parts.sample_table import sample_table
from pages.parts.scene import Scene, scene
from pages.parts.selected import selection_line

MAP_HEIGHT = 600
MATRIX_HEIGHT = 380
OTHER_HEIGHT = 178

GUIDE = """
**What you see.** Each point of the map is one image of the split; near points are images that the
teacher represents alike. The matrix counts images by true class (rows) and prediction (columns),
white to red on a logarithmic scale; where the teacher predicts classes that the data does not
hold, its column "other" opens into them by a click. The grid shows the images of the selection,
the bars the teacher's probabilities for the picked one, its true label in red.

**How to read it.** Draw a lasso on the map, click a cell of the matrix or a row of a table, or
look for failure cases: the grid and the table of samples follow. Click a point, an image or a row
to pick it; the arrow keys go through the selection. A dark core on the map (a
light one in the dark theme) and a red border in the grid mark misclassified images. The address
of this page always holds the whole view.

**What it cannot tell.** A projection to two dimensions tears some neighbours apart and puts
strangers together: the figures below the map say how many. Distances between clusters, their size
and their empty spaces carry no meaning in t-SNE and UMAP. Accuracy on a few hundred images is
uncertain, so its interval stands beside it. Why the teacher decides as it does is not shown here.

From *DeepVID: Deep Visual Interpretation and Diagnosis for Image Classifiers via Knowledge
Distillation*, section 6.1. Nothing of its four sub-views is left out; other projections and
colours, intervals, calibration and the tables are added here.
"""


def draw(store: Store) -> None:
    """Draw the Overview of one study."""
    heed_map()
    heed_images()
    seen, ignored = scene(store)
    known = None if seen.epoch is None else performance(store, seen.view.split, seen.epoch)
    header(seen, known)
    say([line for line in (ignored_study(), *ignored, choose.complaint()) if line])
    controls(seen)
    left, right = st.columns([0.56, 0.44], gap="medium")
    with left, st.container(gap="xsmall"):
        territory(seen)
    with right, st.container(gap="xsmall"):
        picked_image(seen)
        selection_line(seen)
        matrix_and_images(seen, known)
    if known is not None:
        classes, reliable = st.columns([0.6, 0.4], gap="medium")
        with classes:
            class_table(seen, known)
        with reliable:
            calibration(seen, known)
    sample_table(seen)
    teacher_offers(seen.store)
    with st.expander("How to read this page"):
        st.markdown(GUIDE)
    of_epoch = [] if seen.epoch is None else [("teacher", seen.epoch), ("predictions", seen.epoch)]
    provenance(store, [("dataset", None), *of_epoch, ("projections", None)])


def territory(seen: Scene) -> None:
    """Draw the map, or say which stage it waits for."""
    if seen.answers is None:
        missing_stage(seen.store.study, "predictions", "Map, matrix and probabilities come from")
    elif not seen.methods:
        missing_stage(seen.store.study, "projections", "The map comes from")
    else:
        sample_places(seen, seen.answers, MAP_HEIGHT)


def matrix_and_images(seen: Scene, known: Performance | None) -> None:
    """Draw the confusion matrix and beside it the images of the selection."""
    if known is None:
        images(seen, MATRIX_HEIGHT)
        return
    cells, grid = st.columns([0.52, 0.48], gap="small")
    with cells, st.container(gap="xxsmall"):
        matrix(seen, known, MATRIX_HEIGHT)
    with grid, st.container(gap="xxsmall"):
        if known.matrix is not None and other_is_open(seen):
            images(seen, MATRIX_HEIGHT - OTHER_HEIGHT - 46)
            other_classes(seen, known, OTHER_HEIGHT)
        else:
            images(seen, MATRIX_HEIGHT - 16)


framed(draw)
