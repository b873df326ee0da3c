"""What the store holds of DarkSight: places, student, loss, curves; cached like `parts/reads.py`.

Arrays have one row per `sample_id` and are shared by all sessions, therefore read-only.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from core.darksight.landscape import Extent, extent_of, landscape
from core.darksight.student import Student
from core.darksight.student import probabilities as student_probabilities
from core.store import Store
from pages.charts.palette import Theme
from pages.parts import reads
from pages.parts.selection import Split

STAGE = "darksight"
EVALUATION = "darksight_evaluation"
METHOD = "darksight"
KDE = "darksight_kde"
MOST_CELLS = 6_000_000  # cells times classes of the landscape
FINEST, COARSEST = 640, 120  # cells on a side
WIDE, HIGH = 2.6, 1.8  # sides of the landscape in the points' longer side: maps are wide, and move
FAINT: dict[Theme, tuple[int, int]] = {"light": (8, 58), "dark": (8, 56)}
"""Opacity of a region where the student cannot decide, and where it is certain, of 255."""


@dataclass(frozen=True, eq=False)
class Picture:
    """DarkSight's picture of one checkpoint.

    `points` [sample 2]; `symmetric_kl` in nats; `confidence` is the density at each point as a
    share of the greatest one; `settings` is the row of the table `darksight_fit`.
    """

    epoch: float
    points: np.ndarray
    student: Student
    symmetric_kl: np.ndarray
    confidence: np.ndarray
    settings: dict[str, Any]


@dataclass(frozen=True)
class Rating:
    """A figure of a picture or a confidence with its 95 % interval; NaN where there is none."""

    metric: str
    method: str
    split: Split
    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, eq=False)
class Regions:
    """The student's class regions as a PNG file, and what they cover."""

    png: bytes
    extent: Extent


def picture(store: Store) -> Picture:
    """Return DarkSight's picture; raises `MissingArtifact` before the stage is built."""
    return _picture(store, *_key(store))


def regions(store: Store, theme: Theme, colors: Sequence[str]) -> Regions:
    """Return the student's class regions as a faint picture, `colors` by class number."""
    return _regions(store, *_key(store), theme, tuple(colors))


def teacher_probabilities(store: Store, epoch: float, sample_ids: np.ndarray) -> np.ndarray:
    """Return the teacher's probabilities of some samples, [sample class]."""
    return np.array(store.array("predictions", "probabilities", epoch)[sample_ids], np.float32)


def student_answers(found: Picture, sample_ids: np.ndarray) -> np.ndarray:
    """Return what the student says of some samples at their places, [sample class]."""
    return student_probabilities(found.student, found.points[sample_ids])


def strongest_pairs(store: Store, epoch: float) -> list[tuple[int, int]]:
    """Return the pairs of classes that the teacher mixes most, the most mixed first.

    A pair is mixed by the summed probability of the second class of samples that have these two
    classes on top; each pair stands once, smaller number first.
    """
    return _strongest_pairs(store, *_key(store), epoch)


def loss_curve(store: Store) -> pd.DataFrame:
    """Return step, symmetric KL and objective of the fit, and the samples each step saw."""
    return _table(store, *_key(store), "darksight_loss", "step")


def accuracy_data(store: Store) -> pd.DataFrame:
    """Return the accuracy-data curves: method, split, share, accuracy; empty before they exist."""
    return _curves(store, "accuracy_data", "method, share")


def local_fidelity(store: Store) -> pd.DataFrame:
    """Return the local fidelity: method, split, k, value; empty before it exists."""
    return _curves(store, "local_fidelity", "method, k")


def ratings(store: Store) -> list[Rating]:
    """Return all figures of DarkSight and of the pictures and confidences beside it."""
    return _ratings(store, *_key(store))


def rated(found: Sequence[Rating], metric: str) -> dict[str, Rating]:
    """Return the figures of one metric by method; of several splits the last counts."""
    return {rating.method: rating for rating in found if rating.metric == metric}


def _curves(store: Store, table: str, order: str) -> pd.DataFrame:
    if not store.has(EVALUATION):
        return pd.DataFrame()
    return _table(store, *_key(store), table, order)


