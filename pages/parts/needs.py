"""Which lens needs which capabilities of the teacher, and what a page says where one is missing."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import streamlit as st

from core.store import Store
from core.teachers.protocol import Capability, missing
from pages.parts import reads, travel

SERVED = "darkroom.pages"
"""Under this key the router keeps the pages it serves, by the last word of their address."""


@dataclass(frozen=True)
class Lens:
    """A lens: `page` is the last word of its address.

    Without one of `needs` the lens is not there; without one of `wants` it is there and lacks
    what the words say.
    """

    page: str
    title: str
    needs: tuple[Capability, ...]
    wants: tuple[tuple[Capability, str], ...] = ()


LENSES = (
    Lens("darksight", "DarkSight", (Capability.PROBABILITIES,)),
    Lens(
        "dvi",
        "DVI",
        (Capability.REPRESENTATION, Capability.HEAD),
        ((Capability.CHECKPOINTS, "one still picture instead of a way through time"),),
    ),
    Lens("summit", "Summit", (Capability.LAYERS,)),
    Lens("deepvid", "DeepVID", (Capability.NEW_IMAGES,)),
    Lens(
        "saliency",
        "Saliency",
        (Capability.NEW_IMAGES,),
        (
            (Capability.GRADIENTS, "no method that follows gradients"),
            (Capability.LAYERS, "no method that reads feature maps"),
        ),
    ),
)

WHY: dict[Capability, str] = {
    Capability.PROBABILITIES: "it gives no probabilities",
    Capability.NEW_IMAGES: "a table of predictions knows only its own images",
    Capability.GRADIENTS: "nothing tells how its outputs change with a pixel",
    Capability.REPRESENTATION: "the vector that enters a last linear layer is not known",
    Capability.HEAD: "no last linear layer is known that could be applied to such a vector",
    Capability.LAYERS: "it shows no feature maps",
    Capability.CHECKPOINTS: "only one moment of its training is kept",
}
"""Why a teacher lacks a capability, in words that follow a colon."""


def offered(store: Store, page: str) -> bool:
    """Return whether the teacher can do what the lens needs; call it before drawing the lens.

    Where it cannot, the page gets the reason and links to the lenses that are there. Where the
    lens only shows less, one line says what is left out.

    Raises
    ------
    KeyError
        For a page that is no lens.
    """
    lens = {lens.page: lens for lens in LENSES}[page]
    can = reads.capabilities(store)
    if can is None:  # the stage teacher is not built: the lens says so itself
        return True
    lacking = missing(can, lens.needs)
    if lacking:
        st.info(f"{lens.title} is not there for this teacher. It needs {_reasons(lacking)}.")
        links(can)
    elif left_out := _left_out(lens, can):
        st.caption(f"With this teacher: {left_out}.")
    return not lacking


def teacher_offers(store: Store) -> None:
    """Draw one line on what the teacher can do; it opens into why not, and into the lenses."""
    can = reads.capabilities(store)
    if can is None:
        return
    lacking = missing(can, Capability)
    line = f"This teacher offers: {', '.join(c for c in Capability if c in can)}"
    with st.expander(f"{line}; not: {', '.join(lacking)}" if lacking else line):
        st.markdown(
            "\n".join(f"- **No {capability}:** {WHY[capability]}." for capability in lacking)
            or "All that a lens may need."
        )
        for lens in _served():
            if without := missing(can, lens.needs):
                st.caption(f"{lens.title} is not there: it needs {' and '.join(without)}.")
            elif left_out := _left_out(lens, can):
                st.caption(f"{lens.title}: {left_out}.")
        links(can)


def lacking_words(store: Store) -> str | None:
    """Return one line on what the teacher cannot do; None where it can do all."""
    can = reads.capabilities(store)
    lacking = () if can is None else missing(can, Capability)
    return f"This teacher offers no {', no '.join(lacking)}" if lacking else None


def links(can: Collection[Capability]) -> None:
    """Draw a link to every lens that is served and that a teacher which `can` do this has."""
    pages = st.session_state.get(SERVED, {})
    here = travel.words()  # the view travels along
    with st.container(horizontal=True, gap="small"):
        for lens in _served():
            if not missing(can, lens.needs):
                st.page_link(pages[lens.page], label=lens.title, query_params=here)


def _served() -> list[Lens]:
    pages = st.session_state.get(SERVED, {})
    return [lens for lens in LENSES if lens.page in pages]


def _reasons(lacking: Iterable[Capability]) -> str:
    return "; and it needs ".join(f"{capability}, but {WHY[capability]}" for capability in lacking)


def _left_out(lens: Lens, can: Collection[Capability]) -> str:
    return ", ".join(words for capability, words in lens.wants if capability not in can)
