"""Where the reader's image belongs: on DarkSight's map, on DVI's, in Summit's graph, among images.

DarkSight's method has no place for new samples; `core.darksight.placement` finds the one that tells
the image's probabilities best, with the student as it is. DVI projects the representation by the
checkpoint's own model. t-SNE and UMAP give new images no place.
"""

from dataclasses import dataclass

import numpy as np

from core.store import Store
from core.summit.compare import fired
from core.teachers.protocol import Predictions
from core.uncertainty import softmax
from pages.parts import live
from pages.parts.darksight.held import Picture
from pages.parts.dvi import held as dvi
from pages.parts.given.image import Given, found
from pages.parts.summit import held as summit


@dataclass(frozen=True, eq=False)
class Placed:
    """DarkSight's place of an image: what the student says there, its confidence, what is lost.

    `confidence` is the density as a share of the greatest, `symmetric_kl` in nats.
    """

    point: tuple[float, float]
    student: np.ndarray
    confidence: float
    symmetric_kl: float


def answers(store: Store, of: Given, epoch: float) -> Predictions | str:
    """Return the teacher's logits and representation of the image; one line where it cannot."""
    return found(of, ("answers", epoch), lambda: live.judged(store, of.image, epoch))


def probabilities(store: Store, of: Given, epoch: float) -> np.ndarray | str:
    """Return the teacher's probabilities of the image; one line where it cannot."""
    told = answers(store, of, epoch)
    return told if isinstance(told, str) else softmax(told.logits)[0]


def in_darksight(store: Store, of: Given, picture: Picture, told: np.ndarray) -> Placed | str:
    """Return the image's place on DarkSight's map; one line where it has none.

    Parameters
    ----------
    told
        The teacher's probabilities of the image at the picture's checkpoint.
    """
    if (line := live.why_not(store, "scipy")) is not None:
        return line
    return found(of, "darksight", lambda: _placed(store, told, picture))


def in_dvi(store: Store, of: Given, epoch: float) -> tuple[float, float] | str:
    """Return the image's place on DVI's map of a checkpoint; one line where it has none."""
    told = answers(store, of, epoch)
    if isinstance(told, str):
        return told
    representation = told.representation
    if representation is None:
        return "This teacher gives no representation to project."

    def project() -> tuple[float, float]:
        at = live.visual_model(store, epoch).project(representation)[0]
        return float(at[0]), float(at[1])

    return found(of, ("dvi", epoch), project)


def in_summit(store: Store, of: Given, class_: int) -> np.ndarray | str:
    """Return which vertices of a class's graph the image chose; one line where nobody can tell."""
    layers = found(of, "summit", lambda: live.chosen_channels(store, of.image))
    if isinstance(layers, str):
        return layers
    graph = summit.graph(store, class_)
    return fired(graph.layer.astype(np.int64), graph.channel.astype(np.int64), layers)


def nearest(store: Store, told: Predictions, epoch: float, count: int) -> tuple[str, np.ndarray]:
    """Return by what the nearest shown images were sought, and them, nearest first."""
    own, space = told.representation, "representation"
    if own is None:
        own, space = softmax(told.logits), "probabilities"
    data = store.array("predictions", space, epoch)
    away = np.zeros(len(data))
    for start in range(0, len(data), 4096):  # no copy of the whole array
        block = np.asarray(data[start : start + 4096], np.float64)
        away[start : start + 4096] = ((block - own[0].astype(np.float64)) ** 2).sum(1)
    return space, np.argsort(away, kind="stable")[:count]


def maps_at(store: Store, epoch: float) -> float:
    """Return the checkpoint of DVI's map that is shown: the one asked for, else the last."""
    told = dvi.story(store)
    return epoch if epoch in told.epochs else told.epochs[-1]


def _placed(store: Store, told: np.ndarray, picture: Picture) -> Placed:
    from core.darksight.confidence import kernel_density, normalized  # scipy, as the check above
    from core.darksight.placement import place
    from core.darksight.student import probabilities as student_probabilities

    settings = picture.settings
    placed = place(
        picture.student,
        told[None],
        temperature=float(settings["temperature"]),
        floor=float(settings["floor"]),
        pull=float(settings["pull"]),
        keep_top_class=bool(settings["keep_top_class"]),
    )
    kernels = kernel_density(
        picture.points,
        bandwidth=float(settings["bandwidth"]),
        seed=int(store.settings.get("seed", 0)),
    )
    density = kernels.log_density(placed.points.astype(np.float32))
    sure = normalized(density, float(settings["greatest_log_density"]))
    return Placed(
        (float(placed.points[0, 0]), float(placed.points[0, 1])),
        student_probabilities(picture.student, placed.points)[0],
        float(sure[0]),
        float(placed.symmetric_kl[0]),
    )
