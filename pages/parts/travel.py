"""The view travels: what is chosen on one page stands on the next one too, and in its URL.

Streamlit's bar of pages opens a page without parameters. So each session keeps the words that all
pages share, and for each page those that are its own; a page that opens without any gets them back,
even where it seems to be open already: a run that a quick click ended never came to its page. Only
the way back to an address without words brings none, for there nothing had been chosen. A page that
opens with some, by a link of a page or from outside, keeps what its link says.
"""

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.parts.literal import shortened

SHARED = (
    "study", "run", "split", "sample", "sample2", "class", "epoch", "layer", "color", "projection",
    "rule",
)  # fmt: skip
"""The words of a view; every other word in a URL belongs to one page alone."""

_PAGE = "darkroom.page"
_VIEW = "darkroom.view"
_OWN = "darkroom.own_words"
_BROUGHT = "darkroom.brought"


def arrive(page: str) -> None:
    """Give a page that opens without a view the one of the page before; call it before the page.

    Parameters
    ----------
    page
        The last word of the page's address.
    """
    before, here = st.session_state.get(_PAGE), st.query_params.to_dict()
    changed = before is not None and before != page
    if not here and (changed or not _went_back()):
        here = carried(page)
    if before is not None:  # also where nothing is new: after quick clicks the URL may lack it
        st.query_params.from_dict(here)
    brought = _shared(here) if changed else st.session_state.get(_BROUGHT, {})
    st.session_state[_BROUGHT] = {
        word: value for word, value in brought.items() if here.get(word) == value
    }
    st.session_state[_PAGE] = page
    keep(page)


def keep(page: str) -> None:
    """Remember the view that stands in the URL of `page`; call it when the page is drawn, too."""
    here = st.query_params.to_dict()
    view = _shared(here)
    own = dict(st.session_state.get(_OWN, {}))
    own[view.get("study"), page] = {w: value for w, value in here.items() if w not in SHARED}
    st.session_state[_VIEW], st.session_state[_OWN] = view, own


def carried(page: str) -> dict[str, str]:
    """Return the words with which a page opens in this session: the view's, and its own ones."""
    view = st.session_state.get(_VIEW, {})
    return {**view, **st.session_state.get(_OWN, {}).get((view.get("study"), page), {})}


def here() -> str | None:
    """Return the page that is open, as its address writes it; None outside the router."""
    return st.session_state.get(_PAGE)


def words(**chosen: object) -> dict[str, str]:
    """Return the URL's shared words for a link to another page, with `chosen` in their place.

    A word that Python keeps for itself is written with an underscore behind, `class_`; None takes
    a word out.
    """
    found: dict[str, object] = dict(_shared(st.query_params.to_dict()))
    found.update({word.rstrip("_"): value for word, value in chosen.items()})
    return {word: str(value) for word, value in found.items() if value is not None}


def heard(lines: Sequence[str]) -> list[str]:
    """Return the complaints about the URL without those about words that another page brought."""
    brought = st.session_state.get(_BROUGHT, {})
    openings = tuple(
        f"Ignored {word}={shortened(value, 40)} in the address:" for word, value in brought.items()
    )
    if "rule" in brought:
        openings = (*openings, "Ignored the selection in the address:")
    return [line for line in lines if not line.startswith(openings)]


def rewritten() -> None:
    """Remember the view after a callback has written it: an empty one is meant, then."""
    if (page := here()) is not None:
        keep(page)


def _went_back() -> bool:
    """Return whether the browser's back or forward has started this run."""
    return getattr(get_script_run_ctx(), "is_history_navigation", False)


def _shared(parameters: Mapping[str, str]) -> dict[str, str]:
    return {word: parameters[word] for word in SHARED if word in parameters}
