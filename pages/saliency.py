"""The Saliency page: which pixels carry the decision, and which method finds them.

Hua, Ge and Zhang, "Interpret the Predictions of Deep Networks via Re-label Distillation" (2021):
its figures 3 to 6 and Table 1, and a contest in which its method and all others run on the same
images of the same teacher.
"""

import streamlit as st

from core.store import Store
from pages.parts import choose
from pages.parts.controls import panel_switch
from pages.parts.deepvid.held import GENERATOR, generators, unavailable
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
from pages.parts.saliency import arena, held, paper, studies, synthetic
from pages.parts.saliency.apart import apart_panel, heed_strip
from pages.parts.saliency.asked import Asked, asked
from pages.parts.saliency.explain import advance, current, status
from pages.parts.saliency.image import comparison, gallery, heed_gallery, pair_of
from pages.parts.saliency.tools import LOOK_WORDS, looks_of, tools
from pages.parts.saliency.words import METHOD_WORDS
from pages.parts.sample_places import heed_map, sample_places
from pages.parts.scene import Scene, scene

MAP_HEIGHT = 300
GRID_HEIGHT = 200
GALLERY_HEIGHT = 700

GUIDE = """
**What you see.** *Left*, the picked image: pick another on the map, in the grid, or by its number.
*In the middle*, the map of every method over the image, all in one colour scale: what speaks for
the teacher's first class, and what against it. Below each map the image's two curves (deletion as a
line, insertion dashed), their areas, and what the map cost. *On the right*, two methods compared:
click a map to take it in. The film deletes the image's pixels, or inserts them into the blurred
image, in the order of each map; drag the slider or the chart, or play it. *Below*, the arena: the
same for many images.

**How to read it.** Deletion should fall early: the first pixels that go carry the class. Insertion
should rise early. A map that is beautiful and falls late shows what you would look at, not what the
teacher does. *Removal* is DeepVID's measure, of the true class. *Sanity* tells whether the map
changes when the teacher's weights are drawn anew; a method with a large value explains the image
and not the teacher. *Sensitivity* tells how much the map changes where the image hardly does. The
controls (random, edges, a blob) have not seen the teacher: what does not beat them says nothing.

**Re-label, in several ways.** *The paper's* student learns from synthetic images around this one; a
trained generator's reconstruction may have another class already, and then nothing is drawn.
Without training low frequencies move and the image's others stay. *Hybrid* learns from masked
copies of the image, black and blurred; in *latent and masked* synthetic images join them.

**What it cannot tell.** An image with pixels missing is none that the teacher was trained on: what
it says there, and so both curves, may come from the strangeness and not from the pixels. Our hybrid
is taught by masked copies along the very way that deletion and insertion walk, so it is fitted
where it is judged; methods that follow gradients are not told beforehand how they will be judged. A
good area on one image says little: read the arena's intervals. Maps made beforehand are kept in few
digits, so that the film may take equal pixels in another order than the curve did.

From *Interpret the Predictions of Deep Networks via Re-label Distillation*, sections 2 and 3. Not
built: ImageNet's whole validation set, ResNet50 and VGG16 with weights trained on it, and the
paper's VAE for anything but the studies that ask for it; its baselines were copied from RISE's
paper, ours are run here.
"""


def draw(store: Store) -> None:
    """Draw the saliency contest of one study."""
    heed_map()
    heed_images()
    heed_strip()
    seen, ignored = scene(store)
    known = None if seen.epoch is None else performance(store, seen.view.split, seen.epoch)
    wish, more = _wish(seen)
    header(seen, known)
    say([line for line in (ignored_study(), *ignored, *more, choose.complaint()) if line])
    work = None
    if offered(store, "saliency"):
        if seen.answers is None:
            missing_stage(store.study, "predictions", "What the teacher says comes from")
        elif not generators(store):
            reason = unavailable(store)
            if reason is not None:
                st.info(literal(reason))
            else:
                missing_stage(store.study, GENERATOR, "The synthetic images come from")
        else:
            work = everything(seen, wish)
    with st.expander("How to read this page"):
        st.markdown(GUIDE)
    of_epoch = [] if seen.epoch is None else [("teacher", seen.epoch), ("predictions", seen.epoch)]
    provenance(store, [("dataset", None), *of_epoch, (GENERATOR, None), (held.STAGE, None)])
    if work is not None:  # last: what is there is drawn while the model works
        advance(seen, *work)


def everything(seen: Scene, wish: Asked):
    """Draw controls, image, maps, comparison and arena; return the work to go on with."""
    tools(seen)
    shown, attempt = current(seen)
    pair = pair_of(wish, shown)
    if heed_gallery(pair):
        wish, _ = _wish(seen)
        pair = pair_of(wish, shown)
    left, middle, right = st.columns([0.22, 0.45, 0.33], gap="medium")
    with left, st.container(gap="xsmall"):
        picked_image(seen, bars=False)
        if seen.methods and seen.answers is not None:
            sample_places(seen, seen.answers, MAP_HEIGHT)
        images(seen, GRID_HEIGHT)
    bar = None
    with middle, st.container(gap="xsmall"):
        if seen.picked is not None:
            bar = status(seen, shown, attempt)
            if shown is not None and shown.outcomes:
                gallery(seen, shown, pair, GALLERY_HEIGHT, waiting=bar is not None)
            elif bar is not None:
                st.caption("The model is being loaded: seconds, and only the first time.")
    with right, st.container(gap="xsmall"):
        if shown is not None and shown.outcomes:
            comparison(seen, shown, pair)
    contest(seen, wish)
    return attempt, bar, pair


def contest(seen: Scene, wish: Asked) -> None:
    """Draw what does not depend on the picked image, or why it is not there."""
    store = seen.store
    if not held.built(store):
        reason = held.declined(store)
        if reason is not None:
            st.info(literal(reason))
        else:
            missing_stage(store.study, held.STAGE, "The arena comes from")
        return
    looks = looks_of(store)
    look = wish.look if wish.look in looks else "arena"
    panel_switch("look", looks, LOOK_WORDS, look, "arena")
    match look:
        case "arena":
            arena.arena_panel(seen)
        case "curves":
            arena.curves_panel(seen)
        case "paper":
            paper.paper_panel(seen)
        case "gallery":
            paper.gallery_panel(seen)
        case "synthetic":
            synthetic.synthetic_panel(seen)
        case "apart":
            apart_panel(seen)
        case "studies":
            studies.studies_panel(seen, wish)


def _wish(seen: Scene) -> tuple[Asked, list[str]]:
    known = [one.name for one in held.methods(seen.store)]
    return asked(st.query_params.to_dict(), methods=list(dict.fromkeys([*METHOD_WORDS, *known])))


framed(draw)
