"""Stage ``darksight``: a point in the plane for every shown sample, and the student there.

All shown samples of the last checkpoint are fitted together from their probabilities alone.
"""

from collections.abc import Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from core.darksight.confidence import kernel_density, normalized
from core.darksight.fit import Fit, Settings, fit
from core.darksight.student import Student, log_probabilities
from core.datasets.dataset import SPLITS
from core.intervals import bootstrap, wilson
from precompute.figures import Figure, frame
from precompute.settings import Darksight
from precompute.stage import Work

# Of a matrix product, whatever the study's threads: tables are small, and two threads that wait for
# each other took four times one's processor time. The fit's threads have blocks of samples each.
THREADS = 1

PRESETS = {
    "balanced": {},
    "lowest_kl": {"roundness": 0.001, "pull": 1e-6, "keep_top_class": False},
}


def darksight(work: Work) -> None:
    """Write points, student, loss curve and density of the last checkpoint, with figures."""
    epoch = work.inputs.epochs("predictions")[-1]
    probabilities = np.array(work.inputs.array("predictions", "probabilities"))
    splits = work.inputs.table("samples")["split"].to_numpy(dtype=str)
    settings = fit_settings(work.study.darksight, work.study.seed)

    work.progress.expect(settings.steps)
    done = 0

    def tell(step: int, most: int, message: str) -> None:
        nonlocal done
        work.progress.advance(step - done, note=message)
        done = step

    with threadpool_limits(THREADS):
        found = fit(probabilities, settings, threads=work.study.threads, progress=tell)
        points = found.points.astype(np.float32)  # as every reader of the store will have them
        kernels = kernel_density(points, seed=settings.seed)
        density = kernels.log_density(points)

    n = len(points)
    sample_id = np.arange(n, dtype=np.int32)
    epochs = np.full(n, epoch)
    work.artifact.table(
        "embedding",
        {
            "method": ["darksight"] * n,
            "epoch": epochs,
            "sample_id": sample_id,
            "x": points[:, 0],
            "y": points[:, 1],
        },
    )
    work.artifact.weights("student", as_tensors(found.student))
    work.artifact.table(
        "darksight_sample",
        {
            "epoch": epochs,
            "sample_id": sample_id,
            "symmetric_kl": found.per_sample.astype(np.float32),
            "log_density": density.astype(np.float32),
            "confidence": normalized(density).astype(np.float32),
        },
    )
    work.artifact.table("darksight_loss", _loss(found, epoch))
    work.artifact.table(
        "darksight_fit",
        {
            **_fit(found, settings, epoch),
            "bandwidth": [kernels.bandwidth],
            "greatest_log_density": [float(density.max())],
        },
    )
    answers = log_probabilities(found.student, found.points)
    agrees = answers.argmax(axis=1) == probabilities.argmax(axis=1)
    figures = _figures(found.per_sample, agrees, splits, epoch, settings.seed)
    work.artifact.table("figure", frame(figures))


def fit_settings(chosen: Darksight, seed: int) -> Settings:
    """The fit's settings for those of a study."""
    return Settings(
        degrees=chosen.degrees if chosen.distribution == "student_t" else float("inf"),
        temperature=chosen.temperature,
        arrangements=chosen.arrangements,
        seed=seed,
        **PRESETS[chosen.preset],
    )


def as_tensors(student: Student) -> dict[str, np.ndarray]:
    """The student's fields by name, in float64; ``degrees`` is a number, infinite for Gaussians."""
    return {
        "means": student.means,
        "factors": student.factors,
        "log_prior": student.log_prior,
        "degrees": np.array(student.degrees),
    }


def _loss(found: Fit, epoch: float) -> dict[str, np.ndarray]:
    steps = len(found.curve.symmetric_kl)
    return {
        "epoch": np.full(steps, epoch),
        "step": np.arange(steps, dtype=np.int32),
        "symmetric_kl": found.curve.symmetric_kl,
        "objective": found.curve.objective,
        "samples": found.curve.samples.astype(np.int64),
    }


def _fit(found: Fit, settings: Settings, epoch: float) -> dict[str, Sequence]:
    gaussian = bool(np.isinf(settings.degrees))
    return {
        "epoch": [epoch],
        "stopped": [found.stopped],
        "steps": [len(found.curve.symmetric_kl) - 1],
        "arrangement": [found.arrangement],
        "distribution": ["gaussian" if gaussian else "student_t"],
        "degrees": [None if gaussian else settings.degrees],
        "temperature": [settings.temperature],
        "floor": [settings.floor],
        "roundness": [settings.roundness],
        "pull": [settings.pull],
        "keep_top_class": [settings.keep_top_class],
    }


def _figures(
    per_sample: np.ndarray, agrees: np.ndarray, splits: np.ndarray, epoch: float, seed: int
) -> list[Figure]:
    """Loss and agreement on each split, and on all samples."""
    figures = []
    for split in (*SPLITS, "all"):
        chosen = np.ones(len(splits), bool) if split == "all" else splits == split
        n = int(chosen.sum())
        if n == 0:
            continue
        loss, same = per_sample[chosen], agrees[chosen]
        figures += [
            Figure(
                "darksight", "symmetric_kl", "darksight", split, epoch, float(loss.mean()), n,
                "nats", "lower",
            ).between(bootstrap(loss, seed)),
            Figure(
                "darksight", "top_class_agreement", "darksight", split, epoch,
                float(same.mean()), n, "share", "higher",
            ).between(wilson(int(same.sum()), n)),
        ]  # fmt: skip
    return figures
