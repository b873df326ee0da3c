"""The picked image: its picture, what it is, what the teacher says, and people's notes on it."""

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from core.store import Store, StoreError
from pages.charts.palette import RED
from pages.charts.probabilities import MOST_BARS, probability_bars
from pages.charts.words import MOST_NAMED
from pages.parts import choose, reads
from pages.parts.drawn import spec_of
from pages.parts.editing import WHY_NOT, editable
from pages.parts.literal import literal, plain, shortened
from pages.parts.open_in import open_in
from pages.parts.scene import Scene
from pages.parts.selection import Found
from pages.parts.thumbnails import inline
from pages.parts.wording import flip_words

PICTURE = 96


def picked_image(
    scene: Scene,
    *,
    facts: Sequence[tuple[str, str]] = (),
    student: np.ndarray | None = None,
    bars: bool = True,
) -> None:
    """Draw the picked image with the teacher's probabilities, the true label in red.

    Parameters
    ----------
    scene
        What the page shows.
    facts
        More to say of the image: names and values, as text.
    student
        Another model's probabilities of it, as ticks on the bars.
    bars
        Whether the probabilities are drawn; a page may have another place for them.
    """
    sample = scene.picked
    if sample is None:
        st.info("No image belongs to this selection in this split.")
        return
    about, beside = st.columns([0.47, 0.53], gap="small") if bars else (st.container(), None)
    with about, st.container(gap="xsmall"):
        _about(scene, sample, facts)
        _steps(scene, sample)
        if scene.view.sample is None and scene.answers is not None:
            foremost = "first" if isinstance(scene.view.rule, Found) else "least certain"
            st.caption(f"Nothing picked: the {foremost} one")
        open_in(scene.store, sample, int(scene.samples.label[sample]))
    if scene.epoch is None or beside is None:
        return
    with beside, st.container(gap="xxsmall"):
        probabilities = reads.probabilities(scene.store, scene.epoch, sample)
        true = int(scene.samples.label[sample])
        st.vega_lite_chart(
            spec_of(
                probability_bars(
                    probabilities, scene.names, true, student=student, theme=scene.theme
                )
            ),
            key="probabilities",
            alt=_in_words(scene, sample, probabilities),
        )
        which = f"{MOST_BARS} largest of {scene.classes:,} p" if scene.classes > MOST_NAMED else "P"
        ticks = "" if student is None else "; ticks: the student"
        st.caption(f"{which}robabilities, true label in red{ticks}")


def _about(scene: Scene, sample: int, more: Sequence[tuple[str, str]]) -> None:
    true = plain(scene.names[scene.samples.label[sample]])
    split = "test" if scene.samples.is_test[sample] else "train"
    facts = [
        ("image", str(sample)),
        ("in source", f"{split} {scene.samples.split_id[sample]}"),
        ("true", f'<b style="color:{RED[scene.theme]}">{escape(true)}</b>'),
    ]
    if scene.evidence.flipped[sample]:
        original = scene.names[scene.samples.original[sample]]
        facts.append(("label", escape(flip_words(original))))
    if (answers := scene.answers) is not None:
        facts += [
            ("predicted", escape(plain(scene.names[answers.predicted[sample]]))),
            ("entropy", f"<span>{answers.entropy[sample]:.3f}\u202fnats</span>"),
        ]
    facts += [(escape(name), escape(value)) for name, value in more]
    uri = inline(scene.store, [sample]).get(sample)
    picture = (
        f'<img src="{uri}" width="{PICTURE}" height="{PICTURE}" alt="Image {sample}">'
        if uri
        else "no picture"
    )
    rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts)
    st.html(f'<div class="darkroom-picked">{picture}<dl>{rows}</dl></div>')


def _steps(scene: Scene, sample: int) -> None:
    before, after = _neighbours(scene.members, sample)
    with st.container(horizontal=True, gap="xxsmall", vertical_alignment="center", wrap=False):
        st.button(
            "",
            icon=":material/arrow_back:",
            key="w_previous",
            shortcut="Left",
            help="Previous image of the selection (left arrow key)",
            disabled=before is None,
            on_click=choose.pick,
            args=(before,),
        )
        st.button(
            "",
            icon=":material/arrow_forward:",
            key="w_next",
            shortcut="Right",
            help="Next image of the selection (right arrow key)",
            disabled=after is None,
            on_click=choose.pick,
            args=(after,),
        )
        _flag(scene.store, sample)
        with st.container(key="picked_id", width="content"):
            st.code(str(sample), language=None, width="content")


def _neighbours(members: np.ndarray, sample: int) -> tuple[int | None, int | None]:
    """Return the images before and after `sample`; outside the selection its first one is next."""
    if not len(members):
        return None, None
    place = np.flatnonzero(members == sample)
    if not len(place):
        return None, int(members[0])
    at = int(place[0])
    before = int(members[at - 1]) if at > 0 else None
    return before, int(members[at + 1]) if at + 1 < len(members) else None


def _flag(store: Store, sample: int) -> None:
    flags = store.flags()
    notes = flags.loc[flags["sample_id"] == sample, "note"].tolist()
    with st.popover(
        "Flagged" if notes else "Flag",
        icon=":material/flag:",
        help=literal(shortened(notes[0], 80)) if notes and notes[0] else "Flag with a note",
    ):
        key = f"w_note_{sample}"
        st.text_area("Note", value=notes[0] if notes else "", key=key, height=80, max_chars=2000)
        with st.container(horizontal=True):
            st.button(
                "Save",
                key="w_flag",
                on_click=_save_flag,
                args=(store, sample, key),
                disabled=not editable(),
                help=None if editable() else WHY_NOT,
            )
            if notes:
                st.button(
                    "Remove",
                    key="w_unflag",
                    on_click=_change,
                    args=(store.unflag, sample),
                    disabled=not editable(),
                )


def _save_flag(store: Store, sample: int, key: str) -> None:
    _change(store.flag, sample, st.session_state[key] or "")


def _change(write, *arguments) -> None:
    """Write a note; what the store refuses becomes one line on the page."""
    if not editable():
        choose.complain(WHY_NOT)
        return
    try:
        write(*arguments)
    except StoreError as error:
        choose.complain(str(error))


def _in_words(scene: Scene, sample: int, probabilities: np.ndarray) -> str:
    best = int(np.argmax(probabilities))
    true = int(scene.samples.label[sample])
    return (
        f"Probabilities of image {sample}: largest {probabilities[best]:.3f} for "
        f"{shortened(scene.names[best])}; true class {shortened(scene.names[true])} "
        f"{probabilities[true]:.3f}"
    )
