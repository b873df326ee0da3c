"""Neighbours, true and shown: which of a sample's nearest ones in representation the picture keeps.

DeepVisualInsight, definition 1 and equation 1, for one sample.
"""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.store import epoch_label
from pages.components.events import pick_event
from pages.components.strip import Card, card_strip
from pages.parts import choose
from pages.parts.dvi import held
from pages.parts.dvi.asked import DEFAULT_K, NEIGHBORS, Asked
from pages.parts.dvi.held import Story
from pages.parts.dvi.territory import Emphasis, seen_epoch
from pages.parts.literal import shortened
from pages.parts.scene import Scene
from pages.parts.thumbnails import inline, template

STRIP = "dvi_neighbors"


@dataclass(frozen=True, eq=False)
class Neighborhood:
    """The nearest samples of `sample` at a checkpoint, nearest first.

    `kept` are near in representation and in the picture, `lost` only in representation,
    `strangers` only in the picture.
    """

    sample: int
    epoch: float
    kept: np.ndarray
    lost: np.ndarray
    strangers: np.ndarray


def neighborhood(seen: Scene, wish: Asked, told: Story) -> Neighborhood | None:
    """Return the picked sample's neighbours at the shown checkpoint; None if none is picked."""
    if seen.picked is None:
        return None
    epoch = seen_epoch(seen, told)
    true, shown = held.nearest(seen.store, epoch, seen.picked, wish.k)
    return Neighborhood(
        seen.picked,
        epoch,
        true[np.isin(true, shown)],
        true[~np.isin(true, shown)],
        shown[~np.isin(shown, true)],
    )


def standing(found: Neighborhood) -> Emphasis:
    """Return what stands out on the map: solid lines are kept neighbours, dashed ones lost."""
    lines = [(found.sample, int(i), True) for i in found.kept]
    lines += [(found.sample, int(i), False) for i in found.lost]
    near = np.concatenate([[found.sample], found.kept, found.lost, found.strangers])
    return Emphasis(near, "near the picked one", lines)


def heed_neighbors() -> None:
    """Write what was clicked among the neighbours to the URL; call it before the view is read."""
    event = pick_event(STRIP)
    if event.picked is not None:
        choose.pick(event.picked)


def neighbors_panel(seen: Scene, wish: Asked, found: Neighborhood | None, height: int) -> None:
    """Draw the neighbours in three groups, and how many the picture keeps."""
    if found is None:
        st.info("Pick an image on the map to see its neighbours.")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.session_state["w_k"] = wish.k
        st.segmented_control(
            "Neighbours",
            NEIGHBORS,
            key="w_k",
            required=True,
            format_func=lambda k: f"k = {k}",
            label_visibility="collapsed",
            on_change=choose.put_widget,
            args=("k", "w_k", DEFAULT_K),
        )
    st.markdown(_sentence(seen, found))
    st.caption(
        "Solid lines on the map lead to neighbours that the picture keeps, dashed ones to those "
        "it lost."
    )
    ids = np.concatenate([found.kept, found.lost, found.strangers])
    pictures = {} if template(seen.store) else inline(seen.store, ids)
    card_strip(
        key=STRIP,
        cards=[
            *_cards(seen, found.kept, f"Kept\n({len(found.kept)})", pictures),
            *_cards(seen, found.lost, f"Lost\n({len(found.lost)}), far off on screen", pictures),
            *_cards(
                seen,
                found.strangers,
                f"Strangers\n({len(found.strangers)}), near on screen only",
                pictures,
            ),
        ],
        thumbnails=template(seen.store),
        picked=seen.picked,
        study=seen.store.study,
        height=height,
        empty="No other image.",
    )


def _sentence(seen: Scene, found: Neighborhood) -> str:
    k = len(found.kept) + len(found.lost)
    among, n = (
        ("images", len(seen.samples.label))
        if seen.samples.is_test[found.sample]
        else ("training images", int((~seen.samples.is_test).sum()))
    )
    return (
        f"Of the **{k}** nearest of image {found.sample} among {n:,} {among} in representation, "
        f"the picture of epoch {epoch_label(found.epoch)} keeps **{len(found.kept)}**."
    )


def _cards(seen: Scene, ids: np.ndarray, group: str, pictures: dict[int, str]) -> list[Card]:
    answers = seen.answers
    assert answers is not None  # a picture needs predictions
    cards = []
    for sample in ids.tolist():
        true, said = int(seen.samples.label[sample]), int(answers.predicted[sample])
        words = shortened(seen.names[true], 12)
        if said != true:
            words += f" → {shortened(seen.names[said], 12)}"
        split = "test" if seen.samples.is_test[sample] else "train"
        cards.append(
            Card(
                sample,
                f"#{sample}",
                [words, split],
                wrong=said != true,
                picture=pictures.get(sample, ""),
                group=group,
            )
        )
    return cards
