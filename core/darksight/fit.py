"""Points and student fitted together to a teacher's probabilities.

Source: equations 5 to 8 of Schacherer's report on DarkSight (2018). The objective is equation 5,
the mean symmetric KL divergence, plus two weak springs that equation 5 alone needs: without them
its minimum lies at infinity, where classes are infinitely thin needles and samples sit a hundred
million units away on their tips. ``roundness`` draws scale matrices towards the unit matrix (which
also fixes the picture's unit: one unit is a typical class's scale), ``pull`` draws points towards
the middle. What is reported as symmetric KL is equation 5 without them.

Identical rows are fitted once, with a weight, and rows are put in an order of their own first. So
a duplicated sample lands exactly on its twin, and permuting the samples permutes the points.

Above ``batch`` different rows the student is first fitted on a random batch of that many, drawn
anew every ``batch_steps`` steps; then every sample is placed, and ``polish`` steps over all
samples follow. All steps pass over the samples in blocks.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from core.axes import Points, Probabilities, Scalars
from core.darksight.derivatives import Teacher, Theta, student_of
from core.darksight.initial import arrangements, soft_confusion, starting_theta
from core.darksight.loss import FLOOR, soften, symmetric_kl, top_class_agreement
from core.darksight.newton import Damping, joint_step, objective
from core.darksight.placement import PULL, Search, Swarm
from core.darksight.student import Student, log_probabilities

CONTEST_SAMPLES = 2000
FINALISTS = 3

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Settings:
    """How a fit is made.

    ``degrees``  degrees of freedom of the conditionals, above 0; infinity makes them Gaussian
    ``temperature``  softens the teacher first, p^(1/T)
    ``floor``  smallest probability told apart from 0
    ``roundness``, ``pull``  strength of the springs, nats, 0 or more
    ``keep_top_class``  at the end, move samples across the nearest border so that the student
    names the teacher's class
    ``arrangements``  starting arrangements compared on a part of the samples, 1 or more; the best
    one's student is the fit's start
    ``steps``  most joint steps; ``tolerance``, ``window``: stop when the objective fell by less
    than this share of itself over so many steps
    ``relocate_every``  steps between searches for a better valley for each sample
    ``batch``, ``batch_steps``, ``polish``  see the head of the file
    ``seed``  of everything random
    """

    degrees: float = 2.0
    temperature: float = 1.0
    floor: float = FLOOR
    roundness: float = 0.05
    pull: float = PULL
    keep_top_class: bool = True
    arrangements: int = 4
    steps: int = 150
    tolerance: float = 5e-3
    window: int = 16
    relocate_every: int = 8
    batch: int = 20_000
    batch_steps: int = 25
    polish: int = 12
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("roundness", "pull", "tolerance"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must be 0 or more, got {getattr(self, name)}")
        for name in ("degrees",):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")
        for name in ("arrangements", "steps", "window", "relocate_every", "batch", "batch_steps"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")


@dataclass(frozen=True)
class Curve:
    """The loss after each joint step, from 0 (the start) on.

    ``symmetric_kl`` (nats) and ``objective`` are means over the ``samples`` that the step saw: all,
    or a batch.
    """

    symmetric_kl: Float[np.ndarray, " step"]
    objective: Float[np.ndarray, " step"]
    samples: Float[np.ndarray, " step"]


@dataclass(frozen=True)
class Fit:
    """A fitted picture.

    ``points``  place of each sample; one unit is a typical class's scale
    ``student``  the classifier in the plane
    ``per_sample``  symmetric KL divergence of each sample, nats
    ``symmetric_kl``  their mean (equation 5), ``agreement`` share of samples whose top class agrees
    ``curve``  loss after each step, before the top classes are kept
    ``stopped``  which rule ended the fit: "converged", "no step helps" or "steps used up"
    ``arrangement``  the starting arrangement that was best
    """

    points: Points
    student: Student
    per_sample: Scalars
    symmetric_kl: float
    agreement: float
    curve: Curve
    stopped: str
    arrangement: str


def fit(
    probabilities: Probabilities,
    settings: Settings | None = None,
    *,
    threads: int = 1,
    progress: Progress | None = None,
) -> Fit:
    """Return points and student for a teacher's probabilities.

    Parameters
    ----------
    probabilities
        The teacher's, one row per sample, 0..1, rows summing to 1; 2 classes or more.
    settings
        How; the defaults if left out.
    threads
        How many work on blocks of samples side by side; the same bits come out of any number.
    progress
        Called as (steps done, most steps, message): for each arrangement tried, then at the start
        and after every joint step.

    Raises
    ------
    ValueError
        For probabilities that ``soften`` refuses.
    """
    settings = settings or Settings()
    logs = soften(probabilities, settings.temperature, settings.floor)
    teacher, place_of = _distinct(logs)
    run = _Run(settings, progress, threads)
    theta, swarm = run.everything(teacher)
    points = swarm.points.T[place_of]
    student = student_of(theta, settings.degrees)
    answers = log_probabilities(student, points)
    per_sample = symmetric_kl(logs, answers)
    return Fit(
        points=points,
        student=student,
        per_sample=per_sample,
        symmetric_kl=float(per_sample.mean()),
        agreement=top_class_agreement(logs, answers),
        curve=run.curve(),
        stopped=run.stopped,
        arrangement=run.arrangement,
    )


def _distinct(logs: np.ndarray) -> tuple[Teacher, np.ndarray]:
    """Return distinct rows in an order of their own, and which of them each sample is."""
    order = np.lexsort(logs.T[::-1])
    ordered = logs[order]
    first = np.ones(len(logs), bool)
    first[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    place_of = np.empty(len(logs), np.int64)
    place_of[order] = np.cumsum(first) - 1
    log_p = np.ascontiguousarray(ordered[first].T)
    weight = np.bincount(place_of).astype(np.float64)
    return Teacher(np.exp(log_p), log_p, weight), place_of


class _Run:
    """A fit under way: its random generator, what is kept of each step, and why it ended."""

    def __init__(self, settings: Settings, progress: Progress | None, threads: int) -> None:
        self.settings = settings
        self.progress = progress
        self.threads = threads
        self.random = np.random.default_rng(settings.seed)
        self.rows: list[tuple[float, float, float]] = []
        self.stopped = ""
        self.arrangement = ""

    def curve(self) -> Curve:
        kl, total, samples = np.array(self.rows, np.float64).reshape(-1, 3).T
        return Curve(kl.copy(), total.copy(), samples.copy())

    def everything(self, teacher: Teacher) -> tuple[Theta, Swarm]:
        settings = self.settings
        theta = self._best_start(teacher)
        if teacher.p.shape[1] > settings.batch:
            theta = self._batches(teacher, theta)
            search = self._search(teacher)
            swarm = search.start(theta)
            search.descend(swarm, theta, steps=8)
            theta = self._last(search, swarm, theta, settings.polish)
        else:
            search = self._search(teacher)
            swarm = search.start(theta)
            search.descend(swarm, theta, steps=3)
            theta = self._last(search, swarm, theta, settings.steps)
        search.settle(swarm, theta)  # as ``place`` would
        if settings.keep_top_class:
            search.keep_top_class(swarm, theta)
        return theta, swarm

    def _search(self, teacher: Teacher) -> Search:
        return Search(teacher, self.settings.degrees, self.settings.pull, self.threads)

    def _best_start(self, teacher: Teacher) -> Theta:
        """Compare arrangements by short fits on a part of the samples."""
        confusion = soft_confusion(teacher.p, teacher.weight)
        tried = arrangements(confusion, self.settings.arrangements, self.settings.seed)
        starts = [starting_theta(a.places, teacher.p, teacher.weight) for a in tried]
        if len(tried) == 1:
            self.arrangement = tried[0].name
            return starts[0]
        best, theta = self._contest(teacher[self._draw(teacher, CONTEST_SAMPLES)], starts)
        self.arrangement = tried[best].name
        return theta

    def _contest(self, part: Teacher, starts: list[Theta]) -> tuple[int, Theta]:
        """Return which start gets lowest, and the student it led to.

        Ten steps each, then thirty more for the best few.
        """
        search = self._search(part)
        runners = []
        for number, theta in enumerate(starts):
            self._report(0, f"arrangement {number + 1} of {len(starts)}")
            swarm = search.start(theta)
            search.descend(swarm, theta, steps=2)
            runners.append((*self._ahead(search, swarm, theta, 10), number))
        runners.sort(key=lambda runner: (runner[0], runner[3]))
        finalists = [
            (*self._ahead(search, swarm, theta, 30), number)
            for _, theta, swarm, number in runners[:FINALISTS]
        ]
        _, theta, _, best = min(finalists, key=lambda runner: (runner[0], runner[3]))
        return best, theta

    def _ahead(
        self, search: Search, swarm: Swarm, theta: Theta, most: int
    ) -> tuple[float, Theta, Swarm]:
        last = np.inf
        for step in joint_steps(search, swarm, theta, self.settings, most):
            last, theta = step.objective, step.theta
        return last, theta, swarm

    def _draw(self, teacher: Teacher, size: int) -> np.ndarray:
        n = teacher.p.shape[1]
        if n <= size:
            return np.arange(n)
        return np.sort(self.random.choice(n, size, replace=False))

    def _batches(self, teacher: Teacher, theta: Theta) -> Theta:
        """Fit the student on batch after batch until all steps but the last are used."""
        settings = self.settings
        for _ in range(max(1, settings.steps // settings.batch_steps - 1)):
            search = self._search(teacher[self._draw(teacher, settings.batch)])
            swarm = search.start(theta)
            search.descend(swarm, theta, steps=4)
            for step in joint_steps(search, swarm, theta, settings, settings.batch_steps):
                self._note(step)
                theta = step.theta
        return theta

    def _last(self, search: Search, swarm: Swarm, theta: Theta, most: int) -> Theta:
        self.stopped = "steps used up"
        for step in joint_steps(search, swarm, theta, self.settings, most):
            self._note(step)
            theta = step.theta
            self.stopped = step.stopped or self.stopped
        return theta

    def _note(self, step: "Step") -> None:
        self.rows.append((step.symmetric_kl, step.objective, step.samples))
        self._report(len(self.rows) - 1, f"symmetric KL {step.symmetric_kl:.5f}")

    def _report(self, done: int, message: str) -> None:
        if self.progress:
            self.progress(done, self.settings.steps, message)


@dataclass(frozen=True)
class Step:
    """The student after a joint step; ``stopped`` names the rule where it was the last one."""

    theta: Theta
    symmetric_kl: float
    objective: float
    samples: float
    stopped: str = ""


def joint_steps(
    search: Search, swarm: Swarm, theta: Theta, settings: Settings, most: int
) -> Iterator[Step]:
    """Yield the start and then each joint step; points move in place.

    Ends when the objective fell by less than ``tolerance`` of itself over ``window`` steps
    ("converged"), when no step lowers it ("no step helps"), or after ``most`` steps.
    """
    weight = search.teacher.weight
    damping = Damping()
    history: list[float] = []

    def state(stopped: str = "") -> Step:
        return Step(
            theta, float(weight @ swarm.loss / weight.sum()), history[-1], weight.sum(), stopped
        )

    def note() -> None:
        history.append(
            objective(theta, swarm.loss, swarm.points, weight, search.pull, settings.roundness)
        )

    note()
    yield state()
    number, stuck = 0, False
    while number < most:
        if number % settings.relocate_every == settings.relocate_every // 2:
            search.relocate(swarm, theta)
            search.descend(swarm, theta, steps=2)
        moved = joint_step(search, swarm, theta, damping, settings.roundness)
        if moved is None and not stuck:  # some sample may sit in the wrong valley
            stuck, damping = True, Damping()
            search.settle(swarm, theta)
            continue
        number += 1
        if moved is None:
            note()
            yield state("no step helps")
            return
        theta, stuck = moved, False
        search.descend(swarm, theta, steps=1)
        note()
        window = settings.window
        if len(history) > window and (
            history[-1 - window] - history[-1] <= settings.tolerance * history[-1 - window]
        ):
            yield state("converged")
            return
        yield state()
