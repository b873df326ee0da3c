"""Auto-tune: a grid over temperature, band and regularisation, all students trained together.

Source: DeepVID, section 9, which wishes for a grid search. Every width of the band gives one group
of neighbours, every pair of a temperature and an l2 one student of each group; the whole grid is
one batched problem. The best is chosen by fidelity on held-out neighbours and the image itself.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from core.deepvid.explanation import BLOCK, Step
from core.deepvid.neighbors import Decode, Sampling, neighborhood
from core.deepvid.student import Logits, Student, StudentSettings, lessons_together
from core.deepvid.trust import held_out, trust
from core.generators.generator import Code, LatentSpace, Picture, Pictures


@dataclass(frozen=True)
class Grid:
    """The values that are tried; 3 x 5 x 4 = 60 students by default.

    ``held_out`` neighbours of each band that no student is trained on.
    """

    shares: tuple[float, ...] = (0.075, 0.15, 0.3)
    temperatures: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0, 20.0)
    l2s: tuple[float, ...] = (0.0, 1e-4, 1e-3, 1e-2)
    held_out: int = 32

    def __post_init__(self) -> None:
        if not (self.shares and self.temperatures and self.l2s) or self.held_out < 1:
            raise ValueError(
                "a grid needs at least one share, temperature, l2 and held-out neighbour, got "
                f"{self.shares}, {self.temperatures}, {self.l2s}, {self.held_out}"
            )


Surface = Float[np.ndarray, "share temperature l2"]


@dataclass(frozen=True)
class Tuned:
    """What the grid found, every surface over (share, temperature, l2).

    ``kl`` on held-out neighbours, nats; ``top_agreement`` there, 0..1; ``r2`` of logits there;
    ``total_variation`` on the image itself, 0..1; ``best`` place of the chosen student: the
    smallest sum of held-out KL and the image's total variation, among those that read the image
    like the teacher where there are any.
    """

    kl: Surface
    top_agreement: Surface
    r2: Surface
    total_variation: Surface
    best: tuple[int, int, int]
    student: Student
    settings: StudentSettings
    share: float


def tuning(
    picture: Picture,
    code: Code,
    decode: Decode,
    space: LatentSpace,
    teacher: Callable[[Pictures], Logits],
    sampling: Sampling,
    settings: StudentSettings,
    grid: Grid,
) -> Iterator[Step | Tuned]:
    """Yield a step after each piece of work; the best student, and how all fared, last.

    Parameters
    ----------
    picture, code, decode, space
        As in ``neighborhood``.
    teacher
        From pictures to logits.
    sampling
        ``line`` or ``band`` with its n and seed; its share is replaced by the grid's.
    settings
        What all students share; temperature and l2 are replaced by the grid's.
    grid
        The values to try.

    Raises
    ------
    ValueError
        If the sampler has no share, or as in ``neighborhood`` and ``lessons_together``.
    """
    if sampling.sampler not in ("line", "band"):
        raise ValueError(f"auto-tune needs the sampler line or band, got {sampling.sampler!r}")
    n, groups = sampling.n, len(grid.shares)
    shape = (groups, len(grid.temperatures), len(grid.l2s))
    epochs = 1 if settings.optimizer == "closed_form" else settings.epochs
    asked = groups * (n + grid.held_out)
    of = groups + -(-asked // BLOCK) + epochs + groups
    done = 0
    pictures = np.empty((groups, n + grid.held_out, *picture.shape), np.float32)
    for place, share in enumerate(grid.shares):
        drawn = Sampling(
            sampling.sampler, n + grid.held_out, share, sampling.k, sampling.keep_detail,
            sampling.seed,
        )  # fmt: skip
        pictures[place] = neighborhood(picture, code, decode, space, drawn).pictures
        done += 1
        yield Step(done, of, "neighbours")
    own, flat = teacher(picture[None])[0], pictures.reshape(-1, *picture.shape)
    answers = []
    for start in range(0, asked, BLOCK):
        answers.append(teacher(flat[start : start + BLOCK]))
        done += 1
        yield Step(done, of, "the teacher's answers")
    logits = np.concatenate(answers).reshape(groups, n + grid.held_out, -1)
    # neighbours lie in order: every few of them one is held out, so both parts span the band
    out = np.zeros(n + grid.held_out, bool)
    out[np.linspace(0, n + grid.held_out - 1, grid.held_out + 2).astype(int)[1:-1]] = True
    pairs = [(t, l2) for t in grid.temperatures for l2 in grid.l2s]
    lessons = lessons_together(
        pictures[:, ~out],
        logits[:, ~out],
        [t for t, _ in pairs],
        [l2 for _, l2 in pairs],
        settings,
    )
    students = None
    for losses, latest in lessons:
        students = latest
        done += 1
        yield Step(done, of, f"{shape[0] * len(pairs)} students", float(losses.mean()))
    assert students is not None
    kl, agreement, r2, variation, same = (np.empty(shape) for _ in range(5))
    for place in np.ndindex(shape):
        group, student = place[0], place[1] * shape[2] + place[2]
        found = students(group, student)
        there = held_out(found, pictures[group, out], logits[group, out])
        here = trust(found, picture, own)
        kl[place], agreement[place], r2[place] = there.kl, there.top_agreement, there.r2
        variation[place], same[place] = here.total_variation, here.same_top_class
        if student == len(pairs) - 1:
            done += 1
            yield Step(done, of, "their fidelity")
    score = kl + variation + (0 if not same.any() else np.where(same == 1, 0, np.inf))
    best = tuple(int(axis) for axis in np.unravel_index(np.argmin(score), shape))
    share, t, l2 = best
    chosen = {**vars(settings), "temperature": grid.temperatures[t], "l2": grid.l2s[l2]}
    yield Tuned(
        kl, agreement, r2, variation, (share, t, l2),
        students(share, t * shape[2] + l2), StudentSettings(**chosen), grid.shares[share],
    )  # fmt: skip
