"""What the store holds of one image, gathered from every lens; what is not built is None.

Sums over images are kept for all sessions; what concerns one image is read when it is asked for.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import streamlit as st

from core.darksight.student import probabilities as student_probabilities
from core.store import MissingArtifact, Store
from pages.parts.darksight import held as darksight
from pages.parts.dvi import held as dvi
from pages.parts.scene import Scene

NEAREST = 8

Space = Literal["representation", "probabilities"]


@dataclass(frozen=True, eq=False)
class Known:
    """One image: `sample`, its class `label`, and the split's images it is compared with.

    `probabilities` [epoch class] at every checkpoint. `density` is DarkSight's, a share of the
    greatest; `own_kl` how badly its place tells its probabilities (nats), `at_place` what the
    student says there. `path` is the length of its way over DVI's map in diagonals. `nearest` are
    its neighbours in `space`, nearest first, and `distances` theirs.
    """

    sample: int
    label: int
    among: np.ndarray
    epochs: list[float]
    probabilities: np.ndarray
    density: float | None
    own_kl: float | None
    at_place: np.ndarray | None
    learned: float | None
    path: float | None
    space: Space
    nearest: np.ndarray
    distances: np.ndarray

    @property
    def said(self) -> np.ndarray:
        """The class that the teacher names at every checkpoint."""
        return self.probabilities.argmax(axis=1)


def known(scene: Scene, sample: int, epoch: float) -> Known:
    """Return what is known of an image at a checkpoint."""
    store = scene.store
    picture = darksight.picture(store) if store.has(darksight.STAGE) else None
    density = own_kl = at_place = learned = path = None
    if picture is not None:
        density = float(picture.confidence[sample])
        own_kl = float(picture.symmetric_kl[sample])
        at_place = student_probabilities(picture.student, picture.points[sample : sample + 1])[0]
    if (since := dvi.learned_at(store)) is not None:
        learned = float(since[sample])
    if (lengths := paths(store)) is not None:
        path = float(lengths[sample])
    space, nearest, distances = neighbors(store, sample, epoch)
    return Known(
        sample, int(scene.samples.label[sample]), scene.shown, scene.epochs,
        ways(store, sample), density, own_kl, at_place, learned, path, space, nearest, distances,
    )  # fmt: skip


def ways(store: Store, sample: int) -> np.ndarray:
    """Return an image's probabilities at every checkpoint, [epoch class]."""
    return _ways(store, *_key(store), sample)


def neighbors(store: Store, sample: int, epoch: float) -> tuple[Space, np.ndarray, np.ndarray]:
    """Return the images nearest to one, of all shown ones, and their Euclidean distances.

    In the representation; of a teacher without one, in the probabilities.
    """
    return _neighbors(store, *_key(store), sample, epoch)


def paths(store: Store) -> np.ndarray | None:
    """Return how long each image's way over DVI's map is, in diagonals; None without a way."""
    if not dvi.has_story(store) or len(store.epochs("dvi")) < 2:
        return None
    return _paths(store, *_key(store))


def _key(store: Store) -> tuple[str, str, str]:
    return str(store.root), store.study, store.fingerprint


@st.cache_resource(max_entries=256, show_spinner=False)
def _ways(_store: Store, root: str, study: str, fingerprint: str, sample: int) -> np.ndarray:
    rows = [
        np.array(_store.array("predictions", "probabilities", epoch)[sample], np.float32)
        for epoch in _store.epochs("predictions")
    ]
    return np.stack(rows)


@st.cache_resource(max_entries=256, show_spinner=False)
def _neighbors(
    _store: Store, root: str, study: str, fingerprint: str, sample: int, epoch: float
) -> tuple[Space, np.ndarray, np.ndarray]:
    space: Space = "representation"
    try:
        data = _store.array("predictions", space, epoch)
    except MissingArtifact:
        space = "probabilities"
        data = _store.array("predictions", space, epoch)
    away = np.zeros(len(data))
    for start in range(0, len(data), 4096):  # no copy of the whole array
        block = np.asarray(data[start : start + 4096], np.float64)
        away[start : start + 4096] = ((block - np.asarray(data[sample], np.float64)) ** 2).sum(1)
    away[sample] = np.inf
    order = np.argsort(away, kind="stable")[: min(NEAREST, len(data) - 1)]
    return space, order, np.sqrt(away[order])


@st.cache_resource(max_entries=4, show_spinner=False)
def _paths(_store: Store, root: str, study: str, fingerprint: str) -> np.ndarray:
    told = dvi.story(_store)
    steps = np.linalg.norm(np.diff(told.positions.astype(np.float64), axis=0), axis=2)
    return steps.sum(axis=0) / told.diagonal
