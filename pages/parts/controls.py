"""The row of controls: what is shown, how it is coloured, and what to look for."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import streamlit as st

from core.store import epoch_label
from pages.parts import choose
from pages.parts.literal import plain
from pages.parts.popover import key_showing
from pages.parts.scene import Scene
from pages.parts.selection import (
    MOST_IDS,
    PRESETS,
    SPLITS,
    Found,
    Ids,
    OfClass,
    Saved,
    Split,
)
from pages.parts.view import COLORS, DEFAULT_COLOR, DEFAULT_PROJECTION, DEFAULT_SPLIT
from pages.parts.wording import (
    COLOR_WORDS,
    PRESET_WORDS,
    distinct_names,
    epoch_words,
    method_words,
)

Panel = TypeVar("Panel", bound=str)


def controls(scene: Scene) -> None:
    """Draw the controls in one row; each writes its word to the URL."""
    view = scene.view
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        split_switch(scene)
        if scene.methods:
            _set("w_projection", view.projection)
            st.selectbox(
                "Projection",
                scene.methods,
                key="w_projection",
                format_func=method_words,
                label_visibility="collapsed",
                width=200,
                on_change=choose.put_widget,
                args=("projection", "w_projection", DEFAULT_PROJECTION),
            )
        if scene.answers is not None:
            _set("w_color", view.color)
            st.selectbox(
                "Colour",
                COLORS,
                key="w_color",
                format_func=lambda color: f"Colour: {COLOR_WORDS[color]}",
                label_visibility="collapsed",
                width=255,
                on_change=choose.put_widget,
                args=("color", "w_color", DEFAULT_COLOR),
            )
            _set("w_epoch", scene.epoch)
            st.selectbox(
                "Checkpoint",
                scene.epochs,
                key="w_epoch",
                format_func=lambda epoch: epoch_words(epoch, scene.epochs).capitalize(),
                label_visibility="collapsed",
                width=140,
                on_change=_put_epoch,
                args=(scene.epochs[-1],),
            )
            presets(scene)
        jump(scene)


def split_switch(scene: Scene, default: Split = DEFAULT_SPLIT) -> None:
    """Draw the switch between training split, test split and both; a page opens on `default`."""
    _set("w_split", scene.view.split)
    st.segmented_control(
        "Split",
        SPLITS,
        key="w_split",
        required=True,
        label_visibility="collapsed",
        on_change=choose.put_split,
        args=("w_split", default),
    )


def panel_switch(
    word: str, panels: Sequence[Panel], words: Mapping[Panel, str], open_: Panel, default: Panel
) -> None:
    """Draw the switch between the panels of a page.

    Parameters
    ----------
    word
        Stands for the open panel in the URL.
    panels, words
        The panels in order, and what each is called.
    open_, default
        The one that is open, and the one that is where the URL names none.
    """
    key = f"w_{word}"
    _set(key, open_)
    st.segmented_control(
        "Panel",
        panels,
        key=key,
        required=True,
        format_func=words.__getitem__,
        label_visibility="collapsed",
        on_change=choose.put_widget,
        args=(word, key, default),
    )


def presets(scene: Scene) -> None:
    """Draw what can be looked for in the split."""
    rule = scene.view.rule
    _set("w_preset", rule.preset if isinstance(rule, Found) else None)
    st.pills(
        "Find",
        [p for p in PRESETS if p != "flipped_labels" or scene.evidence.flipped.any()],
        key="w_preset",
        format_func=PRESET_WORDS.__getitem__,
        label_visibility="collapsed",
        on_change=_select_preset,
        help="Failure cases of the split",
    )


def jump(scene: Scene) -> None:
    """Draw the way to one image, a class, a list or a saved selection."""
    with st.popover("Go to", icon=":material/search:", help="One image, a class, a list of images"):
        st.text_input(
            "Image number",
            key="w_image",
            placeholder=f"0 to {len(scene.samples.label) - 1}, or test 12",
            on_change=_go_to_image,
            args=(scene,),
            help="The number counts the images of the study; with train or test before it, the "
            "row in that split's source.",
        )
        classes = distinct_names(scene.names, scene.present)
        rule = scene.view.rule
        chosen = rule.class_ if isinstance(rule, OfClass) and rule.class_ in classes else None
        key = key_showing("w_class", chosen)
        st.selectbox(
            "Class",
            list(classes),
            index=None if chosen is None else list(classes).index(chosen),
            key=key,
            format_func=classes.__getitem__,
            placeholder="All images of a true class",
            on_change=_select_class,
            args=(key,),
        )
        st.text_area(
            "List of image numbers",
            key="w_ids",
            height=80,
            placeholder="12, 40, 7",
            help=f"At most {MOST_IDS}; separated by commas, spaces or lines.",
        )
        st.button("Select the list", on_click=choose.select_listed, args=("w_ids", Ids))
        saved = list(scene.store.selections())
        if saved:
            opened = rule.name if isinstance(rule, Saved) and rule.name in saved else None
            key = key_showing("w_saved", opened)
            st.selectbox(
                "Saved selection",
                saved,
                index=None if opened is None else saved.index(opened),
                key=key,
                format_func=plain,
                placeholder="Open a saved selection",
                on_change=_select_saved,
                args=(key,),
            )


def _set(key: str, value: object) -> None:
    """Let the widget `key` show what the URL says, whatever it showed before."""
    st.session_state[key] = value


def _put_epoch(last: float) -> None:
    epoch = st.session_state["w_epoch"]
    choose.put("epoch", None if epoch == last else epoch_label(epoch))


def _select_preset() -> None:
    preset = st.session_state["w_preset"]
    choose.select(None if preset is None else Found(preset))


def _select_class(key: str) -> None:
    class_ = st.session_state[key]
    choose.put("class", class_)
    choose.select(None if class_ is None else OfClass(class_))


def _select_saved(key: str) -> None:
    name = st.session_state[key]
    choose.select(None if name is None else Saved(name))


def _go_to_image(scene: Scene) -> None:
    text = (st.session_state["w_image"] or "").strip().lower()
    if not text:
        return
    split, _, row = text.rpartition(" ")
    if row.isascii() and row.isdigit() and len(row) <= 9 and split.strip() in ("", "train", "test"):
        found = _image(scene, split.strip(), int(row))
        if found is not None:
            choose.pick(found)
            return
    choose.complain(
        f"No image {text[:40]}: expected 0 to {len(scene.samples.label) - 1}, or test 12."
    )


def _image(scene: Scene, split: str, row: int) -> int | None:
    if not split:
        return row if row < len(scene.samples.label) else None
    of_split = scene.samples.is_test == (split == "test")
    found = (of_split & (scene.samples.split_id == row)).nonzero()[0]
    return int(found[0]) if len(found) else None
