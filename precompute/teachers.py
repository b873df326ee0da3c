"""A study's teacher, as its stages and its explainers meet it."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import nn

from core.teachers.architectures import architecture, preprocessing_of
from core.teachers.checkpoints import load_weights
from core.teachers.inference import TorchTeacher
from core.teachers.own import OwnModel, own_teacher, put_weights
from core.teachers.preprocessing import Preprocessing
from core.teachers.protocol import Capability, Teacher
from precompute.given import given_weights
from precompute.settings import Study

BATCH = 512  # images at once: part of what makes results repeat bit for bit
Shape = tuple[int, int, int]


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
            size=image_shape[:2],
            **study.teacher.arguments,
        )


def teacher_for(
    study: Study,
    image_shape: Shape,
    classes: int,
    *,
    weights: Mapping[str, np.ndarray] | None = None,
    data_root: Path | None = None,
    device: str = "cpu",
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
    data_root
        Where a given file of weights lies.
    device
        Where torch runs.

    Raises
    ------
    ValueError
        If the model cannot be had or the weights do not fit; one line.
    """
    settings = study.teacher
    extra = frozenset({Capability.CHECKPOINTS} if len(study.epochs) > 1 else ())
    if settings.factory is not None:
        torch.set_num_threads(study.threads)
        own = OwnModel(
            settings.factory,
            settings.arguments,
            weights=given_weights(study, data_root),
            outputs=settings.outputs,
            preprocessing=_preprocessing(study) or Preprocessing(),
        )
        return own_teacher(
            own,
            classes=classes,
            image_shape=image_shape,
            device=device,
            batch_size=BATCH,
            threads=study.threads,
            seed=study.seed,
        )
    module = module_for(study, image_shape, classes)
    if weights is not None:
        load_weights(module, weights)
    elif (path := given_weights(study, data_root)) is not None:
        put_weights(module, path)
    return TorchTeacher(
        module.to(device).eval(),
        classes,
        preprocessing=_preprocessing(study)
        or preprocessing_of(str(settings.architecture), image_shape[2]),
        batch_size=BATCH,
        device=device,
        extra=extra,
        image_shape=image_shape,
        outputs=settings.outputs,
    )


def _preprocessing(study: Study) -> Preprocessing | None:
    mean, std = study.teacher.mean, study.teacher.std
    return None if mean is None or std is None else Preprocessing(mean, std)
