"""Stage ``teacher``: one epoch of training, from the checkpoint before it to the next."""

import msgspec
import torch

from core.teachers.checkpoints import restore, training_state, weights
from core.teachers.training import Training, make_optimizer, train_epoch
from precompute.data import images
from precompute.settings import Study
from precompute.stage import Work
from precompute.teachers import module_for

OWN = "module."  # the part of a training state that the weights hold already


def teacher(work: Work) -> None:
    """Train one epoch and keep weights, optimiser and generator."""
    assert work.epoch is not None
    study = work.study
    data = images(study, work.data_root)
    train = data.rows("train")
    module = module_for(study, data.image_shape[2], len(data.class_names)).to(work.device)
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
        device=work.device,
        progress=advance,
    )

    state = training_state(module, optimizer, generator)
    rest = {name: array for name, array in state.items() if not name.startswith(OWN)}
    work.artifact.weights("weights", weights(module))
    work.artifact.weights("state", rest)
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


def training_settings(study: Study) -> Training:
    """The study's settings of its teacher as the training wants them."""
    settings = msgspec.structs.asdict(study.teacher)
    del settings["architecture"], settings["width"]
    return Training(**settings)
