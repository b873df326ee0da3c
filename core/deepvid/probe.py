"""The adversarial probe: the nearest neighbour in latent space that the teacher reads otherwise.

Source: DeepVID, section 9 ("generating adversarial features to probe a model's behavior"). The
search needs answers only, no gradients: along many directions from the image's code, some at random
and some towards training images of other classes, distances double until the class flips, and the
place of the flip is then bracketed by halving, all directions at once. Distances are in shares of
each axis's range, so that axes count alike.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from core.deepvid.explanation import BLOCK, Step
from core.deepvid.neighbors import Decode
from core.generators.generator import Code, Codes, LatentSpace, Picture, Pictures
from core.generators.sampling import nearest_codes

Teacher = Callable[[Pictures], Float[np.ndarray, "sample class"]]


@dataclass(frozen=True)
class Probe:
    """Settings: number of random directions and of nearest codes to walk to, where to stop.

    ``farthest`` is the largest distance tried, in shares of the ranges; ``halvings`` how often the
    bracket is halved: the distance is right to ``farthest / 2 ** halvings``.
    """

    directions: int = 48
    nearest: int = 16
    farthest: float = 1.0
    halvings: int = 8
    seed: int = 0


@dataclass(frozen=True)
class Flip:
    """The nearest neighbour that flips: its code, picture, class, and distance (share of ranges).

    ``evaluations`` counts the pictures that the teacher was shown.
    """

    code: Code
    picture: Picture
    class_from: int
    class_to: int
    distance: float
    evaluations: int


def probing(
    picture: Picture,
    code: Code,
    decode: Decode,
    space: LatentSpace,
    teacher: Teacher,
    settings: Probe,
    *,
    keep_detail: bool = True,
) -> Iterator[Step | Flip | None]:
    """Yield a step after each piece of work, and the nearest neighbour that flips last, or None.

    That is the nearest one found that the teacher reads as another class.

    Parameters
    ----------
    picture, code, decode, space
        As in ``neighborhood``.
    teacher
        From pictures to logits.
    settings
        How hard to search.
    keep_detail
        Whether neighbours keep what the generator does not see of the image; without it the walk
        starts at the reconstruction, which the teacher may read otherwise already (distance 0).

    Raises
    ------
    ValueError
        If a setting is out of range.
    """
    if settings.directions + settings.nearest < 1 or settings.halvings < 1:
        raise ValueError(
            "a probe needs a direction and a halving, got "
            f"{settings.directions + settings.nearest} and {settings.halvings}"
        )
    if not settings.farthest > 0:
        raise ValueError(f"farthest must be positive, got {settings.farthest}")
    detail = picture - decode(code[None])[0] if keep_detail else np.zeros_like(picture)
    asked = 0

    def shown(codes: Codes) -> Pictures:
        return np.clip(decode(codes) + detail, 0, 1)

    def classes(codes: Codes) -> np.ndarray:
        nonlocal asked
        asked += len(codes)
        return teacher(shown(codes)).argmax(axis=1)

    own = int(teacher(picture[None]).argmax())
    walks = _directions(code, space, settings)
    if len(walks) == 0:
        yield None
        return
    steps = settings.farthest * 2.0 ** -np.arange(settings.halvings, -1, -1)
    grid = (code + steps[:, None, None] * walks).astype(code.dtype)
    flat = grid.reshape(-1, len(code))
    of = -(-len(flat) // BLOCK) + settings.halvings
    read = []
    for done, start in enumerate(range(0, len(flat), BLOCK), start=1):
        read.append(classes(flat[start : start + BLOCK]))
        yield Step(done, of, "looking for a flip")
    flipped = np.concatenate(read).reshape(len(steps), len(walks)) != own
    there = flipped.any(axis=0)
    if not there.any():
        yield None
        return
    first = flipped[:, there].argmax(axis=0)
    walks = walks[there]
    far = steps[first]
    near = np.where(first > 0, steps[first - 1], 0.0)
    for halving in range(settings.halvings):
        middle = (near + far) / 2
        past = classes((code + middle[:, None] * walks).astype(code.dtype)) != own
        far, near = np.where(past, middle, far), np.where(past, near, middle)
        yield Step(of - settings.halvings + halving + 1, of, "coming nearer to the flip")
    best = int(far.argmin())
    found = (code + far[best] * walks[best]).astype(code.dtype)
    to = int(classes(found[None])[0])
    yield Flip(found, shown(found[None])[0], own, to, float(far[best]), asked + 1)


def _directions(code: Code, space: LatentSpace, settings: Probe) -> Codes:
    """Directions of length 1 in shares of the ranges, in the code's own units."""
    span = space.ranges[:, 1] - space.ranges[:, 0]
    random = np.random.default_rng(settings.seed)
    drawn = random.standard_normal((settings.directions, len(code))) * (span > 0)
    if settings.nearest and (space.codes != code).any():
        towards = space.codes[nearest_codes(code, space.codes, settings.nearest)] - code
        shares = np.divide(towards, span, out=np.zeros_like(towards), where=span > 0)
        drawn = np.concatenate([drawn, shares])
    length = np.linalg.norm(drawn, axis=1, keepdims=True)
    return (drawn[length[:, 0] > 0] / length[length[:, 0] > 0]) * span
