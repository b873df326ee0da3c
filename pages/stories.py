"""The Stories page: walks through the study, to read, present, edit and take away."""

import streamlit as st

from core.store import Store
from core.store.stories import MOST_BYTES, StoryError, parsed_story, story_name
from pages.parts import choose
from pages.parts.empty import say
from pages.parts.frame import framed
from pages.parts.header import beside_figures
from pages.parts.literal import literal
from pages.parts.provenance import provenance
from pages.parts.reads import ignored_study
from pages.parts.story.editor import editor, read_only
from pages.parts.story.known import (
    ORIGIN_WORDS,
    PAGES,
    Told,
    free_name,
    put_mine,
    stories_of,
)

GUIDE = """
**What you see.** A story is a walk through this study: each step is a saved view of a page with a
headline and a few sentences. Stories come with Darkroom, lie in the store, or are made here.

**How to use it.** *Add to a story*, in the bar of every page, takes the view that is open. Here
steps are put in order, worded and removed; *Present* shows one step a screen: the right and left
arrow keys go on and back, Escape leaves. What you make stays in this session until you download it
as a TOML file, or save it where the dashboard was started with `serve --edit`. `python -m
precompute export STUDY OUT.html --story FILE` makes one offline file of it.

**What it cannot tell.** A step keeps the view, not the pictures: built anew, the study may show
something else there. A figure written as `{teacher/accuracy/teacher/test}` (view, metric, method,
split) is read from the store each time; any other number is only as true as its author.
"""


def draw(store: Store) -> None:
    """Draw the stories of one study."""
    stories, complaints = stories_of(store)
    wish = st.query_params.get("story")
    found = {told.name: told for told in stories}
    lines = [ignored_study(), choose.complaint(), *complaints]
    if wish is not None and wish not in found:
        lines.append(f"Ignored story={literal(wish[:40])} in the address: there is none such here.")
    title = store.settings.get("title") or store.study
    st.markdown(f"### Stories of {literal(title)}")
    beside_figures(store)
    say([line for line in lines if line])
    left, right = st.columns([0.32, 0.68], gap="large")
    with left:
        for told in stories:
            entry(told)
        if not stories:
            st.info(
                "No story of this study yet: open a page, choose a view, and add it by "
                "*Add to a story* in the bar above."
            )
        bring(store)
    chosen = found.get(wish or "", stories[0] if stories else None)
    with right:
        if chosen is not None and chosen.origin == "mine":
            editor(store, chosen)
        elif chosen is not None:
            read_only(store, chosen)
    with st.expander("How to use this page"):
        st.markdown(GUIDE)
    provenance(store, [("dataset", None)])


def entry(told: Told) -> None:
    """Draw one story of the list; a click opens it."""
    steps = len(told.story.steps)
    counted = f"{steps} step" if steps == 1 else f"{steps} steps"
    whose = {"mine": " · yours", "kept": " · in the store", "shipped": ""}[told.origin]
    st.button(
        f"{literal(told.story.title)} · {counted}{whose}",
        key=f"w_open_{told.name}",
        help=ORIGIN_WORDS[told.origin],
        on_click=choose.put,
        args=("story", told.name),
        width="stretch",
    )


def bring(store: Store) -> None:
    """Draw the door for a story from a file."""
    st.file_uploader(
        "Open a story from a TOML file",
        type="toml",
        key="w_story_file",
        max_upload_size=1,  # megabyte
        on_change=_bring,
        args=(store,),
    )


def _bring(store: Store) -> None:
    file = st.session_state["w_story_file"]
    if file is None:
        return
    try:
        story = parsed_story(file.read(MOST_BYTES + 1), file.name, PAGES)
    except StoryError as error:
        choose.complain(str(error))
        return
    if story.study != store.study:
        choose.complain(f"{file.name} is a story of {story.study}, not of {store.study}")
        return
    name = free_name(story_name(story.title))
    put_mine(name, story)
    choose.put("story", f"mine~{name}")


framed(draw, images=False)
