"""The page's controls: split, image, second image, saved views, latent space, order of the axes."""

import numpy as np
import streamlit as st

from pages.parts import choose
from pages.parts.controls import jump, presets, split_switch
from pages.parts.deepvid.asked import LOOKS, Asked, Look
from pages.parts.deepvid.cases import Case, open_case
from pages.parts.deepvid.vae import FIRST_AXES, GENERATOR_WORDS
from pages.parts.literal import plain
from pages.parts.popover import key_showing
from pages.parts.scene import Scene
from pages.parts.wording import distinct_names
from precompute.latent import Latent

LOOK_WORDS: dict[Look, str] = {
    "pair": "This and not that",
    "earlier": "Earlier students",
    "tune": "Auto-tune",
    "probe": "Nearest flip",
    "beside": "Two teachers",
    "removal": "Removing pixels",
    "gallery": "Maps of others",
    "fidelity": "Fidelity",
}


def tools(
    scene: Scene, wish: Asked, space: Latent, generators: list[str], cases: list[Case]
) -> None:
    """Draw the controls in one row; each writes its word to the URL."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        split_switch(scene)
        if scene.answers is not None:
            presets(scene)
        jump(scene)
        _morph(scene, space)
        _saved(cases)
        if len(generators) > 1:
            st.session_state["w_generator"] = wish.generator
            st.selectbox(
                "Latent space",
                generators,
                key="w_generator",
                format_func=GENERATOR_WORDS.__getitem__,
                label_visibility="collapsed",
                width=250,
                on_change=_put_generator,
                args=(generators[0],),
            )


def axes_tools(wish: Asked, space: Latent) -> None:
    """Draw how the axes are sorted, and whether all are shown."""
    count = len(space.deviation)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.session_state["w_order"] = "number" if wish.by_number else "influence"
        st.segmented_control(
            "Axes",
            ["influence", "number"],
            key="w_order",
            required=True,
            format_func={"influence": "By influence", "number": "By number"}.__getitem__,
            label_visibility="collapsed",
            on_change=choose.put_widget,
            args=("order", "w_order", "influence"),
            help="Influence: how far the teacher's probabilities move from end to end of an axis",
        )
        if count > FIRST_AXES:
            st.session_state["w_axes"] = wish.all_axes
            st.toggle(
                f"All {count} axes",
                key="w_axes",
                on_change=_put_axes,
                help=f"Else the {FIRST_AXES} that change the teacher most",
            )
        if wish.boxed:
            st.button(
                "Clear ranges and locks",
                key="w_clear_box",
                icon=":material/close:",
                on_click=_clear_box,
            )


def looks_of(
    *, has_curves: bool, has_gallery: bool, has_fidelity: bool, teachers: int
) -> list[Look]:
    """Return the panels that this study has."""
    lacking = {
        "removal": not has_curves,
        "gallery": not has_gallery,
        "fidelity": not has_fidelity,
        "beside": teachers < 2,
    }
    return [look for look in LOOKS if not lacking.get(look)]


def nearest_of_class(scene: Scene, space: Latent, class_: int) -> int | None:
    """Return the shown image predicted as a class whose code is nearest the picked one's."""
    if scene.picked is None or scene.answers is None:
        return None
    among = scene.shown[scene.answers.predicted[scene.shown] == class_]
    among = among[among != scene.picked]
    if not len(among):
        return None
    away = np.square(space.codes[among] - space.codes[scene.picked]).sum(axis=1)
    return int(among[np.argmin(away)])


def _morph(scene: Scene, space: Latent) -> None:
    second = scene.view.sample2
    label = "Morph" if second is None else f"Morph to {second}"
    with st.popover(
        label, icon=":material/compare_arrows:", help="Neighbours between this image and a second"
    ):
        st.text_input(
            "Second image",
            key="w_second",
            placeholder=f"0 to {len(scene.samples.label) - 1}, or test 12",
            on_change=_go_to_second,
            args=(scene,),
            help="Or pick it on the map with the Shift key held",
        )
        classes = distinct_names(scene.names, scene.present)
        key = key_showing("w_second_class", None)
        st.selectbox(
            "The nearest image that the teacher reads as",
            list(classes),
            index=None,
            key=key,
            format_func=classes.__getitem__,
            placeholder="A class",
            on_change=_second_of_class,
            args=(scene, space, key),
        )
        with st.container(horizontal=True):
            st.button(
                "Swap",
                key="w_swap",
                icon=":material/swap_horiz:",
                on_click=_swap,
                args=(scene.picked, second),
                disabled=second is None,
            )
            st.button(
                "No second image",
                key="w_no_second",
                icon=":material/close:",
                on_click=choose.put,
                args=("sample2", None),
                disabled=second is None,
            )


def _saved(cases: list[Case]) -> None:
    if not cases:
        return
    st.session_state["w_case"] = None
    st.selectbox(
        "Saved views",
        range(len(cases)),
        index=None,
        key="w_case",
        format_func=lambda place: plain(cases[place].title),
        placeholder="Saved views",
        label_visibility="collapsed",
        width=230,
        on_change=_open,
        args=(cases,),
    )


def _open(cases: list[Case]) -> None:
    place = st.session_state["w_case"]
    if place is not None:
        open_case(cases[place])


def _go_to_second(scene: Scene) -> None:
    text = (st.session_state["w_second"] or "").strip().lower()
    if not text:
        return
    split, _, row = text.rpartition(" ")
    if row.isascii() and row.isdigit() and len(row) <= 9 and split.strip() in ("", "train", "test"):
        found = image_number(scene, split.strip(), int(row))
        if found is not None:
            choose.put("sample2", found)
            return
    choose.complain(
        f"No image {text[:40]}: expected 0 to {len(scene.samples.label) - 1}, or test 12."
    )


def image_number(scene: Scene, split: str, row: int) -> int | None:
    """Return the number of a shown image, given by row of a split or by itself; None if none."""
    if not split:
        return row if row < len(scene.samples.label) else None
    of_split = scene.samples.is_test == (split == "test")
    found = (of_split & (scene.samples.split_id == row)).nonzero()[0]
    return int(found[0]) if len(found) else None


def _second_of_class(scene: Scene, space: Latent, key: str) -> None:
    class_ = st.session_state[key]
    if class_ is None:
        return
    found = nearest_of_class(scene, space, class_)
    if found is None:
        choose.complain("No image of this split is read as that class.")
    else:
        choose.put("sample2", found)


def _swap(first: int | None, second: int | None) -> None:
    choose.pick(second)
    choose.put("sample2", first)


def _put_generator(first: str) -> None:
    choose.put_widget("generator", "w_generator", first)
    _clear_box()


def _put_axes() -> None:
    choose.put("axes", "all" if st.session_state["w_axes"] else None)


def _clear_box() -> None:
    choose.put("box", None)
    choose.put("lock", None)
