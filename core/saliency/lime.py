"""LIME: a local linear model of what each patch of the picture adds to the class's probability.

Source: Ribeiro, Singh and Guestrin, "Why Should I Trust You?" (2016), section 3.4 and algorithm 1,
and the settings of its code: 1,000 copies, the kernel exp(-d^2 / 0.25^2) of the cosine distance of
the patches that are there, patches present with probability 1/2, the first copy the picture itself,
a ridge regression with penalty 1. Patches are squares of a grid where theirs come from a
segmentation, and black stands in for them where theirs is the patch's mean. captum's LIME draws
from torch's own generator, so that maps would depend on their order: the draw here is each
picture's. A test gives captum's the same copies and finds the same weights.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from core.deepvid.optimizers import closed_form
from core.saliency.method import Examined, Maps, Pictures, Progress, Targets, generator_for
from core.teachers.protocol import Capability


@dataclass(frozen=True)
class Lime:
    """Each patch's weight; ``cells`` patches along each side."""

    name: ClassVar[str] = "lime"
    needs: ClassVar[frozenset[Capability]] = frozenset()
    cells: int = 7
    copies: int = 1000
    width: float = 0.25
    penalty: float = 1.0

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
        if not 1 <= self.cells <= min(height, width):
            raise ValueError(f"cells must be from 1 to {min(height, width)}, got {self.cells}")
        if self.copies < 2:
            raise ValueError(f"copies must be at least 2, got {self.copies}")
        rows = np.arange(height) * self.cells // height
        columns = np.arange(width) * self.cells // width
        maps = np.empty((len(pictures), height, width), np.float32)
        for number, picture in enumerate(pictures):
            random = generator_for(seed, picture)
            there = random.random((self.copies, self.cells, self.cells)) < 0.5
            there[0] = True
            answers = [
                teacher.probabilities(
                    picture * some[:, rows][:, :, columns][:, None],
                    np.full(len(some), targets[number]),
                    batch_size=batch_size,
                )
                for some in np.split(there, range(batch_size, self.copies, batch_size))
            ]
            flat = there.reshape(self.copies, -1).astype(np.float64)
            weights = lime_weights(flat, np.concatenate(answers), self.width, self.penalty)
            maps[number] = weights.reshape(self.cells, self.cells)[rows][:, columns]
            if progress is not None:
                progress(number + 1, len(pictures), self.name)
        return maps


def lime_weights(
    there: Float[np.ndarray, "copy patch"],
    answers: Float[np.ndarray, " copy"],
    width: float,
    penalty: float,
) -> Float[np.ndarray, " patch"]:
    """Return the weighted ridge regression's weights.

    Parameters
    ----------
    there
        1 where a patch is there, else 0.
    answers
        The class's probability for each copy.
    width
        Of the kernel, in cosine distance from the whole picture, positive.
    penalty
        On squared weights, against the weighted sum of squared errors; not negative.
    """
    cosine = np.sqrt(there.mean(axis=1))  # to the copy with all patches there
    share = np.exp(-np.square((1 - cosine) / width))
    center = share @ there / share.sum()
    total = float((share[:, None] * np.square(there - center)).sum())
    # closed_form's penalty is a share of the mean variance
    l2 = penalty / total if total else 0.0
    return closed_form(there, answers[:, None].astype(np.float64), l2, share=share)[:-1, 0]
