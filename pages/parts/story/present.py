"""Present mode: one step a screen, large type, no controls; the step shows the page's real view.

The address is that of the step's own page with two words more, `story` and `step`, so a step is
a link as well. The router asks `asked` first and lets `present` draw the page.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

import streamlit as st
from streamlit.navigation.page import Page

from core.store import Store, StoreError
from core.store.stories import Step
from pages.components.keys import Move, keys, pressed
from pages.parts.reads import chosen_study, open_store
from pages.parts.story.known import Told, stories_of
from pages.parts.story.prose import inline, prose
from pages.parts.story.words import query, told

KEYS = "present_keys"
OVERVIEW = "overview"
"""The Overview's word in a story; its address has none, since the dashboard opens on it."""

_CONTROLS = ", ".join(
    f'[data-testid="{test_id}"]'
    for test_id in (
        "stButton", "stDownloadButton", "stSelectbox", "stButtonGroup", "stPopover", "stTextInput",
        "stTextArea", "stNumberInput", "stSlider", "stSelectSlider", "stCheckbox", "stRadio",
        "stFileUploader", "stPageLink", "stExpander", "stMultiSelect", "stPills",
    )
)  # fmt: skip
# A row in which nothing but controls stands goes as a whole: it would leave its gap behind.
_STYLE = f"""<style>
.stApp :is({_CONTROLS}, [data-testid="stHeader"], [data-testid="stToolbar"]),
.stApp :is(.darkroom-head, .st-key-open_in, .st-key-picked_id),
.stApp [data-testid="stElementContainer"]:has(> :is({_CONTROLS}), .darkroom-head),
.st-key-present_view [data-testid="stLayoutWrapper"]:not(:has([data-testid="stElementContainer"]
  > :not({_CONTROLS}))) {{display: none;}}
.stApp [data-testid="stMainBlockContainer"] {{padding: 0 2.2rem 0.5rem 2.2rem; max-width: none;}}
.st-key-present_view > [data-testid="stLayoutWrapper"]:has(.darkroom-head) {{display: none;}}
.st-key-present_view {{gap: 0.6rem; margin-top: -1rem;}}
.st-key-present_view .darkroom-picked {{flex-wrap: wrap;}}
.st-key-present_view .darkroom-picked dl {{flex: 1 1 9rem;}}
.st-key-present_head {{padding-top: 1.1rem;}}
.darkroom-step {{display: grid; grid-template-columns: 1fr auto; column-gap: 2rem;
  align-items: baseline; border-bottom: 2px solid currentColor; padding-bottom: 0.5rem;}}
.darkroom-step h1 {{font-size: clamp(1.5rem, 2.5vw, 3.2rem); line-height: 1.15; padding: 0;
  margin: 0; font-weight: 650;}}
.darkroom-step .at {{font-size: clamp(0.9rem, 1.1vw, 1.5rem); opacity: 0.75;
  font-variant-numeric: tabular-nums; white-space: nowrap;}}
.darkroom-step .said {{grid-column: 1 / -1; font-size: clamp(1.05rem, 1.5vw, 1.9rem);
  line-height: 1.35; max-width: 100ch;}}
.darkroom-step .said p, .darkroom-step .said ul {{margin: 0.35rem 0 0 0;}}
</style>"""


@dataclass(frozen=True)
class Shown:
    """A step that is presented; `number` counts from 0."""

    store: Store
    told: Told
    number: int

    @property
    def step(self) -> Step:
        """The step itself."""
        return self.told.story.steps[self.number]


def asked() -> Shown | None:
    """Return the step that the address asks to present; None for every other address."""
    name, number = st.query_params.get("story"), st.query_params.get("step", "")
    study = chosen_study() if name and number.isascii() and number.isdigit() else None
    if study is None:
        return None
    try:
        store = open_store(study)
        found = {told.name: told for told in stories_of(store)[0]}.get(name or "")
    except StoreError:
        return None  # the page itself says what is wrong with the store
    if found is None or not 1 <= int(number[:4]) <= len(found.story.steps):
        return None
    return Shown(store, found, int(number) - 1)


def present(shown: Shown, draw: Callable[[], None], pages: Mapping[str, Page]) -> None:
    """Draw the step: its headline and text above what `draw` draws; or go where a key says."""
    move = pressed(KEYS)
    if move is not None:
        _go(shown, move, pages)
    from pages.parts.deepvid.explain import AUTO  # heavy, and only those who present need it

    st.session_state[AUTO] = True  # a step shows its picture without a click
    steps = shown.told.story.steps
    _, missing = query(shown.store, shown.step)
    st.html(_STYLE)
    with st.container(key="present_head"):
        st.html(
            f'<div class="darkroom-step"><h1>{inline(told(shown.store, shown.step.headline))}</h1>'
            f'<span class="at">{shown.number + 1} of {len(steps)}</span>'
            f'<div class="said">{prose(told(shown.store, shown.step.text))}'
            f"{''.join(f'<p>{escape(line)}.</p>' for line in missing)}</div></div>"
        )
        keys(KEYS)
    with st.container(key="present_view"):
        draw()


def address(store: Store, told_: Told, number: int) -> dict[str, str]:
    """Return the words of the address at which step `number`, from 0, is presented."""
    words, _ = query(store, told_.story.steps[number])
    return {**words, "story": told_.name, "step": str(number + 1)}


def page_of(step: Step, pages: Mapping[str, Page]) -> Page | None:
    """Return the served page of a step; None where this dashboard has none of that name."""
    return pages.get("" if step.page == OVERVIEW else step.page)


def _go(shown: Shown, move: Move, pages: Mapping[str, Page]) -> None:
    last = len(shown.told.story.steps) - 1
    if move == "leave":
        words = {"study": shown.store.study, "story": shown.told.name}
        st.switch_page(pages["stories"], query_params=words)
    to = {
        "next": min(shown.number + 1, last),
        "previous": max(shown.number - 1, 0),
        "first": 0,
        "last": last,
    }[move]
    page = page_of(shown.told.story.steps[to], pages)
    if to != shown.number and page is not None:
        st.switch_page(page, query_params=address(shown.store, shown.told, to))
