"""The rows of DeepVisualInsight's Table 2: seconds of a picture, and of one new sample in it.

``offline_seconds`` is everything after the representations exist: boundary points and fit of one
checkpoint, from nothing. ``online_milliseconds`` is one new representation to its place, its class
and its confidence there: the mean of 1,000 single calls, and, as a row of its own, one batch of
1,000. The baselines stand in the reference columns: UMAP projects and inverse-projects (10 single
calls), PCA likewise (1,000), t-SNE takes no new samples. New samples are mixtures of two training
inputs.

Needs DARKROOM_DATA (the folder with ``dvi_digits512``) and one thread, set from outside:
OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1. All seconds are CPU seconds, compilation apart, so that a
busy machine counts for little; one seed. ``agrees`` is null: other methods give other pictures.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.dvi_digits512 import Teacher
from precompute.bench import Row

NEW = 1000
UMAP_CALLS = 10


def run() -> list[Row]:
    """Offline and online rows at 1,500 samples beside the baselines, at 5,000 by themselves."""
    from core.dvi.baselines import umap_inverse, umap_picture, umap_project
    from core.dvi.fit import fit

    folder = Path(os.environ["DARKROOM_DATA"]) / "dvi_digits512"
    teacher = Teacher(folder, 1500, 4)
    none = teacher.train[:0]
    fit(teacher.train[:100], none, teacher.head)  # compiles, as the next three lines do
    small = umap_picture(teacher.train[:200], none, projects=True)
    umap_project(small, teacher.train[:2])
    umap_inverse(small, small.points[:2])
    return [*_beside_baselines(teacher), *_ours(Teacher(folder, 5000, 4), "5000 x 512")]


def _ours(teacher: Teacher, size: str) -> list[Row]:
    offline, model = _offline(teacher)
    single, batch = _online(model, new_samples(teacher), NEW)
    return [
        _row("dvi offline_seconds", offline, size),
        _row("dvi online_milliseconds, single calls", single, size),
        _row(f"dvi online_milliseconds, a batch of {NEW}", batch, size),
    ]


def _beside_baselines(teacher: Teacher) -> list[Row]:
    from core.dvi.baselines import pca_model, tsne_picture, umap_picture

    train, new, none = teacher.train, new_samples(teacher), teacher.train[:0]
    size = "1500 x 512"
    offline, model = _offline(teacher)
    single, batch = _online(model, new, NEW)
    tsne, _ = _timed(lambda: tsne_picture(train, none))
    umap, picture = _timed(lambda: umap_picture(train, none, projects=True))
    pca, plane = _timed(lambda: pca_model(train))
    theirs_single, theirs_batch = _online(_Umap(picture, teacher.head), new, UMAP_CALLS)
    plane_single, plane_batch = _online(_Linear(plane, teacher.head), new, NEW)
    one, many = (
        "dvi online_milliseconds, single calls",
        f"dvi online_milliseconds, a batch of {NEW}",
    )
    return [
        _row("dvi offline_seconds", offline, size, "t-SNE", tsne),
        _row("dvi offline_seconds", offline, size, "UMAP", umap),
        _row("dvi offline_seconds", offline, size, "PCA", pca),
        _row(one, single, size, f"UMAP, {UMAP_CALLS} calls", theirs_single),
        _row(one, single, size, "PCA", plane_single),
        _row(many, batch, size, f"UMAP, a batch of {UMAP_CALLS}", theirs_batch),
        _row(many, batch, size, "PCA", plane_batch),
    ]


def new_samples(teacher: Teacher) -> np.ndarray:
    """Representations of 1,000 mixtures of two training inputs, seed 0."""
    random = np.random.default_rng(0)
    one, other = random.integers(0, len(teacher.inputs), (2, NEW))
    return teacher(0.7 * teacher.inputs[one] + 0.3 * teacher.inputs[other])[0]


def _offline(teacher: Teacher) -> tuple[float, Any]:
    from core.dvi.boundary import find_boundary
    from core.dvi.fit import fit

    predicted = teacher.head(teacher.train).argmax(axis=1)

    def everything() -> Any:
        points = find_boundary(teacher, teacher.inputs, predicted).representations
        return fit(teacher.train, points, teacher.head).model

    return _timed(everything)


def _online(model: Any, new: np.ndarray, calls: int) -> tuple[float, float]:
    """Seconds for each new sample: asked one by one, and all at once."""
    from core.uncertainty import softmax

    def shown(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        places = model.project(rows)
        probabilities = softmax(model.logits(places))
        return places, probabilities.argmax(axis=1), probabilities.max(axis=1)

    new = new[:calls]
    shown(new[:1])
    single, _ = _timed(lambda: [shown(new[row : row + 1]) for row in range(calls)])
    batch, _ = _timed(lambda: shown(new))
    return single / calls, batch / calls


class _Umap:
    """UMAP both ways, then the teacher's head."""

    def __init__(self, picture: Any, head: Any) -> None:
        self.picture, self.head = picture, head

    def project(self, new: np.ndarray) -> np.ndarray:
        from core.dvi.baselines import umap_project

        return umap_project(self.picture, new)

    def logits(self, places: np.ndarray) -> np.ndarray:
        from core.dvi.baselines import umap_inverse

        return self.head(umap_inverse(self.picture, places))


class _Linear:
    """PCA both ways, then the teacher's head."""

    def __init__(self, model: Any, head: Any) -> None:
        self.project, self.inverse, self.head = model.project, model.inverse, head

    def logits(self, places: np.ndarray) -> np.ndarray:
        return self.head(self.inverse(places))


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def _row(
    name: str, ours: float, size: str, reference: str | None = None, theirs: float | None = None
) -> Row:
    return Row(
        name=name,
        ours_seconds=ours,
        reference=reference,
        reference_seconds=theirs,
        ratio=None if theirs is None else theirs / ours,
        agrees=None,
        size=f"{size}, CPU seconds" + (" for each sample" if "online" in name else ""),
    )
