"""Earlier runs of a study: the URL's `run=NAME` opens one, and every page says so."""

import streamlit as st

from core.store import Run, Store, StoreError, current_fingerprint
from pages.parts import choose
from pages.parts.literal import literal, shortened
from pages.parts.runs import earlier, open_store, store_root
from pages.parts.settings_beside import settings_beside

WORD = "run"


def opened(study: str) -> Store:
    """Return the store of the run that the URL asks for, and draw a banner if it is an earlier one.

    A run that the study does not keep is said to be ignored, and the published one opens.

    Raises
    ------
    StoreError
        As `Store` does.
    """
    name = st.query_params.get(WORD)
    if name is None:
        return open_store(study)
    published = current_fingerprint(store_root(), study)
    if name not in [one.name for one in earlier(study)]:
        if name != published:
            st.warning(
                literal(
                    f"Ignored run={shortened(name, 40)} in the address: study {study} keeps no "
                    "such earlier run; `clean` may have removed it."
                )
            )
        return open_store(study)
    store = open_store(study, name)
    _banner(store)
    return store


def run_of(store: Store) -> str | None:
    """Return the name of the earlier run that a store is of; None for the published one."""
    published = current_fingerprint(store_root(), store.study)
    return None if store.fingerprint == published else store.fingerprint


def named(store: Store) -> dict[str, str]:
    """Return the words of the URL that open a store: its study, and its run if it is earlier."""
    run = run_of(store)
    return {"study": store.study} | ({} if run is None else {WORD: run})


def finished_words(run: Run) -> str:
    """Return when a run was finished, in UTC."""
    return shortened(run.finished.replace("T", " ").removesuffix("+00:00"), 40)


def _banner(store: Store) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="earlier_run"):
        st.warning(
            f"**An earlier run** of study {literal(store.study)}, finished "
            f"{literal(finished_words(store.run))} UTC. A later build has replaced it.",
            icon=":material/history:",
        )
        with st.popover("What differs", icon=":material/compare_arrows:"):
            try:
                now = open_store(store.study).run
                settings_beside(store.run, now, ("this run", "published run"), "earlier")
            except StoreError as error:
                st.error(literal(error))
        st.button(
            "Back to the published run",
            key="w_published",
            on_click=choose.put,
            args=(WORD, None),
        )
