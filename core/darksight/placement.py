"""Where in the plane a prediction belongs while the student stays as it is.

The paper's method has no place for a new sample. Here each sample minimises its own loss (equation
5 of Schacherer's report, one term): the best of a few thousand candidate places first, since the
loss has several valleys, then damped Newton steps of two unknowns, each sample with its own
damping. The fit uses the same search for its samples, so a training sample placed anew lands where
it was.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.spatial.distance import cdist

from core.axes import Points, Probabilities, Scalars
from core.darksight.candidates import CandidateCost, candidates
from core.darksight.derivatives import (
    TINY,
    PerSample,
    Plane,
    Teacher,
    Terms,
    Theta,
    log_q,
    losses,
    squared_length,
    terms,
    theta_of,
)
from core.darksight.loss import FLOOR, soften
from core.darksight.student import Student
from core.side_by_side import side_by_side

PULL = 1e-5
BLOCK_ENTRIES = 128_000  # numbers in one class x sample array: 1 MB, so that several stay in cache
TABLE_ENTRIES = 2_000_000  # costs of samples at candidate places
FIRST_DAMPING = 1e-2
DAMPING = (1e-9, 1e9)
SETTLING_STEPS = 60
VALLEYS = 3
PROBES = 8
WALKS = 16
SAME = 1e-9  # nats: a valley must be deeper by more than rounding to be another's better
TIE_MARGIN = 1e-3  # nats by which a kept top class leads: survives rounding places to float32

Result = TypeVar("Result")


@dataclass(frozen=True)
class Placement:
    """A place for each sample, and the symmetric KL divergence (nats) that remains there."""

    points: Points
    symmetric_kl: Scalars


def place(
    student: Student,
    probabilities: Probabilities,
    *,
    temperature: float = 1.0,
    floor: float = FLOOR,
    pull: float = PULL,
    keep_top_class: bool = True,
    steps: int = SETTLING_STEPS,
) -> Placement:
    """Return the place of each sample under a fixed student.

    Parameters
    ----------
    student
        As fitted.
    probabilities
        The teacher's for the samples; as many classes as the student has.
    temperature, floor, pull, keep_top_class
        As in the fit's settings.
    steps
        Most Newton steps per sample and valley.

    Raises
    ------
    ValueError
        If the number of classes differs, or for what ``soften`` refuses.
    """
    if probabilities.ndim == 2 and probabilities.shape[1] != student.classes:
        raise ValueError(
            f"the student knows {student.classes} classes, the probabilities have "
            f"{probabilities.shape[1]}"
        )
    logs = np.ascontiguousarray(soften(probabilities, temperature, floor).T)
    teacher = Teacher(np.exp(logs), logs, np.ones(logs.shape[1]))
    search = Search(teacher, student.degrees, pull)
    theta = theta_of(student)
    swarm = search.start(theta)
    search.settle(swarm, theta, steps)
    if keep_top_class:
        search.keep_top_class(swarm, theta)
    return Placement(swarm.points.T.copy(), swarm.loss)


@dataclass
class Swarm:
    """Places of all samples under way, their loss (without the pull) and their damping."""

    points: Plane
    loss: PerSample
    damping: PerSample

    def __getitem__(self, chosen) -> "Swarm":
        """Return the chosen samples; for a slice, changes made in place reach the whole."""
        return Swarm(self.points[:, chosen], self.loss[chosen], self.damping[chosen])


@dataclass(frozen=True)
class Search:
    """What a sample's loss depends on besides its place and the student.

    Blocks of samples are worked on side by side, by as many threads as there are ``workers``; what
    comes out does not depend on their number.
    """

    teacher: Teacher
    degrees: float
    pull: float
    workers: int = 1

    def each(self, work: Callable[[slice], Result], largest: int = BLOCK_ENTRIES) -> list[Result]:
        """Return what ``work`` makes of each block, in their order."""
        return list(side_by_side(work, list(self.blocks(largest)), self.workers))

    def blocks(self, largest: int) -> Iterator[slice]:
        """Slices of samples that keep the arrays of a block small."""
        classes, samples = self.teacher.p.shape
        step = max(64, largest // classes)
        for begin in range(0, samples, step):
            yield slice(begin, min(begin + step, samples))

    def start(self, theta: Theta) -> Swarm:
        """Return every sample at its best candidate place."""
        n = self.teacher.p.shape[1]
        swarm = Swarm(np.zeros((2, n)), np.full(n, np.inf), np.full(n, FIRST_DAMPING))
        self.relocate(swarm, theta)
        return swarm

    def relocate(self, swarm: Swarm, theta: Theta) -> None:
        """Move each sample to its best candidate place where that is better than where it is."""
        places = candidates(theta)
        ranked = self._ranking(theta, places, 1)

        def one(chosen: slice) -> None:
            teacher = self.teacher[chosen]
            there = places[:, ranked(teacher)[0]]
            loss = losses(teacher, log_q(theta, self.degrees, there))
            self._move(swarm[chosen], there, loss, FIRST_DAMPING)

        self.each(one, _table_block(places, theta))

    def _move(self, part: Swarm, there: Plane, loss: PerSample, damping: float) -> None:
        """Move the samples that are better off there."""
        gain = part.loss - loss + self.pull * (squared_length(part.points) - squared_length(there))
        better = np.flatnonzero(gain > SAME)
        part.points[:, better], part.loss[better] = there[:, better], loss[better]
        part.damping[better] = damping

    def settle(self, swarm: Swarm, theta: Theta, steps: int = SETTLING_STEPS) -> None:
        """Descend from where samples are and from their best candidates, and keep what is best."""
        self.descend(swarm, theta, steps)
        places = candidates(theta)
        ranked = self._ranking(theta, places, VALLEYS)

        def one(chosen: slice) -> None:
            teacher = self.teacher[chosen]
            alone = Search(teacher, self.degrees, self.pull)
            for best in ranked(teacher):
                n = len(best)
                other = Swarm(places[:, best], np.empty(n), np.full(n, FIRST_DAMPING))
                alone.descend(other, theta, steps)
                self._move(swarm[chosen], other.points, other.loss, FIRST_DAMPING)

        self.each(one, _table_block(places, theta))

    def _ranking(
        self, theta: Theta, places: Plane, number: int
    ) -> Callable[[Teacher], Int[np.ndarray, "rank sample"]]:
        """Return what finds the best candidates of a block of samples, the best first.

        Each is the best outside a circle around those before it, so that valleys differ.
        """
        cost = CandidateCost(log_q(theta, self.degrees, places), self.pull * squared_length(places))
        apart = (np.ptp(theta[:2], axis=1).max() + 1) / 10

        def ranked(teacher: Teacher) -> Int[np.ndarray, "rank sample"]:
            table = cost.table(teacher)
            found = np.empty((number, len(table)), np.int64)
            for rank in range(number):
                found[rank] = table.argmin(axis=1)
                if rank + 1 < number:
                    near = cdist(places[:, found[rank]].T, places.T, "sqeuclidean") < apart**2
                    table[near] = np.inf
            return found

        return ranked

    def descend(self, swarm: Swarm, theta: Theta, steps: int, tolerance: float = 1e-9) -> None:
        """Take damped Newton steps until no loss changes by more than the tolerance."""

        def one(chosen: slice) -> None:
            part, teacher = swarm[chosen], self.teacher[chosen]
            moving = np.arange(len(part.loss))
            for _ in range(steps):
                group = Swarm(*(np.take(a, moving, axis=-1) for a in vars(part).values()))
                gained = self.step(group, theta, teacher[moving])
                part.points[:, moving] = group.points
                part.loss[moving], part.damping[moving] = group.loss, group.damping
                # a refused step has gained nothing yet: only its damping is still too low
                moving = moving[(gained > tolerance) | ((gained < 0) & (group.damping < 1e6))]
                if not len(moving):
                    break

        self.each(one)

    def step(self, swarm: Swarm, theta: Theta, teacher: Teacher) -> PerSample:
        """Take one step where it helps; return what each sample gained, -1 where refused."""
        now = terms(teacher, swarm.points, theta, self.degrees)
        inverse = self.inverse(now.newton(theta, self.degrees), swarm)
        gx, gy = self.slope(now, swarm.points)
        moved = swarm.points - np.stack(solve(inverse, gx, gy))
        loss = losses(teacher, log_q(theta, self.degrees, moved))
        gained = (
            now.loss - loss + self.pull * (squared_length(swarm.points) - squared_length(moved))
        )
        helps = gained >= 0
        swarm.points[:] = np.where(helps, moved, swarm.points)
        swarm.loss[:] = np.where(helps, loss, now.loss)
        swarm.damping[:] = np.clip(np.where(helps, swarm.damping / 4, swarm.damping * 6), *DAMPING)
        return np.where(helps, gained, -1)

    def slope(self, now: Terms, points: Plane) -> tuple[PerSample, PerSample]:
        """Gradient of loss and pull by the point."""
        return now.g[0] + 2 * self.pull * points[0], now.g[1] + 2 * self.pull * points[1]

    def inverse(self, matrix, swarm: Swarm) -> tuple[PerSample, PerSample, PerSample]:
        """Cholesky factor (11, 21, 22) of the damped 2 x 2 matrix of each sample."""
        xx, xy, yy = matrix
        more = swarm.damping * (xx + yy) + 2 * self.pull + TINY
        l11 = np.sqrt(xx + more)
        l21 = xy / l11
        return l11, l21, np.sqrt(np.maximum(yy + more - l21 * l21, TINY))

    def keep_top_class(self, swarm: Swarm, theta: Theta) -> Bool[np.ndarray, " sample"]:
        """Move samples whose top class is lost to the cheapest place found that keeps it.

        Returns which were moved. A class that is nowhere the student's first keeps its samples
        where their loss is least, and so does a tie of the teacher's.
        """
        moved = np.zeros(len(swarm.loss), bool)
        places = candidates(theta)
        logs = log_q(theta, self.degrees, places)
        cost = CandidateCost(logs, self.pull * squared_length(places))
        first = np.where(_lead(logs, logs.argmax(axis=0)) >= TIE_MARGIN, logs.argmax(axis=0), -1)

        def one(chosen: slice) -> None:
            teacher = self.teacher[chosen]
            top = teacher.p.argmax(axis=0)
            here = log_q(theta, self.degrees, swarm.points[:, chosen])
            rows = np.flatnonzero((_lead(here, top) < TIE_MARGIN) & (_lead(teacher.log_p, top) > 0))
            table = cost.table(teacher[rows])
            table[first != top[rows, None]] = np.inf
            best = np.argpartition(table, PROBES, axis=1)[:, :PROBES]
            found = np.isfinite(np.take_along_axis(table, best, axis=1))
            rows, best, found = (a[found.any(axis=1)] for a in (rows, best, found))
            cheapest = table[np.isfinite(table).any(axis=1)].argmin(axis=1)
            best = np.where(found, best, cheapest[:, None])  # fewer than eight agree
            samples = rows + chosen.start
            for part in np.array_split(
                np.arange(len(rows)), len(rows) * len(theta[0]) // 20_000 + 1
            ):
                self._enter(swarm, samples[part], theta, teacher[rows[part]], places[:, best[part]])
            moved[samples] = True

        self.each(one, _table_block(places, theta))
        return moved

    def _enter(
        self,
        swarm: Swarm,
        samples: np.ndarray,
        theta: Theta,
        teacher: Teacher,
        inside: Float[np.ndarray, "2 sample probe"],
    ) -> None:
        """Put samples where lines from agreeing places to their optimum leave the class's region.

        Then walks along the border: probes around the best place so far, each drawn as far
        towards the optimum as the class allows, on circles that shrink where nothing improves.
        """
        top = np.repeat(teacher.p.argmax(axis=0), PROBES)
        teacher = _spread(teacher, PROBES)
        goal = swarm.points[:, samples, None].copy()
        radius = np.sqrt(squared_length(inside[..., 0] - goal[..., 0]))
        turn = 2 * np.pi * np.arange(PROBES) / PROBES
        best = inside[..., 0].copy()
        best_cost, best_loss = np.full(len(samples), np.inf), np.full(len(samples), np.inf)
        every = np.arange(len(samples))

        def keeps(places: np.ndarray) -> np.ndarray:
            logs = log_q(theta, self.degrees, places.reshape(2, -1))
            return (_lead(logs, top) >= TIE_MARGIN).reshape(places.shape[1:])

        for number in range(WALKS):
            known = keeps(inside)
            low, high = np.zeros(known.shape), np.ones(known.shape)
            for _ in range(20):
                middle = (low + high) / 2
                agrees = keeps(inside + middle * (goal - inside))
                low, high = np.where(agrees, middle, low), np.where(agrees, high, middle)
            for places in (inside + low * (goal - inside), inside):
                flat = places.reshape(2, -1)
                loss = losses(teacher, log_q(theta, self.degrees, flat))
                cost = loss + self.pull * squared_length(flat)
                cost = np.where(known, cost.reshape(known.shape), np.inf)
                probe = cost.argmin(axis=1)
                better = cost[every, probe] < best_cost
                best = np.where(better, places[:, every, probe], best)
                best_loss = np.where(better, loss.reshape(known.shape)[every, probe], best_loss)
                best_cost = np.where(better, cost[every, probe], best_cost)
                radius = np.where(better, radius, radius * 0.7)
            circle = np.stack([np.cos(turn + number), np.sin(turn + number)])
            inside = best[..., None] + radius[:, None] * circle[:, None]
        swarm.points[:, samples], swarm.loss[samples] = best, best_loss


def solve(factor, gx: PerSample, gy: PerSample) -> tuple[PerSample, PerSample]:
    """Solve the 2 x 2 system of each sample, given its Cholesky factor."""
    l11, l21, l22 = factor
    fx = gx / l11
    y = (gy - l21 * fx) / l22 / l22
    return (fx - l21 * y) / l11, y


def _table_block(places: Plane, theta: Theta) -> int:
    """Numbers in a class x sample array of so many samples that their table of costs is small."""
    return TABLE_ENTRIES // places.shape[1] * theta.shape[1]


def _spread(teacher: Teacher, times: int) -> Teacher:
    return Teacher(*(np.repeat(a, times, axis=-1) for a in vars(teacher).values()))


def _lead(logs: np.ndarray, top: np.ndarray) -> PerSample:
    """By how many nats the given class leads the best other one."""
    rows = np.arange(len(top))
    own = logs[top, rows]
    rest = logs.copy()
    rest[top, rows] = -np.inf
    return own - rest.max(axis=0)
