"""The Trust page: how faithful each lens is, beside its baselines, and what it cannot tell.

All figures come from the store's table `figure`, where each stage that judges a lens wrote them.
"""

import pandas as pd
import streamlit as st

from core.store import MissingArtifact, Store
from pages.parts import choose
from pages.parts.empty import missing_stage, say
from pages.parts.frame import framed
from pages.parts.header import header
from pages.parts.imageless import plain_header
from pages.parts.literal import literal
from pages.parts.performance import performance
from pages.parts.provenance import provenance
from pages.parts.reads import holds_images, ignored_study
from pages.parts.scene import scene
from pages.parts.theme import theme
from pages.parts.trust.measures import LENSES, Lens
from pages.parts.trust.standing import Standing, standing
from pages.parts.trust.table import table

STAGES = (
    "projections", "darksight_evaluation", "dvi_evaluation", "summit_evaluation",
    "deepvid_evaluation", "saliency_arena",
)  # fmt: skip

GUIDE = """
**What you see.** For each lens the figures that say how far its pictures can be believed, and
beside them the same figure of other methods on the same images. Blue bars and bold names are the
lens's own methods, grey bars the others; the best stands on top, a dark line is the 95 % interval.

**How to read it.** Each figure has a sentence of its own. "Ahead of the best other" compares the
method that the lens shows with the best that is not its own; where the intervals overlap, the order
may be chance. Every bar begins at 0; an arrow says which direction is better. The last table holds
every figure of the study.

**What it cannot tell.** A figure is a mean over images: single images can be far off, and each
lens's page says so for the image at hand. Figures of different lenses cannot be compared. A lens
with good figures still shows only what its method looks at; each group ends with what that leaves
out.

**The papers.** The measures are the papers' own where they have some (DarkSight's local fidelity,
DeepVisualInsight's four properties, DeepVID's removal) and the field's usual ones elsewhere; motion
honesty, cluster preservation and the order on the way were added here.
"""


def draw(store: Store) -> None:
    """Draw the figures of every lens of one study."""
    ignored: list[str] = []
    if holds_images(store):
        seen, ignored = scene(store)
        header(
            seen, None if seen.epoch is None else performance(store, seen.view.split, seen.epoch)
        )
    else:
        plain_header(store)
    say([line for line in (ignored_study(), *ignored, choose.complaint()) if line])
    figures = _figures(store, str(store.root), store.study, store.fingerprint)
    if figures.empty:
        missing_stage(store.study, "predictions", "Figures come from every lens, the first from")
    else:
        everything(figures)
    with st.expander("How to read this page"):
        st.markdown(GUIDE)
    provenance(store, [("dataset", None), *((stage, None) for stage in STAGES)])


def everything(figures: pd.DataFrame) -> None:
    """Draw each lens's figures in two columns, and every figure below."""
    lenses = [(lens, _judged(figures, lens)) for lens in LENSES]
    left, right = st.columns(2, gap="large")
    heights = [0, 0]
    for lens, groups in lenses:
        at = heights.index(min(heights))
        heights[at] += 3 + sum(3 + len(group.rows) for group in groups)
        with (left, right)[at]:
            one_lens(lens, groups)
    with st.expander(f"Every figure of this study: {len(figures):,} rows"):
        st.dataframe(figures, hide_index=True, height=400, alt="Every figure of this study")


def one_lens(lens: Lens, groups: list[Standing]) -> None:
    """Draw a lens's figures, and what they leave out."""
    st.markdown(f"##### {literal(lens.title)}")
    if groups:
        st.html(table(groups, theme()))
    else:
        st.caption("Nobody has judged this lens on this study yet.")
    with st.container(key=f"in_words_{lens.title.partition(':')[0].lower().replace(' ', '_')}"):
        st.markdown(f"**What it cannot tell:** {literal(lens.limits)}")


def _judged(figures: pd.DataFrame, lens: Lens) -> list[Standing]:
    found = (standing(figures, measure) for measure in lens.measures)
    return [one for one in found if one is not None]


@st.cache_resource(max_entries=8, show_spinner=False)
def _figures(_store: Store, root: str, study: str, fingerprint: str) -> pd.DataFrame:
    query = (
        "select view, metric, method, split, epoch, value, low, high, n, unit, better from figure "
        "order by view, metric, method, split, epoch"
    )
    try:
        return _store.sql(query)
    except MissingArtifact:  # no stage has judged anything
        return pd.DataFrame()


framed(draw, images=False)
