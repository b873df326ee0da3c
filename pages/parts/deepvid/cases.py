"""Saved views: the paper's case studies where their images are shown, and such cases anywhere.

Image numbers are rows of the official MNIST test file. Each view that our teacher reads correctly
where the paper's did not has beside it the nearest image of that class that ours misreads.
"""

from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from pages.parts import choose
from pages.parts.deepvid.disturbed import change_words
from pages.parts.deepvid.drawn_range import Drawn, class_range
from pages.parts.deepvid.held import picture
from pages.parts.literal import shortened
from pages.parts.scene import Scene
from precompute.latent import Latent

VIEW = (
    *("sample", "sample2", "student", "sampler", "share", "n", "detail", "t", "optimizer", "init"),
    *("batch", "passes", "rate", "l2", "box", "lock", "this", "that", "look"),
)
"""The words of the URL that a saved view sets, or puts back to their defaults."""

PAPER = {"student": "linear"}


@dataclass(frozen=True)
class Case:
    """A saved view: what it writes to the URL, what the paper saw, and what to look at here.

    `disturbed` is section 7.2's, whose failing is measured.
    """

    title: str
    words: dict[str, str]
    said: str = ""
    fields: tuple[str, ...] = field(default=VIEW)
    disturbed: bool = False


def cases(scene: Scene, space: Latent) -> list[Case]:
    """Return the saved views of a study."""
    source = dict(scene.store.settings.get("data") or {}).get("source")
    found = _anywhere(scene, space)
    if source == "mnist":
        return [*_mnist(scene, space), *found]
    if source == "celeba":
        return [*_faces(scene, space), *found]
    if source == "quickdraw":
        return [*_drawings(scene, space), *found]
    if source == "hand_drawn_shapes":
        return [*_shapes(scene, space), *found]
    return found


def open_case(case: Case) -> None:
    """Write a saved view to the URL; what it does not name goes back to its default."""
    for word in case.fields:
        choose.put(word, case.words.get(word))


def opened(found: list[Case], parameters: dict[str, str]) -> Case | None:
    """Return the saved view that the URL shows, if it is one."""
    for case in found:
        if all(parameters.get(word) == case.words.get(word) for word in ("sample", "sample2")):
            return case
    return None


_MNIST = (
    (
        707,
        "Figures 1, 9, 10: test 707, a 4",
        "The paper's teacher read this 4 as a 9 (60 %): the pixels at the top speak for the 9.",
    ),
    (
        9071,
        "Figure 11: test 9071, a bold 1",
        "The paper's teacher read this 1 as an 8 (58 %): the bold stroke covers what an 8 covers.",
    ),
    (
        5866,
        "Figure 12: test 5866, a 7",
        "The paper: neighbours looked like no 7 until one axis's range was drawn anew.",
    ),
)
BRUSHED = 5866
"""The row of figure 12, whose view opens with a drawn range."""


@st.cache_data(max_entries=16, show_spinner=False)
def _drawn_range(
    _scene: Scene, _space: Latent, sample: int, key: tuple[object, ...]
) -> Drawn | None:
    assert _scene.answers is not None
    return class_range(_space, sample, _scene.answers.predicted, _scene.names)


def _mnist(scene: Scene, space: Latent) -> list[Case]:
    found = []
    for row, title, said in _MNIST:
        sample = _test(scene, row)
        if sample is None:
            continue
        words = {"sample": str(sample), **PAPER}
        drawn = None
        if row == BRUSHED and scene.answers is not None:
            store = scene.store
            key = (str(store.root), store.study, store.fingerprint, scene.epoch, space.name)
            drawn = _drawn_range(scene, space, sample, key)
        if drawn is not None:
            words["box"] = drawn.written
            said = f"{said} {drawn.said}"
        found.append(Case(title, words, said))
        misread = _nearest_misread(scene, space, sample)
        if misread is not None:
            words = {"sample": str(misread), **PAPER}
            found.append(Case(f"… nearest that ours misreads: {misread}", words, f"Beside {title}"))
    first, second = _test(scene, 1786), _test(scene, 118)
    if first is not None and second is not None:
        words = {"sample": str(first), "sample2": str(second), **PAPER}
        found.insert(
            0,
            Case(
                "Figure 5: test 1786 to 118, 4 to 9",
                words,
                "The paper: neighbours change smoothly, and on the way the class turns.",
            ),
        )
    return found


_DISTURBED = """
The paper says that this view may fail: where two faces differ in more than the glasses (a hat,
hair, light), all of it changes along the morph and can draw the student away from the glasses.
Shown are the two such faces that lie farthest apart.
""".replace("\n", " ").strip()

_FACES = (
    (
        "Figure 14: blond against not blond",
        2,
        0,
        "The paper: the blond class's weights let the hair through and block the rest.",
    ),
    (
        "Section 7.2: glasses against none, disturbed",
        1,
        0,
        _DISTURBED,
    ),
)


