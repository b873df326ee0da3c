"""The image's nearest neighbours in the teacher's own space, as cards that a click picks."""

import streamlit as st

from pages.components.events import pick_event
from pages.components.strip import Card, card_strip
from pages.parts import choose
from pages.parts.darksight.cards import bars, classes_words
from pages.parts.darksight.held import teacher_probabilities
from pages.parts.darksight.territory import colors_by_class
from pages.parts.literal import plain
from pages.parts.sample.known import Known
from pages.parts.scene import Scene
from pages.parts.thumbnails import inline, template

KEY = "sample_neighbors"


def heed_neighbors() -> None:
    """Write the neighbour that was clicked to the URL; call it before the view is read."""
    if (picked := pick_event(KEY).picked) is not None:
        choose.pick(picked)


def neighbors_view(scene: Scene, found: Known, epoch: float, height: int) -> None:
    """Draw the neighbours, nearest first, with what the teacher says of each."""
    ids = found.nearest
    st.caption(
        f"The {len(ids)} images nearest by {found.space}, of all "
        f"{len(scene.samples.label) - 1:,} others; a click picks one"
    )
    said = teacher_probabilities(scene.store, epoch, ids)
    pictures = {} if template(scene.store) else inline(scene.store, ids)
    colors = colors_by_class(scene)
    cards = []
    for row, sample in enumerate(ids.tolist()):
        label = int(scene.samples.label[sample])
        split = "test" if scene.samples.is_test[sample] else "train"
        cards.append(
            Card(
                sample,
                f"#{sample}",
                [plain(classes_words(scene, sample)), f"{split}, {found.distances[row]:.2f} away"],
                bars(said[row], None, scene.names, colors, label),
                wrong=bool(said[row].argmax() != label),
                picture=pictures.get(sample, ""),
            )
        )
    card_strip(
        key=KEY,
        cards=cards,
        thumbnails=template(scene.store),
        picked=found.sample,
        study=scene.store.study,
        height=height,
    )
