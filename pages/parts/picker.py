"""The study picker in the header: every study of the store, and the earlier runs of the open one.

What is chosen stays chosen where it means the same: an image becomes its counterpart.
"""

import streamlit as st

from core.store import Store, StoreError, studies
from pages.parts import choose, kin
from pages.parts.earlier import WORD, finished_words, run_of
from pages.parts.literal import shortened
from pages.parts.runs import earlier, open_store, store_root

KEY = "w_study"
WIDTH = 165


def study_picker(store: Store) -> None:
    """Draw the box to open another study or an earlier run; nothing where there is no other."""
    runs = [one for one in earlier(store.study) if one.run.stages]
    known = studies(store_root())
    if len(known) < 2 and not runs:
        return
    words: dict[tuple[str, str | None], str] = {(name, None): name for name in known}
    for one in runs:
        words[store.study, one.name] = f"↳ {finished_words(one.run)[:16]}"  # to the minute
    order = [pair for name in known for pair in words if pair[0] == name]
    here = (store.study, run_of(store))
    st.session_state[KEY] = here if here in words else (store.study, None)
    st.selectbox(
        "Study",
        order,
        key=KEY,
        format_func=lambda pair: shortened(words[pair], 60),
        label_visibility="collapsed",
        width=WIDTH,
        on_change=_open,
        args=(store,),
        help="Opens another study of this store, or an earlier run; the picked image stays picked "
        "if the other one holds it",
    )


def opening(store: Store, study: str, run: str | None = None) -> dict[str, str]:
    """Return the words with which another study or run opens: those of the view that hold there.

    A study that cannot be read opens without any, and says what is wrong with it.
    """
    try:
        return kin.translated(st.query_params.to_dict(), store, open_store(study, run))
    except StoreError:
        return {"study": study} | ({} if run is None else {WORD: run})


def _open(store: Store) -> None:
    study, run = st.session_state[KEY]
    choose.put_all(opening(store, study, run))
