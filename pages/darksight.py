"""The DarkSight page: all predictions in one picture, and a confidence by density.

Schacherer's report (2018) on Xu, Park, Yi and Sutton, "Interpreting Deep Classifier by Visual
Distillation of Dark Knowledge" (2018); issue of the same name.
"""

import numpy as np
import streamlit as st

from core.store import Store
from pages.parts import choose, reads
from pages.parts.controls import panel_switch
from pages.parts.darksight import cases, extremes, held, rejection, upload, way
from pages.parts.darksight.asked import PANELS, Asked, Line, asked
from pages.parts.darksight.cards import heed_strips
from pages.parts.darksight.evaluation import evaluation
from pages.parts.darksight.fitting import fitting
from pages.parts.darksight.held import EVALUATION, METHOD, STAGE, Picture
from pages.parts.darksight.territory import (
    COLORS,
    DEFAULT_COLOR,
    Emphasis,
    colors_by_class,
    heed_maps,
    territory,
)
from pages.parts.darksight.tools import PANEL_WORDS, tools
from pages.parts.empty import missing_stage, say
from pages.parts.frame import framed
from pages.parts.header import header
from pages.parts.images import heed_images, images
from pages.parts.needs import offered
from pages.parts.performance import performance
from pages.parts.picked import picked_image
from pages.parts.provenance import provenance
from pages.parts.reads import ignored_study
from pages.parts.scene import Scene, scene
from pages.parts.selected import selection_line

MAP_HEIGHT = 560
SMALL_MAP_HEIGHT = 430
PANEL_HEIGHT = 250

GUIDE = """
**What you see.** Each point is one image. A very simple student, one bell-shaped density per class
in the plane, was taught to repeat the teacher's probabilities from the point alone; points and
student were fitted together. So a point's place stands for *all* of the teacher's probabilities,
not only the largest. The faint ground is what the student says there: its colour names the class,
its strength how sure it is.

**How to read it.** The middle of a cluster means a sure answer, its border an unsure one, a place
between two clusters an answer between two classes; near clusters are classes that the teacher
mixes. Colour by *symmetric KL to the student* to see where two dimensions did not suffice: those
points stand in the wrong place, and the list *Misplaced* shows what is lost. Pick two classes, or
draw a line with the arrow tool, to walk from one class to the other. Pick a second projection to
compare: hovering, picking and selecting act on both maps.

**Confidence.** How dense the picture is at a point, as a share of its densest place: an unusual
answer stands alone. The *Reject* panel shows what accuracy remains if the least confident answers
are not given, and whether entropy or the largest probability would do better.

**What it cannot tell.** Images do not enter, only the teacher's probabilities: two very different
images with the same answer share a place. Distances between far clusters, and the empty places far
out, carry little meaning. The student's confidence in an empty place is an extrapolation. Fewer
errors than about thirty cannot decide which confidence is better.

From *Interpreting Deep Classifiers by Visual Distillation of Dark Knowledge*, D. Schacherer, 2018.
Not built: an encoder that places new images; an uploaded one is placed by a search instead. Points
and student are fitted together from class means on a ring, not by the authors' own schedule, whose
scale matrices never move.
"""


def draw(store: Store) -> None:
    """Draw DarkSight of one study."""
    heed(store)
    found = held.picture(store) if store.has(STAGE) and store.has("predictions") else None
    seen, ignored = scene(
        store,
        at=None if found is None else found.epoch,
        colors=COLORS,
        default_color=DEFAULT_COLOR,
    )
    others = [method for method in seen.methods if method != METHOD]
    wish, more = asked(st.query_params.to_dict(), others, seen.classes)
    known = None if seen.epoch is None else performance(store, seen.view.split, seen.epoch)
    header(seen, known)
    say([line for line in (ignored_study(), *ignored, *more, choose.complaint()) if line])
    if offered(store, "darksight"):
        if found is None:
            missing_stage(store.study, STAGE, "DarkSight's picture comes from")
        else:
            everything(seen, wish, found, others)
    with st.expander("How to read this page"):
        st.markdown(GUIDE)
    epoch = seen.epoch
    of_epoch = [] if epoch is None else [("teacher", epoch), ("predictions", epoch)]
    rest = [(stage, None) for stage in ("projections", STAGE, EVALUATION)]
    provenance(store, [("dataset", None), *of_epoch, *rest])


