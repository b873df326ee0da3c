"""How one method of the saliency contest is judged, block of images by block.

Every block is kept as soon as it is finished (``precompute.blocks``). A method that fails on a
block (a map with NaN, a network it does not understand) is out, and its error says why.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.saliency.deletion_insertion import STEPS, batch_for, counts, deletion_insertion
from core.saliency.method import Examined, Explained, Method, Pictures, Targets, explain
from core.saliency.removal import removal_curves
from core.saliency.sanity import redrawn, spearman
from core.saliency.sensitivity import max_sensitivity
from precompute.blocks import Arrays, Blocks
from precompute.saliency_methods import Contestant
from precompute.saliency_plan import DRAWS, Share

BLOCK = 50  # images
KEPT = (
    "deletion", "insertion", "areas", "removal", "sanity", "sensitivity", "flat", "shown", "maps",
)  # fmt: skip
RADIUS = 0.02  # of a perturbation, as a share of the range of 0..1


@dataclass(frozen=True, eq=False)
class Arena:
    """What all methods are judged on.

    ``labels`` are true classes, for removal; ``targets`` the teacher's first, for the rest.
    ``shown`` are the places of images whose maps are kept; ``other`` is the teacher with weights
    drawn anew, None where there is none; ``removal`` says whether pixels are removed one by one.
    """

    teacher: Examined
    other: Examined | None
    pictures: Pictures
    labels: Targets
    targets: Targets
    shown: np.ndarray
    color: tuple[float, ...]
    removal: bool
    seed: int

    @property
    def batch(self) -> int:
        """Pictures at once: gradients of many large ones would not fit into memory."""
        return batch_for(self.pictures[0].size)

    def explained(
        self, method: Method, teacher: Examined, pictures: Pictures, targets: Targets
    ) -> Explained:
        """Return the maps of pictures and what one cost."""
        return explain(method, teacher, pictures, targets, seed=self.seed, batch_size=self.batch)


@dataclass(frozen=True, eq=False)
class Judged:
    """A method's curves and values on the first images; ``maps`` are those of the shown ones.

    ``areas`` below deletion and insertion, two columns, taken at every step of the curves proper;
    ``sanity`` and ``sensitivity`` are of fewer images, NaN where a map has no value. ``flat`` says
    of which images the map has one value everywhere: it ranks nothing, and its curves are those of
    a random order.
    """

    deletion: np.ndarray
    insertion: np.ndarray
    areas: np.ndarray
    removal: np.ndarray
    sanity: np.ndarray
    sensitivity: np.ndarray
    flat: np.ndarray
    shown: np.ndarray
    maps: np.ndarray
    evaluations: float
    seconds: float

    def values(self, metric: str) -> np.ndarray:
        """Each image's value of a metric."""
        if metric in ("sanity", "sensitivity"):
            return getattr(self, metric)
        if metric == "removal":
            return self.removal[:, 1:].mean(axis=1)
        return self.areas[:, ("deletion", "insertion").index(metric)]


def judged(
    one: Contestant,
    arena: Arena,
    share: Share,
    blocks: Blocks,
    advance: Callable[[int], object],
) -> Judged:
    """Return how a method does.

    Parameters
    ----------
    one
        The method.
    arena
        The images.
    share
        On how many of them.
    blocks
        Where finished blocks are kept.
    advance
        Called with the images of each finished block.

    Raises
    ------
    ValueError
        If the method fails on an image.
    """
    parts: list[Arrays] = []
    edges = sorted({*range(0, share.images, BLOCK), share.images})
    for start, stop in pairwise(edges):
        places = np.arange(start, stop)
        parts.append(
            blocks.kept(f"{one.name}-{start}-{stop}", lambda p=places: _block(one, arena, share, p))
        )
        advance(stop - start)
    joined = {name: np.concatenate([part[name] for part in parts]) for name in KEPT}
    weights = np.diff(edges)

    def mean(name: str) -> float:
        return float(np.average([part[name] for part in parts], weights=weights))

    return Judged(**joined, evaluations=mean("evaluations"), seconds=mean("seconds"))


