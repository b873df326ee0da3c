"""The teacher's performance on one split at one checkpoint, computed once per run and kept.

Rows are the classes that the data holds images of. A teacher may predict others: together they
are one more column, `OTHER`, and one by one they stand among the confusions.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core import confusion
from core.calibration import expected_calibration_error, reliability
from core.intervals import Interval, wilson
from core.store import Store
from pages.charts.words import MOST_DRAWN
from pages.parts import reads
from pages.parts.reads import Samples
from pages.parts.selection import Split


@dataclass(frozen=True, eq=False)
class Confusions:
    """Pairs of true and predicted class that occur, largest first, then most confident first.

    `images` counts them, `confidence` is the mean of their largest probability.
    """

    true: np.ndarray
    predicted: np.ndarray
    images: np.ndarray
    confidence: np.ndarray

    def __len__(self) -> int:
        return len(self.true)

    def at(self, which: np.ndarray | slice) -> "Confusions":
        """Return those of the pairs."""
        return Confusions(
            self.true[which], self.predicted[which], self.images[which], self.confidence[which]
        )


@dataclass(frozen=True, eq=False)
class Performance:
    """How the teacher does on `n` images; `interval` is Wilson's, 95 %; `key` names the case.

    `matrix` counts true class in rows and predicted class in columns, both by `rows`, the numbers
    of the data's classes, and in a last column the predictions beyond them where there can be
    any; it is None where there are more classes than are drawn. `classes` has one row for each of
    `rows`, `bins` one for each bin of confidence.
    `wrong` images are misclassified. Without images `accuracy` is None.
    """

    key: tuple[object, ...]
    n: int
    wrong: int
    accuracy: float | None
    interval: Interval
    balanced_accuracy: float | None
    calibration_error: float | None
    rows: np.ndarray
    matrix: np.ndarray | None
    classes: pd.DataFrame
    confusions: Confusions
    bins: pd.DataFrame


def performance(store: Store, split: Split, epoch: float) -> Performance:
    """Return how the teacher at `epoch` does on the images of `split`."""
    return _performance(store, str(store.root), store.study, store.fingerprint, split, epoch)


@st.cache_resource(max_entries=24, show_spinner=False)
def _performance(
    _store: Store, root: str, study: str, fingerprint: str, split: Split, epoch: float
) -> Performance:
    samples, answers = reads.samples(_store), reads.predictions(_store, epoch)
    names, rows = reads.class_names(_store), reads.present_classes(_store)
    shown = _of_split(samples, split)
    label, predicted = samples.label[shown], answers.predicted[shown]
    confidence = answers.confidence[shown].astype(np.float64)
    right = label == predicted
    place = np.full(len(names), len(rows))
    place[rows] = np.arange(len(rows))
    columns = len(rows) + (len(rows) < len(names))
    row, column = place[label], place[predicted]
    confusions = _confusions(label, predicted, confidence, len(names))
    bins = reliability(confidence, right)
    n = len(label)
    return Performance(
        key=(root, study, fingerprint, split, epoch),
        n=n,
        wrong=n - int(right.sum()),
        accuracy=float(right.mean()) if n else None,
        interval=wilson(int(right.sum()), n),
        balanced_accuracy=confusion.balanced_accuracy(row, column, columns) if n else None,
        calibration_error=expected_calibration_error(confidence, right) if n else None,
        rows=rows,
        matrix=confusion.confusion_matrix(row, column, columns)[: len(rows)]
        if len(rows) <= MOST_DRAWN
        else None,
        classes=_classes(confusion.class_table(row, column, columns), names, rows, confusions),
        confusions=confusions,
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


def _of_split(samples: Samples, split: Split) -> np.ndarray | slice:
    if split == "all":
        return slice(None)
    return samples.is_test if split == "test" else ~samples.is_test


def _confusions(
    label: np.ndarray, predicted: np.ndarray, confidence: np.ndarray, outputs: int
) -> Confusions:
    wrong = label != predicted
    pairs = label[wrong].astype(np.int64) * outputs + predicted[wrong]
    found, place, count = np.unique(pairs, return_inverse=True, return_counts=True)
    mean = np.bincount(place, confidence[wrong], len(found)) / count
    order = np.lexsort((-mean, -count))
    return Confusions(found // outputs, found % outputs, count, mean).at(order)


def _classes(
    table: confusion.ClassTable, names: list[str], rows: np.ndarray, confusions: Confusions
) -> pd.DataFrame:
    true, first = np.unique(confusions.true, return_index=True)
    most = dict(zip(true.tolist(), confusions.predicted[first].tolist(), strict=True))
    of = slice(len(rows))
    return pd.DataFrame(
        {
            "class": rows,
            "name": [names[class_] for class_ in rows],
            "images": table.count[of],
            "precision": table.precision[of],
            "recall": table.recall[of],
            "F1": table.f1[of],
            "accuracy": table.accuracy[of],
            "most confused with": [
                names[most[class_]] if class_ in most else "" for class_ in rows.tolist()
            ],
        }
    )
