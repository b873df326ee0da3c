"""What ``doctor`` looks at in a study's teacher, of whatever kind it is.

The checks themselves are ``core.teachers.diagnosis``; here is what each kind of teacher gives them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd

from core.axes import Images, Labels
from core.confusion import accuracy
from core.datasets import Dataset
from core.intervals import wilson
from core.store import MissingArtifact, Store, StoreError, UnknownStudy
from core.teachers.checkpoints import Arrays
from core.teachers.diagnosis import (
    Finding,
    class_count,
    finite,
    input_conventions,
    kind_of_outputs,
    label_order,
    loading,
    steadiness,
)
from core.teachers.estimators import EstimatorTeacher
from core.teachers.inference import TorchTeacher
from core.teachers.onnx_model import OnnxTeacher
from core.teachers.prediction_table import PredictionTable
from core.teachers.preprocessing import Preprocessing
from core.teachers.protocol import Capability, Teacher, missing
from precompute.given import with_epochs
from precompute.settings import Study, StudyError
from precompute.stages.predictions import looked_up
from precompute.teachers import teacher_for

SAMPLE = 200  # test images on which the teacher is tried
READ = 100  # of them that are read in other ways too, which takes five times as long
AT_ONCE = 50  # of them in one batch: a diagnosis may run beside other work
FEW = 50  # test images below which an accuracy says little


@dataclass(frozen=True, eq=False)
class Tried:
    """Some images with their labels, and what the teacher itself gives for them."""

    images: Images
    labels: Labels
    outputs: np.ndarray


def model_checks(
    study: Study, data: Dataset, root: Path, data_root: Path | None, *, trust_pickle: bool = False
) -> Iterator[Finding]:
    """Look at a teacher; what needs an earlier check to pass is left out where it did not.

    Parameters
    ----------
    study, data
        The checked settings, and the images as the stages read them.
    root
        The store, where the weights of a teacher lie that was trained here.
    data_root, trust_pickle
        As in ``precompute.teachers.teacher_for``.
    """
    try:
        study = with_epochs(study, data_root)
        kept = _kept(study, data, root)
    except (StudyError, StoreError) as error:
        yield Finding("model", False, str(error))
        return
    made: list[Teacher] = []
    for epoch in study.epochs if study.found_epochs else [None]:
        loaded = loading(
            lambda epoch=epoch: made.append(
                teacher_for(
                    study,
                    data.image_shape,
                    len(data.class_names),
                    weights=kept,
                    epoch=epoch,
                    data_root=data_root,
                    trust_pickle=trust_pickle,
                )
            )
        )
        if not loaded.good:
            yield loaded
            return
    teacher = made[-1]
    tried = _tried(study, data, teacher)
    if isinstance(tried, Finding):
        yield tried
        return
    yield Finding("model", True, f"{study.teacher.name}: {_capabilities(teacher)}")
    for check in (
        lambda: class_count(tried.outputs, len(data.class_names)),
        lambda: finite(tried.outputs),
    ):
        found = check()
        yield found
        if not found.good:
            return
    yield kind_of_outputs(tried.outputs, _declared(study, teacher))
    if not isinstance(teacher, PredictionTable):
        steady: list[Finding] = []
        asked = loading(lambda: steady.append(steadiness(_raw(teacher), tried.images[:8])), "asked")
        yield from steady or [asked]
        if not asked.good:
            return
    if study.teacher.epochs and kept is None:
        yield Finding("accuracy", True, "not tried: no such teacher is trained yet")
    else:
        yield from _agreement(study, data, teacher, tried)


def _kept(study: Study, data: Dataset, root: Path) -> Arrays | None:
    """The last weights that were trained here in this way on these classes, None without such."""
    if not study.teacher.epochs:
        return None
    try:
        store = Store(study.name, root)
        names = tuple(store.sql("select name from classes order by class")["name"])
        built = msgspec.convert(store.settings, Study)
        shown = msgspec.structs.replace(built.data, shown=study.data.shown)  # decides no weights
        if (built.teacher, shown, names) != (study.teacher, study.data, data.class_names):
            return None
        return store.weights("teacher", "weights")
    except (UnknownStudy, MissingArtifact, msgspec.ValidationError):
        return None


def _tried(study: Study, data: Dataset, teacher: Teacher) -> Tried | Finding:
    """The teacher's own outputs for a draw of test images, or why there are none."""
    rows = data.rows("test")
    if len(rows) > SAMPLE:  # a draw: the first ones of a sorted data set are all of one class
        rows = np.sort(np.random.default_rng(study.seed).choice(rows, SAMPLE, replace=False))

    def ask() -> np.ndarray:
        if isinstance(teacher, PredictionTable):
            return looked_up(teacher, _samples(data, rows)).logits
        return _raw(teacher)(data.images[rows])

    outputs: list[np.ndarray] = []
    asked = loading(lambda: outputs.append(ask()), "asked")
    if not asked.good:
        return asked
    return Tried(data.images[rows], data.labels[rows], outputs[0])


