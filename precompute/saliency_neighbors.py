"""Re-label distillation's neighbours of the shown images, as its figure 3 draws them.

They are those that taught the map of ``relabel_paper``. A stated number of them is placed by t-SNE
of what enters the teacher's last linear layer (of its logits where it has no such layer) and
coloured by the label that they get.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.generators.generator import Generator, LatentSpace, Pictures
from core.projections import tsne
from core.relabel.maps import distilled
from core.relabel.neighbors import decoder_around, deviation
from core.relabel.presets import perturbation_for
from core.relabel.student import RelabelLoss
from core.saliency.method import Examined
from core.teachers.protocol import Teacher

PLACED, PLACED_LARGE = 300, 100  # neighbours that are drawn and placed
PICTURES, PICTURES_LARGE = 60, 24  # of them, kept as pictures
LARGE = 64  # longest side beyond which there are fewer


@dataclass(frozen=True, eq=False)
class Neighbors:
    """One image's neighbours: ``points``, classes, which flipped; ``pictures`` of the first.

    ``count`` were drawn, of which ``share`` flipped; ``residual`` is that of the student whom they
    taught (``RelabelStudent``), ``error`` the mean squared error of the image's reconstruction.
    ``scale`` and ``residual`` are null and ``reason`` says why where nothing can be drawn.
    """

    points: np.ndarray
    classes: np.ndarray
    flipped: np.ndarray
    pictures: np.ndarray
    count: int
    scale: float | None
    share: float
    residual: float | None
    error: float
    reason: str


def neighbors_of(
    pictures: Pictures,
    targets: np.ndarray,
    offered: Teacher,
    teacher: Examined,
    generator: Generator,
    space: LatentSpace,
    seed: int,
    advance: Callable[[], object],
    *,
    paper: bool,
) -> list[Neighbors]:
    """Return the neighbours of each picture.

    Parameters
    ----------
    pictures, targets
        The images and the teacher's classes of them.
    offered, teacher
        The teacher, and as explainers see it.
    generator, space
        The study's first generator and its training images there.
    seed
        Of t-SNE.
    advance
        Called after each image.
    paper
        Draw as many neighbours as the paper, whatever the size.
    """
    large = max(pictures.shape[2:]) > LARGE
    placed, kept = (PLACED_LARGE, PICTURES_LARGE) if large else (PLACED, PICTURES)
    settings = perturbation_for(pictures.shape[1:], paper=paper)
    codes, found = generator.encode(pictures), []
    again = generator.decode(codes)
    for number, (picture, target) in enumerate(zip(pictures, targets, strict=True)):
        sigma = deviation(generator, picture, space)
        decode = decoder_around(generator, picture, codes[number])
        told = distilled(
            codes[number], sigma, decode, teacher.logits, int(target), settings, RelabelLoss()
        )
        drawn, student = told.neighbors, told.student
        images = _as_images(drawn.pictures[:placed], picture.shape)
        points = np.empty((0, 2), np.float32)
        if len(images):
            seen = offered.predict(images)
            points = tsne(
                seen.logits if seen.representation is None else seen.representation, seed=seed
            )
        found.append(
            Neighbors(
                points, drawn.logits[:placed].argmax(axis=1), drawn.labels[:placed] == 0,
                images[:kept], len(drawn.pictures), None if drawn.reason else drawn.scale,
                drawn.flipped, None if student is None else student.residual,
                float(np.square(again[number] - picture).mean()), drawn.reason,
            )
        )  # fmt: skip
        advance()
    return found


def stacked(found: list[Neighbors]) -> np.ndarray:
    """Return the kept pictures of all images, black where one has none."""
    most = max(1, *(len(one.pictures) for one in found))
    shape = found[0].pictures.shape[1:]
    pictures = np.zeros((len(found), most, *shape), np.uint8)
    for place, one in enumerate(found):
        pictures[place, : len(one.pictures)] = one.pictures
    return pictures


def _as_images(pictures: Pictures, shape: tuple[int, ...]) -> np.ndarray:
    if not len(pictures):
        return np.empty((0, shape[1], shape[2], shape[0]), np.uint8)
    return np.rint(pictures.transpose(0, 2, 3, 1) * 255).astype(np.uint8)
