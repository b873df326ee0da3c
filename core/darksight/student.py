"""The student: naive Bayes in the plane, one Student-t (or Gaussian) per class.

Source: Xu, Park, Yi and Sutton, "Interpreting Deep Classifier by Visual Distillation of Dark
Knowledge" (2018), as reported by Schacherer (2018); equation 8 there. Our ``points`` are their
y_i, our ``means``, ``factors`` and ``degrees`` their theta_c, our ``log_prior`` their theta_p.

A class's scale matrix S is kept as the lower triangular W with inverse(S) = W'W, so that it stays
positive whatever is learned, and its determinant and the squared distance |W(y - mean)|^2 need no
inversion. In the plane the constant of a Student-t is 1 / (2 pi) for any degrees of freedom, as
for the Gaussian, which is the limit of infinitely many.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Points = Float[np.ndarray, "point 2"]
PointProbabilities = Float[np.ndarray, "point class"]


@dataclass(frozen=True)
class Student:
    """A class-conditional density per class, and how frequent the classes are.

    ``means``  centre of each class in the plane
    ``factors``  lower triangular W of each class; its scale matrix is inverse(W'W)
    ``log_prior``  logarithm of the categorical prior; its exponentials sum to 1
    ``degrees``  degrees of freedom, above 0; infinity makes the conditionals Gaussian
    """

    means: Float[np.ndarray, "class 2"]
    factors: Float[np.ndarray, "class 2 2"]
    log_prior: Float[np.ndarray, " class"]
    degrees: float

    def __post_init__(self) -> None:
        if not self.degrees > 0:
            raise ValueError(f"degrees of freedom must be positive, got {self.degrees}")

    @property
    def classes(self) -> int:
        """Number of classes."""
        return len(self.means)

    @property
    def scale_matrices(self) -> Float[np.ndarray, "class 2 2"]:
        """Scale matrix of each class: the covariance where the conditionals are Gaussian."""
        return np.linalg.inv(self.factors.transpose(0, 2, 1) @ self.factors)


def log_joint(student: Student, points: Points) -> PointProbabilities:
    """Return log P(y | c) + log P(c) for each point and class (numerator of equation 8)."""
    step = points[:, None, :].astype(np.float64) - student.means
    (a, c), b = student.factors[:, [0, 1], [0, 1]].T, student.factors[:, 1, 0]
    squared = (a * step[..., 0]) ** 2 + (b * step[..., 0] + c * step[..., 1]) ** 2
    if np.isinf(student.degrees):
        kernel = -squared / 2
    else:
        kernel = -(student.degrees + 2) / 2 * np.log1p(squared / student.degrees)
    return student.log_prior + np.log(np.abs(a * c) / (2 * np.pi)) + kernel


def log_probabilities(student: Student, points: Points) -> PointProbabilities:
    """Return log P(c | y) for each point and class (logarithm of equation 8)."""
    joint = log_joint(student, points)
    joint -= joint.max(axis=1, keepdims=True)
    return joint - np.log(np.exp(joint).sum(axis=1, keepdims=True))


def probabilities(student: Student, points: Points) -> PointProbabilities:
    """Return P(c | y) for each point and class; rows sum to 1 (equation 8)."""
    return np.exp(log_probabilities(student, points))
