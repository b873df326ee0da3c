"""Which class is taken for which, and how well each one is recognised."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.axes import Labels

Confusion = Int[np.ndarray, "class predicted"]


@dataclass(frozen=True)
class ClassTable:
    """One value per class, in class order; a share is NaN where it would be 0 / 0.

    ``count``  samples that truly belong to the class
    ``precision``  share of the samples predicted as this class that are; NaN if none is predicted
    ``recall``  share of the class's samples predicted as it; NaN if it has no sample
    ``f1``  harmonic mean of both, 2 hits / (count + predicted); NaN if the class appears nowhere
    ``accuracy``  share of all samples on the right side of "this class or another"
    ``confused_with``  the other class that takes most of its samples (the first of equals),
    -1 if none is lost
    """

    count: Int[np.ndarray, " class"]
    precision: Float[np.ndarray, " class"]
    recall: Float[np.ndarray, " class"]
    f1: Float[np.ndarray, " class"]
    accuracy: Float[np.ndarray, " class"]
    confused_with: Int[np.ndarray, " class"]


def confusion_matrix(labels: Labels, predicted: Labels, classes: int) -> Confusion:
    """Return counts with the true class in rows and the predicted class in columns.

    Parameters
    ----------
    labels, predicted
        True and predicted class of each sample, 0..classes-1.
    classes
        Number of classes, and so of rows and of columns.

    Raises
    ------
    ValueError
        If a class lies outside the range.
    """
    for name, values in (("labels", labels), ("predicted", predicted)):
        if len(values) and not 0 <= values.min() <= values.max() < classes:
            raise ValueError(
                f"{name} must be from 0 to {classes - 1}, got {values.min()} to {values.max()}"
            )
    cells = labels.astype(np.int64) * classes + predicted
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


def class_table(labels: Labels, predicted: Labels, classes: int) -> ClassTable:
    """Return count, precision, recall, F1, accuracy and the most frequent confusion per class.

    Arguments and errors as in ``confusion_matrix``.
    """
    matrix = confusion_matrix(labels, predicted, classes)
    hits = np.diag(matrix)
    count, asked = matrix.sum(axis=1), matrix.sum(axis=0)
    lost = matrix - np.diag(hits)
    n = len(labels)
    with np.errstate(invalid="ignore"):  # 0 / 0 is the NaN we promise
        return ClassTable(
            count=count,
            precision=hits / asked,
            recall=hits / count,
            f1=2 * hits / (count + asked),
            accuracy=(n - count - asked + 2 * hits) / np.float64(n),
            confused_with=np.where(lost.any(axis=1), lost.argmax(axis=1), -1),
        )


def accuracy(labels: Labels, predicted: Labels) -> float:
    """Return the share of samples predicted as their true class; no sample is an error."""
    if len(labels) == 0:
        raise ValueError("accuracy needs at least one sample, got none")
    return float((labels == predicted).mean())


def balanced_accuracy(labels: Labels, predicted: Labels, classes: int) -> float:
    """Return the mean recall over the classes that have samples; no sample is an error."""
    if len(labels) == 0:
        raise ValueError("balanced accuracy needs at least one sample, got none")
    return float(np.nanmean(class_table(labels, predicted, classes).recall))