def heed(store: Store) -> None:
    """Write what was clicked or drawn to the URL, before the view is read from it."""
    heed_maps(len(reads.class_names(store)), reads.present_classes(store))
    heed_images()
    way.heed_way()
    heed_strips(extremes.OUTLIERS, extremes.MISPLACED, cases.CASES, upload.NEIGHBORS)


def everything(seen: Scene, wish: Asked, found: Picture, others: list[str]) -> None:
    """Draw controls, maps, panels and what stands below them."""
    tools(seen, wish, others)
    uploaded = upload.heed_upload(seen, found)
    colors = colors_by_class(seen)
    all_cases = cases.cases(seen, wish, found) if wish.panel == "cases" else []
    pins = [*upload.pins(uploaded), *cases.pins_of(found, all_cases)]
    emphasis, ways = shown_with(seen, wish, found, all_cases)

    def maps(height: int) -> None:
        territory(seen, wish, found, emphasis, ways, pins, height)

    def side() -> None:
        picked(seen, found)

    def panel() -> None:
        panel_switch("panel", PANELS, PANEL_WORDS, wish.panel, "selection")
        draw_panel(seen, wish, found, uploaded, all_cases, colors)

    if wish.beside or wish.figure_4:
        maps(SMALL_MAP_HEIGHT)
        left, right = st.columns([0.44, 0.56], gap="medium")
        with left, st.container(gap="xsmall"):
            side()
        with right, st.container(gap="xsmall"):
            panel()
    else:
        left, right = st.columns([0.54, 0.46], gap="medium")
        with left, st.container(gap="xsmall"):
            maps(MAP_HEIGHT)
        with right, st.container(gap="xsmall"):
            side()
            panel()
    evaluation(seen)
    fitting(seen, found)


def shown_with(
    seen: Scene, wish: Asked, found: Picture, all_cases: list[cases.Case]
) -> tuple[Emphasis | None, dict[str, Line]]:
    """Return what the open panel lets stand out on the maps, and the ways to draw there."""
    match wish.panel:
        case "way":
            methods = [METHOD, *([wish.beside] if wish.beside else [])]
            ways = {m: taken for m in methods if (taken := way.way(seen, wish, m)) is not None}
            lines = {method: taken.line for method, taken in ways.items()}
            if METHOD not in ways:
                return None, lines
            return Emphasis(ways[METHOD].samples, "on the way"), lines
        case "outliers":
            return Emphasis(extremes.least_dense(seen, found), "least dense"), {}
        case "misplaced":
            return Emphasis(extremes.most_misplaced(seen, found), "most misplaced"), {}
        case "cases":
            return Emphasis(cases.samples_of(all_cases), "in the case study"), {}
        case "reject" if (kept := rejection.kept_samples(seen, wish)) is not None:
            return Emphasis(kept, "kept"), {}
    return None, {}


def picked(seen: Scene, found: Picture) -> None:
    """Draw the picked image with what DarkSight says of it."""
    sample = seen.picked
    if sample is None:
        picked_image(seen)
        return
    facts = [
        ("density", f"{found.confidence[sample]:.3g}"),
        ("own KL", f"{found.symmetric_kl[sample]:.3f}\u202fnats"),
    ]
    student = held.student_answers(found, np.array([sample]))[0]
    picked_image(seen, facts=facts, student=student)


def draw_panel(
    seen: Scene,
    wish: Asked,
    found: Picture,
    uploaded: upload.Uploaded | None,
    all_cases: list[cases.Case],
    colors: list[str],
) -> None:
    """Draw the panel that the URL asks for."""
    match wish.panel:
        case "selection":
            selection_line(seen)
            images(seen, PANEL_HEIGHT)
        case "way":
            way.way_panel(seen, wish, found, colors)
        case "outliers":
            extremes.outlier_panel(seen, found, colors)
        case "misplaced":
            extremes.misplaced_panel(seen, found, colors)
        case "cases":
            cases.case_panel(seen, wish, found, all_cases, colors)
        case "reject":
            rejection.reject_panel(seen, wish)
        case "upload":
            upload.upload_panel(seen, found, uploaded, colors)


framed(draw)
