"""One story on the page Stories: its steps to read, or to order, word and remove."""

from dataclasses import replace

import streamlit as st

from core.store import Store, StoreError
from core.store.stories import HEADLINE, TEXT, TITLE, Step, story_name, written_story
from core.store.story_shelf import delete_story, save_story
from pages.parts import choose
from pages.parts.editing import WHY_NOT, editable
from pages.parts.literal import literal
from pages.parts.needs import SERVED
from pages.parts.story.known import (
    ORIGIN_WORDS,
    PAGES,
    Told,
    drop_mine,
    free_name,
    mine,
    moved,
    put_mine,
    with_step,
)
from pages.parts.story.present import address, page_of
from pages.parts.story.prose import inline, prose
from pages.parts.story.words import query, told


def read_only(store: Store, shown: Told) -> None:
    """Draw a story that is only read: headlines and texts with the store's figures in them."""
    st.markdown(f"#### {literal(shown.story.title)}")
    with st.container(horizontal=True, vertical_alignment="center"):
        _present(store, shown)
        st.button("Edit a copy", key="w_story_copy", on_click=_copy, args=(shown,))
        _download(shown)
        if shown.origin == "kept":
            st.button(
                "Delete from the store",
                key="w_story_delete",
                on_click=_delete,
                args=(store, shown),
                disabled=not editable(),
                help=None if editable() else WHY_NOT,
            )
        st.caption(ORIGIN_WORDS[shown.origin])
    for number, step in enumerate(shown.story.steps):
        with st.container(border=True, gap="xsmall"):
            st.html(
                f"<b>{number + 1}. {inline(told(store, step.headline))}</b>"
                f"{prose(told(store, step.text))}"
            )
            _open(store, step, number)


def editor(store: Store, shown: Told) -> None:
    """Draw a story of this session: every word of it can be changed, and the order of steps."""
    st.text_input(
        "Title",
        value=shown.story.title,
        key=f"w_story_title_{shown.file}",
        max_chars=TITLE,
        on_change=_retitle,
        args=(shown.file,),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        if shown.story.steps:
            _present(store, shown)
            _download(shown)
            st.button(
                "Save into the store",
                key="w_story_save",
                on_click=_save,
                args=(store, shown.file),
                disabled=not editable(),
                help=None if editable() else WHY_NOT,
            )
        st.button("Discard", key="w_story_discard", on_click=_discard, args=(shown.file,))
    for number, step in enumerate(shown.story.steps):
        _step(store, shown, number, step)


def _step(store: Store, shown: Told, number: int, step: Step) -> None:
    file, last = shown.file, len(shown.story.steps) - 1
    with st.container(border=True, gap="xsmall"):
        # A key of its own for each wording: after a move the fields hold what now stands there.
        mark = f"{file}_{number}_{abs(hash((step.headline, step.text)))}"
        st.text_input(
            f"Headline of step {number + 1}",
            value=step.headline,
            key=f"w_head_{mark}",
            max_chars=HEADLINE,
            on_change=_word,
            args=(file, number, f"w_head_{mark}", "headline"),
        )
        st.text_area(
            "A few sentences, in Markdown",
            value=step.text,
            key=f"w_text_{mark}",
            max_chars=TEXT,
            height=90,
            on_change=_word,
            args=(file, number, f"w_text_{mark}", "text"),
        )
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            for words, by in (("Up", -1), ("Down", 1)):
                st.button(
                    words,
                    key=f"w_{words.lower()}_{number}",
                    on_click=_move,
                    args=(file, number, by),
                    disabled=number == (0 if by < 0 else last),
                )
            st.button("Remove", key=f"w_remove_{number}", on_click=_remove, args=(file, number))
            _open(store, step, number)


def _present(store: Store, shown: Told) -> None:
    pages = st.session_state.get(SERVED, {})
    first = page_of(shown.story.steps[0], pages)
    if first is not None:
        st.page_link(
            first,
            label="Present",
            icon=":material/slideshow:",
            query_params=address(store, shown, 0),
        )


def _open(store: Store, step: Step, number: int) -> None:
    words, missing = query(store, step)
    page = page_of(step, st.session_state.get(SERVED, {}))
    title = PAGES.get(step.page, step.page)
    said = ", ".join(f"{word} {value}" for word, value in step.view.items())
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if page is None:
            st.caption(f"This dashboard has no page {literal(step.page)}")
        else:
            st.page_link(page, label=f"Open on {title}", query_params=words)
        st.caption(literal("; ".join([said[:200], *missing])))


def _download(shown: Told) -> None:
    st.download_button(
        "TOML",
        written_story(shown.story),
        f"{shown.file}.toml",
        "application/toml",
        on_click="ignore",
        icon=":material/download:",
        key="w_story_toml",
    )


def _copy(shown: Told) -> None:
    name = free_name(shown.file)
    put_mine(name, shown.story)
    choose.put("story", f"mine~{name}")


def _retitle(file: str) -> None:
    title = (st.session_state[f"w_story_title_{file}"] or "").strip()
    if title:
        put_mine(file, replace(mine()[file], title=title))


def _word(file: str, number: int, key: str, field: str) -> None:
    text = (st.session_state[key] or "").strip()
    story = mine()[file]
    if text or field == "text":
        step = replace(story.steps[number], **{field: text})
        put_mine(file, with_step(story, number, step))


def _move(file: str, number: int, by: int) -> None:
    put_mine(file, moved(mine()[file], number, by))


def _remove(file: str, number: int) -> None:
    put_mine(file, with_step(mine()[file], number, None))


def _discard(file: str) -> None:
    drop_mine(file)
    choose.put("story", None)


def _save(store: Store, file: str) -> None:
    if not editable():
        choose.complain(WHY_NOT)
        return
    story = mine()[file]
    try:
        save_story(store.root, story_name(story.title), story)
    except StoreError as error:
        choose.complain(str(error))
        return
    drop_mine(file)
    choose.put("story", f"kept~{story_name(story.title)}")


def _delete(store: Store, shown: Told) -> None:
    if not editable():
        choose.complain(WHY_NOT)
        return
    try:
        delete_story(store.root, store.study, shown.file)
    except StoreError as error:
        choose.complain(str(error))
    choose.put("story", None)
