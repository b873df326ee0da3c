"""Stage ``predictions``: what the teacher says of every shown sample at one checkpoint."""

import numpy as np
import pandas as pd

from core.calibration import expected_calibration_error
from core.confusion import accuracy, balanced_accuracy
from core.datasets.dataset import SPLITS
from core.intervals import wilson
from core.teachers.head import agreement
from core.teachers.inference import TorchTeacher
from core.teachers.pgd import withstood
from core.teachers.prediction_table import PredictionTable
from core.teachers.protocol import Predictions, Teacher
from core.uncertainty import entropy, softmax
from precompute.figures import Figure, frame
from precompute.stage import Work
from precompute.teachers import sample_keys, teacher_for, training_settings

ATTACKED = 1_000  # test images whose accuracy under attack is measured, drawn with the seed


def predictions(work: Work) -> None:
    """Write logits, probabilities and representation, and how good they are."""
    images = np.asarray(work.inputs.array("dataset", "images"))
    samples = work.inputs.table("samples")
    classes = len(work.inputs.table("classes"))
    shape = (images.shape[1], images.shape[2], images.shape[3])
    kept = "weights.safetensors" in work.inputs.manifest("teacher", work.epoch).files
    teacher = teacher_for(
        work.study,
        shape,
        classes,
        weights=work.inputs.weights("teacher", "weights", work.epoch) if kept else None,
        epoch=work.epoch,
        data_root=work.data_root,
        device=work.device,
        trust_pickle=work.trust_pickle,
    )

    work.progress.expect(1)
    labels = samples["label"].to_numpy()
    if isinstance(teacher, PredictionTable):
        found = looked_up(teacher, samples)
    else:
        found = teacher.predict(images)
    probabilities = softmax(found.logits)
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
    rows += _head(teacher, found, work.epoch) + _attacked(work, teacher, images, samples)
    work.artifact.table("figure", frame(rows))


def looked_up(table: PredictionTable, samples: pd.DataFrame) -> Predictions:
    """The samples' rows of a table of predictions.

    Raises
    ------
    ValueError
        If a row is missing, or its label is not that of the image: then the ids count otherwise.
    """
    keys = sample_keys(samples["split"].to_numpy(), samples["split_id"].to_numpy())
    found = table.of(keys)
    place = {key: row for row, key in enumerate(table.ids.tolist())}
    theirs = table.labels[[place[key] for key in keys.tolist()]]
    differ = theirs != samples["original_label"].to_numpy()
    if differ.any():
        row = samples.iloc[int(differ.argmax())]
        raise ValueError(
            f"teacher.predictions and the data differ in {int(differ.sum())} of {len(differ)} "
            f"labels, first for id {row['split_id']} of {row['split']}: let its column id count "
            f"the images as the data source does"
        )
    return found


def _attacked(
    work: Work, teacher: Teacher, images: np.ndarray, samples: pd.DataFrame
) -> list[Figure]:
    """The accuracy under attack of a teacher that was trained on attacked images."""
    attack = training_settings(work.study).attack if work.study.teacher.epochs else None
    rows = np.flatnonzero(samples["split"] == "test")
    if attack is None or not len(rows) or not isinstance(teacher, TorchTeacher):
        return []
    if len(rows) > ATTACKED:
        rows = np.sort(np.random.default_rng(work.study.seed).choice(rows, ATTACKED, replace=False))
    held = withstood(
        teacher.module,
        images[rows],
        samples["label"].to_numpy()[rows],
        attack,
        seed=work.study.seed,
        preprocessing=teacher.preprocessing,
        device=work.device,
    )
    return [
        Figure(
            "teacher", "adversarial_accuracy", "teacher", "test", work.epoch, float(held.mean()),
            len(rows), "share", "higher",
        ).between(wilson(int(held.sum()), len(rows)))
    ]  # fmt: skip


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
