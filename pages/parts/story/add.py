"""*Add this view to a story*: in the bar of every page, beside the menu."""

import streamlit as st

from core.store.stories import HEADLINE, MOST_STEPS, TEXT, Step, Story, story_name
from pages.parts.literal import literal
from pages.parts.reads import chosen_study
from pages.parts.story.known import PAGES, free_name, mine, put_mine
from pages.parts.story.present import OVERVIEW

NEW = ""
_SAID = "darkroom.story_said"
_FORM = "darkroom.story_form"  # how many forms this session has filled in, and the last one's story
# Streamlit has no place for a page's own buttons in its bar; links that do not fit are folded.
_STYLE = """<style>
[data-testid="stTopNav"] {max-width: calc(100vw - 16rem); margin-right: auto;}
:has(> .st-key-story_add) {position: absolute;}
.st-key-story_add {position: fixed; top: 0.55rem; right: 6.5rem; z-index: 999991; width: auto;}
</style>"""


def add_to_story(page: str) -> None:
    """Draw the button that puts the open page's view into a story of this session.

    Parameters
    ----------
    page
        The last word of the page's address.
    """
    study = chosen_study()
    name = page or OVERVIEW
    if study is None or name not in PAGES:
        return
    if said := st.session_state.pop(_SAID, None):
        st.toast(literal(said))
    stories = {file: story for file, story in mine().items() if story.study == study}
    st.html(_STYLE)
    with (
        st.container(key="story_add"),
        st.popover("Add to a story", icon=":material/add_to_queue:", type="tertiary"),
    ):
        st.markdown("**Add this view to a story**")
        # A new form for each step: what a callback writes into a field is lost where the reader has
        # closed the menu before the answer came, for then the field is not there to take it.
        form, last = st.session_state.get(_FORM, (0, NEW))
        choices = [*stories, NEW]
        st.selectbox(
            "Story",
            choices,
            index=choices.index(last) if last in choices else 0,
            key=f"w_story_{form}",
            format_func=lambda file: literal(stories[file].title) if file else "A new story",
        )
        st.text_input("Headline", key=f"w_story_headline_{form}", max_chars=HEADLINE)
        st.text_area("A few sentences, in Markdown", key=f"w_story_text_{form}", max_chars=TEXT)
        st.button("Add", key="w_story_add", on_click=_add, args=(study, name, form))
        st.caption("Stories are read, ordered, presented and downloaded on the page Stories.")


def _add(study: str, page: str, form: int) -> None:
    """Add the view that stands in the address; a callback, so it is the one just seen."""
    state = st.session_state
    file = state[f"w_story_{form}"] or NEW
    headline = (state[f"w_story_headline_{form}"] or "").strip() or PAGES[page]
    story = mine().get(file)
    if story is None:
        file = free_name(story_name(headline))
        story = Story(headline, study, ())
    if len(story.steps) >= MOST_STEPS:
        state[_SAID] = f"A story has at most {MOST_STEPS} steps"
        return
    view = {word: value for word, value in st.query_params.to_dict().items() if word != "study"}
    step = Step(page, headline, (state[f"w_story_text_{form}"] or "").strip(), view)
    put_mine(file, Story(story.title, study, (*story.steps, step)))
    state[_FORM] = form + 1, file
    state[_SAID] = f"Step {len(story.steps) + 1} of {story.title}"
