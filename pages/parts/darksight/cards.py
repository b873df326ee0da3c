"""Cards of samples: image, what is said of it, the teacher's probabilities, the student's ticks."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from pages.components.events import pick_event
from pages.components.strip import Bar, Card, card_strip
from pages.parts import choose
from pages.parts.darksight import held
from pages.parts.darksight.held import Picture
from pages.parts.literal import plain, shortened
from pages.parts.scene import Scene
from pages.parts.selection import Ids
from pages.parts.thumbnails import inline, template

MOST_BARS = 3
WORTH = 0.005  # a smaller probability is not drawn unless it belongs to the two largest

Words = Callable[[int], Sequence[str]]


def cards_of(
    scene: Scene,
    found: Picture,
    sample_ids: Sequence[int] | np.ndarray,
    colors: Sequence[str],
    *,
    title: Words | None = None,
    groups: Sequence[str] | None = None,
) -> list[Card]:
    """Return one card for each sample.

    Parameters
    ----------
    colors
        By class number.
    title
        First line and notes of the card of a sample; by default its classes and its confidence.
    groups
        The group of each, where there are any.
    """
    ids = np.asarray(sample_ids, np.int64)
    if not len(ids):
        return []
    teacher = held.teacher_probabilities(scene.store, found.epoch, ids)
    student = held.student_answers(found, ids)
    pictures = {} if template(scene.store) else inline(scene.store, ids)
    say = title or (lambda sample: usual_words(scene, found, sample))
    cards = []
    for row, sample in enumerate(ids.tolist()):
        first, *notes = say(sample)
        true = int(scene.samples.label[sample])
        cards.append(
            Card(
                sample,
                plain(first),
                [plain(note) for note in notes],
                bars(teacher[row], student[row], scene.names, colors, true),
                wrong=bool(_predicted(scene, sample) != true),
                picture=pictures.get(sample, ""),
                group=groups[row] if groups else "",
            )
        )
    return cards


def usual_words(scene: Scene, found: Picture, sample: int) -> list[str]:
    """Return a card's usual words: number, classes, confidence."""
    return [
        f"#{sample}",
        classes_words(scene, sample),
        f"confidence {found.confidence[sample]:.3g}",
    ]


def classes_words(scene: Scene, sample: int) -> str:
    """Return "true → predicted", or the class alone where the teacher is right."""
    true = shortened(scene.names[scene.samples.label[sample]], 12)
    predicted = _predicted(scene, sample)
    if predicted == scene.samples.label[sample]:
        return true
    return f"{true} → {shortened(scene.names[predicted], 12)}"


def bars(
    teacher: np.ndarray,
    student: np.ndarray | None,
    names: Sequence[str],
    colors: Sequence[str],
    true: int | None = None,
) -> list[Bar]:
    """Return the largest probabilities as bars, the teacher's first; the student's are ticks."""
    order = np.argsort(-teacher, kind="stable")
    classes = [int(c) for c in order[:MOST_BARS] if teacher[c] >= WORTH or c in order[:2]]
    if student is not None and (own := int(np.argmax(student))) not in classes:
        classes = [*classes[: MOST_BARS - 1], own]  # where the student puts most of its own
    return [
        Bar(
            shortened(names[c], 16),
            colors[c],
            float(teacher[c]),
            None if student is None else float(student[c]),
            c == true,
        )
        for c in classes
    ]


def strip(scene: Scene, key: str, cards: Sequence[Card], height: int, empty: str) -> None:
    """Draw the cards; a click picks the sample, hovering shows it on the maps."""
    card_strip(
        key=key,
        cards=cards,
        thumbnails=template(scene.store),
        picked=scene.picked,
        study=scene.store.study,
        height=height,
        empty=empty,
    )


def heed_strips(*keys: str) -> None:
    """Write what was clicked in a strip to the URL; call it before the view is read."""
    for key in keys:
        event = pick_event(key)
        if event.picked is not None:
            choose.pick(event.picked)


def select_button(sample_ids: np.ndarray, label: str, key: str) -> None:
    """Draw a button that makes these images the selection."""
    st.button(
        label,
        key=key,
        icon=":material/select_all:",
        on_click=select_ids,
        args=(tuple(int(sample) for sample in sample_ids),),
        disabled=not len(sample_ids),
        help="The selection travels: the other pages show the same images",
    )


def select_ids(sample_ids: tuple[int, ...]) -> None:
    """Make a list of images the selection, and show it."""
    choose.select(Ids(sample_ids))
    choose.put("panel", None)


def _predicted(scene: Scene, sample: int) -> int:
    assert scene.answers is not None
    return int(scene.answers.predicted[sample])
