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


@dataclass(frozen=True)
class Edges:
    """Sobel's edge strength of the picture's mean over channels: an edge detector."""

    name: ClassVar[str] = "edges"
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
        """Return the maps, never negative; see ``Method``."""
        grey = np.pad(pictures.mean(axis=1), ((0, 0), (1, 1), (1, 1)), mode="edge")
        smooth_rows = grey[:, :-2] + 2 * grey[:, 1:-1] + grey[:, 2:]
        smooth_columns = grey[:, :, :-2] + 2 * grey[:, :, 1:-1] + grey[:, :, 2:]
        across = smooth_rows[:, :, 2:] - smooth_rows[:, :, :-2]
        down = smooth_columns[:, 2:] - smooth_columns[:, :-2]
        return np.hypot(across, down).astype(np.float32)


@dataclass(frozen=True)
class CenterBlob:
    """A Gaussian in the middle, its deviation a quarter of each side: where objects tend to be."""

    name: ClassVar[str] = "center_blob"
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
        """Return the same map for all, in 0..1; see ``Method``."""
        down, across = (
            np.exp(-0.5 * np.square((np.arange(side) - (side - 1) / 2) / (side / 4)))
            for side in pictures.shape[2:]
        )
        return np.tile(np.outer(down, across).astype(np.float32), (len(pictures), 1, 1))


def _noise(seed: int, picture: np.ndarray) -> np.ndarray:
    return generator_for(seed, picture).random(picture.shape[1:], dtype=np.float32)
