"""Logits and representations of many images, in batches.

The representation is caught on its way into the head (``core.teachers.head``), so that any network
that ends in one will do, whoever wrote it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from core.axes import Images, Logits
from core.teachers.diagnosis import finite, kind_of_outputs
from core.teachers.factory import one_line
from core.teachers.head import Head, find_head, representations
from core.teachers.preprocessing import Preprocessing
from core.teachers.protocol import Capability, Predictions

MemoryFormat = Literal["contiguous", "channels_last"]
Outputs = Literal["logits", "probabilities"]


def predict(
    module: nn.Module,
    images: Images,
    *,
    preprocessing: Preprocessing | None = None,
    batch_size: int = 512,
    device: torch.device | str = "cpu",
    memory_format: MemoryFormat = "contiguous",
    outputs: Outputs = "logits",
    progress: Callable[[int], object] | None = None,
) -> Predictions:
    """Return logits and representations, float32, in the images' order.

    The module is put into evaluation mode for the time being, and returned to its mode after. The
    representation is None where the module has no head. All is computed in float32.

    Parameters
    ----------
    module
        From float32 images with channels first to logits; already on the device.
    images
        At least one.
    preprocessing
        What the module expects beyond values in 0..1.
    batch_size
        Images at once, at least 1; part of what makes results repeat bit for bit.
    device
        Where the module is.
    memory_format
        How feature maps lie in memory; the numbers differ by rounding only.
    outputs
        What the module gives: "logits", or "probabilities", whose logarithms are returned.
    progress
        Called with the number of images done after each batch.

    Raises
    ------
    ValueError
        If there is no image, the batch size is below 1, the module raises, its output is not one
        row of logits per image, or ``as_logits`` refuses it.
    """
    if len(images) == 0:
        raise ValueError("images must hold at least one image, got none")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    prepare = preprocessing or Preprocessing()
    logits = representation = None
    with evaluating(module), torch.inference_mode():
        example = prepare(images[:1], device)
        with _one_line(example):
            head = find_head(module, example)
        with representations(head) as caught:
            for start in range(0, len(images), batch_size):
                batch = images[start : start + batch_size]
                inputs = in_format(prepare(batch, device), memory_format)
                with _one_line(inputs):
                    output = module(inputs)
                output = _logits(output, len(batch))
                if logits is None:
                    logits = np.empty((len(images), output.shape[1]), np.float32)
                    if caught:
                        representation = np.empty((len(images), caught[0].shape[1]), np.float32)
                stop = start + len(batch)
                logits[start:stop] = output.float().cpu().numpy()
                if representation is not None:
                    representation[start:stop] = caught.pop().float().cpu().numpy()
                if progress is not None:
                    progress(stop)
    assert logits is not None
    return Predictions(as_logits(logits, outputs), representation)


def in_format(inputs: Tensor, memory_format: MemoryFormat) -> Tensor:
    """Return the inputs with channels last in memory if so asked, else as they lie.

    Asking torch for its usual format would move grey images, which have both, to the slower one.
    """
    if memory_format == "channels_last":
        return inputs.to(memory_format=torch.channels_last)
    return inputs


def as_logits(given: Logits, outputs: Outputs) -> Logits:
    """Return logits, float32: those given, or the logarithms of given probabilities.

    A probability of zero becomes the least that float32 holds, so that logits stay finite.

    Raises
    ------
    ValueError
        If a number is not finite, or what should be probabilities is none.
    """
    checks = [finite(given)]
    if outputs == "probabilities":
        checks += [kind_of_outputs(given, outputs)] if checks[0].good else []
    for found in checks:
        if not found.good:
            raise ValueError(f"outputs of the model: {found.said}")
    if outputs == "logits":
        return given.astype(np.float32, copy=False)
    least = np.finfo(np.float32).tiny
    return np.log(np.maximum(given, least)).astype(np.float32)


def device_of(module: nn.Module) -> torch.device:
    """Return where the module's numbers lie; the processor where it has none."""
    for held in (*module.parameters(), *module.buffers()):
        return held.device
    return torch.device("cpu")


