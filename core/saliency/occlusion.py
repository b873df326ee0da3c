"""Occlusion: how much the target's output falls when a window is blotted out.

Source: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks" (2014), section
4.2. A pixel's value is the mean fall over the windows that hold it.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.saliency.method import Examined, Maps, Pictures, Progress, Targets, batches
from core.teachers.protocol import Capability


@dataclass(frozen=True)
class Occlusion:
    """A square window of ``window`` pixels moved by ``stride``, filled with ``fill`` (0..1).

    ``output``: the fall of the "logit" or of the "probability". Windows lie inside the picture;
    the last one in a row or column touches the border, so that every pixel is covered.
    """

    name: ClassVar[str] = "occlusion"
    needs: ClassVar[frozenset[Capability]] = frozenset()
    window: int = 3
    stride: int = 1
    fill: float = 0.0
    output: str = "logit"

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
        height, width = pictures.shape[2:]
        if not 1 <= self.window <= min(height, width):
            raise ValueError(f"window must be from 1 to {min(height, width)}, got {self.window}")
        if self.stride < 1:
            raise ValueError(f"stride must be at least 1, got {self.stride}")
        if self.output not in ("logit", "probability"):
            raise ValueError(f"output must be logit or probability, got {self.output!r}")
        clean = self._scores(teacher, pictures, targets, batch_size)
        corners = [
            (top, left)
            for top in _starts(height, self.window, self.stride)
            for left in _starts(width, self.window, self.stride)
        ]
        maps = np.zeros((len(pictures), height, width), np.float64)
        covered = np.zeros((height, width))
        for top, left in corners:
            covered[top : top + self.window, left : left + self.window] += 1
        for number in range(len(pictures)):
            for chosen in batches(len(corners), batch_size):
                some = corners[chosen]
                copies = np.repeat(pictures[number : number + 1], len(some), axis=0)
                for copy, (top, left) in zip(copies, some, strict=True):
                    copy[:, top : top + self.window, left : left + self.window] = self.fill
                target = np.full(len(some), targets[number])
                fall = clean[number] - self._scores(teacher, copies, target, batch_size)
                for (top, left), value in zip(some, fall, strict=True):
                    maps[number, top : top + self.window, left : left + self.window] += value
            if progress is not None:
                progress(number + 1, len(pictures), self.name)
        return (maps / covered).astype(np.float32)

    def _scores(
        self, teacher: Examined, pictures: Pictures, targets: Targets, batch_size: int
    ) -> np.ndarray:
        if self.output == "probability":
            return teacher.probabilities(pictures, targets, batch_size=batch_size)
        logits = teacher.logits(pictures, batch_size=batch_size)
        return logits[np.arange(len(targets)), targets]


def _starts(length: int, window: int, stride: int) -> list[int]:
    starts = list(range(0, length - window + 1, stride))
    return starts if starts[-1] == length - window else [*starts, length - window]
