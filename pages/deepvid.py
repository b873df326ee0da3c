"""The DeepVID page: why this image.

Wang, Gou, Zhang, Yang and Shen, "DeepVID: Deep Visual Interpretation and Diagnosis for Image
Classifiers via Knowledge Distillation" (2019): its VAE view, Student view and evaluation.
"""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.store import Store
from pages.parts import choose
from pages.parts.controls import panel_switch
from pages.parts.deepvid import beside, disturbed, held, panels, removal, tuning, vae
from pages.parts.deepvid.asked import Asked, asked
from pages.parts.deepvid.beside import other_studies
from pages.parts.deepvid.cases import Case, cases, opened
from pages.parts.deepvid.explain import Found, Subject, obtain, subject
from pages.parts.deepvid.student import student_settings, student_view
from pages.parts.deepvid.tools import LOOK_WORDS, axes_tools, looks_of, tools
from pages.parts.empty import missing_stage, say
from pages.parts.frame import framed
from pages.parts.header import header
from pages.parts.images import heed_images, images
from pages.parts.literal import literal
from pages.parts.needs import offered
from pages.parts.performance import performance
from pages.parts.picked import picked_image
from pages.parts.provenance import provenance
from pages.parts.reads import ignored_study
from pages.parts.sample_places import heed_map, sample_places
from pages.parts.scene import Scene, scene

MAP_HEIGHT = 300
GRID_HEIGHT = 190
CODE_HEIGHT = 330
CHART_HEIGHT = 120

GUIDE = """
**What you see.** *Left*, the picked image: pick another on the map, in the grid, or by its number.
*In the middle*, its code: one axis for each dimension of the generator's latent space, a red
handle where the image lies, the pictures at both ends of what that axis does. Neighbours are drawn
from the light blue band and laid out in order below, with what the teacher says of each. *On the
right*, the student, a linear classifier of pixels that was taught the teacher's answers about these
neighbours: for each class its weights as an image, the weights times the picked image, and both
probabilities on one axis.

**How to read it.** First read the coloured line: where the student does not agree with the
teacher, its pictures explain nothing. White in *× image* are pixels that speak for the class, black
ones against it. Drag a handle to see what an axis means; draw along an axis to set the range of the
neighbours there, click the range to take it away, lock an axis to keep it as it is. Pick a second
image (Shift and click on the map) to see what between two images decides. *Hybrid* is our student:
its pictures are drawn from weights for each class's log-odds against the rest; the coloured line,
the bars and the figures on kept neighbours judge its weights for the logits. *The paper's* follows
the paper's algorithm and defaults, with one set of weights for all of it.

**What it cannot tell.** A student speaks for one image's neighbourhood only. It sees what the
generator can draw: where the reconstruction is poor, neighbours miss what matters. A pixel that is
black gets no weighted feature whatever its weight. Weights of two students are not comparable in
size. On CIFAR-10 the paper itself says that DeepVID does not work for want of a good generator:
look at the reconstruction error before you believe anything there.

From *DeepVID: Deep Visual Interpretation and Diagnosis for Image Classifiers via Knowledge
Distillation*, sections 6 to 9. Not built: CelebA's 202,599 images under a VGG-16 of full width
(here fewer images and a narrower network), and the interviews with experts; of section 7's cases
those are saved whose images are at hand.
"""


def draw(store: Store) -> None:
    """Draw DeepVID of one study."""
    heed_map()
    heed_images()
    seen, ignored = scene(store)
    known = None if seen.epoch is None else performance(store, seen.view.split, seen.epoch)
    names = held.generators(store)
    wish, more = Asked(), []
    if names:
        wish, more = _wish(seen, names)
        if vae.heed_code(wish):
            wish, more = _wish(seen, names)
    header(seen, known)
    say([line for line in (ignored_study(), *ignored, *more, choose.complaint()) if line])
    if offered(store, "deepvid"):
        if not names:
            reason = held.unavailable(store)
            if reason is not None:
                st.info(literal(reason))
            else:
                missing_stage(store.study, held.GENERATOR, "The latent space comes from")
        elif seen.answers is None:
            missing_stage(store.study, "predictions", "What the teacher says comes from")
        else:
            everything(seen, wish, names)
    with st.expander("How to read this page"):
        st.markdown(GUIDE)
    of_epoch = [] if seen.epoch is None else [("teacher", seen.epoch), ("predictions", seen.epoch)]
    rest = [(stage, None) for stage in (held.GENERATOR, held.STAGE, held.EVALUATION, held.ARENA)]
    provenance(store, [("dataset", None), *of_epoch, *rest])


