"""The case study of figure 12, found in the data: centre, border, between two classes, outlier.

Section 4.6 of Schacherer's report on DarkSight (2018). Cases 1.a and 1.b there lie at the centre of
a cluster and look typical; 1.c and 1.d at its border look unusual; 2.a to 2.d lie between two
classes and look like both; 4.a to 4.c lie far from all clusters.
"""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.darksight.student import Student
from pages.components.map import Pin
from pages.parts import choose
from pages.parts.darksight.asked import Asked
from pages.parts.darksight.cards import cards_of, classes_words, select_button, strip
from pages.parts.darksight.held import METHOD, Picture
from pages.parts.darksight.way import chosen_pair, way
from pages.parts.scene import Scene
from pages.parts.wording import distinct_names, split_words

CASES = "darksight_cases"
HEIGHT = 400
STOPS = (0.2, 0.4, 0.6, 0.8)  # on the way between the two classes


@dataclass(frozen=True)
class Case:
    """A kind of place and the samples there; `letters` are the figure's."""

    letters: list[str]
    title: str
    said: str
    samples: list[int]


def class_distance(student: Student, points: np.ndarray, class_: int) -> np.ndarray:
    """Return each point's distance to a class's centre in the class's own scale."""
    step = points.astype(np.float64) - student.means[class_]
    return np.sqrt(((step @ student.factors[class_].T) ** 2).sum(axis=1))


def cases(scene: Scene, wish: Asked, found: Picture) -> list[Case]:
    """Return the four cases of one class, and of the class that it is mixed with most.

    The class is the start of the way (`chosen_pair`). No sample stands in two cases; a case for
    which the split holds no sample is left out.
    """
    pair = chosen_pair(scene, wish)
    if pair is None or scene.answers is None:
        return []
    class_, other = pair
    own = scene.shown[scene.answers.predicted[scene.shown] == class_]
    order = own[np.argsort(class_distance(found.student, found.points[own], class_), kind="stable")]
    dense = scene.shown[np.argsort(found.confidence[scene.shown], kind="stable")]
    taken: set[int] = set()

    def fresh(samples: np.ndarray, number: int) -> list[int]:
        kept = [int(sample) for sample in samples if int(sample) not in taken][:number]
        taken.update(kept)
        return kept

    names = [scene.names[class_], scene.names[other]]
    centre, outliers = fresh(order, 2), fresh(dense, 3)
    between = [sample for stop in STOPS for sample in fresh(_near(scene, pair, stop), 1)]
    border = fresh(order[::-1], 2)  # last: what lies far out may be an outlier
    all_cases = [
        Case(
            ["1.a", "1.b"],
            f"Centre of {names[0]}",
            "nearest the class's centre in its own scale: should look typical",
            centre,
        ),
        Case(
            ["1.c", "1.d"],
            f"Border of {names[0]}",
            "of this class, and farthest from its centre: should look unusual",
            border,
        ),
        Case(
            ["2.a", "2.b", "2.c", "2.d"],
            f"Between {names[0]} and {names[1]}",
            "on the straight way: should look like both",
            between,
        ),
        Case(
            ["4.a", "4.b", "4.c"],
            "Outliers",
            "least dense of all: far from every cluster",
            outliers,
        ),
    ]
    return [case for case in all_cases if case.samples]


def pins_of(found: Picture, all_cases: list[Case]) -> list[Pin]:
    """Return the cases' letters as words on the map."""
    return [
        Pin(float(found.points[sample, 0]), float(found.points[sample, 1]), letter, diamond=False)
        for case in all_cases
        for sample, letter in zip(case.samples, case.letters, strict=False)
    ]


def samples_of(all_cases: list[Case]) -> np.ndarray:
    """Return the samples of all cases."""
    return np.array([sample for case in all_cases for sample in case.samples], np.int64)


def case_panel(
    scene: Scene, wish: Asked, found: Picture, all_cases: list[Case], colors: list[str]
) -> None:
    """Draw the cases as cards under their headings, with what the confidences of each are."""
    _choice(scene, wish)
    st.caption(
        "As in figure 12 of the report, found in the "
        f"{split_words(scene.view.split, len(scene.shown))}; the letters stand on the map. Its "
        "case 3, that near classes are mixed more, is the global fidelity below"
    )
    letters = {
        sample: letter
        for case in all_cases
        for sample, letter in zip(case.samples, case.letters, strict=False)
    }
    assert scene.answers is not None
    entropy = scene.answers.entropy

    def words(sample: int) -> list[str]:
        sure = f"confidence {found.confidence[sample]:.2f}"
        return [f"{letters[sample]} · #{sample}", classes_words(scene, sample), sure]

    groups = []
    for case in all_cases:
        ids = case.samples
        said = (
            f"{case.said} · entropy {np.mean(entropy[ids]):.2f} nats, DarkSight confidence "
            f"{np.mean(found.confidence[ids]):.2f} (means of {len(ids)})"
        )
        groups += [f"{case.title}\n{said}"] * len(ids)
    ids = samples_of(all_cases)
    cards = cards_of(scene, found, ids, colors, title=words, groups=groups)
    strip(scene, CASES, cards, HEIGHT, "No class is predicted often enough in this split.")
    select_button(ids, "Select these", "w_select_cases")


def _near(scene: Scene, pair: tuple[int, int], stop: float) -> np.ndarray:
    """Return the samples beside the way between the two classes, the nearest to `stop` first."""
    straight = Asked(start=pair[0], end=pair[1])  # a line drawn by hand is another way
    taken = way(scene, straight, METHOD)
    if taken is None:
        return np.empty(0, np.int64)
    return taken.samples[np.argsort(np.abs(taken.along.place - stop), kind="stable")]


def _choice(scene: Scene, wish: Asked) -> None:
    pair = chosen_pair(scene, wish)
    names = distinct_names(scene.names, scene.present)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        for place, word in enumerate(("from", "to")):
            key = f"w_case_{word}"
            chosen = None if pair is None else pair[place]
            st.session_state[key] = chosen if chosen in names else None
            st.selectbox(
                ("Class", "Class it is mixed with")[place],
                list(names),
                index=None,
                key=key,
                format_func=lambda c, before=("Class ", "mixed with ")[place]: before + names[c],
                placeholder=("Class", "Mixed with")[place],
                label_visibility="collapsed",
                width=190,
                on_change=_put,
                args=(word, key),
            )


def _put(word: str, key: str) -> None:
    value = st.session_state[key]
    choose.put(word, value)
    other = "to" if word == "from" else "from"
    if value is not None and st.query_params.get(other) == str(value):
        choose.put(other, None)
