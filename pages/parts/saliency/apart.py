"""Which images tell the methods apart most: the spread of deletion area between methods."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from pages.components.events import pick_event
from pages.components.strip import Card, card_strip
from pages.parts import choose
from pages.parts.literal import plain, shortened
from pages.parts.saliency import held
from pages.parts.saliency.held import Scores
from pages.parts.saliency.words import CONTROLS, method_words
from pages.parts.scene import Scene
from pages.parts.selection import MOST_IDS, Ids
from pages.parts.thumbnails import inline, template

STRIP = "saliency_apart"
SHOWN = 24


@dataclass(frozen=True)
class Told:
    """An image, how far the methods lie apart on it, and which does best and worst."""

    sample: int
    spread: float
    best: str
    low: float
    worst: str
    high: float


def heed_strip() -> None:
    """Write what was clicked to the URL; call it before the view is read."""
    event = pick_event(STRIP)
    if event.picked is not None:
        choose.pick(event.picked)


def apart_panel(scene: Scene) -> None:
    """Draw the images in order of their spread; a click picks one, a button selects them all."""
    scores = held.scores(scene.store, "deletion")
    told = told_apart(scores)
    if not told:
        st.info("No image was judged under two methods: the stage saliency\\_arena brings them.")
        return
    methods = [name for name in scores.methods if name not in CONTROLS]
    st.caption(
        f"{len(told):,} {held.split(scene.store)} images judged under at least half of "
        f"{len(methods)} methods (controls left out), by the standard deviation of their deletion "
        "areas: on the first ones it matters most which method one believes."
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        most = min(len(told), MOST_IDS)
        st.button(
            f"Select the first {most} on the map",
            key="w_select_apart",
            icon=":material/ads_click:",
            on_click=choose.select,
            args=(Ids(tuple(one.sample for one in told[:most])),),
        )
        if scene.picked is not None:
            st.caption(_place(told, scene.picked))
    first = told[:SHOWN]
    address = template(scene.store)
    found = inline(scene.store, [one.sample for one in first]) if address is None else {}
    card_strip(
        key=STRIP,
        cards=[_card(scene, one, found.get(one.sample, "")) for one in first],
        thumbnails=address,
        picked=scene.picked,
        study=scene.store.study,
        height=420,
    )


def told_apart(scores: Scores) -> list[Told]:
    """Return the images that at least half of the methods have, those told apart most first.

    Controls are left out: that noise does worse says nothing about the methods.
    """
    columns = [place for place, name in enumerate(scores.methods) if name not in CONTROLS]
    names = [scores.methods[place] for place in columns]
    values = scores.values[:, columns]
    counts = (~np.isnan(values)).sum(axis=1)
    rows = np.flatnonzero(counts >= max(2, -(-len(columns) // 2)))
    if not len(rows):
        return []
    values = values[rows]
    spread = np.nanstd(values, axis=1)
    low, high = np.nanargmin(values, axis=1), np.nanargmax(values, axis=1)
    return [
        Told(
            int(scores.samples[rows[at]]),
            float(spread[at]),
            names[low[at]],
            float(values[at, low[at]]),
            names[high[at]],
            float(values[at, high[at]]),
        )
        for at in np.argsort(-spread, kind="stable")
    ]


def _card(scene: Scene, one: Told, picture: str) -> Card:
    true = plain(shortened(scene.names[scene.samples.label[one.sample]], 18))
    wrong = False
    if scene.answers is not None:
        said = int(scene.answers.predicted[one.sample])
        wrong = said != int(scene.samples.label[one.sample])
        if wrong:
            true += f" → {plain(shortened(scene.names[said], 18))}"
    return Card(
        one.sample,
        f"{true} · {one.spread:.3f}",
        (
            f"{one.low:.3f} best: {method_words(one.best)}",
            f"{one.high:.3f} worst: {method_words(one.worst)}",
        ),
        wrong=wrong,
        picture=picture,
    )


def _place(told: list[Told], sample: int) -> str:
    for place, one in enumerate(told, 1):
        if one.sample == sample:
            return f"The picked image is number {place:,}, spread {one.spread:.3f}."
    return "The picked image is not among those judged."
