"""An uploaded image on the map: the teacher judges it, the student finds its place.

The image is the session's one (`parts/given`): the page of the reader's own image shows it in the
other lenses.
"""

from dataclasses import dataclass
from html import escape

import numpy as np
import streamlit as st

from pages.charts.probabilities import probability_bars
from pages.components.map import Pin
from pages.parts import live, travel
from pages.parts.darksight.cards import cards_of, strip
from pages.parts.darksight.held import Picture
from pages.parts.drawn import spec_of
from pages.parts.given.image import WORDS, Given, chooser, found, given
from pages.parts.given.places import Placed, in_darksight
from pages.parts.literal import literal, shortened
from pages.parts.needs import SERVED
from pages.parts.scene import Scene
from pages.parts.thumbnails import data_uri
from pages.parts.wording import split_words

NEIGHBORS = "darksight_upload_neighbors"
NEAREST = 6
PAGE = "upload"


@dataclass(frozen=True, eq=False)
class Uploaded:
    """The session's image; `failure` is one line where it cannot be judged or placed."""

    given: Given
    failure: str = ""
    probabilities: np.ndarray | None = None
    placed: Placed | None = None


def heed_upload(scene: Scene, picture: Picture) -> Uploaded | None:
    """Return the session's image, judged and placed once; call it before the map."""
    now = given(scene.store)
    if now is None or now.failure:
        return None if now is None else Uploaded(now, now.failure)
    with st.spinner("The teacher looks at the image …"):
        told = found(
            now,
            ("probabilities", picture.epoch),
            lambda: live.probabilities(scene.store, now.image, picture.epoch)[0],
        )
        if isinstance(told, str):
            return Uploaded(now, told)
        placed = in_darksight(scene.store, now, picture, told)
    if isinstance(placed, str):
        return Uploaded(now, placed)
    return Uploaded(now, probabilities=told, placed=placed)


def pins(uploaded: Uploaded | None) -> list[Pin]:
    """Return the mark of the uploaded image on the map."""
    if uploaded is None or uploaded.placed is None:
        return []
    return [Pin(*uploaded.placed.point, WORDS)]


def upload_panel(
    scene: Scene, picture: Picture, uploaded: Uploaded | None, colors: list[str]
) -> None:
    """Draw the choice of a file, what the teacher says of it and who stands near its place."""
    if (line := live.why_not(scene.store, "scipy")) is not None:
        st.info(literal(line))
        return
    chooser(scene.store, None if uploaded is None else uploaded.given)
    if uploaded is None:
        return
    if uploaded.probabilities is None or uploaded.placed is None:
        if uploaded.failure != uploaded.given.failure:  # else the chooser has said so
            st.error(literal(uploaded.failure))
        return
    _result(scene, uploaded.given, uploaded.probabilities, uploaded.placed)
    point = np.array(uploaded.placed.point)
    points = picture.points[scene.shown]
    nearest = scene.shown[np.argsort(((points - point) ** 2).sum(axis=1), kind="stable")[:NEAREST]]
    st.caption(
        f"The {len(nearest)} of {split_words(scene.view.split, len(scene.shown))} nearest its place"
    )
    cards = cards_of(scene, picture, nearest, colors)
    strip(scene, NEIGHBORS, cards, 260, "No image in this split.")


def _result(scene: Scene, now: Given, told: np.ndarray, placed: Placed) -> None:
    about, bars = st.columns([0.48, 0.52], gap="small")
    facts = [
        ("predicted", shortened(scene.names[int(np.argmax(told))])),
        ("density", f"{placed.confidence:.3g}"),
        ("own KL", f"{placed.symmetric_kl:.3f}\u202fnats"),
    ]
    with about:
        rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts)
        image = f'<img src="{data_uri(now.png)}" width="96" height="96" alt="{WORDS}">'
        st.html(f'<div class="darkroom-picked">{image}<dl>{rows}</dl></div>')
        st.caption("The picture is what the teacher saw; the diamond marks its place")
        if (page := st.session_state.get(SERVED, {}).get(PAGE)) is not None:
            st.page_link(page, label="See it in the other lenses", query_params=travel.words())
    with bars:
        chart = probability_bars(told, scene.names, None, student=placed.student, theme=scene.theme)
        st.vega_lite_chart(
            spec_of(chart), key="darksight_upload_bars", alt="Probabilities of your image"
        )
        st.caption("Teacher's probabilities; ticks: the student at that place")
