"""The DeepVisualInsight page: how the teacher's territory formed while it trained.

Yang et al., "DeepVisualInsight: Time-Travelling Visualization for Spatio-Temporal Causality of
Deep Classification Training" (AAAI 2022).
"""

import streamlit as st

from core.store import Store
from pages.parts import choose
from pages.parts.controls import panel_switch
from pages.parts.dvi import attack, epochs, held, labels, neighbors, rounds
from pages.parts.dvi.asked import LOOKS, Asked, Look, asked
from pages.parts.dvi.coloring import COLORS, DEFAULT_COLOR
from pages.parts.dvi.held import EVALUATION, HISTORY, STAGE, Story
from pages.parts.dvi.properties import fidelity_words, properties
from pages.parts.dvi.sample import learned_words, sample_panel
from pages.parts.dvi.territory import (
    DEFAULT_SPLIT,
    Emphasis,
    heed_maps,
    seen_epoch,
    territory,
)
from pages.parts.dvi.tools import LOOK_WORDS, tools
from pages.parts.empty import missing_stage, say
from pages.parts.frame import framed
from pages.parts.header import header
from pages.parts.images import heed_images
from pages.parts.literal import literal
from pages.parts.needs import links, offered
from pages.parts.past import rounds as known_rounds
from pages.parts.performance import performance
from pages.parts.picked import picked_image
from pages.parts.provenance import provenance
from pages.parts.reads import capabilities, ignored_study
from pages.parts.scene import Scene, scene

MAP_HEIGHT = 760
STILL_HEIGHT = 600
SIDE_HEIGHT = 720
ROUND_HEIGHT = 380
PANEL_HEIGHT = 300

GUIDE = """
**What you see.** Each point is one image, at the place that the teacher's inner representation of
it has in a picture fitted to that checkpoint; the ground behind is what the teacher would say of
every place: colour names the class, strength says how clearly, and white (in the dark theme grey)
is where it can hardly decide. A point on ground of another colour is misread. Below run the
accuracy and the loss, and marks for what happened to the images: the larger, the more of them.

**How to read it.** Press play, drag the slider, or click a curve to travel; click a mark to select
the images to which it happened. Points glide because the pictures of neighbouring checkpoints were
fitted together. Look for images by what happened to them, draw a lasso, or pick one: it leaves its
way through time, and the rest fades. Hover over an empty place to read what the teacher would say
there and which images are nearest. *Neighbours* shows whom the picture keeps together and whom it
tears apart. Dots with a core have labels that were flipped on purpose.

**What it cannot tell.** The plane holds a part of the truth: some neighbours are lost and strangers
stand side by side; the table below says how many. The ground far from all points is extrapolated
from the nearest ones. Distances between far groups, and turns of the whole picture, mean little;
*motion honesty* says how far a step on screen speaks of a step of the representation. A
boundary on the map is the teacher's last layer seen through the picture, not a cut through the
space of images.

From *DeepVisualInsight: Time-Travelling Visualization for Spatio-Temporal Causality of Deep
Classification Training*, Yang et al., AAAI 2022. Not built: a decoder from representations to
images (hovering an empty place shows the nearest real images instead); DeepView, the paper's
slowest baseline, is compared in a benchmark on subsets and not on this page. The default picture is
leaner than the paper's networks, which are the preset *paper*.
"""


def draw(store: Store) -> None:
    """Draw DeepVisualInsight of one study."""
    if store.has("predictions"):
        heed(store)
    told = held.story(store) if held.has_story(store) else None
    seen, ignored = scene(
        store, colors=COLORS, default_color=DEFAULT_COLOR, default_split=DEFAULT_SPLIT
    )
    known = None if seen.epoch is None else performance(store, seen.view.split, seen.epoch)
    header(seen, known)
    more: list[str] = []
    wish, others, looks = Asked(), [], []
    if told is not None:
        others, looks = held.other_studies(store), _looks(seen, told)
        wish, more = asked(
            st.query_params.to_dict(),
            told.epochs,
            others,
            looks,
            rounds.chosen_rounds(known_rounds(store)),
        )
    say([line for line in (ignored_study(), *ignored, *more, choose.complaint()) if line])
    if told is not None:
        if offered(store, "dvi"):
            everything(seen, wish, told, others, looks)
    elif (reason := held.unavailable(store)) is not None:
        st.info(literal(reason))
        links(capabilities(store) or ())
    elif offered(store, "dvi"):
        missing_stage(store.study, STAGE, "DeepVisualInsight's pictures come from")
    with st.expander("How to read this page"):
        st.markdown(GUIDE)
    at = None if told is None else seen_epoch(seen, told)
    of_epoch = [] if at is None else [(stage, at) for stage in ("predictions", "boundary", "dvi")]
    rest = [(stage, None) for stage in (STAGE, HISTORY, EVALUATION)]
    provenance(store, [("dataset", None), *of_epoch, *rest])


