"""Re-label distillation under the signature of ``core.saliency``.

``PaperMaps`` are the paper's: w_1 - w_0 of the student taught by latent neighbours, channels added.
Where the image's reconstruction already has another class, or no neighbour gets one, there is no
map to draw: it is zero everywhere, and ``distilled`` says why. ``HybridMaps``, our default, are
those of ``hybrid``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from core.generators.generator import (
    Code,
    Codes,
    Generator,
    LatentSpace,
    Picture,
    Pictures,
)
from core.relabel.coarse import coarse_to_fine
from core.relabel.hybrid import HybridRelabel, hybrid_maps
from core.relabel.neighbors import (
    Perturbation,
    Perturbed,
    decoder_around,
    deviation,
    perturbed,
)
from core.relabel.student import RelabelLoss, RelabelStudent, solve
from core.saliency.method import Examined, Map, Maps, Progress, Targets, target_probability
from core.saliency.refining import Partial
from core.saliency.substrate import blurred
from core.teachers.protocol import Capability

Read = Literal["signed", "positive", "times_input"]


@dataclass(frozen=True)
class Distilled:
    """Neighbours and student of one image; the student is None where the neighbours say why."""

    neighbors: Perturbed
    student: RelabelStudent | None


@dataclass(frozen=True)
class PaperMaps:
    """The paper's student.

    ``read``: "signed" is w_1 - w_0, "positive" its positive part, "times_input" times the image.
    ``grids`` make the student coarse-to-fine (``coarse``); ``smooth`` is the length in pixels of a
    kernel that blurs the map, odd, 1 for none: for large images, where single pixels' weights are
    mostly chance.
    """

    name: ClassVar[str] = "relabel_paper"
    needs: ClassVar[frozenset[Capability]] = frozenset()
    generator: Generator = field(repr=False)
    space: LatentSpace | None = field(default=None, repr=False)
    perturbation: Perturbation = field(default_factory=Perturbation)
    loss: RelabelLoss = field(default_factory=RelabelLoss)
    read: Read = "signed"
    grids: tuple[int, ...] = ()
    smooth: int = 1

    def maps(
        self,
        teacher: Examined,
        pictures: Pictures,
        targets: Targets,
        *,
        seed: int = 0,
        batch_size: int = 512,
        progress: Progress | None = None,
    ) -> Maps:
        """Return the maps; the seed is that of the perturbation; see ``Method``."""
        if self.read not in ("signed", "positive", "times_input"):
            raise ValueError(f"read must be signed, positive or times_input, got {self.read!r}")
        maps = np.zeros((len(pictures), *pictures.shape[2:]), np.float32)
        codes = self.generator.encode(pictures)
        for number, picture in enumerate(pictures):
            student = distilled(
                codes[number],
                deviation(self.generator, picture, self.space),
                decoder_around(self.generator, picture, codes[number]),
                lambda some: teacher.logits(some, batch_size=batch_size),
                int(targets[number]),
                self.perturbation,
                self.loss,
                self.grids,
            ).student
            if student is not None:
                maps[number] = read_as(student.weights, picture, self.read)
            if progress is not None:
                progress(number + 1, len(pictures), self.name)
        return maps if self.smooth == 1 else blurred(maps[:, None], self.smooth)[:, 0]


@dataclass(frozen=True)
class HybridMaps:
    """The hybrid student's importance; ``blur`` as in ``core.saliency.substrate``.

    With a generator and a perturbation, latent neighbours join the masked copies; where there are
    none to draw (``perturbed``) the masked copies are alone.
    """

    name: ClassVar[str] = "relabel"
    needs: ClassVar[frozenset[Capability]] = frozenset()
    hybrid: HybridRelabel = field(default_factory=HybridRelabel)
    blur: int | None = None
    generator: Generator | None = field(default=None, repr=False)
    space: LatentSpace | None = field(default=None, repr=False)
    perturbation: Perturbation | None = None

    def maps(
        self,
        teacher: Examined,
        pictures: Pictures,
        targets: Targets,
        *,
        seed: int = 0,
        batch_size: int = 512,
        progress: Progress | None = None,
    ) -> Maps:
        """Return the maps; the seed is that of the settings; see ``Method``."""
        maps = np.empty((len(pictures), *pictures.shape[2:]), np.float32)
        for number, picture in enumerate(pictures):
            *_, maps[number] = self._rounds(teacher, picture, int(targets[number]), batch_size)
            if progress is not None:
                progress(number + 1, len(pictures), self.name)
        return maps

    def refined(
        self,
        teacher: Examined,
        picture: Picture,
        target: int,
        *,
        seed: int = 0,
        batch_size: int = 256,
    ) -> Iterator[Partial]:
        """Yield the map after each round; see ``core.saliency.refining``."""
        rounds = self._rounds(teacher, picture, target, batch_size)
        for done, map_ in enumerate(rounds, 1):
            yield Partial(map_, done, self.hybrid.rounds, "rounds")

    def _rounds(
        self, teacher: Examined, picture: Picture, target: int, batch_size: int
    ) -> Iterator[Map]:
        def predict(some: Pictures) -> np.ndarray:
            return teacher.logits(some, batch_size=batch_size)

        vague = blurred(picture[None], self.blur)[0]
        latent = None
        if self.generator is not None and self.perturbation is not None:
            code = self.generator.encode(picture[None])[0]
            sigma = deviation(self.generator, picture, self.space)
            decode = decoder_around(self.generator, picture, code)
            drawn = perturbed(code, sigma, decode, predict, target, self.perturbation)
            latent = None if drawn.reason else drawn.pictures
        return hybrid_maps(picture, vague, target, predict, self.hybrid, latent)


def distilled(
    code: Code,
    sigma: Code,
    decode: Callable[[Codes], Pictures],
    teacher: Callable[[Pictures], np.ndarray],
    prediction: int,
    perturbation: Perturbation,
    loss: RelabelLoss,
    grids: tuple[int, ...] = (),
) -> Distilled:
    """Return an image's neighbours and the student that they teach.

    Arguments and errors as in ``perturbed``, ``solve`` and, where there are grids,
    ``coarse_to_fine``.
    """
    found = perturbed(code, sigma, decode, teacher, prediction, perturbation)
    if found.reason:
        return Distilled(found, None)
    chosen = np.full(len(found.logits), prediction)
    p = target_probability(found.logits, chosen)
    if grids:
        student = coarse_to_fine(found.pictures, p, found.labels, loss, grids)
    else:
        student = solve(found.pictures, p, found.labels, loss)
    return Distilled(found, student)


def read_as(weights: Picture, picture: Picture, read: Read) -> np.ndarray:
    """Return the map of a student's weights, channels added."""
    if read == "times_input":
        return (weights * picture).sum(axis=0)
    added = weights.sum(axis=0)
    return np.maximum(added, 0) if read == "positive" else added
