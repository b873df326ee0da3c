"""The hybrid student of re-label distillation: masked copies from both sides, taught by the margin.

Ours, not the paper's. Its latent neighbours say what changes together, not which pixel does it; so
the student also reads copies of the image in which pixels are masked. Half of them put a colour
(black) where a pixel is masked, half the blurred image: what the class loses without a pixel, and
what it gains by it. The two-class student's log-odds are fitted to the teacher's log-odds of its
class against all others (the margin) by ridge regression in closed form, once for either half, on
what each pixel changes. A pixel's importance is the sum of both weights, each in units of its own
spread, and the pixels that change nothing in a half have none there.

Copies come in rounds. The first round masks blindly, in pairs of a mask and its opposite. Later
rounds walk along the order found so far, blurred by noise: the most important pixels are masked in
black, or are all that is left of the sharp image in the blurred one. A few copies first walk the
order itself, to see after how many cells the class is surely gone (or back); most others stay
within ``reach`` times as many, and what lies near the boundary counts more (``focus``). They sample
thereby the very ways that deletion and insertion are judged on; one round alone is the unguided
student.

Latent neighbours can join in the last round (``latent``). A masked copy keeps all of a cell or
nothing; a neighbour keeps of each cell the multiple of the image that comes nearest to it, where 0
is the first half's colour and 1 the image itself.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from core.deepvid.hybrid import log_odds
from core.deepvid.optimizers import closed_form
from core.deepvid.pixels import grown
from core.generators.generator import Picture, Pictures

Logits = Float[np.ndarray, "sample class"]
Teacher = Callable[[Pictures], Logits]
HELD_VALUES = 8_000_000  # of masked copies that are held at once
SURE = 3.0  # log-odds beyond which a class is surely gone, or back
WALK = 16  # copies along the order itself, at numbers of cells that grow by a factor
ALL_THE_WAY = 0.25  # share of a later round's copies that may change any number of cells
FAR = 0.05  # weight of a copy far from the boundary, against 1 for one upon it
Map = Float[np.ndarray, "height width"]
Kept = Shaped[np.ndarray, "sample cell"]  # true or false, of latent neighbours a multiple


@dataclass(frozen=True)
class HybridRelabel:
    """Settings of the hybrid.

    ``copies``  masked copies in all rounds together, half of them blurred
    ``rounds``  rounds, at least 1; the copies are shared out evenly
    ``cell``  side of a cell in pixels; a cell is masked as a whole
    ``color``  what masked pixels are in the first half, one value per channel or one for all
    ``noise``  blur of a later round's order, in standard deviations of the cells' importance
    ``reach``  most cells that most later copies change, in multiples of those that the order found
    so far needs until the class is surely gone or back; positive
    ``focus``  distance from the boundary, in log-odds, over which copies lose weight; 0: all alike
    ``guided_share``  weight of a later round's copy against 1 for one of the first round
    ``insertion``  weight of the blurred half in the importance, 0 to 1; the other half has the rest
    ``latent_share``  weight of all latent neighbours together against 1 for the first half's copies
    ``l2``  penalty as a share of the cells' total variance
    """

    copies: int = 2000
    rounds: int = 6
    cell: int = 1
    color: tuple[float, ...] = (0.0,)
    noise: float = 1.0
    reach: float = 3.0
    focus: float = 6.0
    guided_share: float = 3.0
    insertion: float = 0.12
    latent_share: float = 0.1
    l2: float = 1e-3
    seed: int = 0

    def __post_init__(self) -> None:
        if not 2 * self.rounds <= self.copies or self.rounds < 1:
            raise ValueError(
                f"copies must be at least 2 in each of at least 1 rounds, got {self.copies} in "
                f"{self.rounds}"
            )
        if self.cell < 1:
            raise ValueError(f"cell must be at least 1, got {self.cell}")
        if not self.reach > 0:
            raise ValueError(f"reach must be positive, got {self.reach}")
        if not 0 <= self.insertion <= 1:
            raise ValueError(f"insertion must be from 0 to 1, got {self.insertion}")
        for name in ("noise", "focus", "guided_share", "latent_share", "l2"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")


@dataclass(frozen=True)
class _Half:
    """One stand-in, what was kept of the image in each copy, and the margins there."""

    stand_in: Picture
    matters: Bool[np.ndarray, " cell"]  # cells where the stand-in differs from the image
    kept: Kept
    margins: Float[np.ndarray, " sample"]
    share: Float[np.ndarray, " sample"]

    def with_copies(self, kept: Kept, margins: Float[np.ndarray, " new"], share: float) -> "_Half":
        """The same with further copies."""
        return _Half(
            self.stand_in,
            self.matters,
            np.concatenate([self.kept, kept]),
            np.concatenate([self.margins, margins]),
            np.concatenate([self.share, np.full(len(kept), share)]),
        )


def hybrid_maps(
    picture: Picture,
    vague: Picture,
    target: int,
    teacher: Teacher,
    settings: HybridRelabel,
    latent: Pictures | None = None,
) -> Iterator[Map]:
    """Yield the map after each round; the last is the result.

    Parameters
    ----------
    picture
        The image.
    vague
        The image blurred.
    target
        Class whose margin teaches.
    teacher
        From pictures to logits.
    settings
        Copies, rounds and weights.
    latent
        Latent neighbours of the image, if any.

    Raises
    ------
    ValueError
        If the teacher's logits are not finite.
    """
    height, width = picture.shape[1:]
    rows, columns = -(-height // settings.cell), -(-width // settings.cell)
    color = np.broadcast_to(np.reshape(settings.color, (-1, 1, 1)), picture.shape)
    halves = [
        _empty(picture, stand_in.astype(np.float32), settings.cell) for stand_in in (color, vague)
    ]
    random = np.random.default_rng(settings.seed)
    counts = np.diff(np.linspace(0, settings.copies // 2, settings.rounds + 1).astype(int))
    importance = None

    def checked(logits: Logits) -> Float[np.ndarray, " sample"]:
        if not np.isfinite(logits).all():
            raise ValueError("the teacher's logits must be finite, got NaN or infinity")
        return log_odds(logits)[:, target]

    def asked(half: _Half, kept: Kept, share: float) -> _Half:
        if not len(kept):
            return half
        stay = grown(kept.reshape(-1, rows, columns), settings.cell)[:, :height, :width]
        # large pictures would not all fit at once
        held = max(1, HELD_VALUES // picture.size)
        logits = np.concatenate(
            [
                teacher(np.where(stay[start : start + held, None], picture, half.stand_in))
                for start in range(0, len(stay), held)
            ]
        )
        return half.with_copies(kept, checked(logits), share)

    for number, count in enumerate(counts.tolist(), 1):
        for place, half in enumerate(halves):
            inserted = place == 1
            if importance is None:
                halves[place] = asked(half, _blind(count, rows * columns, random), 1.0)
                continue
            steps = min(WALK, count // 2)
            way, cells = _way(importance, half.matters, steps, inserted)
            walked = asked(half, way, settings.guided_share)
            most = _most(cells, walked.margins[len(half.margins) :], inserted, settings.reach)
            kept = _along(
                importance, half.matters, count - len(way), inserted, most, settings.noise, random
            )
            halves[place] = asked(walked, kept, settings.guided_share)
        if number == settings.rounds and latent is not None:
            kept = _nearest_multiples(latent, picture, halves[0].stand_in, settings.cell)
            each = settings.latent_share * float(halves[0].share.sum()) / len(latent)
            halves[0] = halves[0].with_copies(kept, checked(teacher(latent)), each)
        deletion, insertion = (_weights(half, settings) for half in halves)
        importance = (1 - settings.insertion) * deletion + settings.insertion * insertion
        large = importance.reshape(rows, columns).repeat(settings.cell, 0).repeat(settings.cell, 1)
        yield large[:height, :width].astype(np.float32)


def _empty(picture: Picture, stand_in: Picture, cell: int) -> _Half:
    cells = _by_cell(np.abs(picture - stand_in).max(axis=0)[None], cell).max(axis=2)[0]
    nothing = np.empty(0)
    return _Half(stand_in, cells > 1e-3, np.empty((0, len(cells)), bool), nothing, nothing)


def _by_cell(
    planes: Float[np.ndarray, "plane height width"], cell: int
) -> Float[np.ndarray, "plane cell pixel"]:
    """The pixels of each cell; those beyond the edge are 0."""
    height, width = planes.shape[1:]
    padded = np.pad(planes, ((0, 0), (0, -height % cell), (0, -width % cell)))
    rows, columns = (length // cell for length in padded.shape[1:])
    split = padded.reshape(-1, rows, cell, columns, cell).transpose(0, 1, 3, 2, 4)
    return split.reshape(len(planes), rows * columns, cell * cell)


def _nearest_multiples(
    latent: Pictures, picture: Picture, stand_in: Picture, cell: int
) -> Float[np.ndarray, "sample cell"]:
    """How much of each cell a neighbour keeps: its projection on the image's cell."""
    own = picture - stand_in
    along = _by_cell(((latent - stand_in) * own).sum(axis=1), cell).sum(axis=2)
    length = _by_cell(np.square(own).sum(axis=0)[None], cell).sum(axis=2)
    return along / np.where(length > 0, length, 1)