def heed(store: Store) -> None:
    """Write what was clicked or drawn to the URL, before the view is read from it."""
    if store.has("dvi"):
        heed_maps(store)
    rounds.heed_rounds(list(known_rounds(store)))
    neighbors.heed_neighbors()
    heed_images()


def everything(seen: Scene, wish: Asked, told: Story, others: list[str], looks: list[Look]) -> None:
    """Draw controls, maps, panels and the properties below them."""
    tools(seen, wish, told, others)
    near = neighbors.neighborhood(seen, wish, told) if wish.look == "neighbors" else None

    def side() -> None:
        since = learned_words(seen, seen.picked) if seen.picked is not None else ""
        picked_image(seen, facts=[("learned", since)] if since else ())

    def panel() -> None:
        panel_switch("look", looks, LOOK_WORDS, wish.look, "sample")
        draw_panel(seen, wish, told, near)

    beside = wish.epoch2 is not None or wish.study2 is not None
    if wish.look == "rounds":
        rounds.round_maps(seen, wish, told, ROUND_HEIGHT)
    elif beside:
        maps(seen, wish, told, near, SIDE_HEIGHT)
    if wish.look == "rounds" or beside:
        left, right = st.columns([0.4, 0.6], gap="medium")
        with left, st.container(gap="xsmall"):
            side()
        with right, st.container(gap="xsmall"):
            panel()
    else:
        left, right = st.columns([0.58, 0.42], gap="medium")
        with left, st.container(gap="xxsmall"):
            maps(seen, wish, told, near, MAP_HEIGHT if len(told.epochs) > 1 else STILL_HEIGHT)
        with right, st.container(gap="xsmall"):
            side()
            panel()
    properties(seen, wish, told)


def maps(
    seen: Scene, wish: Asked, told: Story, near: neighbors.Neighborhood | None, height: int
) -> None:
    """Draw the map, or two, with what the open panel lets stand out."""
    guests = attack.guests(seen, told) if wish.look == "attack" else None
    territory(seen, wish, told, _emphasis(seen, wish, near), guests, height)
    if len(told.epochs) == 1:
        st.caption("This teacher has one checkpoint only: a still picture, nothing to play.")
    if words := fidelity_words(seen, told):
        st.caption(words.capitalize())


def draw_panel(seen: Scene, wish: Asked, told: Story, near: neighbors.Neighborhood | None) -> None:
    """Draw the panel that the URL asks for."""
    match wish.look:
        case "sample":
            sample_panel(seen, told, PANEL_HEIGHT)
        case "neighbors":
            neighbors.neighbors_panel(seen, wish, near, PANEL_HEIGHT + 80)
        case "epochs":
            epochs.epochs_panel(seen, told, PANEL_HEIGHT)
        case "labels":
            labels.labels_panel(seen, wish, PANEL_HEIGHT)
        case "rounds":
            rounds.rounds_panel(seen, wish, told)
        case "attack":
            attack.attack_panel(seen, told, PANEL_HEIGHT)


def _looks(seen: Scene, told: Story) -> list[Look]:
    """Return the panels that this study has."""
    lacking: set[Look] = set()
    if len(told.epochs) == 1:
        lacking.add("epochs")
    if not seen.store.has(HISTORY):
        lacking.add("labels")
    if not rounds.chosen_rounds(known_rounds(seen.store)):
        lacking.add("rounds")
    if not attack.trained_on_attacks(seen.store):
        lacking.add("attack")
    return [look for look in LOOKS if look not in lacking]


def _emphasis(seen: Scene, wish: Asked, near: neighbors.Neighborhood | None) -> Emphasis | None:
    if near is not None:
        return neighbors.standing(near)
    if wish.look == "labels":
        return labels.standing(seen, wish)
    return None


framed(draw)
