"""The teacher's performance on one split at one checkpoint, computed once per run and kept."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core import confusion
from core.calibration import expected_calibration_error, reliability
from core.intervals import Interval, wilson
from core.store import Store
from pages.parts import reads
from pages.parts.selection import Split


@dataclass(frozen=True, eq=False)
class Performance:
    """How the teacher does on `n` images; `interval` is Wilson's, 95 %; `key` names the case.

    `matrix` counts true class in rows and predicted class in columns, `classes` has one row for
    each class, `bins` one for each bin of confidence. Without images `accuracy` is None.
    """

    key: tuple[object, ...]
    n: int
    accuracy: float | None
    interval: Interval
    balanced_accuracy: float | None
    calibration_error: float | None
    matrix: np.ndarray
    classes: pd.DataFrame
    bins: pd.DataFrame


def performance(store: Store, split: Split, epoch: float) -> Performance:
    """Return how the teacher at `epoch` does on the images of `split`."""
    return _performance(store, str(store.root), store.study, store.fingerprint, split, epoch)


@st.cache_resource(max_entries=24, show_spinner=False)
def _performance(
    _store: Store, root: str, study: str, fingerprint: str, split: Split, epoch: float
) -> Performance:
    samples, answers = reads.samples(_store), reads.predictions(_store, epoch)
    names = reads.class_names(_store)
    shown = {"all": slice(None), "test": samples.is_test, "train": ~samples.is_test}[split]
    label, predicted = samples.label[shown], answers.predicted[shown]
    confidence = answers.confidence[shown].astype(np.float64)
    right = label == predicted
    table = confusion.class_table(label, predicted, len(names))
    bins = reliability(confidence, right)
    n = len(label)
    return Performance(
        key=(root, study, fingerprint, split, epoch),
        n=n,
        accuracy=float(right.mean()) if n else None,
        interval=wilson(int(right.sum()), n),
        balanced_accuracy=confusion.balanced_accuracy(label, predicted, len(names)) if n else None,
        calibration_error=expected_calibration_error(confidence, right) if n else None,
        matrix=confusion.confusion_matrix(label, predicted, len(names)),
        classes=pd.DataFrame(
            {
                "class": np.arange(len(names)),
                "name": names,
                "images": table.count,
                "precision": table.precision,
                "recall": table.recall,
                "F1": table.f1,
                "accuracy": table.accuracy,
                "most confused with": [
                    names[other] if other >= 0 else "" for other in table.confused_with
                ],
            }
        ),
        bins=pd.DataFrame(
            {
                "low": bins.edges[:-1],
                "high": bins.edges[1:],
                "confidence": bins.confidence,
                "accuracy": bins.accuracy,
                "n": bins.count,
            }
        ),
    )
