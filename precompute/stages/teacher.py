"""Stage ``teacher``: a part of the training, from the checkpoint before it; or the given model."""

import torch

from core.teachers.checkpoints import Arrays, restore, training_state, weights
from core.teachers.inference import TorchTeacher
from core.teachers.prediction_table import PredictionTable
from core.teachers.protocol import Capability, Teacher
from core.teachers.training import EpochResult, make_optimizer, spans, together, train_epoch
from precompute.data import images
from precompute.rounds import beginner, resumed
from precompute.stage import Work
from precompute.teachers import module_for, preprocessing_for, teacher_for, training_settings

OWN = "module."  # the part of a training state that the weights hold already


def teacher(work: Work) -> None:
    """Train up to the next checkpoint, or keep the weights of a given model.

    Of a model that has no torch weights (a forest, an ONNX file) only what it can do is kept: it
    is made again wherever it is needed.
    """
    if not work.study.teacher.epochs:
        _given(work)
    elif work.study.teacher.active is not None:
        _round(work)
    else:
        _trained(work)


def _given(work: Work) -> None:
    data = images(work.study, work.data_root)
    found = teacher_for(
        work.study,
        data.image_shape,
        len(data.class_names),
        epoch=work.epoch,
        data_root=work.data_root,
        trust_pickle=work.trust_pickle,
    )
    if not isinstance(found, PredictionTable):
        for count in (2, 1):  # a model that does not fit, or squeezes a batch of one, is refused
            found.predict(data.images[:count])
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
    if work.inputs.has("teacher"):
        state = work.inputs.weights("teacher", "state")
        before = work.inputs.weights("teacher", "weights")
        state |= {OWN + name: array for name, array in before.items()}
        restore(module, optimizer, generator, state)

    place = study.epochs.index(work.epoch)
    parts = spans(study.epochs[place - 1] if place else 0.0, work.epoch)
    work.progress.expect(round(sum(end - begin for _, (begin, end) in parts) * len(train)))
    results = []
    for epoch, span in parts:
        done = 0

        def advance(images_done: int) -> None:
            nonlocal done
            work.progress.advance(images_done - done)
            done = images_done

        results.append(
            train_epoch(
                module,
                optimizer,
                data.images[train],
                data.labels[train],
                generator,
                epoch=epoch,
                span=span,
                settings=training_settings(study),
                preprocessing=preprocessing_for(study, data.image_shape[2]),
                device=work.device,
                progress=advance,
            )
        )
    state = training_state(module, optimizer, generator)
    rest = {name: array for name, array in state.items() if not name.startswith(OWN)}
    _write(work, weights(module), rest, together(results))


def _round(work: Work) -> None:
    study = work.study
    assert study.teacher.active is not None
    data = images(study, work.data_root)
    if work.inputs.has("teacher"):
        own = work.inputs.weights("teacher", "weights")
        state = work.inputs.weights("teacher", "state")
        learner = resumed(study, data, work.device, own, state)
        learner.choose(study.teacher.active.strategy)
    else:
        learner = beginner(study, data, work.device)
    work.progress.expect(int((learner.entered >= 0).sum()) * study.teacher.active.passes)
    result = learner.train(work.progress.advance)
    _write(work, learner.weights, learner.state, result)


def _write(work: Work, own: Arrays, state: Arrays, result: EpochResult) -> None:
    data = images(work.study, work.data_root)
    work.progress.advance(0, f"{result.accuracy:.1%} of the training images right")
    before = work.inputs.table("training")["step"].to_numpy() if work.inputs.has("teacher") else [0]
    work.artifact.weights("weights", own)
    work.artifact.weights("state", state)
    _capabilities(
        work, teacher_for(work.study, data.image_shape, len(data.class_names), weights=own)
    )
    work.artifact.table(
        "training",
        {
            "epoch": [work.epoch],
            "step": [int(before[0]) + result.steps],
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