def _samples(data: Dataset, rows: np.ndarray) -> pd.DataFrame:
    """What a table of predictions is asked by."""
    labels = data.labels if data.original_labels is None else data.original_labels
    return pd.DataFrame(
        {
            "split": data.split[rows],
            "split_id": data.split_id[rows],
            "original_label": labels[rows],
        }
    )


def _raw(teacher: Teacher) -> Callable[[Images], np.ndarray]:
    """What a teacher's model gives before anything is done to it."""
    if isinstance(teacher, TorchTeacher | OnnxTeacher | EstimatorTeacher):
        return replace(teacher, batch_size=AT_ONCE).raw
    return lambda images: teacher.predict(images).logits


def _declared(study: Study, teacher: Teacher) -> str:
    if isinstance(teacher, TorchTeacher | OnnxTeacher):
        return study.teacher.outputs
    return "probabilities" if isinstance(teacher, EstimatorTeacher) else "logits"


def _capabilities(teacher: Teacher) -> str:
    can = [str(capability) for capability in Capability if capability in teacher.capabilities]
    lacks = [str(capability) for capability in missing(teacher.capabilities, Capability)]
    return ", ".join(can) + (f"; not: {', '.join(lacks)}" if lacks else "")


def _agreement(study: Study, data: Dataset, teacher: Teacher, tried: Tried) -> Iterator[Finding]:
    """Whether the teacher reads the images and counts the classes as the data does."""
    predicted = tried.outputs.argmax(axis=1)
    found = []
    if isinstance(teacher, TorchTeacher | OnnxTeacher) and not study.teacher.epochs:

        def named(way: Preprocessing) -> np.ndarray:
            other = replace(teacher, preprocessing=way, batch_size=AT_ONCE)
            return other.raw(tried.images[some]).argmax(axis=1)

        some = np.linspace(0, len(tried.images) - 1, min(READ, len(tried.images))).astype(int)
        channels = data.image_shape[2]
        declared = teacher.preprocessing
        found.append(input_conventions(named, tried.labels[some], declared, channels))
    if all(finding.good for finding in found):
        found.append(label_order(tried.labels, predicted, data.class_names))
    if all(finding.good for finding in found):
        fitted = isinstance(teacher, EstimatorTeacher)
        suspects = "on what values it was fitted (0..1)" if fitted else "[teacher.preprocessing]"
        found.append(_accuracy(tried.labels, predicted, suspects))
    yield from found


def _accuracy(labels: Labels, predicted: Labels, suspects: str) -> Finding:
    n, share = len(labels), accuracy(labels, predicted)
    interval = wilson(round(share * n), n)
    said = f"{share:.1%} ({interval.low:.1%} to {interval.high:.1%}) on {n} test images"
    chance = float(np.bincount(labels).max() / n)
    if interval.low > chance:
        return Finding("accuracy", True, said)
    if share > chance and n < FEW:
        return Finding("accuracy", True, f"{said}, too few to tell it from chance ({chance:.1%})")
    return Finding(
        "accuracy",
        False,
        f"{said}, no better than always naming one class ({chance:.1%}): check the weights, the "
        f"labels and {suspects}",
    )