def curves_of(method: Method, arena: Arena, pictures: Pictures, targets: Targets) -> Arrays:
    """Return maps and both curves of further pictures."""
    found = arena.explained(method, arena.teacher, pictures, targets)
    curves = deletion_insertion(
        arena.teacher, pictures, found.maps, targets=targets, color=arena.color, seed=arena.seed
    )
    return {
        "maps": found.maps, "deletion": full(curves.deletion), "insertion": full(curves.insertion)
    }  # fmt: skip


def full(curves: np.ndarray) -> np.ndarray:
    """Curves of pictures of fewer pixels than steps, read at every hundredth of the way."""
    shares = np.linspace(0, 1, STEPS + 1)
    if curves.shape[1] == len(shares):
        return curves
    own = counts(curves.shape[1] - 1) / (curves.shape[1] - 1)
    return np.stack([np.interp(shares, own, curve) for curve in curves]).astype(np.float32)


def _block(one: Contestant, arena: Arena, share: Share, places: np.ndarray) -> Arrays:
    teacher, seed = arena.teacher, arena.seed
    pictures, targets = arena.pictures[places], arena.targets[places]
    found = arena.explained(one.method, teacher, pictures, targets)
    curves = deletion_insertion(
        teacher, pictures, found.maps, targets=targets, color=arena.color, seed=seed
    )
    shown = np.flatnonzero(np.isin(places, arena.shown))
    return {
        "deletion": full(curves.deletion),
        "insertion": full(curves.insertion),
        "areas": np.stack([curves.deletion_area, curves.insertion_area], axis=1),
        "removal": _removal(one.method, arena, places, found.maps),
        "sanity": _sanity(one.method, arena, places[places < share.sanity], found.maps),
        "sensitivity": _sensitivity(
            one.method, arena, places[places < share.sensitivity], found.maps
        ),
        "flat": np.ptp(found.maps, axis=(1, 2)) == 0,
        "shown": places[shown],
        "maps": found.maps[shown],
        "evaluations": np.array(found.evaluations),
        "seconds": np.array(found.seconds),
    }


def _removal(method: Method, arena: Arena, places: np.ndarray, maps: np.ndarray) -> np.ndarray:
    """Removal watches the true class: images that the teacher misreads are explained for it."""
    if not arena.removal:
        return np.empty((len(places), 0), np.float32)
    pictures, labels = arena.pictures[places], arena.labels[places]
    misread = labels != arena.targets[places]
    maps = maps.copy()
    if misread.any():
        maps[misread] = arena.explained(
            method, arena.teacher, pictures[misread], labels[misread]
        ).maps
    return removal_curves(arena.teacher, pictures, maps, labels, seed=arena.seed).probability


def _sanity(method: Method, arena: Arena, places: np.ndarray, maps: np.ndarray) -> np.ndarray:
    if arena.other is None or not len(places):
        return np.empty(0)
    pictures, targets = arena.pictures[places], arena.targets[places]
    again = arena.explained(method, arena.other, pictures, targets).maps
    return np.array(
        [
            abs(spearman(one, two)) if np.ptp(one) > 0 and np.ptp(two) > 0 else np.nan
            for one, two in zip(maps[: len(places)], again, strict=True)
        ]
    )


def _sensitivity(method: Method, arena: Arena, places: np.ndarray, maps: np.ndarray) -> np.ndarray:
    if not len(places):
        return np.empty(0)
    return max_sensitivity(
        method, arena.teacher, arena.pictures[places], arena.targets[places],
        maps[: len(places)], draws=DRAWS, radius=RADIUS, seed=arena.seed,
        batch_size=arena.batch,
    )  # fmt: skip


def drawn_anew(teacher: Examined, seed: int) -> tuple[Examined | None, str]:
    """Return the teacher with weights drawn anew, or None and why there is none."""
    try:
        return redrawn(teacher, seed), ""
    except ValueError as error:
        return None, str(error)
