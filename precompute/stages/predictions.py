"""Stage ``predictions``: what the teacher says of every shown sample at one checkpoint."""

import numpy as np

from core.calibration import expected_calibration_error
from core.confusion import accuracy, balanced_accuracy
from core.datasets.dataset import SPLITS
from core.intervals import wilson
from core.teachers.checkpoints import load_weights
from core.teachers.inference import predict
from core.uncertainty import entropy, softmax
from precompute.figures import Figure, frame
from precompute.stage import Work
from precompute.teachers import module_for

BATCH = 512  # images at once: part of what makes results repeat bit for bit


def predictions(work: Work) -> None:
    """Write logits, probabilities and representation, and how good they are."""
    images = work.inputs.array("dataset", "images")
    samples = work.inputs.table("samples")
    classes = len(work.inputs.table("classes"))
    module = module_for(work.study, images.shape[3], classes).to(work.device)
    load_weights(module, work.inputs.weights("teacher", "weights"))
    module.to(work.device)

    work.progress.expect(1)
    found = predict(module, np.asarray(images), batch_size=BATCH, device=work.device)
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
    work.artifact.table("figure", frame(rows))


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
