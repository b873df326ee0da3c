"""Logits and representations of many images, in batches.

The representation is what enters the last linear layer that a forward pass calls, caught on its
way in, so that any network with such a layer will do, whoever wrote it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from core.axes import Images
from core.teachers.preprocessing import Preprocessing
from core.teachers.protocol import Capability, Predictions


def predict(
    module: nn.Module,
    images: Images,
    *,
    preprocessing: Preprocessing | None = None,
    batch_size: int = 512,
    device: torch.device | str = "cpu",
    progress: Callable[[int], object] | None = None,
) -> Predictions:
    """Return logits and representations, float32, in the images' order.

    The module is put into evaluation mode for the time being, and returned to its mode after. The
    representation is None where the module calls no linear layer.

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
    progress
        Called with the number of images done after each batch.

    Raises
    ------
    ValueError
        If there is no image, the batch size is below 1, or the module's output is not one row of
        logits per image.
    """
    if len(images) == 0:
        raise ValueError("images must hold at least one image, got none")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    prepare = preprocessing or Preprocessing()
    logits = representation = None
    with evaluating(module), torch.inference_mode():
        head = last_linear(module, prepare(images[:1], device))
        with _inputs_of(head) as caught:
            for start in range(0, len(images), batch_size):
                batch = images[start : start + batch_size]
                output = _logits(module(prepare(batch, device)), len(batch))
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
    return Predictions(logits, representation)


def last_linear(module: nn.Module, example: Tensor) -> nn.Linear | None:
    """Return the linear layer that is called last when the module reads the example.

    None if it calls none, or if what enters the last one is not one vector per image (the
    classifier is then a convolution or attends over places).
    """
    called: list[tuple[nn.Linear, bool]] = []

    def note(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        assert isinstance(layer, nn.Linear)
        called.append((layer, inputs[0].ndim == 2))

    layers = [layer for layer in module.modules() if isinstance(layer, nn.Linear)]
    hooks = [layer.register_forward_pre_hook(note) for layer in layers]
    try:
        module(example)
    finally:
        for hook in hooks:
            hook.remove()
    if not called:
        return None
    layer, is_vector = called[-1]
    return layer if is_vector else None


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


@dataclass(frozen=True)
class TorchTeacher:
    """A torch module as a teacher.

    Parameters as in ``predict``; ``extra`` names capabilities that the module alone cannot tell,
    such as checkpoints.
    """

    module: nn.Module
    num_classes: int
    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    batch_size: int = 512
    device: str = "cpu"
    extra: frozenset[Capability] = frozenset()

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Probabilities, gradients and layers; a representation where there is a linear layer."""
        can = {Capability.PROBABILITIES, Capability.GRADIENTS, Capability.LAYERS}
        if any(isinstance(layer, nn.Linear) for layer in self.module.modules()):
            can.add(Capability.REPRESENTATION)
        return frozenset(can) | self.extra

    def predict(self, images: Images) -> Predictions:
        """Return logits and representations; errors as in ``predict``, and a wrong class count."""
        found = predict(
            self.module,
            images,
            preprocessing=self.preprocessing,
            batch_size=self.batch_size,
            device=self.device,
        )
        if found.logits.shape[1] != self.num_classes:
            raise ValueError(
                f"the module must give {self.num_classes} logits per image, "
                f"got {found.logits.shape[1]}"
            )
        return found


@contextmanager
def _inputs_of(layer: nn.Linear | None) -> Iterator[list[Tensor]]:
    caught: list[Tensor] = []
    if layer is None:
        yield caught
        return
    # a layer that is called several times in a pass leaves only its last input
    hook = layer.register_forward_pre_hook(
        lambda _, inputs: caught.__setitem__(slice(None), [inputs[0]])
    )
    try:
        yield caught
    finally:
        hook.remove()


def _logits(output: object, images: int) -> Tensor:
    if not isinstance(output, Tensor):
        raise ValueError(
            f"the module must return one tensor of logits, got {type(output).__name__}"
        )
    if output.ndim != 2 or len(output) != images:
        raise ValueError(
            f"the module must return one row of logits per image ({images}, classes), "
            f"got shape {tuple(output.shape)}"
        )
    return output
