"""Stage ``teacher``: one epoch of training, from the checkpoint before it; or the given model."""

import msgspec
import torch

from core.teachers.architectures import preprocessing_of
from core.teachers.checkpoints import restore, training_state, weights
from core.teachers.inference import TorchTeacher
from core.teachers.protocol import Capability, Teacher
from core.teachers.training import Training, make_optimizer, train_epoch
from precompute.data import images
from precompute.settings import Study
from precompute.stage import Work
from precompute.teachers import module_for, teacher_for

OWN = "module."  # the part of a training state that the weights hold already
NOT_OF_TRAINING = ("architecture", "factory", "arguments", "weights", "outputs", "mean", "std")


def teacher(work: Work) -> None:
    """Train one epoch and keep weights, optimiser and generator; or keep a given model's weights.

    Of a model that has no torch weights (a forest, an ONNX file) only what it can do is kept: it
    is made again wherever it is needed.
    """
    if work.study.teacher.epochs:
        _trained(work)
    else:
        _given(work)


def _given(work: Work) -> None:
    data = images(work.study, work.data_root)
    outputs = len(data.class_names)
    found = teacher_for(work.study, data.image_shape, outputs, data_root=work.data_root)
    found.predict(data.images[:2])  # a model that does not fit is refused here
    if isinstance(found, TorchTeacher):
        work.artifact.weights("weights", weights(found.module))
    _capabilities(work, found)


def _trained(work: Work) -> None:
    assert work.epoch is not None
    study = work.study
    data = images(study, work.data_root)
    train = data.rows("train")
    module = module_for(study, data.image_shape, len(data.class_names)).to(work.device)
    optimizer = make_optimizer(module, training_settings(study))
    generator = torch.Generator().manual_seed(study.seed)
    steps = 0
    if work.inputs.has("teacher"):
        state = work.inputs.weights("teacher", "state")
        before = work.inputs.weights("teacher", "weights")
        state |= {OWN + name: array for name, array in before.items()}
        restore(module, optimizer, generator, state)
        steps = int(work.inputs.table("training")["step"].to_numpy()[0])

    work.progress.expect(len(train))
    done = 0

    def advance(images_done: int) -> None:
        nonlocal done
        work.progress.advance(images_done - done)
        done = images_done

    result = train_epoch(
        module,
        optimizer,
        data.images[train],
        data.labels[train],
        generator,
        epoch=study.epochs.index(work.epoch),
        settings=training_settings(study),
        preprocessing=preprocessing_of(str(study.teacher.architecture), data.image_shape[2]),
        device=work.device,
        progress=advance,
    )

    state = training_state(module, optimizer, generator)
    rest = {name: array for name, array in state.items() if not name.startswith(OWN)}
    work.artifact.weights("weights", weights(module))
    work.artifact.weights("state", rest)
    shape, classes = data.image_shape, len(data.class_names)
    _capabilities(work, teacher_for(study, shape, classes, weights=weights(module)))
    work.artifact.table(
        "training",
        {
            "epoch": [work.epoch],
            "step": [steps + result.steps],
            "learning_rate": [result.learning_rate],
            "train_loss": [result.loss],
            "train_accuracy": [result.accuracy],
        },
    )


def _capabilities(work: Work, found: Teacher) -> None:
    """Write what the teacher can do, and so which lenses are offered."""
    work.artifact.table(
        "capability",
        {
            "epoch": [work.epoch] * len(Capability),
            "capability": [str(capability) for capability in Capability],
            "present": [capability in found.capabilities for capability in Capability],
        },
    )


def training_settings(study: Study) -> Training:
    """The study's settings of its teacher as the training wants them."""
    settings = msgspec.structs.asdict(study.teacher)
    return Training(**{name: settings[name] for name in settings if name not in NOT_OF_TRAINING})