def everything(seen: Scene, wish: Asked, names: list[str]) -> None:
    """Draw the controls, the three views side by side, and the panels below."""
    space = held.latent_space(seen.store, wish.generator)
    saved = cases(seen, space)
    tools(seen, wish, space, names, saved)
    wanted = subject(seen, wish)
    if wanted is None:
        st.info("No image belongs to this selection in this split.")
        contest(seen, wish)
        return
    case, place = opened(saved, st.query_params.to_dict()), st.empty()
    _case_said(place, case)
    teacher, code, student = st.columns([0.25, 0.42, 0.33], gap="medium")
    with student, st.container(gap="xsmall"):
        student_settings(wish, wanted)
        found = obtain(seen, wanted)
        student_view(seen, wanted, found)
    if case is not None and case.disturbed and found.explanation is not None:
        first, second = (
            held.picture(seen.store, int(case.words[w])) for w in ("sample", "sample2")
        )
        classes = int(case.words["this"]), int(case.words["that"])
        words = disturbed.evidence_words(found.explanation, first, second, *classes)
        _case_said(place, case, words)
    panels.remember(seen, wish, wanted, found)
    with teacher, st.container(gap="xsmall"):
        teacher_view(seen)
    with code, st.container(gap="xsmall"):
        vae_view(seen, wish, wanted, found)
    looks = _looks(seen)
    open_ = wish.look if wish.look in looks else "pair"
    panel_switch("look", looks, LOOK_WORDS, open_, "pair")
    panel(seen, wish, wanted, found)


def teacher_view(seen: Scene) -> None:
    """Draw the picked image, the map and the images of the selection."""
    picked_image(seen, bars=False)
    if seen.methods and seen.answers is not None:
        sample_places(seen, seen.answers, MAP_HEIGHT)
    images(seen, GRID_HEIGHT)


def vae_view(seen: Scene, wish: Asked, wanted: Subject, found: Found) -> None:
    """Draw the code as parallel coordinates and the neighbours below it."""
    axes_tools(wish, wanted.space)
    vae.code_view(seen, wish, wanted, found, CODE_HEIGHT)
    st.caption(literal(vae.code_caption(seen, wanted)))
    if words := vae.order_caption(seen, wish, wanted, found):
        st.caption(literal(words))
    vae.neighbors_view(seen, wanted, found, CHART_HEIGHT)
    if words := vae.neighbors_caption(wanted, found):
        st.caption(words)


def panel(seen: Scene, wish: Asked, wanted: Subject, found: Found) -> None:
    """Draw the panel that the URL asks for."""
    match wish.look if wish.look in _looks(seen) else "pair":
        case "pair":
            panels.pair_panel(seen, wish, wanted, found)
        case "earlier":
            panels.earlier_panel(seen, wanted, found)
        case "tune":
            tuning.tune_panel(seen, wanted)
        case "probe":
            panels.probe_panel(seen, wanted)
        case "beside":
            beside.beside_panel(seen, wish, wanted, found)
        case _:
            contest(seen, wish)


def contest(seen: Scene, wish: Asked) -> None:
    """Draw what does not depend on the picked image."""
    match wish.look:
        case "removal":
            removal.removal_panel(seen)
        case "gallery":
            removal.gallery_panel(seen)
        case "fidelity":
            removal.fidelity_panel(seen)


def _wish(seen: Scene, names: list[str]) -> tuple[Asked, list[str]]:
    return asked(
        st.query_params.to_dict(),
        generators=names,
        latent=lambda name: len(held.latent_space(seen.store, name).deviation),
        classes=seen.classes,
        epochs=seen.epochs,
        studies=other_studies(seen.store),
    )


def _looks(seen: Scene):
    figures = held.figures(seen.store)
    known = set() if figures.empty else set(figures["metric"])
    return looks_of(
        has_curves="removal_area_200" in known,
        has_gallery=held.gallery(seen.store) is not None,
        has_fidelity="top_class_agreement" in known,
        teachers=len(seen.epochs) + len(other_studies(seen.store)),
    )


def _case_said(place: DeltaGenerator, case: Case | None, more: str = "") -> None:
    if case is not None and case.said:
        place.info(f"**{literal(case.title)}.** {literal(f'{case.said} {more}'.strip())}")


framed(draw)
