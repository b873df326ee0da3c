"""Two lists: the outliers, where the picture is least dense, and the points it misplaces most.

Outliers: sections 2.3 and 4.4, figures 9 and 10 of Schacherer's report on DarkSight (2018).
Misplaced: section 4.6, where pi = [9: 0.52, 0: 0.44] ends up at the border of the picture.
"""

import numpy as np
import streamlit as st

from pages.parts.darksight.cards import cards_of, classes_words, select_button, strip
from pages.parts.darksight.held import Picture
from pages.parts.scene import Scene
from pages.parts.wording import split_words

OUTLIERS = "darksight_outliers"
MISPLACED = "darksight_misplaced"
MOST = 24
HEIGHT = 400


def least_dense(scene: Scene, found: Picture) -> np.ndarray:
    """Return the samples of the split with the least density at their points, least first."""
    return _first(scene, found.confidence)


def most_misplaced(scene: Scene, found: Picture) -> np.ndarray:
    """Return the samples of the split with the largest symmetric KL divergence, largest first."""
    return _first(scene, -found.symmetric_kl)


def outlier_panel(scene: Scene, found: Picture, colors: list[str]) -> None:
    """Draw the least dense points as cards with their probability vectors."""
    ids = least_dense(scene, found)
    st.caption(
        f"The {len(ids)} of {split_words(scene.view.split, len(scene.shown))} where the picture is "
        f"least dense · {_wrong(scene, ids)} · bars: teacher, ticks: student, true class underlined"
    )
    cards = cards_of(scene, found, ids, colors)
    strip(scene, OUTLIERS, cards, HEIGHT, "No image in this split.")
    select_button(ids, "Select these", "w_select_outliers")


def misplaced_panel(scene: Scene, found: Picture, colors: list[str]) -> None:
    """Draw the points whose place tells the teacher's probabilities worst, as cards."""

    def words(sample: int) -> list[str]:
        kl = f"{found.symmetric_kl[sample]:.3f} nats"
        return [kl, f"#{sample}", classes_words(scene, sample)]

    ids = most_misplaced(scene, found)
    kl = found.symmetric_kl[scene.shown]
    usual = f"half of the split is below {np.median(kl):.4f} nats" if len(kl) else "no image"
    st.caption(
        f"The {len(ids)} of {split_words(scene.view.split, len(scene.shown))} that the picture "
        f"misplaces most, by their own symmetric KL ({usual}): where bars (teacher) and ticks "
        "(student, at that place) disagree, two dimensions did not suffice"
    )
    cards = cards_of(scene, found, ids, colors, title=words)
    strip(scene, MISPLACED, cards, HEIGHT, "No image in this split.")
    select_button(ids, "Select these", "w_select_misplaced")


def _first(scene: Scene, values: np.ndarray) -> np.ndarray:
    order = np.argsort(values[scene.shown], kind="stable")
    return scene.shown[order[:MOST]]


def _wrong(scene: Scene, ids: np.ndarray) -> str:
    """Say how many of these are misclassified, and how many of all are."""
    assert scene.answers is not None
    wrong = scene.answers.predicted != scene.samples.label
    here, everywhere = int(wrong[ids].sum()), int(wrong[scene.shown].sum())
    return f"{here} of the split's {everywhere} misclassified images are among them"
