"""The way from one class to another: who stands along it, and how their probabilities change.

Section 4.2 and figures 5 to 7 of Schacherer's report on DarkSight (2018); a second projection is
asked in the same way, since the report finds the authors' own comparison unfair.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from core.darksight.ranks import spearman
from core.darksight.transitions import NEAREST, Along, along_line, class_centers
from pages.charts.palette import Theme
from pages.charts.stacked import stacked_chart
from pages.components.events import pick_event
from pages.components.grid import image_grid
from pages.parts import choose, reads
from pages.parts.darksight import held
from pages.parts.darksight.asked import Asked, Line, put_line
from pages.parts.darksight.cards import classes_words, select_button
from pages.parts.darksight.held import METHOD, Picture
from pages.parts.drawn import spec_of
from pages.parts.literal import literal, shortened
from pages.parts.scene import Scene
from pages.parts.thumbnails import inline, template
from pages.parts.wording import distinct_names, method_words, split_words

IMAGES = "darksight_way_images"
FLOOR = 1e-12  # probabilities below it count as equal to it, as in `core.darksight.transitions`
_PAIR = ("from", "to")


@dataclass(frozen=True, eq=False)
class Way:
    """A straight way through a projection and the samples beside it, in their order.

    `pair` are the classes between whose centres it leads, None where it was drawn.
    """

    line: Line
    along: Along
    samples: np.ndarray
    pair: tuple[int, int] | None


def way(scene: Scene, wish: Asked, method: str) -> Way | None:
    """Return the way that the URL asks for in one projection; None where a class has no place.

    A line drawn in this projection counts before the two classes.
    """
    points = reads.embedding(scene.store, method).points[scene.shown].astype(np.float64)
    pair = None
    if wish.line is not None and wish.line.method == method:
        line = wish.line
    else:
        pair = chosen_pair(scene, wish)
        line = None if pair is None else _between(scene, points, method, pair)
    if line is None:
        return None
    along = along_line(points, np.array(line.ends[0]), np.array(line.ends[1]), NEAREST)
    return Way(line, along, scene.shown[along.samples], pair)


def chosen_pair(scene: Scene, wish: Asked) -> tuple[int, int] | None:
    """Return the classes of the way: those of the URL, else the pair that is mixed most."""
    if wish.start is not None and wish.end is not None:
        return wish.start, wish.end
    answers = scene.answers
    if answers is None or scene.epoch is None:
        return None
    there = set(np.unique(answers.predicted[scene.shown]).tolist())
    given = {class_ for class_ in (wish.start, wish.end) if class_ is not None}
    for pair in held.strongest_pairs(scene.store, scene.epoch):
        if there.issuperset(pair) and given.issubset(pair):
            turned = wish.start == pair[1] or wish.end == pair[0]
            return (pair[1], pair[0]) if turned else pair
    return None


def way_panel(scene: Scene, wish: Asked, found: Picture, colors: list[str]) -> None:
    """Draw the choice of classes, and each projection's way with its images."""
    _choice(scene, wish)
    for method in [METHOD, *([wish.beside] if wish.beside else [])]:
        _draw(scene, wish, found, method, colors)


def heed_way() -> None:
    """Write what was clicked among the images of the way to the URL."""
    event = pick_event(IMAGES)
    if event.picked is not None:
        choose.pick(event.picked)


def order_along(
    place: np.ndarray, teacher: np.ndarray, pair: tuple[int, int] | None = None
) -> float:
    """Return Spearman's correlation of place on the way with the log-odds of two classes, -1..1.

    The classes are those of `pair`, from and to; for a drawn way, which has no direction of its
    own, the two largest along it, and the correlation is then not negative. NaN where nothing
    varies or fewer than three samples stand there.
    """
    if len(place) < 3:
        return float("nan")
    first, second = pair or np.argsort(-teacher.sum(axis=0), kind="stable")[:2]
    p = np.maximum(teacher[:, [first, second]].astype(np.float64), FLOOR)
    found = spearman(place, np.log(p[:, 1] / p[:, 0]))
    return found if pair else abs(found)


def _between(scene: Scene, points: np.ndarray, method: str, pair: tuple[int, int]) -> Line | None:
    assert scene.answers is not None
    predicted = scene.answers.predicted[scene.shown].astype(np.int64)
    start, end = class_centers(points, predicted, scene.classes)[list(pair)]
    if np.isnan([start, end]).any() or (start == end).all():
        return None
    ends = (float(start[0]), float(start[1])), (float(end[0]), float(end[1]))
    return Line(method, ends)