def _weights(half: _Half, settings: HybridRelabel) -> Float[np.ndarray, " cell"]:
    """What each cell adds to the margin, in units of the spread over the cells that matter."""
    found = np.zeros(half.kept.shape[1])
    if half.matters.any():
        share = half.share
        if settings.focus:
            near = np.exp(-0.5 * np.square(half.margins / settings.focus))
            share = share * (FAR + near)
        inputs = half.kept[:, half.matters].astype(np.float32)
        fitted = closed_form(inputs, half.margins[:, None], settings.l2, share=share)[:-1, 0]
        found[half.matters] = fitted / (fitted.std() or 1.0)
    return found


def _blind(count: int, cells: int, random: np.random.Generator) -> Bool[np.ndarray, "sample cell"]:
    half = random.random(((count + 1) // 2, cells)) < 0.5
    return np.concatenate([half, ~half])[:count]


def _way(
    importance: Float[np.ndarray, " cell"],
    matters: Bool[np.ndarray, " cell"],
    steps: int,
    inserted: bool,
) -> tuple[Kept, Int[np.ndarray, " step"]]:
    """Copies along the order itself, and how many cells each changes."""
    values = importance[matters]
    if not len(values):
        return np.empty((0, len(importance)), bool), np.empty(0, np.int64)
    cells = np.unique(np.geomspace(1, len(values), steps).astype(np.int64))
    return _changed(_ranks(values[None]), cells, matters, inserted), cells


def _most(
    cells: Int[np.ndarray, " step"],
    margins: Float[np.ndarray, " step"],
    inserted: bool,
    reach: float,
) -> int:
    """The most cells that are changed: a multiple of those after which the class is gone or back.

    All cells where it never is, or is so from the beginning; at least a handful, so that the order
    can still change.
    """
    if not len(cells):
        return 0
    sure = np.flatnonzero(margins > SURE if inserted else margins < -SURE)
    needed = int(cells[sure[0]]) if len(sure) and sure[0] > 0 else int(cells[-1])
    return min(int(cells[-1]), max(4, int(reach * needed)))


def _along(
    importance: Float[np.ndarray, " cell"],
    matters: Bool[np.ndarray, " cell"],
    count: int,
    inserted: bool,
    most: int,
    noise: float,
    random: np.random.Generator,
) -> Kept:
    values = importance[matters]
    if not len(values):
        return np.full((count, len(importance)), not inserted)
    scale = values.std() or 1.0
    blurred = values / scale + noise * random.standard_normal((count, len(values)))
    # some go all the way: what comes after the class is gone can bring it back
    ends = np.where(random.random(count) < ALL_THE_WAY, len(values), most)
    return _changed(_ranks(blurred), random.integers(0, ends + 1), matters, inserted)


def _ranks(
    values: Float[np.ndarray, "order differing"],
) -> Int[np.ndarray, "order differing"]:
    return np.argsort(np.argsort(-values, axis=1), axis=1)


def _changed(
    rank: Int[np.ndarray, "order differing"],
    counts: Int[np.ndarray, " sample"],
    matters: Bool[np.ndarray, " cell"],
    inserted: bool,
) -> Kept:
    """What is kept where so many cells have changed, the most important first."""
    kept = np.full((len(counts), len(matters)), not inserted)
    changed = rank < counts[:, None]
    kept[:, matters] = changed if inserted else ~changed
    return kept
