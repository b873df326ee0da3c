"""Derivatives of the symmetric KL divergence by points and student, for a fit in blocks.

Arrays are laid out with the class first ("class sample"): sums over ten classes are then additions
of long rows. The student is the array ``theta`` with the rows mean x, mean y, log W11, W21,
log W22 and log prior, and one column per class.

The loss of a sample is the sum over classes of residuals squared, rho_k^2 = (p_k - q_k)(log p_k -
log q_k) / 2. Its Gauss-Newton matrix by the student's logits z is 2 J'J with J = diag(s) - s q',
s_k = q_k drho_k/dq_k. It is positive semidefinite and becomes exact as the student becomes right,
which Newton's own matrix is not; steps of points alone use Newton's where it is definite.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from core.darksight.student import Student

Theta = Float[np.ndarray, "6 class"]
Plane = Float[np.ndarray, "2 sample"]
ByClass = Float[np.ndarray, "class sample"]
PerSample = Float[np.ndarray, " sample"]

MEAN_X, MEAN_Y, LOG_A, SHEAR, LOG_C, LOG_PRIOR = range(6)
TINY = 1e-300


def theta_of(student: Student) -> Theta:
    """Return the student as one array of parameters; factors must have a positive diagonal."""
    (a, c), b = student.factors[:, [0, 1], [0, 1]].T, student.factors[:, 1, 0]
    x, y = student.means.T
    return np.stack([x, y, np.log(a), b, np.log(c), student.log_prior])


def student_of(theta: Theta, degrees: float) -> Student:
    """Return the student that an array of parameters stands for, its prior summing to 1."""
    factors = np.zeros((theta.shape[1], 2, 2))
    factors[:, 0, 0], factors[:, 1, 1] = np.exp(theta[LOG_A]), np.exp(theta[LOG_C])
    factors[:, 1, 0] = theta[SHEAR]
    prior = theta[LOG_PRIOR] - theta[LOG_PRIOR].max()
    prior = prior - np.log(np.exp(prior).sum())
    return Student(theta[:2].T.copy(), factors, prior, degrees)


@dataclass(frozen=True)
class Teacher:
    """The teacher's probabilities and their logarithms, the class first, and sample weights."""

    p: ByClass
    log_p: ByClass
    weight: PerSample  # how many samples share this row

    def __getitem__(self, chosen) -> "Teacher":
        return Teacher(self.p[:, chosen], self.log_p[:, chosen], self.weight[chosen])


def log_q(theta: Theta, degrees: float, points: Plane) -> ByClass:
    """Return log P(c | y) with the class first."""
    *_, squared = _offsets(theta, points)
    return _normalized(_logits(theta, degrees, squared))


def losses(teacher: Teacher, logs: ByClass) -> PerSample:
    """Return the symmetric KL divergence of each sample, given the student's log q."""
    difference = teacher.p - np.exp(logs)
    difference *= teacher.log_p - logs
    return 0.5 * difference.sum(axis=0)


def squared_length(points: Plane) -> PerSample:
    """Return |y|^2 of each point."""
    return (points * points).sum(axis=0)


