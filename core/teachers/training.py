"""Training one epoch at a time, the same on every run.

Whoever trains holds module, optimiser and generator, calls ``train_epoch`` for each epoch and
keeps a checkpoint between (``core.teachers.checkpoints``). All chance comes from the generator and
the learning rate from the epoch, so training that goes on from a checkpoint ends bit for bit where
uninterrupted training ends, on the same machine at the same number of threads.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import affine_grid, cross_entropy, grid_sample

from core.axes import Images, Labels
from core.teachers.preprocessing import Preprocessing


@dataclass(frozen=True)
class Training:
    """Settings of a training.

    ``schedule``  "cosine" falls to zero at the end, "step" to a tenth after half and after three
    quarters of the epochs, "constant" stays; all begin with a linear rise over ``warmup`` epochs
    ``shift``  largest shift of an image by augmentation, in pixels, each way
    ``rotation``  largest turn by augmentation, in degrees, each way
    """

    epochs: int = 15
    batch_size: int = 64
    optimizer: Literal["adamw", "sgd"] = "adamw"
    learning_rate: float = 0.004
    momentum: float = 0.9
    weight_decay: float = 0.01
    schedule: Literal["cosine", "step", "constant"] = "cosine"
    warmup: float = 1.0
    shift: float = 0.0
    rotation: float = 0.0

    def __post_init__(self) -> None:
        for name, least in (("epochs", 1), ("batch_size", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be positive, got {self.learning_rate}")
        for name in ("momentum", "weight_decay", "warmup", "shift", "rotation"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")


@dataclass(frozen=True)
class EpochResult:
    """What one epoch did.

    ``loss`` (mean cross-entropy, nats) and ``accuracy`` (share) are of the training images as the
    network met them on the way: augmented, and before the step that each batch led to.
    ``learning_rate`` is that of the last step; ``steps`` counts this epoch's.
    """

    loss: float
    accuracy: float
    learning_rate: float
    steps: int


def make_optimizer(module: nn.Module, settings: Training) -> torch.optim.Optimizer:
    """Return the optimiser that the settings name, without any state yet."""
    if settings.optimizer == "adamw":
        return torch.optim.AdamW(
            module.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
    if settings.optimizer == "sgd":
        return torch.optim.SGD(
            module.parameters(),
            lr=settings.learning_rate,
            momentum=settings.momentum,
            weight_decay=settings.weight_decay,
        )
    raise ValueError(f"optimizer must be adamw or sgd, got {settings.optimizer!r}")


def learning_rate(settings: Training, epoch: float) -> float:
    """Return the rate at a moment of training; epoch 0 is the start, 2.5 half-way in the third."""
    if epoch < settings.warmup:
        return settings.learning_rate * max(epoch, 1e-3) / settings.warmup
    if settings.schedule == "constant":
        return settings.learning_rate
    done = min(epoch / settings.epochs, 1.0)
    if settings.schedule == "step":
        return settings.learning_rate * (0.1 if done >= 0.5 else 1) * (0.1 if done >= 0.75 else 1)
    if settings.schedule == "cosine":
        length = max(settings.epochs - settings.warmup, 1e-9)
        return (
            settings.learning_rate
            * 0.5
            * (1 + math.cos(math.pi * min((epoch - settings.warmup) / length, 1.0)))
        )
    raise ValueError(f"schedule must be cosine, step or constant, got {settings.schedule!r}")


def train_epoch(
    module: nn.Module,
    optimizer: torch.optim.Optimizer,
    images: Images,
    labels: Labels,
    generator: torch.Generator,
    *,
    epoch: int,
    settings: Training,
    preprocessing: Preprocessing | None = None,
    device: torch.device | str = "cpu",
    progress: Callable[[int], object] | None = None,
) -> EpochResult:
    """Train the module on every image once, in random order, and return how it went.

    Parameters
    ----------
    module
        Changed in place; on the device; left in training mode.
    optimizer
        Holds the module's parameters; its learning rate is set from the schedule.
    images, labels
        Training images and their classes, at least two.
    generator
        On the CPU; draws order, augmentation, and what layers such as dropout ask for.
    epoch
        Which epoch this is, from 0.
    settings, preprocessing, device
        As the other epochs had.
    progress
        Called with the number of images done after each batch.

    Raises
    ------
    ValueError
        If there are fewer than two images, or if the loss is no longer finite.
    """
    n = len(images)
    if n < 2:
        raise ValueError(f"training needs at least two images, got {n}")
    prepare = preprocessing or Preprocessing()
    order = torch.randperm(n, generator=generator)
    batches = order.split(settings.batch_size)
    if len(batches) > 1 and len(batches[-1]) == 1:  # batch normalisation cannot do with one
        batches = (*batches[:-2], torch.cat(batches[-2:]))
    targets = torch.from_numpy(np.array(labels, np.int64)).to(device)
    loss_sum = torch.zeros((), dtype=torch.float64, device=device)
    hits = torch.zeros((), dtype=torch.int64, device=device)
    done, rate = 0, 0.0
    module.train()
    with _repeatable(generator, torch.device(device)):
        for step, batch in enumerate(batches):
            rate = learning_rate(settings, epoch + step / len(batches))
            for group in optimizer.param_groups:
                group["lr"] = rate
            pixels = augmented(prepare(images[batch.numpy()], device), settings, generator)
            target = targets.index_select(0, batch.to(device))
            optimizer.zero_grad(set_to_none=True)
            logits = module(pixels)
            loss = cross_entropy(logits, target)
            loss.backward()
            optimizer.step()
            loss_sum += loss.detach() * len(batch)
            hits += (logits.detach().argmax(1) == target).sum()
            done += len(batch)
            if progress is not None:
                progress(done)
    loss_mean = float(loss_sum) / n
    if not math.isfinite(loss_mean):
        raise ValueError(
            f"the loss of epoch {epoch} is {loss_mean}: lower the learning rate, now "
            f"{settings.learning_rate}"
        )
    return EpochResult(loss_mean, int(hits) / n, rate, len(batches))


def augmented(pixels: Tensor, settings: Training, generator: torch.Generator) -> Tensor:
    """Return the images shifted and turned by random amounts; the uncovered border is zero."""
    if settings.shift == 0 and settings.rotation == 0:
        return pixels
    n, _, height, width = pixels.shape
    drawn = (torch.rand((3, n), generator=generator) * 2 - 1).to(pixels.device)
    angle = drawn[0] * math.radians(settings.rotation)
    cos, sin = torch.cos(angle), torch.sin(angle)
    # affine_grid counts in half images: 2 / width is one pixel
    x, y = drawn[1] * settings.shift * 2 / width, drawn[2] * settings.shift * 2 / height
    turn = torch.stack(
        [
            torch.stack([cos, -sin * height / width, x], 1),
            torch.stack([sin * width / height, cos, y], 1),
        ],
        1,
    )
    grid = affine_grid(turn, list(pixels.shape), align_corners=False)
    return grid_sample(pixels, grid, align_corners=False)


@contextmanager
def _repeatable(generator: torch.Generator, device: torch.device) -> Iterator[None]:
    """Allow only algorithms that repeat, and let layers draw from a seed of the generator."""
    before = torch.are_deterministic_algorithms_enabled()
    seed = int(torch.randint(2**31, (), generator=generator))
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        torch.use_deterministic_algorithms(True)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before)
