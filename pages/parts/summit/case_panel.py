"""The panel of case studies: each opens a saved view, with what the paper saw and what is here."""

import streamlit as st

from pages.parts import choose
from pages.parts.literal import literal
from pages.parts.summit.cases import CASES
from pages.parts.summit.seen import Seen

WORDS = ("class", "class2", "with", "layer")


def case_panel(seen: Seen) -> None:
    """Draw the choice of cases, and what is said of the one that is open."""
    fitting = [
        number for number, case in enumerate(CASES) if case.fits(seen.names, seen.outline.classes)
    ]
    st.session_state["w_case"] = seen.wish.case
    st.pills(
        "Case study",
        fitting,
        key="w_case",
        format_func=lambda number: CASES[number].title,
        label_visibility="collapsed",
        on_change=_open,
    )
    if seen.wish.case not in fitting or seen.wish.case is None:
        st.caption("Case studies of the paper on these classes: each opens the view it is about.")
        return
    case = CASES[seen.wish.case]
    st.markdown(
        f"**The paper** ({case.where}): {literal(case.paper)}  \n"
        f"**The data**: {literal(case.shows(seen.store, seen.names))}"
    )


def _open() -> None:
    number = st.session_state["w_case"]
    for word in (*WORDS, "pin", "least", "motif"):
        choose.put(word, None)
    choose.put("case", number)