@contextmanager
def evaluating(module: nn.Module) -> Iterator[nn.Module]:
    """Keep the module in evaluation mode inside, and give every part its own mode back."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield module
    finally:
        for part, mode in modes:
            part.training = mode


@contextmanager
def _one_line(inputs: Tensor) -> Iterator[None]:
    """Whatever a user's module raises on these inputs is one line of ours."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        raise ValueError(
            f"the model raised {one_line(error)}; it was given images of "
            f"{' x '.join(map(str, inputs.shape[1:]))} (channels, height, width): set data.size, "
            f"data.channels or teacher.preprocessing.repeat to what it reads"
        ) from error


@dataclass(frozen=True)
class TorchTeacher:
    """A torch module as a teacher.

    Parameters as in ``predict``; ``image_shape`` (height, width, channels of the images) lets the
    teacher find its head; ``extra`` names capabilities that the module alone cannot tell, such as
    checkpoints, and ``lacks`` those that it has not although it is a module.
    """

    module: nn.Module
    num_classes: int
    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    batch_size: int = 512
    device: str = "cpu"
    extra: frozenset[Capability] = frozenset()
    lacks: frozenset[Capability] = frozenset()
    image_shape: tuple[int, int, int] | None = None
    outputs: Outputs = "logits"
    memory_format: MemoryFormat = "contiguous"

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Everything but checkpoints; representation and head where it ends in a linear layer.

        Without ``image_shape`` any layer that could be a head counts as one.
        """
        can = {Capability.PROBABILITIES, Capability.NEW_IMAGES}
        can |= {Capability.GRADIENTS, Capability.LAYERS}
        if self.image_shape is not None:
            has_head = self.head is not None
        else:
            has_head = any(_maybe_head(part, self.num_classes) for part in self.module.modules())
        if has_head:
            can |= {Capability.REPRESENTATION, Capability.HEAD}
        return (frozenset(can) | self.extra) - self.lacks

    @cached_property
    def head(self) -> Head | None:
        """The head, or None; needs ``image_shape``."""
        if self.image_shape is None:
            raise ValueError("finding the head needs image_shape (height, width, channels)")
        example = self.preprocessing(np.zeros((1, *self.image_shape), np.uint8), self.device)
        with evaluating(self.module), torch.inference_mode(), _one_line(example):
            return find_head(self.module, example)

    def raw(self, images: Images) -> np.ndarray:
        """Return what the module itself gives, float32, in whatever mode it is.

        Nothing is done to it and nothing checked, so that a diagnosis can look at it.

        Raises
        ------
        ValueError
            If the module raises, or gives no tensor.
        """
        parts = []
        with torch.inference_mode():
            for start in range(0, len(images), self.batch_size):
                batch = self.preprocessing(images[start : start + self.batch_size], self.device)
                inputs = in_format(batch, self.memory_format)
                with _one_line(inputs):
                    output = self.module(inputs)
                parts.append(_tensor(output).float().cpu().numpy())
        return np.concatenate(parts)

    def predict(self, images: Images) -> Predictions:
        """Return logits and representations; errors as in ``predict``, and a wrong class count."""
        found = predict(
            self.module,
            images,
            preprocessing=self.preprocessing,
            batch_size=self.batch_size,
            device=self.device,
            memory_format=self.memory_format,
            outputs=self.outputs,
        )
        if found.logits.shape[1] != self.num_classes:
            raise ValueError(
                f"the module must give {self.num_classes} logits per image, "
                f"got {found.logits.shape[1]}"
            )
        return found


def _maybe_head(layer: nn.Module, classes: int) -> bool:
    if isinstance(layer, nn.Linear):
        return layer.out_features == classes
    return (
        isinstance(layer, nn.Conv2d)
        and layer.kernel_size == (1, 1)
        and layer.out_channels == classes
    )


def _tensor(output: object) -> Tensor:
    if not isinstance(output, Tensor):
        raise ValueError(
            f"the module must return one tensor of logits, got {type(output).__name__}"
        )
    return output


def _logits(given: object, images: int) -> Tensor:
    output = _tensor(given)
    if output.ndim != 2 or len(output) != images:
        raise ValueError(
            f"the module must return one row of logits per image ({images}, classes), "
            f"got shape {tuple(output.shape)}"
        )
    return output
