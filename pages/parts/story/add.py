"""*Add this view to a story*: in the bar of every page, beside the menu."""

import streamlit as st

from core.store.stories import HEADLINE, MOST_STEPS, TEXT, Step, Story, story_name
from pages.parts.literal import literal
from pages.parts.reads import chosen_study
from pages.parts.story.known import PAGES, free_name, mine, put_mine
from pages.parts.story.present import OVERVIEW

NEW = ""
_SAID = "darkroom.story_said"
# Streamlit has no place for a page's own buttons in its bar; links that do not fit are folded.
_STYLE = """<style>
[data-testid="stTopNav"] {max-width: calc(100vw - 16rem); margin-right: auto;}
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
        st.selectbox(
            "Story",
            [*stories, NEW],
            key="w_story",
            format_func=lambda file: literal(stories[file].title) if file else "A new story",
        )
        st.text_input("Headline", key="w_story_headline", max_chars=HEADLINE)
        st.text_area("A few sentences, in Markdown", key="w_story_text", max_chars=TEXT)
        st.button("Add", key="w_story_add", on_click=_add, args=(study, name))
        st.caption("Stories are read, ordered, presented and downloaded on the page Stories.")


def _add(study: str, page: str) -> None:
    """Add the view that stands in the address; a callback, so it is the one just seen."""
    state = st.session_state
    file = state["w_story"] or NEW
    headline = (state["w_story_headline"] or "").strip() or PAGES[page]
    story = mine().get(file)
    if story is None:
        file = free_name(story_name(headline))
        story = Story(headline, study, ())
    if len(story.steps) >= MOST_STEPS:
        state[_SAID] = f"A story has at most {MOST_STEPS} steps"
        return
    view = {word: value for word, value in st.query_params.to_dict().items() if word != "study"}
    step = Step(page, headline, (state["w_story_text"] or "").strip(), view)
    put_mine(file, Story(story.title, study, (*story.steps, step)))
    state["w_story"], state["w_story_headline"], state["w_story_text"] = file, "", ""
    state[_SAID] = f"Step {len(story.steps) + 1} of {story.title}"
