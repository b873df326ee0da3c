"""LIME: a local linear model of what each patch of the picture adds to the class's probability.

Source: Ribeiro, Singh and Guestrin, "Why Should I Trust You?" (2016), section 3.4 and algorithm 1,
and the settings of its code: 1,000 copies, the kernel exp(-d^2 / 0.25^2) of the cosine distance of
the patches that are there, patches present with probability 1/2, the first copy the picture itself,
a ridge regression with penalty 1. Patches are squares of a grid where theirs come from a
segmentation, and black stands in for them where theirs is the patch's mean. captum's LIME draws
from torch's own generator, so that maps would depend on their order: the draw here is each
picture's. A test gives captum's the same copies and finds the same weights.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Float

from core.deepvid.optimizers import closed_form
from core.saliency.method import (
    Examined,
    Map,
    Maps,
    Picture,
    Pictures,
    Progress,
    Targets,
    batches,
    generator_for,
)
from core.saliency.refining import Partial
from core.teachers.protocol import Capability

BLOCK = 64  # copies between two maps, where one picture is watched


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
        maps = np.empty((len(pictures), *pictures.shape[2:]), np.float32)
        for number, picture in enumerate(pictures):
            there = self._copies(picture, seed)
            answers = [
                self._answers(teacher, picture, int(targets[number]), there[chosen])
                for chosen in batches(self.copies, batch_size)
            ]
            maps[number] = self._fitted(picture, there, np.concatenate(answers))
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
        """Yield the map of the copies asked about so far; see ``core.saliency.refining``."""
        there = self._copies(picture, seed)
        answers = np.empty(0, np.float32)
        for chosen in batches(self.copies, min(batch_size, BLOCK)):
            more = self._answers(teacher, picture, target, there[chosen])
            answers = np.concatenate([answers, more])
            map_ = self._fitted(picture, there[: len(answers)], answers)
            yield Partial(map_, len(answers), self.copies, "copies")

    def _copies(self, picture: Picture, seed: int) -> Bool[np.ndarray, "copy row column"]:
        """Which patches each copy has; the first has all."""
        side = min(picture.shape[1:])
        if not 1 <= self.cells <= side:
            raise ValueError(f"cells must be from 1 to {side}, got {self.cells}")
        if self.copies < 2:
            raise ValueError(f"copies must be at least 2, got {self.copies}")
        random = generator_for(seed, picture)
        there = random.random((self.copies, self.cells, self.cells)) < 0.5
        there[0] = True
        return there

    def _answers(
        self,
        teacher: Examined,
        picture: Picture,
        target: int,
        there: Bool[np.ndarray, "copy row column"],
    ) -> Float[np.ndarray, " copy"]:
        rows, columns = self._patches(picture)
        return teacher.probabilities(
            picture * there[:, rows][:, :, columns][:, None],
            np.full(len(there), target),
            batch_size=len(there),
        )

    def _fitted(
        self,
        picture: Picture,
        there: Bool[np.ndarray, "copy row column"],
        answers: Float[np.ndarray, " copy"],
    ) -> Map:
        rows, columns = self._patches(picture)
        flat = there.reshape(len(there), -1).astype(np.float64)
        weights = lime_weights(flat, answers, self.width, self.penalty)
        return weights.reshape(self.cells, self.cells)[rows][:, columns].astype(np.float32)

    def _patches(self, picture: Picture) -> tuple[np.ndarray, np.ndarray]:
        """The patch that each row and each column belongs to."""
        height, width = picture.shape[1:]
        return np.arange(height) * self.cells // height, np.arange(width) * self.cells // width


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
