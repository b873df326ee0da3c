"""DeepVID's student of the image: its weighted features for the classes that matter most.

From the store where the image was explained beforehand, else by the model at a click.
"""

from dataclasses import replace

import numpy as np
import streamlit as st

from core.deepvid.explanation import Explanation
from core.deepvid.features import all_together, weighted_features
from core.generators.generator import Picture
from pages.parts.deepvid import held
from pages.parts.deepvid.asked import Asked
from pages.parts.deepvid.explain import explain_button, obtain, say, subject
from pages.parts.deepvid.pictures import greys, uri
from pages.parts.deepvid.words import class_word
from pages.parts.literal import literal
from pages.parts.sample.tiles import Tile, tiles
from pages.parts.scene import Scene

SHOWN = 3
SIDE = 92


def student_of(scene: Scene) -> Explanation | None:
    """Draw the student's weighted features, or why there are none and what to do; return it."""
    store = scene.store
    if not (names := held.generators(store)):
        reason = held.unavailable(store)
        st.caption(literal(reason) if reason else "Students come from the stage deepvid.")
        return None
    alone = replace(scene, view=replace(scene.view, sample2=None))
    wanted = subject(alone, Asked(generator=names[0]))
    if wanted is None:
        return None
    found = obtain(alone, wanted)
    if found.explanation is None:
        say(found)
        explain_button(wanted)
        return None
    label, shown = int(scene.samples.label[wanted.sample]), held.picture(store, wanted.sample)
    features(alone, f"image {wanted.sample}", shown, label, found.explanation)
    return found.explanation


def features(
    scene: Scene, image: str, shown: Picture, label: int | None, made: Explanation
) -> None:
    """Draw the weighted features of the label and of the classes that get most.

    Parameters
    ----------
    image, shown
        What the image is called, and the image.
    label
        Its class number; None where nobody knows it.
    """
    order = np.argsort(-made.trust.teacher, kind="stable").tolist()
    own = [place for place in order if int(made.classes[place]) == label]
    chosen = [*own, *(place for place in order if place not in own)][:SHOWN]
    chosen.sort(key=order.index)
    weighted = weighted_features(made.weights, shown).sum(axis=1, keepdims=True)
    pictures = greys(all_together(weighted)[:, 0])
    rows = []
    for place in chosen:
        class_ = int(made.classes[place])
        name = class_word(scene.names, class_, 14)
        rows.append(
            Tile(
                uri(pictures[place], SIDE),
                f"Weighted features of {image} for {name}",
                [
                    f"{name}{' (label)' if class_ == label else ''}",
                    f"teacher {made.trust.teacher[place]:.3f}",
                    f"student {made.trust.student[place]:.3f}",
                ],
            )
        )
    tiles(rows, SIDE)
    st.caption(
        "Weights of the hybrid student for a class's log-odds against the rest, times the image: "
        "white speaks for, black against; its probabilities come from its weights for the logits"
    )
