"""``doctor``: loads a study's data and model, and says what is wrong and how to mend it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.datasets import Dataset
from core.teachers.diagnosis import Finding
from precompute.data import images
from precompute.model_checks import model_checks
from precompute.settings import Study

LEAST_RANGE = 32  # of pixel values, below which a picture can hardly be seen


def doctor(
    study: Study, root: Path, *, data_root: Path | None = None, trust_pickle: bool = False
) -> list[Finding]:
    """Every check that can be made of a study; the later ones need the earlier ones to pass.

    Parameters
    ----------
    study
        The checked settings.
    root
        The store, where the weights of a teacher lie that was trained here.
    data_root, trust_pickle
        As in ``precompute.teachers.teacher_for``.
    """
    try:
        data = images(study, data_root)
    except (ValueError, OSError) as error:
        return [Finding("data", False, " ".join(str(error).split()))]
    findings = list(_data(study, data))
    if all(finding.good for finding in findings):
        findings += model_checks(study, data, root, data_root, trust_pickle=trust_pickle)
    return findings


def _data(study: Study, data: Dataset) -> Iterator[Finding]:
    height, width, channels = data.image_shape
    train, test = len(data.rows("train")), len(data.rows("test"))
    yield Finding(
        "images",
        test > 0,
        f"{train} for training and {test} for testing, {height} x {width} x {channels}"
        + ("" if test else ": figures need test images; set data.test_share"),
    )
    for note in data.notes:
        yield Finding("note", True, note)
    yield _names(data.class_names)
    yield _labels(study, data)
    if study.data.source != "predictions":  # whose pictures are empty ones
        yield from _pixels(data)


def _names(names: tuple[str, ...]) -> Finding:
    wrong = sorted({name for name in names if names.count(name) > 1 or not name.strip()})
    if wrong:
        listed = ", ".join(map(repr, wrong))
        return Finding("class names", False, f"empty or double: {listed}: correct data.class_names")
    return Finding("class names", True, f"{len(names)} classes")


def _labels(study: Study, data: Dataset) -> Finding:
    names = data.class_names
    counts = np.bincount(data.labels, minlength=len(names))
    absent = [names[index] for index in np.flatnonzero(counts == 0)]
    if study.teacher.class_names:  # a teacher's outputs, of which the data need not show all
        return Finding(
            "labels", True, f"{len(names) - len(absent)} of the teacher's classes have images"
        )
    if absent:
        more = f" and {len(absent) - 5} more" if len(absent) > 5 else ""
        return Finding(
            "labels",
            False,
            f"no image of class {', '.join(map(repr, absent[:5]))}{more}: add images, raise "
            "data.limit, or name the outputs in teacher.class_names if the model knows more "
            "classes than the data",
        )
    return Finding("labels", True, f"{counts.min()} to {counts.max()} images a class")


def _pixels(data: Dataset) -> Iterator[Finding]:
    low, high = int(data.images.min()), int(data.images.max())
    good = high - low >= LEAST_RANGE
    yield Finding(
        "pixel values",
        good,
        f"{low} to {high} of 0 to 255"
        + ("" if good else ": scale the images so that they use that range"),
    )
    flat = data.images.reshape(len(data), -1)
    empty = np.flatnonzero((flat == flat[:, :1]).all(axis=1))
    if not len(empty):
        yield Finding("empty images", True, "none is of one colour only")
        return
    first = int(empty[0])
    yield Finding(
        "empty images",
        False,
        f"{len(empty)} of {len(data)} are of one colour only, the first is row "
        f"{data.split_id[first]} of {data.split[first]}: replace or remove them",
    )
