"""A study's teacher, as its stages and its explainers meet it."""

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path

import msgspec
import numpy as np
import torch
from torch import nn

from core.datasets.prediction_file import read_predictions
from core.teachers.architectures import architecture, preprocessing_of
from core.teachers.checkpoints import load_weights
from core.teachers.inference import TorchTeacher
from core.teachers.own import OwnModel, own_teacher, put_weights
from core.teachers.pgd import Attack
from core.teachers.prediction_table import PredictionTable, prediction_table
from core.teachers.preprocessing import Preprocessing
from core.teachers.protocol import Capability, Teacher
from core.teachers.training import Training
from precompute.given import given_file, weights_at
from precompute.settings import Study

BATCH = 512  # images at once at most: part of what makes results repeat bit for bit
PIXELS = 32 * 224 * 224  # of all images at once: larger batches are slower and need gigabytes
Shape = tuple[int, int, int]
TRAINING = tuple(setting.name for setting in fields(Training))


def module_for(study: Study, image_shape: Shape, classes: int) -> nn.Module:
    """The study's architecture with weights drawn from the study's seed.

    Also fixes torch's threads: results repeat bit for bit only at a fixed number of them.
    """
    torch.set_num_threads(study.threads)
    assert study.teacher.architecture is not None
    with torch.random.fork_rng():
        torch.manual_seed(study.seed)
        return architecture(
            study.teacher.architecture,
            image_shape[2],
            classes,
            image_shape[:2],
            **study.teacher.arguments,
        )


def teacher_for(
    study: Study,
    image_shape: Shape,
    classes: int,
    *,
    weights: Mapping[str, np.ndarray] | None = None,
    epoch: float | None = None,
    data_root: Path | None = None,
    device: str = "cpu",
    trust_pickle: bool = False,
) -> Teacher:
    """The study's teacher, ready to predict.

    Parameters
    ----------
    study
        The checked settings.
    image_shape
        Height, width and channels of the images.
    classes
        Number of the teacher's outputs.
    weights
        Those of a checkpoint in the store; without them the given ones are read from their file.
    epoch
        Which of several given files of weights; the last if not said.
    data_root
        Where a given file lies.
    device
        Where torch runs.
    trust_pickle
        Allow weights that can only be unpickled, which runs code of whoever wrote them.

    Raises
    ------
    ValueError
        If the model cannot be had or the weights do not fit; one line.
    """
    settings = study.teacher
    if settings.predictions is not None:
        return _table(study, classes, data_root)
    extra = frozenset({Capability.CHECKPOINTS} if len(study.epochs) > 1 else ())
    path = None if weights is not None else weights_at(study, epoch, data_root)
    if settings.factory is not None:
        torch.set_num_threads(study.threads)
        own = OwnModel(
            _located(settings.factory, data_root),
            settings.arguments,
            weights=path,
            outputs=settings.outputs,
            preprocessing=_preprocessing(study) or Preprocessing(),
            trust_pickle=trust_pickle,
        )
        found = own_teacher(
            own,
            classes=classes,
            image_shape=image_shape,
            device=device,
            batch_size=batch_of(image_shape),
            memory_format=settings.memory_format,
            threads=study.threads,
            seed=study.seed,
        )
        if not isinstance(found, TorchTeacher):
            return found
        if weights is not None and not settings.factory.startswith("export:"):
            load_weights(found.module, weights)
        return replace(found, extra=extra)
    module = module_for(study, image_shape, classes)
    if weights is not None:
        load_weights(module, weights)
    elif path is not None:
        put_weights(module, path, trust_pickle=trust_pickle)
    return TorchTeacher(
        module.to(device).eval(),
        classes,
        preprocessing=preprocessing_for(study, image_shape[2]),
        batch_size=batch_of(image_shape),
        device=device,
        extra=extra,
        image_shape=image_shape,
        outputs=settings.outputs,
        memory_format=settings.memory_format,
    )


def batch_of(image_shape: Shape) -> int:
    """How many images of that shape the teacher judges at once."""
    fits = max(PIXELS // (image_shape[0] * image_shape[1]), 1)
    return min(BATCH, 1 << (fits.bit_length() - 1))


def preprocessing_for(study: Study, channels: int) -> Preprocessing:
    """What the study's architecture reads: as the study says, else as it is usual."""
    return _preprocessing(study) or preprocessing_of(str(study.teacher.architecture), channels)


def _preprocessing(study: Study) -> Preprocessing | None:
    given = study.teacher.preprocessing
    return None if given is None else Preprocessing(**msgspec.structs.asdict(given))


def _located(factory: str, data_root: Path | None) -> str:
    """A factory whose file, if it names one, is found below the data root too."""
    kind, _, name = factory.partition(":")
    return f"{kind}:{given_file(name, data_root)}" if kind in ("export", "onnx") else factory


def _table(study: Study, classes: int, data_root: Path | None) -> PredictionTable:
    found = read_predictions(given_file(str(study.teacher.predictions), data_root))
    if found.classes != classes:
        raise ValueError(
            f"teacher.predictions has {found.classes} scores a row for {classes} classes: give "
            f"teacher.class_names for all of them, or data.class_names"
        )
    return prediction_table(
        sample_keys(found.split, found.ids),
        found.labels,
        logits=found.logits,
        probabilities=found.probabilities,
        embeddings=found.embeddings,
        said=_key_in_words,
    )


def sample_keys(split: np.ndarray, split_id: np.ndarray) -> np.ndarray:
    """One number for split and row, by which a table of predictions knows its images."""
    return split_id.astype(np.int64) * 2 + (np.asarray(split) == "test")


def _key_in_words(key: int) -> str:
    return f"{key // 2} of {'test' if key % 2 else 'train'}"


def training_settings(study: Study) -> Training:
    """The study's settings of its teacher as the training wants them."""
    settings = msgspec.structs.asdict(study.teacher)
    wanted = {name: settings[name] for name in TRAINING}
    if study.teacher.attack is not None:
        wanted["attack"] = Attack(**msgspec.structs.asdict(study.teacher.attack))
    return Training(**wanted)
