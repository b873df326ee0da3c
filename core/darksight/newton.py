"""One joint step of the student and all points: damped Gauss-Newton with the points eliminated.

The matrix of the whole problem is an arrow: every point meets the student's parameters and no
other point. Eliminating each point (2 x 2) leaves a system for the parameters alone, the Schur
complement, so the student moves knowing that its points will follow, and a fit takes tens of steps
where gradient descent takes thousands. Samples pass in blocks: memory does not grow with them.

Above ``COUPLED_CLASSES`` the complement keeps one 6 x 6 block per class, since the whole would be
6,000 x 6,000 for 1,000 classes.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from core.darksight.derivatives import (
    LOG_A,
    LOG_C,
    SHEAR,
    Teacher,
    Terms,
    Theta,
    log_q,
    losses,
    squared_length,
    terms,
)
from core.darksight.placement import DAMPING, Search, Swarm

COUPLED_CLASSES = 100
SHAPE = np.array([LOG_A, SHEAR, LOG_C])

Parts = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass
class Damping:
    """Levenberg's damping of the parameters, carried from step to step."""

    value: float = 1e-2
    most: float = 1e6


def objective(theta: Theta, loss, points, weight, pull: float, roundness: float) -> float:
    """Return equation 5 plus the weak springs: on points, and on how far classes are from round."""
    shape = theta[SHAPE]
    return float(
        weight @ (loss + pull * squared_length(points)) / weight.sum()
        + roundness * (shape * shape).sum() / theta.shape[1]
    )


def joint_step(
    search: Search, swarm: Swarm, theta: Theta, damping: Damping, roundness: float
) -> Theta | None:
    """Move student and points to where the objective is lower; None where no step lowers it.

    The points in ``swarm`` are moved in place.
    """
    before = objective(
        theta, swarm.loss, swarm.points, search.teacher.weight, search.pull, roundness
    )
    system = _System(search, swarm, theta, roundness)
    while damping.value <= damping.most:
        change = system.solve(damping.value)
        moved = theta + change
        proposal = _follow(search, swarm, theta, change)
        after = objective(
            moved, proposal.loss, proposal.points, search.teacher.weight, search.pull, roundness
        )
        if after < before:
            swarm.points[:], swarm.loss[:] = proposal.points, proposal.loss
            swarm.damping[:] = proposal.damping
            damping.value = max(damping.value / 3, 1e-7)
            return moved
        damping.value *= 8
    return None