def _choice(scene: Scene, wish: Asked) -> None:
    pair = chosen_pair(scene, wish)
    names = distinct_names(scene.names, scene.present)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        for place, word in enumerate(_PAIR):
            key = f"w_{word}"
            chosen = None if pair is None else pair[place]
            st.session_state[key] = chosen if chosen in names else None
            st.selectbox(
                word.capitalize(),
                list(names),
                index=None,
                key=key,
                format_func=names.__getitem__,
                placeholder=f"{word.capitalize()} class",
                label_visibility="collapsed",
                width=150,
                on_change=_put_pair,
            )
        st.button(
            "",
            icon=":material/swap_horiz:",
            key="w_turn",
            help="The other way round",
            disabled=pair is None,
            on_click=_turn,
            args=(pair,),
        )
        if wish.line is not None:
            st.button(
                f"Drawn in {method_words(wish.line.method)}",
                icon=":material/close:",
                key="w_line",
                help="Take the drawn line away",
                on_click=put_line,
                args=(None,),
            )
        else:
            st.caption("or draw a line on the map")


def _draw(scene: Scene, wish: Asked, found: Picture, method: str, colors: list[str]) -> None:
    taken = way(scene, wish, method)
    if taken is None:
        whole = split_words(scene.view.split, len(scene.shown))
        st.info(
            f"There is no way in {method_words(method)}: it needs two classes, and each of them "
            f"must be predicted for one of the {whole}."
        )
        return
    teacher = held.teacher_probabilities(scene.store, found.epoch, taken.samples)
    order = order_along(taken.along.place, teacher, taken.pair)
    n = len(taken.samples)
    said = f"{literal(method_words(method))} · the {n} of "
    said += f"{split_words(scene.view.split, len(scene.shown))} nearest the way"
    if taken.pair is not None:
        start, end = (literal(shortened(scene.names[c])) for c in taken.pair)
        said += f" from **{start}** to **{end}**"
    said += f" · order {order:.2f}" if np.isfinite(order) else " · too few for an order"
    st.caption(said)
    if not n:
        return
    st.vega_lite_chart(
        _spec(taken, teacher, scene.names, colors, _key(scene, taken), scene.theme),
        key=f"darksight_way_{method}",
        alt=f"Probabilities of {n} images along the way in {method_words(method)}",
    )
    if method == METHOD:
        _images(scene, taken)
        select_button(taken.samples, "Select these", "w_select_way")


def _images(scene: Scene, taken: Way) -> None:
    ids = taken.samples
    address = template(scene.store)
    found = inline(scene.store, ids) if address is None else {}
    answers = scene.answers
    assert answers is not None
    image_grid(
        key=IMAGES,
        sample_ids=ids,
        captions=[classes_words(scene, sample) for sample in ids.tolist()],
        wrong=answers.predicted[ids] != scene.samples.label[ids],
        thumbnails=[found.get(i, "") for i in ids.tolist()] if address is None else address,
        size=32,
        picked=scene.picked,
        study=scene.store.study,
        height=176,
    )


def _key(scene: Scene, taken: Way) -> tuple[object, ...]:
    store = scene.store
    place = (store.root, store.study, store.fingerprint)
    return (*place, taken.line.method, scene.view.split, taken.line.ends)


@st.cache_data(max_entries=64, show_spinner=False)
def _spec(
    _taken: Way,
    _teacher: np.ndarray,
    _names: list[str],
    _colors: list[str],
    key: tuple[object, ...],
    theme: Theme,
) -> dict[str, Any]:
    ends = None
    if _taken.pair is not None:
        ends = shortened(_names[_taken.pair[0]]), shortened(_names[_taken.pair[1]])
    return spec_of(
        stacked_chart(
            _taken.samples, _taken.along.place, _teacher, _names, _colors, ends=ends, theme=theme
        )
    )


def _put_pair() -> None:
    start, end = (st.session_state[f"w_{word}"] for word in _PAIR)
    put_line(None)
    choose.put("from", start)
    choose.put("to", None if end == start else end)


def _turn(pair: tuple[int, int]) -> None:
    put_line(None)
    choose.put("from", pair[1])
    choose.put("to", pair[0])
