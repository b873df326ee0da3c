"""``doctor``: loads a study's model and data, and says what is wrong and how to mend it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.confusion import accuracy
from core.datasets import Dataset
from core.intervals import wilson
from core.store import MissingArtifact, Store, StoreError, UnknownStudy
from core.teachers.protocol import Capability, Teacher, missing
from precompute.data import images
from precompute.settings import Study
from precompute.teachers import teacher_for

SAMPLE = 200  # test images on which the accuracy is tried


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, whether it is well, and what was found."""

    what: str
    good: bool
    said: str


def doctor(study: Study, root: Path, *, data_root: Path | None = None) -> list[Finding]:
    """Every check that can be made of a study; the later ones need the earlier ones to pass."""
    try:
        data = images(study, data_root)
    except (ValueError, OSError) as error:
        return [Finding("data", False, str(error))]
    findings = list(_data(data))
    if all(finding.good for finding in findings):
        findings += _model(study, data, root, data_root)
    return findings


def _data(data: Dataset) -> Iterator[Finding]:
    height, width, channels = data.image_shape
    train, test = len(data.rows("train")), len(data.rows("test"))
    yield Finding(
        "images",
        test > 0,
        f"{train} for training and {test} for testing, {height} x {width} x {channels}"
        + ("" if test else ": figures need test images"),
    )
    names = data.class_names
    twice = {name for name in names if names.count(name) > 1 or not name.strip()}
    yield Finding(
        "class names",
        len(names) > 1 and not twice,
        f"{len(names)} classes"
        + (f": empty or double: {', '.join(map(repr, sorted(twice)))}" if twice else "")
        + (": a classifier needs at least two" if len(names) < 2 else ""),
    )
    counts = np.bincount(data.labels, minlength=len(names))
    absent = [names[index] for index in np.flatnonzero(counts == 0)]
    yield Finding(
        "labels",
        not absent,
        f"no image of class {', '.join(map(repr, absent))}"
        if absent
        else f"{counts.min()} to {counts.max()} images a class",
    )
    low, high = int(data.images.min()), int(data.images.max())
    yield Finding(
        "pixel values",
        high - low > 31,
        f"{low} to {high} of 0 to 255"
        + ("" if high - low > 31 else ": scale the images so that they use that range"),
    )
    flat = data.images.reshape(len(data), -1)
    empty = int((flat == flat[:, :1]).all(axis=1).sum())
    yield Finding("empty images", empty == 0, f"{empty} images of one colour only")


def _model(study: Study, data: Dataset, root: Path, data_root: Path | None) -> Iterator[Finding]:
    classes = len(data.class_names)
    try:
        kept = Store(study.name, root).weights("teacher", "weights")
    except (UnknownStudy, MissingArtifact):
        kept = None
    except StoreError as error:
        yield Finding("trained weights", False, str(error))
        return
    try:
        teacher = teacher_for(study, data.image_shape, classes, weights=kept, data_root=data_root)
        found = teacher.predict(data.images[:8])
    except (ValueError, RuntimeError) as error:
        yield Finding("model", False, str(error).splitlines()[0])
        return
    yield Finding(
        "model",
        bool(np.isfinite(found.logits).all()),
        f"{study.teacher.name} gives {found.logits.shape[1]} logits for {classes} classes"
        + ("" if np.isfinite(found.logits).all() else ", some of them not finite"),
    )
    can = [str(capability) for capability in Capability if capability in teacher.capabilities]
    lacks = [str(capability) for capability in missing(teacher.capabilities, Capability)]
    yield Finding(
        "capabilities", True, ", ".join(can) + (f"; not: {', '.join(lacks)}" if lacks else "")
    )
    if study.teacher.epochs and kept is None:
        yield Finding("accuracy", True, "not tried: the teacher is not trained yet")
    else:
        yield _accuracy(data, teacher, study.seed)


def _accuracy(data: Dataset, teacher: Teacher, seed: int) -> Finding:
    rows = data.rows("test")
    if len(rows) > SAMPLE:  # a draw: the first ones of a sorted data set are all of one class
        rows = np.sort(np.random.default_rng(seed).choice(rows, SAMPLE, replace=False))
    predicted = teacher.predict(data.images[rows]).logits.argmax(axis=1)
    share = accuracy(data.labels[rows], predicted)
    interval = wilson(round(share * len(rows)), len(rows))
    chance = np.bincount(data.labels[rows]).max() / len(rows)
    good = interval.low > chance
    return Finding(
        "accuracy",
        good,
        f"{share:.1%} ({interval.low:.1%} to {interval.high:.1%}) on {len(rows)} test images"
        + (
            "" if good else f", no better than always naming one class ({chance:.1%}): check labels"
        ),
    )
