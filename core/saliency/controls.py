"""Controls: maps that know nothing of the teacher; what does not beat them says nothing."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.saliency.method import Examined, Maps, Pictures, Progress, Targets, generator_for
from core.teachers.protocol import Capability


@dataclass(frozen=True)
class Random:
    """Uniform noise in 0..1."""

    name: ClassVar[str] = "random"
    needs: ClassVar[frozenset[Capability]] = frozenset()

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
        return np.stack([_noise(seed, picture) for picture in pictures])


@dataclass(frozen=True)
class RandomStroke:
    """Uniform noise, first among the pixels that are not black: knows the drawing, not why."""

    name: ClassVar[str] = "random_stroke"
    needs: ClassVar[frozenset[Capability]] = frozenset()

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
        """Return the maps, above 1 on the stroke and below it elsewhere; see ``Method``."""
        stroke = (pictures > 0).any(axis=1)
        return np.stack([_noise(seed, picture) for picture in pictures]) + stroke


def _noise(seed: int, picture: np.ndarray) -> np.ndarray:
    return generator_for(seed, picture).random(picture.shape[1:], dtype=np.float32)