@dataclass(frozen=True)
class Terms:
    """Loss of each sample and what its derivatives are made of.

    ``gradient``  of the loss by the logits z
    ``curvature``  2 s^2 by class, see the head of the file; ``total`` is its sum
    ``along_x``, ``along_y``  dz/dy, the change of each logit as the point moves
    ``g``, ``h``  gradient (x, y) and Gauss-Newton matrix (xx, xy, yy) of the loss by the point
    ``excess``  log(q / p) less its mean under q; ``slope``  dz/d(d^2), twice
    """

    loss: PerSample
    q: ByClass
    gradient: ByClass
    curvature: ByClass
    total: PerSample
    along_x: ByClass
    along_y: ByClass
    g: tuple[PerSample, PerSample]
    h: tuple[PerSample, PerSample, PerSample]
    excess: ByClass
    slope: ByClass
    _parts: tuple

    def by_theta(self) -> Float[np.ndarray, "6 class sample"]:
        """Return dz_k / dtheta_k for each parameter of each class."""
        e1, e2, v1, u1, w2 = self._parts
        result = np.empty((6, *e1.shape))
        np.negative(self.along_x, out=result[MEAN_X])
        np.negative(self.along_y, out=result[MEAN_Y])
        result[LOG_A] = 1 + e1 * u1
        result[SHEAR] = e2 * v1
        result[LOG_C] = 1 + e2 * w2
        result[LOG_PRIOR] = 1
        return result

    def newton(self, theta: Theta, degrees: float) -> tuple[PerSample, PerSample, PerSample]:
        """Return the second derivatives of the loss by the point where they are positive definite.

        Elsewhere the Gauss-Newton matrix.
        """
        x, y, q, excess = self.along_x, self.along_y, self.q, self.excess
        a, b, c = (
            row[:, None] for row in (np.exp(theta[LOG_A]), theta[SHEAR], np.exp(theta[LOG_C]))
        )
        bend = 0.0 if np.isinf(degrees) else 2 / (degrees + 2)
        g = self.gradient
        # by the logits: diag(d) - q q' - (t q' + q t') / 2 with t = q excess, d = q + t / 2
        t = q * excess
        d = q + t / 2 + g * bend
        down = g * self.slope
        qx, qy, tx, ty = ((one * other).sum(axis=0) for one in (q, t) for other in (x, y))
        exact = (
            (d * x * x + down * (a * a + b * b)).sum(axis=0) - qx * (qx + tx),
            (d * x * y + down * (b * c)).sum(axis=0) - qx * qy - (qx * ty + qy * tx) / 2,
            (d * y * y + down * (c * c)).sum(axis=0) - qy * (qy + ty),
        )
        xx, xy, yy = exact
        good = (xx > 0) & (xx * yy - xy * xy > 1e-6 * xx * np.abs(yy))
        safe = self.h
        return np.where(good, xx, safe[0]), np.where(good, xy, safe[1]), np.where(good, yy, safe[2])

    def cross(self) -> tuple[ByClass, ByClass]:
        """Return the weights beta_x, beta_y of the mixed Gauss-Newton matrix by point and theta.

        Its entry for the parameter m of class k is beta_k dz_k / dtheta_km.
        """
        q, s = self.q, self.curvature
        found = []
        for along in (self.along_x, self.along_y):
            s_mean, q_mean = (s * along).sum(axis=0), (q * along).sum(axis=0)
            found.append(s * (along - q_mean) - (s_mean - self.total * q_mean) * q)
        return found[0], found[1]


def terms(teacher: Teacher, points: Plane, theta: Theta, degrees: float) -> Terms:
    """Return loss and derivatives of each sample."""
    v1, w2, (a, b, c), u1, u2, squared = _offsets(theta, points)
    logs = _normalized(_logits(theta, degrees, squared))
    q = np.exp(logs)
    ratio = logs - teacher.log_p
    difference = q - teacher.p
    residual = 0.5 * difference * ratio
    loss = residual.sum(axis=0)
    q_ratio = q * ratio
    excess = ratio - q_ratio.sum(axis=0)
    gradient = 0.5 * (difference + q * excess)
    # (q drho/dq)^2 = (q log(q/p) + q - p)^2 / (16 rho^2); it tends to q / 2 as q tends to p
    top = q_ratio + difference
    top *= top
    top /= np.maximum(16 * residual, TINY)
    s = np.where(residual > 1e-14 * q, top, 0.5 * q)
    s *= 2
    total = s.sum(axis=0)
    gaussian = np.isinf(degrees)
    slope = np.full_like(q, -1) if gaussian else -(degrees + 2) / (degrees + squared)
    e1, e2 = slope * u1, slope * u2
    x, y = a * e1 + b * e2, c * e2
    sx, sy, qx, qy = ((one * other).sum(axis=0) for one in (s, q) for other in (x, y))
    g = (gradient * x).sum(axis=0), (gradient * y).sum(axis=0)
    h = (
        (s * x * x).sum(axis=0) - 2 * sx * qx + total * qx * qx,
        (s * x * y).sum(axis=0) - sx * qy - sy * qx + total * qx * qy,
        (s * y * y).sum(axis=0) - 2 * sy * qy + total * qy * qy,
    )
    parts = e1, e2, v1, u1, w2
    return Terms(loss, q, gradient, s, total, x, y, g, h, excess, slope, parts)


def _offsets(theta: Theta, points: Plane):
    """Offsets from each class's centre, and the same in units of its scale, u = W (y - mean)."""
    v1 = points[0] - theta[MEAN_X][:, None]
    v2 = points[1] - theta[MEAN_Y][:, None]
    a, c = np.exp(theta[LOG_A])[:, None], np.exp(theta[LOG_C])[:, None]
    b = theta[SHEAR][:, None]
    w2 = c * v2
    u1, u2 = a * v1, b * v1 + w2
    return v1, w2, (a, b, c), u1, u2, u1 * u1 + u2 * u2


def _logits(theta: Theta, degrees: float, squared: ByClass) -> ByClass:
    height = (theta[LOG_A] + theta[LOG_C] + theta[LOG_PRIOR])[:, None]
    if np.isinf(degrees):
        return height - squared / 2
    return height - (degrees + 2) / 2 * np.log1p(squared / degrees)


def _normalized(logits: ByClass) -> ByClass:
    logits -= logits.max(axis=0)
    logits -= np.log(np.exp(logits).sum(axis=0))
    return logits
