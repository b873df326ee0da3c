"""The Sample page: one image, and everything that the study knows about it, on one screen.

It gathers what the five lenses say of a single image; each section links to its lens through the
line *Open in*.
"""

import streamlit as st

from core.store import Store
from pages.charts.over_epochs import over_epochs
from pages.charts.probabilities import probability_bars
from pages.parts import choose, travel
from pages.parts.controls import jump, presets, split_switch
from pages.parts.darksight import held as darksight
from pages.parts.darksight.territory import colors_by_class
from pages.parts.deepvid import held as deepvid
from pages.parts.drawn import spec_of
from pages.parts.dvi import held as dvi
from pages.parts.empty import missing_stage, say
from pages.parts.frame import framed
from pages.parts.header import header
from pages.parts.needs import SERVED
from pages.parts.performance import performance
from pages.parts.picked import picked_image
from pages.parts.provenance import provenance
from pages.parts.reads import ignored_study
from pages.parts.sample.attributions import asked_now, attribution_view, attributions
from pages.parts.sample.channels import channels, fired_of
from pages.parts.sample.known import Known, known
from pages.parts.sample.neighbors import heed_neighbors, neighbors_view
from pages.parts.sample.places import maps_of, places
from pages.parts.sample.student import student_of
from pages.parts.sample.summary import as_markdown, summary
from pages.parts.scene import Scene, scene
from pages.parts.summit import held as summit

CHART_HEIGHT = 200
STRIP_HEIGHT = 130

GUIDE = """
**What you see.** One image and what each lens says of it. On the left the image, its number to
copy, and the figures in words. In the middle its probabilities at every checkpoint and its place on
the maps, its eight nearest images as small rings. On the right the weighted features of DeepVID's
student, the maps of the saliency methods that did best in this study's contest, and the channels
that its class uses most, a frame around those that this image chose. Below, the images nearest to
it in the teacher's own space.

**How to read it.** The left and right arrow keys go through the selection that the other pages
made; *Go to* opens any image. Where an image stands among others is said by counting: "less at 12
of 500 test images". *Open in* opens the same image in a lens, with the whole view.

**What it cannot tell.** Each lens has its own errors; the page *Trust* holds their figures. That
several of them say the same is no independent proof: all read one teacher. The neighbours are near
for the teacher, not for the eye. What a class uses (channels) need not be what this image uses.

**The papers.** DarkSight (Schacherer's report on Xu et al., 2018), DeepVisualInsight (Yang et al.,
2022), Summit (Hohman et al., 2019), DeepVID (Wang et al., 2019), and re-label distillation (Hua et
al., 2021). None of them has such a page; what of each is not built stands on its lens's page.
"""


def draw(store: Store) -> None:
    """Draw everything that is known of the picked image."""
    heed_neighbors()
    seen, ignored = scene(store)
    measured = None if seen.epoch is None else performance(store, seen.view.split, seen.epoch)
    header(seen, measured)
    say([line for line in (ignored_study(), *ignored, choose.complaint()) if line])
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        split_switch(seen)
        if seen.answers is not None:
            presets(seen)
        jump(seen)
        if (page := st.session_state.get(SERVED, {}).get("upload")) is not None:
            st.page_link(page, label="Your own image", query_params=travel.words())
    if seen.epoch is None:
        missing_stage(store.study, "predictions", "What the teacher says comes from")
    elif seen.picked is None:
        st.info("No image belongs to this selection in this split.")
    else:
        everything(seen, seen.picked, seen.epoch)
    with st.expander("How to read this page"):
        st.markdown(GUIDE)
    of_epoch = [] if seen.epoch is None else [("teacher", seen.epoch), ("predictions", seen.epoch)]
    stages = ("projections", darksight.STAGE, dvi.STAGE, dvi.HISTORY, summit.STAGE, summit.GRAPHS)
    rest = [(stage, None) for stage in (*stages, deepvid.STAGE, deepvid.ARENA)]
    provenance(store, [("dataset", None), *of_epoch, *rest])


def everything(seen: Scene, sample: int, epoch: float) -> None:
    """Draw the three columns and the neighbours below them."""
    found = known(seen, sample, epoch)
    fired = fired_of(seen, sample, found.label)
    maps = attributions(seen.store, sample)
    about, over_time, inside = st.columns([0.29, 0.38, 0.33], gap="medium")
    with inside, st.container(gap="xxsmall"):
        st.markdown("**Why this answer** · DeepVID's student")
        student = student_of(seen)
        st.markdown("**Which pixels** · saliency")
        maps = asked_now(seen, sample, maps)
        attribution_view(seen, f"image {sample}", maps)
        st.markdown("**Which channels** · Summit")
        channels(seen, found.label, fired)
    with about, st.container(gap="xsmall"):
        picked_image(seen, bars=False)
        with st.container(key="in_words"):
            st.markdown(
                as_markdown(summary(seen, epoch, found, student=student, fired=fired, maps=maps))
            )
    with over_time, st.container(gap="xxsmall"):
        probabilities(seen, found, epoch)
        maps_view(seen, found, epoch)
    neighbors_view(seen, found, epoch, STRIP_HEIGHT)


def probabilities(seen: Scene, found: Known, epoch: float) -> None:
    """Draw the probabilities at every checkpoint; as bars where there is only one."""
    several = len(found.epochs) > 1
    st.markdown(f"**What the teacher says** · {'epoch by epoch' if several else 'probabilities'}")
    at = found.probabilities[found.epochs.index(epoch)]
    if several:
        chart = over_epochs(
            found.epochs, found.probabilities, found.label, seen.names, colors_by_class(seen),
            now=epoch, theme=seen.theme, height=CHART_HEIGHT,
        )  # fmt: skip
    else:
        chart = probability_bars(at, seen.names, found.label, theme=seen.theme)
    words = f"label {at[found.label]:.3f}, largest {at.max():.3f}"
    st.vega_lite_chart(
        spec_of(chart),
        key="sample_probabilities",
        alt=f"Probabilities of image {found.sample} at {len(found.epochs)} checkpoints; {words}",
    )


def maps_view(seen: Scene, found: Known, epoch: float) -> None:
    """Draw the image's place on the study's maps."""
    maps = maps_of(seen, found, epoch)
    st.markdown("**Where it stands** · the maps")
    if not maps:
        st.caption("Maps come from the stages projections, darksight and dvi\\_landscape.")
        return
    places(seen, maps, f"image {found.sample}")
    st.caption(
        f"Points by true class; large ring: the image, small rings: its {len(found.nearest)} "
        f"nearest by {found.space} in this split"
    )


framed(draw)