class _System:
    """The Schur complement of the points and its right-hand side, summed over blocks."""

    def __init__(self, search: Search, swarm: Swarm, theta: Theta, roundness: float) -> None:
        classes = theta.shape[1]
        self.shape = theta.shape
        self.coupled = classes <= COUPLED_CLASSES
        size = 6 * classes
        self.matrix = np.zeros((size, size) if self.coupled else (classes, 6, 6))
        self.diagonal = np.zeros((6, classes))
        self.slope = np.zeros((6, classes))
        sums = self.matrix, self.diagonal, self.slope
        for parts in search.each(
            lambda chosen: self._part(search, swarm[chosen], search.teacher[chosen], theta)
        ):
            for whole, part in zip(sums, parts, strict=True):
                whole += part
        total = search.teacher.weight.sum()
        for whole in sums:
            whole /= total
        spring = np.zeros(self.shape)
        spring[SHAPE] = 2 * roundness / classes
        self.slope += spring * theta
        self.spring = spring + 1e-9 / classes  # the prior's common factor is free

    def _part(self, search: Search, swarm: Swarm, teacher: Teacher, theta: Theta) -> Parts:
        """What a block of samples adds to matrix, diagonal and slope."""
        now = terms(teacher, swarm.points, theta, search.degrees)
        w = teacher.weight
        d = now.by_theta()
        l11, l21, l22 = search.inverse(now.h, swarm)
        gx, gy = search.slope(now, swarm.points)
        root = np.sqrt(w)
        fx = gx / l11
        fy = (gy - l21 * fx) / l22
        beta_x, beta_y = now.cross()
        ex = beta_x / l11
        ey = (beta_y - l21 * ex) / l22
        slope = np.einsum("akn,kn->ak", d, now.gradient * w - ex * (fx * w) - ey * (fy * w))
        own = now.curvature + now.q * (now.total * now.q - 2 * now.curvature)
        diagonal = np.einsum("akn,akn,kn->ak", d, d, own * w)
        if self.coupled:
            matrix = self._coupled(d, now, w, (ex * root, ey * root))
        else:
            matrix = np.empty_like(self.matrix)
            weight = (own - ex * ex - ey * ey) * w
            for a in range(6):
                da = d[a] * weight
                for b in range(a + 1):
                    matrix[:, a, b] = matrix[:, b, a] = np.einsum("kn,kn->k", da, d[b])
        return matrix, diagonal, slope

    def _coupled(self, d, now: Terms, w, eliminated) -> np.ndarray:
        six, classes, samples = d.shape
        flat = (six * classes, samples)
        ds = d * (now.curvature * w)
        dq = (d * now.q).reshape(flat)
        matrix = np.zeros_like(self.matrix)
        view = matrix.reshape(six, classes, six, classes)
        every = np.arange(classes)
        for a in range(six):
            for b in range(six):
                view[a, every, b, every] += np.einsum("kn,kn->k", ds[a], d[b])
        # diag(s) - s q' - q s' + S q q', less the eliminated points
        left = ds.reshape(flat) - dq * (0.5 * now.total * w)
        mixed = left @ dq.T
        matrix -= mixed
        matrix -= mixed.T
        for e in eliminated:
            de = (d * e).reshape(flat)
            matrix -= de @ de.T
        return matrix

    def solve(self, damping: float) -> Theta:
        """Return the change of the parameters."""
        ridge = self.spring + damping * self.diagonal
        if self.coupled:
            matrix = self.matrix + np.diag(ridge.ravel())
            return -np.linalg.solve(matrix, self.slope.ravel()).reshape(self.shape)
        matrix = self.matrix.copy()
        matrix[:, np.arange(6), np.arange(6)] += ridge.T
        return -np.linalg.solve(matrix, self.slope.T[..., None])[..., 0].T


def _follow(search: Search, swarm: Swarm, theta: Theta, change: Theta) -> Swarm:
    """Return points after the student's change: each follows, or stays where that is better."""
    moved_theta = theta + change
    result = Swarm(
        np.empty_like(swarm.points), np.empty_like(swarm.loss), np.empty_like(swarm.damping)
    )

    def one(chosen: slice) -> None:
        part, teacher = swarm[chosen], search.teacher[chosen]
        now = terms(teacher, part.points, theta, search.degrees)
        along = _along(now, change)
        beta_x, beta_y = now.cross()
        gx, gy = search.slope(now, part.points)
        factor = search.inverse(now.h, part)
        gx, gy = gx + (beta_x * along).sum(axis=0), gy + (beta_y * along).sum(axis=0)
        l11, l21, l22 = factor
        fx = gx / l11
        step_y = (gy - l21 * fx) / l22 / l22
        moved = part.points - np.stack([(fx - l21 * step_y) / l11, step_y])
        there = losses(teacher, log_q(moved_theta, search.degrees, moved))
        here = losses(teacher, log_q(moved_theta, search.degrees, part.points))
        follows = there + search.pull * squared_length(
            moved
        ) <= here + search.pull * squared_length(part.points)
        result.points[:, chosen] = np.where(follows, moved, part.points)
        result.loss[chosen] = np.where(follows, there, here)
        result.damping[chosen] = np.clip(
            np.where(follows, part.damping / 3, part.damping * 3), *DAMPING
        )

    search.each(one)
    return result


def _along(now: Terms, change: Theta) -> Float[np.ndarray, "class sample"]:
    """Change of each logit by the change of the parameters alone, to first order."""
    return np.einsum("akn,ak->kn", now.by_theta(), change)
