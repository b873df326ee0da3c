"""The selection: what it is in words, what can be done with it, and its images."""

import io
from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from core.store import StoreError
from pages.parts import choose
from pages.parts.editing import WHY_NOT, editable
from pages.parts.images import size_switch
from pages.parts.literal import literal
from pages.parts.scene import Scene
from pages.parts.selection import Saved
from pages.parts.wording import rule_words, split_words


def selection_line(scene: Scene) -> None:
    """Say what is selected and out of how many; undo, clear, keep, take away."""
    words = literal(rule_words(scene.view.rule, scene.names))
    whole = split_words(scene.view.split, len(scene.shown))
    said, tools = st.columns([0.4, 0.6], vertical_alignment="center")
    with said:
        if scene.view.rule is None:
            st.markdown(f"**All {whole}**")
        else:
            st.markdown(f"**{words}** · {len(scene.members):,} of {whole}")
    with (
        tools,
        st.container(
            horizontal=True,
            horizontal_alignment="right",
            vertical_alignment="center",
            gap="xxsmall",
        ),
    ):
        size_switch()
        st.button(
            "",
            icon=":material/undo:",
            key="w_undo",
            help="Back to the selection before",
            disabled=not choose.earlier(),
            on_click=choose.undo,
        )
        st.button(
            "",
            icon=":material/close:",
            key="w_clear",
            help="Clear the selection",
            disabled=scene.view.rule is None,
            on_click=choose.select,
            args=(None,),
        )
        with st.popover("", icon=":material/bookmark:", help="Save or download the selection"):
            _keep(scene)


def _keep(scene: Scene) -> None:
    st.text_input("Save under a name", key="w_name", max_chars=100)
    with st.container(horizontal=True):
        st.button(
            "Save",
            key="w_save",
            on_click=_save,
            args=(scene,),
            disabled=not editable(),
            help=None if editable() else WHY_NOT,
        )
        if isinstance(scene.view.rule, Saved):
            st.button(
                "Delete this one",
                key="w_delete",
                on_click=_delete,
                args=(scene,),
                disabled=not editable(),
            )
    st.caption(f"Download {split_words(scene.view.split, len(scene.members))} with predictions")
    with st.container(horizontal=True):
        for kind, write in (("CSV", _csv), ("Parquet", _parquet)):
            st.download_button(
                kind,
                lambda write=write: write(selected_table(scene)),
                f"{scene.store.study}_selection.{kind.lower()}",
                on_click="ignore",
                icon=":material/download:",
                key=f"w_download_{kind}",
            )


def selected_table(scene: Scene) -> pd.DataFrame:
    """Return the selected images with labels and predictions, in the selection's order."""
    ids, samples, answers = scene.members, scene.samples, scene.answers
    split = pd.Series(samples.is_test[ids]).map({True: "test", False: "train"})
    frame = pd.DataFrame(
        {
            "sample_id": ids.astype("int32"),
            "split": split.to_numpy(dtype=object),
            "split_id": samples.split_id[ids],
            "true": _named(scene, samples.label[ids]),
        }
    )
    if scene.evidence.flipped.any():
        was = _named(scene, samples.original[ids])
        flipped = scene.evidence.flipped[ids]
        frame["label_before_flip"] = np.where(flipped, np.array(was, dtype=object), "")
    if answers is not None:
        frame["predicted"] = _named(scene, answers.predicted[ids])
        frame["right"] = answers.predicted[ids] == samples.label[ids]
        frame["confidence"] = answers.confidence[ids]
        frame["true_probability"] = answers.true_probability[ids]
        frame["entropy"] = answers.entropy[ids]
    flags = scene.store.flags()
    notes = dict(zip(flags["sample_id"], flags["note"], strict=True))
    frame["flag"] = [notes[i] or "flagged" if i in notes else "" for i in ids.tolist()]
    return frame


def _named(scene: Scene, classes) -> list[str]:
    return [scene.names[class_] for class_ in classes]


def _csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def _save(scene: Scene) -> None:
    name = (st.session_state["w_name"] or "").strip()
    _attempt(lambda: scene.store.save_selection(name, scene.members.tolist()), Saved(name))


def _delete(scene: Scene) -> None:
    rule = scene.view.rule
    if isinstance(rule, Saved):
        _attempt(lambda: scene.store.delete_selection(rule.name), None)


def _attempt(write: Callable[[], None], then: Saved | None) -> None:
    """Write to the store's notes and select what came of it; a refusal becomes one line."""
    if not editable():
        choose.complain(WHY_NOT)
        return
    try:
        write()
    except StoreError as error:
        choose.complain(str(error))
    else:
        choose.select(then)
