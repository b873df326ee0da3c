"""Deciding early: a linear classifier on each class's top channels of a layer (section 8.5).

The paper proposes max pooling of the channels that matter most to each class, followed by a dense
layer. The dense layer here is ridge regression onto the classes' indicator vectors, in closed
form, so that every layer takes milliseconds and always gives the same answer; features are the
channels' maxima, divided by their spread over the training images.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True)
class EarlyDecision:
    """A layer's own decision.

    ``accuracy`` is the share of each class's test images decided rightly (NaN without any);
    ``predicted`` the decision for each test image; ``channels`` those that were looked at.
    """

    accuracy: Float[np.ndarray, " class"]
    predicted: Int[np.ndarray, " sample"]
    channels: Int[np.ndarray, " channel"]


def top_of_classes(
    counts: Int[np.ndarray, "class channel"], per_class: int
) -> Int[np.ndarray, " _"]:
    """Return the channels that are among the most counted of some class, in order."""
    order = np.argsort(-counts, axis=1, kind="stable")[:, :per_class]
    counted = np.take_along_axis(counts, order, 1) > 0
    return np.unique(order[counted])


def early_decision(
    train: Float[np.ndarray, "image channel"],
    train_labels: Int[np.ndarray, " image"],
    test: Float[np.ndarray, "sample channel"],
    test_labels: Int[np.ndarray, " sample"],
    counts: Int[np.ndarray, "class channel"],
    *,
    per_class: int = 3,
    ridge: float = 1e-2,
) -> EarlyDecision:
    """Return how well a layer decides alone.

    Parameters
    ----------
    train, train_labels
        Maxima Z of the layer and true classes of the images to learn from.
    test, test_labels
        The same of the images to decide about.
    counts
        A of the layer, of the training images.
    per_class
        Channels that each class contributes, at least 1.
    ridge
        Weight of the penalty, relative to the number of training images.
    """
    if per_class < 1:
        raise ValueError(f"per_class must be at least 1, got {per_class}")
    classes = len(counts)
    channels = top_of_classes(counts, per_class)
    x, y = _features(train, channels), np.eye(classes)[train_labels]
    mean, spread = x.mean(0), x.std(0)
    spread = np.where(spread > 0, spread, 1)
    x = (x - mean) / spread
    gram = x.T @ x + ridge * len(x) * np.eye(len(channels))
    weight = np.linalg.solve(gram, x.T @ (y - y.mean(0)))
    score = (_features(test, channels) - mean) / spread @ weight + y.mean(0)
    predicted = score.argmax(1)
    right = np.bincount(test_labels[predicted == test_labels], minlength=classes)
    total = np.bincount(test_labels, minlength=classes)
    accuracy = np.divide(right, total, out=np.full(classes, np.nan), where=total > 0)
    return EarlyDecision(accuracy, predicted, channels)


def _features(maxima: np.ndarray, channels: np.ndarray) -> np.ndarray:
    return np.asarray(maxima[:, channels], np.float64)


def decided_early(
    accuracy: Mapping[str, Float[np.ndarray, " class"]],
    final: Float[np.ndarray, " class"],
    *,
    slack: float = 0.02,
) -> dict[int, str]:
    """Return, for each class that a layer decides as well as the teacher, the first such layer.

    Parameters
    ----------
    accuracy
        Per layer, from the lowest on, the accuracy of each class.
    final
        The teacher's.
    slack
        How much less may pass as well. The last layer does not count as early.
    """
    names = list(accuracy)
    found: dict[int, str] = {}
    for name in names[:-1]:
        for label in np.nonzero(accuracy[name] >= final - slack)[0]:
            found.setdefault(int(label), name)
    return dict(sorted(found.items()))