def _key(store: Store) -> tuple[str, str, str]:
    return str(store.root), store.study, store.fingerprint


@st.cache_resource(max_entries=4, show_spinner=False)
def _picture(_store: Store, root: str, study: str, fingerprint: str) -> Picture:
    frame = _store.sql("select symmetric_kl, confidence from darksight_sample order by sample_id")
    settings = _store.sql("select * from darksight_fit").iloc[0].to_dict()
    tensors = _store.weights(STAGE, "student")
    return Picture(
        epoch=float(settings["epoch"]),
        points=reads.embedding(_store, METHOD).points,
        student=Student(
            tensors["means"], tensors["factors"], tensors["log_prior"], float(tensors["degrees"])
        ),
        symmetric_kl=_kept(frame["symmetric_kl"].to_numpy(np.float32)),
        confidence=_kept(frame["confidence"].to_numpy(np.float32)),
        settings={str(name): value for name, value in settings.items()},
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def _regions(
    _store: Store, root: str, study: str, fingerprint: str, theme: Theme, colors: tuple[str, ...]
) -> Regions:
    found = _picture(_store, root, study, fingerprint)
    side = int(np.clip(np.sqrt(MOST_CELLS / found.student.classes), COARSEST, FINEST))
    land = landscape(found.student, _around(found.points), side, side)
    rgb = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in colors], np.uint8)
    chance = 1 / found.student.classes
    sure = np.clip((land.confidence - chance) / (1 - chance), 0, 1)
    least, most = FAINT[theme]
    edge = np.minimum(np.linspace(0, 10, side), np.linspace(10, 0, side)).clip(0, 1)
    alpha = (least + (most - least) * sure) * np.minimum.outer(edge, edge)
    cells = np.dstack([rgb[land.classes], alpha.astype(np.uint8)])
    file = io.BytesIO()
    Image.fromarray(cells).save(file, "PNG", compress_level=3)
    return Regions(file.getvalue(), land.extent)


def _around(points: np.ndarray) -> Extent:
    """Return the rectangle that the landscape covers: the points in its middle."""
    tight = extent_of(points, margin=0.0)
    x, y = (tight.left + tight.right) / 2, (tight.bottom + tight.top) / 2
    longer = max(tight.right - tight.left, tight.top - tight.bottom)
    half_width, half_height = WIDE * longer / 2, HIGH * longer / 2
    return Extent(x - half_width, x + half_width, y - half_height, y + half_height)


@st.cache_resource(max_entries=4, show_spinner=False)
def _strongest_pairs(
    _store: Store, root: str, study: str, fingerprint: str, epoch: float
) -> list[tuple[int, int]]:
    p = np.asarray(_store.array("predictions", "probabilities", epoch))
    two = np.argpartition(p, -2, axis=1)[:, -2:]
    least = np.take_along_axis(p, two, axis=1).min(axis=1).astype(np.float64)
    low, high = two.min(axis=1).astype(np.int64), two.max(axis=1)
    pairs, which = np.unique(low * p.shape[1] + high, return_inverse=True)
    mixed = np.bincount(which, least)
    order = np.argsort(-mixed, kind="stable")
    return [(int(pairs[i] // p.shape[1]), int(pairs[i] % p.shape[1])) for i in order]


@st.cache_resource(max_entries=16, show_spinner=False)
def _table(
    _store: Store, root: str, study: str, fingerprint: str, name: str, order: str
) -> pd.DataFrame:
    return _store.sql(f"select * from {name} order by {order}")


@st.cache_resource(max_entries=4, show_spinner=False)
def _ratings(_store: Store, root: str, study: str, fingerprint: str) -> list[Rating]:
    frame = _store.sql(
        "select metric, method, split, value, low, high, n from figure where view = 'darksight' "
        "order by metric, method, split"
    )
    return [
        Rating(str(metric), str(method), split, *map(float, numbers), n=int(n))
        for metric, method, split, *numbers, n in frame.itertuples(index=False)
    ]


def _kept(array: np.ndarray) -> np.ndarray:
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array
