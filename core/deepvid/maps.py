"""DeepVID under the signature of ``core.saliency``: weighted features as maps, channels added.

``PaperMaps`` are the target class's weighted features of a student of latent neighbours (the
samplers ``line``, ``band``, ``knn`` with the paper's training, or of neighbours made in pixels);
``HybridMaps`` are those of the hybrid student's margins, our default.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from core.axes import Images
from core.deepvid.explanation import OTHERS, among
from core.deepvid.hybrid import Hybrid, hybrid
from core.deepvid.neighbors import Sampling, neighborhood
from core.deepvid.pixels import masked_copies, nearest_images
from core.deepvid.student import StudentSettings, train
from core.generators.generator import Generator, LatentSpace, Picture, Pictures, as_pictures
from core.saliency.method import Examined, Maps, Progress, Targets
from core.teachers.protocol import Capability


@dataclass(frozen=True)
class PaperMaps:
    """The target's weighted features of the paper's student on latent neighbours."""

    name: ClassVar[str] = "deepvid_paper"
    needs: ClassVar[frozenset[Capability]] = frozenset()
    generator: Generator = field(repr=False)
    space: LatentSpace = field(repr=False)
    sampling: Sampling = field(default_factory=Sampling)
    student: StudentSettings = field(default_factory=StudentSettings)

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
        """Return the maps; the seeds are those of sampling and student; see ``Method``."""
        codes = self.generator.encode(pictures)

        def one(number: int) -> np.ndarray:
            drawn = neighborhood(
                pictures[number], codes[number], self.generator.decode, self.space, self.sampling
            )
            logits = teacher.logits(drawn.pictures, batch_size=batch_size)
            return train(drawn.pictures, logits, self.student).weights[targets[number]]

        return _each(pictures, one, self.name, progress)


@dataclass(frozen=True)
class PixelMaps:
    """The same student on neighbours made in pixels: the nearest images, or LIME's patches.

    ``images`` are the training images for ``knn``; ``cell`` is the side of a patch for ``lime``.
    """

    name: ClassVar[str] = "deepvid_pixels"
    needs: ClassVar[frozenset[Capability]] = frozenset()
    images: Images = field(repr=False)
    kind: Literal["knn", "lime"] = "knn"
    n: int = 512
    cell: int = 4
    student: StudentSettings = field(default_factory=StudentSettings)

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
        """Return the maps; see ``Method``."""
        if self.kind not in ("knn", "lime"):
            raise ValueError(f"kind must be knn or lime, got {self.kind!r}")

        def one(number: int) -> np.ndarray:
            if self.kind == "knn":
                nearest = nearest_images(pictures[number], self.images, self.n)
                drawn = as_pictures(self.images[nearest])
            else:
                drawn = masked_copies(pictures[number], self.n, cell=self.cell, seed=seed)
            logits = teacher.logits(drawn, batch_size=batch_size)
            return train(drawn, logits, self.student).weights[targets[number]]

        return _each(pictures, one, self.name, progress)


@dataclass(frozen=True)
class HybridMaps:
    """The target's weighted features of the hybrid student's margins.

    Without a generator the student has masked copies alone.
    """

    name: ClassVar[str] = "deepvid"
    needs: ClassVar[frozenset[Capability]] = frozenset()
    generator: Generator | None = field(default=None, repr=False)
    space: LatentSpace | None = field(default=None, repr=False)
    sampling: Sampling = field(default_factory=lambda: Sampling("band"))
    hybrid: Hybrid = field(default_factory=Hybrid)

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
        """Return the maps; the seeds are those of the settings; see ``Method``."""
        if (self.generator is None) != (self.space is None):
            raise ValueError("a generator comes with its latent space: give both or neither")
        codes = None if self.generator is None else self.generator.encode(pictures)

        def one(number: int) -> np.ndarray:
            latent = np.empty((0, *pictures.shape[1:]), np.float32)
            if self.generator is not None and self.space is not None and codes is not None:
                latent = neighborhood(
                    pictures[number], codes[number], self.generator.decode, self.space,
                    self.sampling,
                ).pictures  # fmt: skip
            # the target's margin against all others is all that a map shows
            kept = np.array([targets[number], OTHERS])
            found = hybrid(
                pictures[number],
                lambda some: among(teacher.logits(some, batch_size=batch_size), kept),
                latent,
                self.hybrid,
                target=0,
            )
            return found.margins.weights[0]

        return _each(pictures, one, self.name, progress)


def _each(
    pictures: Pictures,
    weights: Callable[[int], Picture],
    name: str,
    progress: Progress | None,
) -> Maps:
    maps = np.empty((len(pictures), *pictures.shape[2:]), np.float32)
    for number, picture in enumerate(pictures):
        maps[number] = (weights(number) * picture).sum(axis=0)
        if progress is not None:
            progress(number + 1, len(pictures), name)
    return maps
