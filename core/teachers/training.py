"""Training one epoch at a time, the same on every run.

Whoever trains holds module, optimiser and generator, calls ``train_epoch`` for each epoch, or for
parts of it, and keeps checkpoints between (``core.teachers.checkpoints``). All chance comes from
the generator's seed, the epoch and the step, and so does the learning rate: training that goes on
from a checkpoint ends bit for bit where uninterrupted training ends, whether there are checkpoints
between or not, on the same machine at the same number of threads.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from core.axes import Images, Labels
from core.precision import mixed
from core.teachers.augmentation import augmented
from core.teachers.inference import MemoryFormat, in_format
from core.teachers.pgd import Attack, attacked
from core.teachers.preprocessing import Preprocessing, pixels
from core.teachers.sampling import chance, epoch_order

Objective = Callable[[nn.Module, Tensor, Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Training:
    """Settings of a training.

    ``schedule``  "cosine" falls to zero at the end, "step" to a tenth after half and after three
    quarters of the epochs, "constant" stays; all begin with a linear rise over ``warmup`` epochs
    ``shift``  largest shift of an image by augmentation, in pixels, each way
    ``rotation``  largest turn by augmentation, in degrees, each way
    ``crop``  largest shift by augmentation in whole pixels, each way, without interpolation
    ``flip``  every other image is mirrored, left and right
    ``balanced``  every class is met equally often
    ``memory_format``, ``precision``  how the network computes in training, never in evaluation:
        "channels_last" and "bfloat16" (weights stay float32) pay for deep networks; a processor
        without instructions for bfloat16 computes in float32
    ``attack``  train on images that were attacked (Madry et al., equation 1), None on the images
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
    crop: int = 0
    flip: bool = False
    balanced: bool = False
    memory_format: MemoryFormat = "contiguous"
    precision: Literal["float32", "bfloat16"] = "float32"
    attack: Attack | None = None

    def __post_init__(self) -> None:
        for name, least in (("epochs", 1), ("batch_size", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be positive, got {self.learning_rate}")
        for name in ("momentum", "weight_decay", "warmup", "shift", "rotation", "crop"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")


@dataclass(frozen=True)
class EpochResult:
    """What one epoch did, or a part of one.

    ``loss`` (mean objective, usually cross-entropy in nats) and ``accuracy`` (share) are of the
    training images as the network met them on the way: augmented, attacked if so, and before the
    step that each batch led to. ``learning_rate`` is that of the last step; ``steps`` and
    ``images`` count.
    """

    loss: float
    accuracy: float
    learning_rate: float
    steps: int
    images: int


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
    span: tuple[float, float] = (0.0, 1.0),
    objective: Objective | None = None,
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
        Its seed decides order, augmentation, and what layers such as dropout draw.
    epoch
        Which epoch this is, from 0.
    settings, preprocessing, device
        As the other epochs had.
    span
        From where to where in the epoch, 0..1; parts that follow each other make up the whole.
    objective
        From module, inputs and classes to what is minimised and the logits; cross-entropy if not
        given.
    progress
        Called with the number of images done after each batch.

    Raises
    ------
    ValueError
        If there are fewer than two images, the span holds no step, or the loss is not finite.
    """
    n = len(images)
    if n < 2:
        raise ValueError(f"training needs at least two images, got {n}")
    batches = _batches(
        epoch_order(labels, chance(generator, epoch), balanced=settings.balanced),
        settings.batch_size,
    )
    first, last = (round(moment * len(batches)) for moment in span)
    if not 0 <= first < last <= len(batches):
        raise ValueError(
            f"span must go forward within 0..1 by one of {len(batches)} steps or more, got {span}: "
            "keep fewer checkpoints per epoch, or use smaller batches"
        )
    prepare = preprocessing or Preprocessing()
    targets = torch.from_numpy(np.array(labels, np.int64)).to(device)
    loss_sum = torch.zeros((), dtype=torch.float64, device=device)
    hits = torch.zeros((), dtype=torch.int64, device=device)
    done, rate = 0, 0.0
    if settings.memory_format == "channels_last":
        module.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - stubs
    module.train()
    with _repeatable(torch.device(device)):
        for step in range(first, last):
            batch = batches[step]
            rate = learning_rate(settings, epoch + step / len(batches))
            for group in optimizer.param_groups:
                group["lr"] = rate
            drawn = chance(generator, epoch, step)
            target = targets.index_select(0, batch.to(device))
            seen = augmented(
                pixels(images[batch.numpy()], device),
                drawn,
                shift=settings.shift,
                rotation=settings.rotation,
                crop=settings.crop,
                flip=settings.flip,
            )
            torch.manual_seed(int(torch.randint(2**31, (), generator=drawn)))  # for the layers
            with mixed(device, settings.precision == "bfloat16"):
                if settings.attack is not None:
                    seen = attacked(
                        module, seen, target, settings.attack, drawn, preprocessing=prepare
                    )
                inputs = in_format(prepare.normalized(seen), settings.memory_format)
                optimizer.zero_grad(set_to_none=True)
                loss, logits = (objective or _cross_entropy)(module, inputs, target)
            loss.backward()
            optimizer.step()
            loss_sum += loss.detach() * len(batch)
            hits += (logits.detach().argmax(1) == target).sum()
            done += len(batch)
            if progress is not None:
                progress(done)
    loss_mean = float(loss_sum) / done
    if not math.isfinite(loss_mean):
        raise ValueError(
            f"the loss of epoch {epoch} is {loss_mean}: lower the learning rate, now "
            f"{settings.learning_rate}"
        )
    return EpochResult(loss_mean, int(hits) / done, rate, last - first, done)


def spans(before: float, after: float) -> list[tuple[int, tuple[float, float]]]:
    """Return the parts of epochs between two checkpoints: which epoch, and from where to where.

    Checkpoint 0 is the beginning, 2.5 half-way in the third epoch.

    Raises
    ------
    ValueError
        If the second checkpoint is not the later one.
    """
    if not 0 <= before < after:
        raise ValueError(f"checkpoints must follow each other, got {before} and then {after}")
    parts = []
    for epoch in range(math.floor(before), math.ceil(after)):
        parts.append((epoch, (max(before - epoch, 0.0), min(after - epoch, 1.0))))
    return parts


def together(parts: Sequence[EpochResult]) -> EpochResult:
    """Return the result of parts that follow each other as one."""
    images = sum(part.images for part in parts)
    return EpochResult(
        loss=sum(part.loss * part.images for part in parts) / images,
        accuracy=sum(part.accuracy * part.images for part in parts) / images,
        learning_rate=parts[-1].learning_rate,
        steps=sum(part.steps for part in parts),
        images=images,
    )


def _batches(order: Tensor, size: int) -> tuple[Tensor, ...]:
    batches = order.split(size)
    if len(batches) > 1 and len(batches[-1]) == 1:  # batch normalisation cannot do with one
        return (*batches[:-2], torch.cat(batches[-2:]))
    return batches


def _cross_entropy(module: nn.Module, inputs: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    logits = module(inputs).float()
    return cross_entropy(logits, target), logits


@contextmanager
def _repeatable(device: torch.device) -> Iterator[None]:
    """Allow only algorithms that repeat; what layers draw leaves no trace outside.

    Torch would then also fill all memory that it takes, against programs that read what nobody has
    written; in a narrow VGG-16 that is a twelfth of the time.
    """
    before = torch.are_deterministic_algorithms_enabled()
    deterministic: Any = torch.utils.deterministic  # whose property the type checker cannot see
    filled = deterministic.fill_uninitialized_memory
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.use_deterministic_algorithms(True)
        deterministic.fill_uninitialized_memory = False
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before)
            deterministic.fill_uninitialized_memory = filled
