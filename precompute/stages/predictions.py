"""Stage ``predictions``: what the teacher says of every shown sample at one checkpoint."""

import numpy as np

from core.calibration import expected_calibration_error
from core.confusion import accuracy, balanced_accuracy
from core.datasets.dataset import SPLITS
from core.intervals import wilson
from core.teachers.head import agreement
from core.teachers.inference import TorchTeacher
from core.teachers.protocol import Predictions, Teacher
from core.uncertainty import entropy, softmax
from precompute.figures import Figure, frame
from precompute.stage import Work
from precompute.teachers import teacher_for


def predictions(work: Work) -> None:
    """Write logits, probabilities and representation, and how good they are."""
    images = np.asarray(work.inputs.array("dataset", "images"))
    samples = work.inputs.table("samples")
    classes = len(work.inputs.table("classes"))
    kept = "weights.safetensors" in work.inputs.manifest("teacher", work.epoch).files
    teacher = teacher_for(
        work.study,
        (images.shape[1], images.shape[2], images.shape[3]),
        classes,
        weights=work.inputs.weights("teacher", "weights", work.epoch) if kept else None,
        data_root=work.data_root,
        device=work.device,
    )

    work.progress.expect(1)
    found = teacher.predict(images)
    probabilities = softmax(found.logits)
    labels = samples["label"].to_numpy()
    table = {
        "epoch": np.full(len(samples), work.epoch),
        "sample_id": samples["sample_id"],
        "predicted": probabilities.argmax(axis=1).astype(np.int32),
        "confidence": probabilities.max(axis=1),
        "true_probability": probabilities[np.arange(len(samples)), labels],
        "entropy": entropy(probabilities).astype(np.float32),
    }

    work.artifact.array("logits", found.logits)
    work.artifact.array("probabilities", probabilities)
    if found.representation is not None:
        work.artifact.array("representation", found.representation)
    work.artifact.table("prediction", table)
    rows = [
        figure
        for split in SPLITS
        if (chosen := (samples["split"] == split).to_numpy()).any()
        for figure in _figures(
            split,
            work.epoch,
            labels[chosen],
            table["predicted"][chosen],
            table["confidence"][chosen],
            classes,
        )
    ]
    work.artifact.table("figure", frame(rows + _head(teacher, found, work.epoch)))


def _head(teacher: Teacher, found: Predictions, epoch: float | None) -> list[Figure]:
    """How well head and representation stand for the teacher, where there is a head."""
    if (
        not isinstance(teacher, TorchTeacher)
        or teacher.head is None
        or found.representation is None
    ):
        return []
    agrees = agreement(teacher.head, found.representation, found.logits)
    return [
        Figure(
            "teacher", "head_agreement", "teacher", "all", epoch, agrees.same_class, agrees.n,
            "share", "higher",
        ).between(wilson(round(agrees.same_class * agrees.n), agrees.n))
    ]  # fmt: skip


def _figures(split, epoch, labels, predicted, confidence, classes) -> list[Figure]:
    n, right = len(labels), predicted == labels
    return [
        Figure(
            "teacher", "accuracy", "teacher", split, epoch, accuracy(labels, predicted), n,
            "share", "higher",
        ).between(wilson(int(right.sum()), n)),
        Figure(
            "teacher", "balanced_accuracy", "teacher", split, epoch,
            balanced_accuracy(labels, predicted, classes), n, "share", "higher",
        ),
        Figure(
            "teacher", "expected_calibration_error", "teacher", split, epoch,
            expected_calibration_error(confidence, right), n, "share", "lower",
        ),
    ]  # fmt: skip
