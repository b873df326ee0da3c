"""Both stages of DarkSight run on made-up predictions, through the store's own doors."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from core.store import ArtifactWriter, Run, Store
from precompute.progress import Progress
from precompute.settings import Darksight, Data, Study, Teacher
from precompute.stage import Work
from precompute.stages.darksight import darksight
from precompute.stages.darksight_evaluation import darksight_evaluation

EPOCH = 3.0
READS = {
    darksight: ("dataset", "predictions"),
    darksight_evaluation: ("dataset", "predictions", "projections", "darksight"),
}


def teacher(samples=240, classes=4, seed=0):
    """Probabilities from undecided to certain, and true classes that follow them."""
    random = np.random.default_rng(seed)
    logits = random.normal(size=(samples, classes))
    logits[np.arange(samples), random.integers(classes, size=samples)] += random.uniform(
        0, 8, samples
    )
    p = np.exp(logits)
    p /= p.sum(axis=1, keepdims=True)
    labels = (p.cumsum(axis=1) > random.uniform(size=(samples, 1))).argmax(axis=1)
    return p.astype(np.float32), labels


def run_darksight(
    root: Path,
    probabilities: np.ndarray,
    labels: np.ndarray,
    *,
    test: int = 0,
    pictures: Mapping[str, np.ndarray] | None = None,
    resamples: int = 9,
    **settings,
) -> Store:
    """A store after ``darksight``, and after its evaluation where other pictures are given.

    The last ``test`` samples are the test split. For speed, intervals take few ``resamples`` and
    the fit compares no arrangements unless told to.
    """
    n = len(labels)
    study = Study(
        name="toy",
        title="A toy",
        data=Data(source="digits"),
        teacher=Teacher(architecture="convnet", epochs=3),
        darksight=Darksight(**{"arrangements": 1, **settings}),
    )
    sample_id = np.arange(n, dtype=np.int32)
    with _writer(root, "dataset") as artifact:
        artifact.table(
            "samples",
            {
                "sample_id": sample_id,
                "split": ["train"] * (n - test) + ["test"] * test,
                "split_id": np.r_[np.arange(n - test), np.arange(test)],
                "label": labels,
                "original_label": labels,
            },
        )
    with _writer(root, "predictions", EPOCH) as artifact:
        artifact.array("probabilities", probabilities.astype(np.float32))
    _run(darksight, study, root)
    if pictures is None:
        return _store(root, "dataset", "predictions", "darksight")
    with _writer(root, "projections") as artifact:
        artifact.table(
            "embedding",
            {
                "method": np.repeat(list(pictures), n),
                "epoch": np.full(n * len(pictures), EPOCH),
                "sample_id": np.tile(sample_id, len(pictures)),
                "x": np.concatenate([p[:, 0] for p in pictures.values()]).astype(np.float32),
                "y": np.concatenate([p[:, 1] for p in pictures.values()]).astype(np.float32),
            },
        )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("precompute.stages.darksight_evaluation.RESAMPLES", resamples)
        _run(darksight_evaluation, study, root)
    return _store(root, *READS[darksight_evaluation], "darksight_evaluation")


def _run(stage, study: Study, root: Path) -> None:
    progress = Progress(root / "progress.json", 1, quiet=True)
    progress.stage(stage.__name__, 1)
    with _writer(root, stage.__name__) as artifact:
        inputs = _store(root, *READS[stage])
        stage(Work(study, None, inputs, artifact, progress, "cpu", None))


def _writer(root: Path, stage: str, epoch: float | None = None) -> ArtifactWriter:
    return ArtifactWriter(
        root,
        "toy",
        stage,
        "0" * 16,
        epoch,
        version=1,
        settings={},
        inputs={},
        source_digest="",
        seed=0,
        threads=1,
        device="cpu",
    )


def _store(root: Path, *stages: str) -> Store:
    key = "0" * 16
    named: dict[str, str | dict[str, str]] = {
        stage: {f"{EPOCH:g}": key} if stage == "predictions" else key for stage in stages
    }
    return Store("toy", root, run=Run(study="toy", settings={}, stages=named, finished=""))
