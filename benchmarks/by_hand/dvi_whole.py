"""DeepVisualInsight of a whole data set: seconds, memory and properties, for the paper's Table 2.

``DARKROOM_DATA=... python -m benchmarks.by_hand.dvi_whole [STORE] [STUDY]`` takes the last three
checkpoints of a built study (``fashion_mnist``), predicts all images of its data (60,000 and
10,000), finds boundary points among the training images and fits three pictures, each warm from the
one before. Prediction is counted apart: the paper does not count it either.
"""

import resource
import sys
import time
from pathlib import Path

import numpy as np

from core.datasets import load
from core.dvi.boundary import BoundarySearch, find_boundary
from core.dvi.comparison import View, measured, measured_over_time, scene
from core.dvi.fit import Fit, fit
from core.dvi.model import Head
from core.store import Store
from core.teachers.inference import TorchTeacher
from precompute.settings import load_study
from precompute.stages.dvi import settings
from precompute.teachers import teacher_for

CHECKPOINTS = 3
SHOWN = ("nn_pv_k15", "boundary_pv_k15", "ppr", "temporal_pv_k15", "motion_honesty")


class Clock:
    """Prints wall and processor seconds since the line before."""

    def __init__(self) -> None:
        self.wall, self.processor = time.perf_counter(), time.process_time()

    def said(self, what: str) -> float:
        """Print what was done since; return its wall seconds."""
        wall, processor = time.perf_counter() - self.wall, time.process_time() - self.processor
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(
            f"{what:48s} {wall:8.1f} s wall {processor:8.1f} s CPU, peak {peak:.2f} GB", flush=True
        )
        self.wall, self.processor = time.perf_counter(), time.process_time()
        return wall


def main(root: str = "artifacts", name: str = "fashion_mnist") -> None:
    """Fit and print."""
    study, store = load_study(name), Store(name, Path(root))
    data = load(study.data.source)
    train, test = data.rows("train"), data.rows("test")
    images = data.images
    clock = Clock()
    scenes, views, before = [], [], None
    for epoch in store.epochs("teacher")[-CHECKPOINTS:]:
        teacher = teacher_for(
            study,
            (images.shape[1], images.shape[2], images.shape[3]),
            len(data.class_names),
            weights=store.weights("teacher", "weights", epoch),
            epoch=epoch,
        )
        assert isinstance(teacher, TorchTeacher)
        assert teacher.head is not None
        layer = teacher.head.weights()
        head = Head(layer["weight"], layer["bias"])

        def classify(mixtures: np.ndarray, judge: TorchTeacher = teacher):
            found = judge.predict(np.rint(mixtures).astype(np.uint8))
            assert found.representation is not None
            return found.representation, found.logits

        seen, logits = classify(images[train])
        unseen, _ = classify(images[test])
        clock.said(f"epoch {epoch:g}: {len(seen):,} + {len(unseen):,} predicted")
        points = find_boundary(
            classify,
            images[train],
            logits.argmax(axis=1),
            search=BoundarySearch(share=study.dvi.boundary_share),
            seed=study.seed,
        )
        clock.said(f"epoch {epoch:g}: {len(points):,} boundary points")
        fitted: Fit = fit(
            seen,
            points.representations.astype(np.float32),
            head,
            settings=settings(study),
            previous=before,
            seed=study.seed,
            name=f"epoch {epoch:g}",
        )
        clock.said(f"epoch {epoch:g}: fitted")
        shown = fitted.model.project(unseen)
        online = clock.said(f"epoch {epoch:g}: {len(unseen):,} projected")
        print(f"  online {1000 * online / len(unseen):.3f} ms a sample", flush=True)
        view = View(fitted.points, shown, fitted.boundary_points, fitted.model.inverse)
        scenes.append(scene(seen, unseen, points.representations.astype(np.float32), head))
        for found in measured(scenes[-1], view):
            if found.metric in SHOWN:
                print(f"  {found.metric} {found.split} {found.value:.3f} (n = {found.n:,})")
        clock.said(f"epoch {epoch:g}: measured")
        views.append(view)
        before = fitted
    for found in measured_over_time(scenes, views):
        if found.metric in SHOWN:
            print(f"  {found.metric} {found.split} {found.value:.3f} (n = {found.n:,})")


if __name__ == "__main__":
    main(*sys.argv[1:])
