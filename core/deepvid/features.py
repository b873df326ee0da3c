"""What a student shows: weight images, weighted features, why this class and not that.

Source: DeepVID, section 6.3 (``weighted_features`` are its w_i a_i, figure 1c: weight images are
normalised each alone, weighted features all together) and figure 13c (two images times the weights
of two classes).
"""

import numpy as np
from jaxtyping import Float

from core.deepvid.student import Student
from core.generators.generator import Picture, Pictures

Features = Float[np.ndarray, "class channel height width"]


def weighted_features(student: Student, picture: Picture) -> Features:
    """Return each class's weights times the image: what every value adds to the class's logit."""
    if picture.shape != student.weights.shape[1:]:
        raise ValueError(
            f"picture must have shape {student.weights.shape[1:]}, got {picture.shape}"
        )
    return student.weights * picture


def this_not_that(
    student: Student, picture: Picture, this: int, that: int
) -> Float[np.ndarray, "channel height width"]:
    """Return the difference of two classes' weighted features: positive speaks for ``this``."""
    features = weighted_features(student, picture)
    return features[this] - features[that]


def crossed(
    student: Student, pictures: Pictures, classes: tuple[int, int]
) -> Float[np.ndarray, "sample 2 channel height width"]:
    """Return every picture times the weights of both classes (figure 13c)."""
    return pictures[:, None] * student.weights[list(classes)]


def each_alone(images: Features) -> Features:
    """Return every image stretched to 0..1 by its own extremes; a flat one is 0.5 everywhere."""
    axes = tuple(range(1, images.ndim))
    return _stretched(images, images.min(axes, keepdims=True), images.max(axes, keepdims=True))


def all_together(images: Features) -> Features:
    """Return the images stretched to 0..1 by their common extremes; flat ones are 0.5."""
    return _stretched(images, images.min(keepdims=True), images.max(keepdims=True))


def _stretched(images: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    span = np.asarray(high - low)
    flat = np.full_like(images, 0.5)
    return np.divide(images - low, span, out=flat, where=np.broadcast_to(span > 0, images.shape))
