"""How well the teacher knows each class: accuracy and histogram over the class's own images."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.store import Store
from pages.parts import reads
from pages.parts.selection import Split
from pages.parts.summit import held

BINS = 20


@dataclass(frozen=True, eq=False)
class Standing:
    """By place: top-1 accuracy (NaN without images), images, and a histogram.

    The histogram counts a class's own images by the probability that the teacher gives it, in
    `BINS` bins of equal width from 0 to 1.
    """

    accuracy: np.ndarray
    images: np.ndarray
    histogram: np.ndarray


def standing(store: Store, split: Split, epoch: float) -> Standing:
    """Return it for the images of a split at a checkpoint."""
    key = (str(store.root), store.study, store.fingerprint)
    return _standing(store, *key, split, epoch)


@st.cache_resource(max_entries=8, show_spinner=False)
def _standing(
    _store: Store, root: str, study: str, fingerprint: str, split: Split, epoch: float
) -> Standing:
    samples, answers = reads.samples(_store), reads.predictions(_store, epoch)
    classes = held.outline(_store).classes
    place = np.searchsorted(classes, samples.label)
    counted = place < len(classes)
    counted &= classes[np.minimum(place, len(classes) - 1)] == samples.label
    if split != "all":
        counted &= samples.is_test == (split == "test")
    place = place[counted]
    right = answers.predicted[counted] == samples.label[counted]
    images = np.bincount(place, minlength=len(classes))
    total = np.where(images > 0, images, np.nan)
    accuracy = np.bincount(place, weights=right, minlength=len(classes)) / total
    share = answers.true_probability[counted].astype(np.float64)
    bin_ = np.clip((share * BINS).astype(int), 0, BINS - 1)
    cells = np.bincount(place * BINS + bin_, minlength=len(classes) * BINS)
    return Standing(accuracy, images, cells.reshape(len(classes), BINS))