def _faces(scene: Scene, space: Latent) -> list[Case]:
    """Figure 14, class 2 (blond) against class 0; and section 7.2's limit, glasses with a hat."""
    found = []
    for title, first, second, said in _FACES:
        farthest = first == 1
        pair = _pair(scene, space, first, second, farthest=farthest)
        if pair is not None:
            words = {"sample": str(pair[0]), "sample2": str(pair[1]), **PAPER}
            words |= {"this": str(first), "that": str(second)}
            if farthest:
                said = f"{said} {change_words(*(picture(scene.store, one) for one in pair))}"
            found.append(Case(title, words, said, disturbed=farthest))
    return found


def _drawings(scene: Scene, space: Latent) -> list[Case]:
    return _closest_pair(
        scene, space, "QuickDraw: two drawings that the teacher hardly tells apart"
    )


def _shapes(scene: Scene, space: Latent) -> list[Case]:
    """The paper morphs a triangle to a square; at hand are triangles and rectangles."""
    names = [name.lower() for name in scene.names]
    if not {"triangle", "rectangle"} <= set(names):
        return []
    first, second = names.index("triangle"), names.index("rectangle")
    pair = _pair(scene, space, first, second)
    if pair is None:
        return []
    words = {"sample": str(pair[0]), "sample2": str(pair[1]), **PAPER}
    return [Case("Figure 13: triangle to rectangle", words, "The paper: triangle to square.")]


def _anywhere(scene: Scene, space: Latent) -> list[Case]:
    """Cases found in the data: the least certain misread image, and a pair across a border."""
    if scene.answers is None:
        return []
    found = []
    shown = scene.shown
    wrong = shown[scene.answers.predicted[shown] != scene.samples.label[shown]]
    if len(wrong):
        sample = int(wrong[np.argmax(scene.answers.confidence[wrong])])
        found.append(
            Case(
                f"Misread with most confidence: {sample}",
                {"sample": str(sample)},
                "The teacher is sure and wrong: which pixels speak for the class it took?",
            )
        )
    return [*found, *_closest_pair(scene, space, "Across a border")]


def _closest_pair(scene: Scene, space: Latent, title: str) -> list[Case]:
    """The least certain image of those read correctly, and its nearest of the class beside."""
    assert scene.answers is not None
    shown = scene.shown
    right = shown[scene.answers.predicted[shown] == scene.samples.label[shown]]
    if not len(right):
        return []
    sample = int(right[np.argmax(scene.answers.entropy[right])])
    own = scene.answers.predicted[sample]
    others = shown[scene.answers.predicted[shown] != own]
    if not len(others):
        return []
    away = np.square(space.codes[others] - space.codes[sample]).sum(axis=1)
    second = int(others[np.argmin(away)])
    names = [shortened(scene.names[c], 14) for c in (own, scene.answers.predicted[second])]
    return [
        Case(
            f"{title}: {names[0]} to {names[1]}",
            {"sample": str(sample), "sample2": str(second), **PAPER},
            "Two near images that the teacher reads otherwise: what between them decides?",
        )
    ]


def _pair(
    scene: Scene, space: Latent, first: int, second: int, *, farthest: bool = False
) -> tuple[int, int] | None:
    """Two images that the teacher reads correctly as two classes, nearest or farthest in code."""
    if scene.answers is None or max(first, second) >= scene.classes:
        return None
    right = scene.shown[scene.answers.predicted[scene.shown] == scene.samples.label[scene.shown]]
    one, other = (right[scene.samples.label[right] == c][:200] for c in (first, second))
    if not len(one) or not len(other):
        return None
    away = np.square(space.codes[one][:, None] - space.codes[other][None]).sum(axis=2)
    flat = int(away.argmax() if farthest else away.argmin())
    row, column = np.unravel_index(flat, away.shape)
    return int(one[row]), int(other[column])


def _test(scene: Scene, row: int) -> int | None:
    found = np.flatnonzero(scene.samples.is_test & (scene.samples.split_id == row))
    return int(found[0]) if len(found) else None


def _nearest_misread(scene: Scene, space: Latent, sample: int) -> int | None:
    """Return the image of the same class whose code is nearest among those our teacher misreads.

    None where the teacher misreads the image itself.
    """
    if scene.answers is None:
        return None
    wrong = scene.answers.predicted != scene.samples.label
    if wrong[sample]:
        return None
    among = np.flatnonzero(
        wrong & scene.samples.is_test & (scene.samples.label == scene.samples.label[sample])
    )
    if not len(among):
        return None
    away = np.square(space.codes[among] - space.codes[sample]).sum(axis=1)
    return int(among[np.argmin(away)])
