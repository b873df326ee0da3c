"""The controls of the Compare page: the two teachers, the split, the map, the panel."""

import streamlit as st

from core.store import Store, StoreError, epoch_label, studies
from pages.parts import choose, kin, reads
from pages.parts.compare.asked import WHOSE, Asked, Second, Whose
from pages.parts.compare.pair import Pair
from pages.parts.controls import jump, split_switch
from pages.parts.earlier import WORD, finished_words, run_of
from pages.parts.literal import shortened
from pages.parts.runs import earlier, open_store, store_root
from pages.parts.scene import Scene
from pages.parts.wording import epoch_words, method_words

SECOND, EPOCH_2 = "w_study2", "w_epoch2"


def choices(store: Store) -> tuple[list[Second], tuple[str, ...]]:
    """Return what can stand second, the default first, and the studies that could not be read.

    Other studies of the same data come first, then the study itself at another checkpoint, then
    its other runs on the same data.
    """
    found = kin.relatives(store)
    options = [Second(name) for name in found.studies]
    epochs = store.epochs() if store.has("predictions") else []
    own = run_of(store)
    if len(epochs) > 1:
        options.append(Second(store.study, own))
    if own is not None and _same_data(store, None):
        options.append(Second(store.study))
    options += [
        Second(store.study, one.name)
        for one in earlier(store.study)
        if one.name != own and _same_data(store, one.name)
    ]
    with_answers = [one for one in options if _answers(one)]
    return with_answers, found.unread


def default_epochs(store: Store, at: float, second: Store) -> float:
    """Return the checkpoint of the second teacher: its last, or another one of the same run."""
    epochs = second.epochs()
    if (second.study, second.fingerprint) == (store.study, store.fingerprint) and at == epochs[-1]:
        return epochs[len(epochs) // 2 - 1]
    return epochs[-1]


def sides_row(seen: Scene, options: list[Second], chosen: Second, pair: Pair | None) -> None:
    """Draw the boxes that choose the two teachers."""
    words = {one: _second_words(seen.store, one) for one in options}
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        if pair is not None:
            st.session_state["w_epoch"] = pair.first.epoch
            st.selectbox(
                "Checkpoint of the first", seen.epochs, key="w_epoch",
                format_func=lambda epoch: epoch_words(epoch, seen.epochs).capitalize(),
                label_visibility="collapsed", width=150,
                on_change=_put_epoch, args=(seen.epochs[-1],),
            )  # fmt: skip
        st.markdown("against", width="content")
        st.session_state[SECOND] = chosen
        st.selectbox(
            "Against", options, key=SECOND, format_func=words.__getitem__,
            label_visibility="collapsed", width=250, on_change=_put_second, args=(seen.store,),
            help="Studies of the same data, another checkpoint, or an earlier run",
        )  # fmt: skip
        if pair is None:
            return
        epochs = pair.second.store.epochs()
        st.session_state[EPOCH_2] = pair.second.epoch
        st.selectbox(
            "Checkpoint of the second", epochs, key=EPOCH_2,
            format_func=lambda epoch: epoch_words(epoch, epochs).capitalize(),
            label_visibility="collapsed", width=150, on_change=_put_epoch_2,
        )  # fmt: skip
        st.button(
            "", icon=":material/swap_horiz:", key="w_swap", on_click=_swap, args=(pair,),
            help="First and second change places",
        )  # fmt: skip


def view_row(seen: Scene, wish: Asked, pair: Pair) -> None:
    """Draw the split, whose map, which projection, and the way to one image."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        split_switch(seen)
        st.session_state["w_on"] = wish.on
        names: dict[Whose, str] = {
            "first": f"Map of {pair.first.name}",
            "second": f"Map of {pair.second.name}",
            "both": "Both maps",
        }
        st.segmented_control(
            "Map", WHOSE, key="w_on", required=True, format_func=names.__getitem__,
            label_visibility="collapsed", on_change=choose.put_widget, args=("on", "w_on", "first"),
        )  # fmt: skip
        methods = list(dict.fromkeys([*seen.methods, *reads.methods(pair.second.store)]))
        if methods:
            st.session_state["w_projection"] = projection(seen)
            st.selectbox(
                "Projection", methods, key="w_projection", format_func=method_words,
                label_visibility="collapsed", width=200,
                on_change=choose.put_widget, args=("projection", "w_projection"),
            )  # fmt: skip
        jump(seen)


def projection(seen: Scene) -> str:
    """Return the projection that the URL asks for; a study that lacks it shows its own first."""
    wish = st.query_params.get("projection")
    return wish if wish in seen.methods else seen.view.projection


def _same_data(store: Store, run: str | None) -> bool:
    try:
        return kin.kin(store, open_store(store.study, run)) is not None
    except StoreError:
        return False


def _answers(one: Second) -> bool:
    try:
        return one.study in studies(store_root()) and bool(
            open_store(one.study, one.run).epochs("predictions")
        )
    except StoreError:
        return False


def _second_words(store: Store, one: Second) -> str:
    if one.study != store.study:
        return shortened(one.study, 60)
    if one.run == run_of(store):
        return "another checkpoint"
    if one.run is None:
        return "the published run"
    kept = next((e.run for e in earlier(one.study) if e.name == one.run), None)
    return f"run of {finished_words(kept)}" if kept is not None else one.run


def _put_epoch(last: float) -> None:
    epoch = st.session_state["w_epoch"]
    choose.put("epoch", None if epoch == last else epoch_label(epoch))


def _put_second(store: Store) -> None:
    one: Second = st.session_state[SECOND]
    choose.put("study2", one.study)
    choose.put("run2", one.run)
    choose.put("epoch2", None)


def _put_epoch_2() -> None:
    choose.put("epoch2", epoch_label(st.session_state[EPOCH_2]))


def _swap(pair: Pair) -> None:
    here = st.query_params.to_dict()
    words = kin.translated(here, pair.first.store, pair.second.store)
    words |= {word: here[word] for word in ("on", "look") if word in here}
    words |= {"epoch": epoch_label(pair.second.epoch), "epoch2": epoch_label(pair.first.epoch)}
    words |= {"study2": pair.first.store.study}
    run = run_of(pair.first.store)
    words |= {} if run is None else {"run2": run}
    if (cell := here.get("cell")) is not None:
        words["cell"] = {"first": "second", "second": "first"}.get(cell, cell)
    choose.put_all(words)


__all__ = ["WORD", "choices", "default_epochs", "projection", "sides_row", "view_row"]
