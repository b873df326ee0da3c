"""Fitted scikit-learn estimators as teachers, and the two of the built-in studies.

An estimator reads one row of ``height * width * channel`` numbers in 0..1 per image, and must be
fitted on label numbers. It is fitted again by its factory wherever it is needed: nothing is pickled
(DeepVID, section 9, explains such classifiers that are no networks).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from core.axes import Images
from core.datasets import load
from core.teachers.factory import one_line
from core.teachers.inference import as_logits
from core.teachers.protocol import Capability, Predictions


@dataclass(frozen=True)
class EstimatorTeacher:
    """A fitted estimator with ``predict_proba`` as a teacher; ``batch_size`` images at once."""

    estimator: Any
    num_classes: int
    batch_size: int = 4096

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Probabilities of any image."""
        return frozenset({Capability.PROBABILITIES, Capability.NEW_IMAGES})

    def predict(self, images: Images) -> Predictions:
        """Return the logarithms of the estimator's probabilities.

        Raises
        ------
        ValueError
            If there is no image, the estimator raises, its classes are not label numbers, or what
            it gives are no probabilities.
        """
        return Predictions(as_logits(self.raw(images), "probabilities"), None)

    def raw(self, images: Images) -> np.ndarray:
        """Return the estimator's probabilities, unchecked, in the columns of their classes.

        Raises ``ValueError`` as ``predict`` does, but not for what the numbers are.
        """
        if len(images) == 0:
            raise ValueError("images must hold at least one image, got none")
        columns = self._columns()
        probabilities = np.zeros((len(images), self.num_classes))
        for start in range(0, len(images), self.batch_size):
            batch = images[start : start + self.batch_size]
            try:
                found = np.asarray(self.estimator.predict_proba(rows(batch)))
            except Exception as error:  # whatever a user's code raises is one line of ours
                raise ValueError(
                    f"the estimator's predict_proba raised {one_line(error)}: it must take one "
                    f"row of {rows(batch[:1]).shape[1]} numbers in 0..1 per image"
                ) from error
            if found.shape != (len(batch), len(columns)):
                raise ValueError(
                    f"the estimator must give {len(columns)} probabilities per image, "
                    f"got shape {found.shape}"
                )
            probabilities[start : start + len(batch), columns] = found
        return probabilities

    def _columns(self) -> np.ndarray:
        """Which class each column of the estimator means."""
        classes = np.asarray(getattr(self.estimator, "classes_", ()))
        if classes.size == 0:
            raise ValueError(
                "the estimator has no classes_: the factory must return it fitted, got "
                f"{type(self.estimator).__name__}"
            )
        whole = classes.dtype.kind in "iu"
        if not whole or classes.min() < 0 or classes.max() >= self.num_classes:
            raise ValueError(
                f"the estimator must be fitted on label numbers from 0 to {self.num_classes - 1}, "
                f"got classes {', '.join(map(str, classes[:8]))}"
            )
        return classes


def rows(images: Images) -> Float[np.ndarray, "sample feature"]:
    """Return what an estimator reads: one row per image, float32 in 0..1."""
    return images.reshape(len(images), -1).astype(np.float32) / 255


def digits_forest(trees: int = 200, seed: int = 0, limit: int | None = None) -> Any:
    """Return a random forest fitted on the training digits; ``limit`` as in ``load``."""
    from sklearn.ensemble import RandomForestClassifier  # a second of import

    return RandomForestClassifier(trees, random_state=seed, n_jobs=1).fit(*_digits(limit, seed))


def digits_svm(seed: int = 0, limit: int | None = None) -> Any:
    """Return a support vector machine (radial kernel) fitted on the training digits.

    Its scores become probabilities by Platt's sigmoid, fitted on five folds; ``limit`` as in
    ``load``.
    """
    from sklearn.calibration import CalibratedClassifierCV  # a second of import
    from sklearn.model_selection import StratifiedKFold
    from sklearn.svm import SVC

    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    machine = SVC(C=10.0, gamma="scale")
    one: Any = False  # one machine of all digits, not five; scikit-learn's types know "auto" only
    return CalibratedClassifierCV(machine, cv=folds, ensemble=one).fit(*_digits(limit, seed))


def _digits(limit: int | None, seed: int) -> tuple[np.ndarray, np.ndarray]:
    data = load("digits", limit=limit, seed=seed)
    train = data.rows("train")
    return rows(data.images[train]), data.labels[train]
