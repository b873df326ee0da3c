"""Training in rounds, each after a strategy chose more images to be labelled (DVI, figure 9).

Every strategy starts from one common first model, and every round goes on from the model before
it. All are trained in the same way, with the branch that learns to predict the loss beside the
network, so that they differ only in the images they chose.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from core.datasets import Dataset
from core.teachers.active import Entered, Outputs, Strategy, first_round, next_round
from core.teachers.checkpoints import Arrays, load_weights, weights
from core.teachers.inference import predict
from core.teachers.learning_loss import LossPredicting, learning_loss, predicted_losses
from core.teachers.training import EpochResult, make_optimizer, together, train_epoch
from core.uncertainty import softmax
from precompute.settings import Study
from precompute.teachers import module_for, preprocessing_for, training_settings

NETWORK = "network."  # the teacher itself among the learner's weights
BRANCHES = 4  # layers that the predicted loss looks at, spread over the depth


@dataclass(eq=False)
class Learner:
    """A teacher in training and the images it may see.

    ``entered`` tells for each training image in which round it entered, from 0; -1 for not yet.
    """

    study: Study
    data: Dataset
    module: LossPredicting
    entered: Entered
    device: str

    @property
    def rounds(self) -> int:
        """Rounds of images that have entered."""
        return int(self.entered.max()) + 1

    @property
    def weights(self) -> Arrays:
        """The teacher's own weights."""
        return weights(self.module.network)

    @property
    def state(self) -> Arrays:
        """What a later round needs beside the teacher's weights."""
        branch = {
            name: array
            for name, array in weights(self.module).items()
            if not name.startswith(NETWORK)
        }
        return {**branch, "entered": self.entered}

    def choose(self, strategy: Strategy) -> None:
        """Let the strategy's next images in."""
        assert self.study.teacher.active is not None
        train = self.data.rows("train")
        images = self.data.images[train]
        settings = {
            "preprocessing": preprocessing_for(self.study, self.data.image_shape[2]),
            "device": self.device,
        }
        outputs = Outputs()
        if strategy == "learning_loss":
            losses = predicted_losses(self.module, images, **settings)
            outputs = Outputs(predicted_loss=losses)
        elif strategy != "random":
            found = predict(self.module.network, images, **settings)
            outputs = Outputs(found.representation, softmax(found.logits))
        self.entered = next_round(
            strategy, self.entered, outputs, self.study.teacher.active.add, seed=self.study.seed
        )

    def train(self, progress: Callable[[int], object]) -> EpochResult:
        """Train on every image that has entered; ``progress`` hears how many passed."""
        assert self.study.teacher.active is not None
        passes = self.study.teacher.active.passes
        rows = self.data.rows("train")[self.entered >= 0]
        settings = replace(training_settings(self.study), epochs=passes)
        optimizer = make_optimizer(self.module, settings)
        generator = torch.Generator().manual_seed(self.study.seed + self.rounds)
        results = []
        for epoch in range(passes):
            results.append(
                train_epoch(
                    self.module,
                    optimizer,
                    self.data.images[rows],
                    self.data.labels[rows],
                    generator,
                    epoch=epoch,
                    settings=settings,
                    objective=learning_loss(),
                    preprocessing=preprocessing_for(self.study, self.data.image_shape[2]),
                    device=self.device,
                )
            )
            progress(len(rows))
        return replace(results[-1], steps=together(results).steps)

    def copy(self) -> "Learner":
        """Return a learner that goes on from here by itself."""
        twin = beginner(self.study, self.data, self.device)
        load_weights(twin.module, weights(self.module))
        twin.entered = self.entered.copy()
        return twin


def beginner(study: Study, data: Dataset, device: str) -> Learner:
    """Return the learner that all strategies share, with the first images and no training yet.

    Raises
    ------
    ValueError
        If there are too few training images for every round to add one.
    """
    active, rounds = study.teacher.active, study.teacher.epochs
    assert active is not None
    samples = len(data.rows("train"))
    entered = first_round(samples, active.first, seed=study.seed)
    if rounds > 1 and samples <= active.first + active.add * (rounds - 2):
        most = 1 + math.ceil((samples - active.first) / active.add)
        raise ValueError(
            f"{rounds} rounds that begin with {active.first} images and add {active.add} each need "
            f"more than {samples} training images: set teacher.epochs to {most} rounds at most, or "
            f"raise data.limit"
        )
    network = module_for(study, data.image_shape, len(data.class_names))
    height, width, channels = data.image_shape
    with torch.random.fork_rng():
        torch.manual_seed(study.seed)
        example = torch.zeros(1, channels, height, width)
        module = LossPredicting(network, _branches(network), example).to(device)
    return Learner(study, data, module, entered, device)


def resumed(study: Study, data: Dataset, device: str, own: Arrays, state: Arrays) -> Learner:
    """Return the learner of an earlier round from the arrays that it left."""
    learner = beginner(study, data, device)
    branch = {name: array for name, array in state.items() if name != "entered"}
    network = {NETWORK + name: array for name, array in own.items()}
    load_weights(learner.module, {**branch, **network})
    learner.entered = np.asarray(state["entered"])
    return learner


def _branches(network: nn.Module) -> list[str]:
    """Convolutions spread over the depth, or linear layers where there are none."""
    for kind in (nn.Conv2d, nn.Linear):
        names = [name for name, part in network.named_modules() if isinstance(part, kind)]
        if names:
            places = np.linspace(0, len(names) - 1, min(BRANCHES, len(names)))
            return [names[int(place)] for place in places]
    raise ValueError("training in rounds needs a network with convolutions or linear layers")
