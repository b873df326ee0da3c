"""What enters a network's last layer, and that layer: the representation and the head.

The head is the linear layer that a forward pass calls last, if it reads one vector per image and
gives the logits' number of outputs. Where the classifier is a 1 x 1 convolution followed by
pooling (SqueezeNet), the representation is the spatial mean of that convolution's input, and the
head is the convolution applied to that mean; a ReLU in between makes the head an approximation, so
its agreement with the teacher is part of what we know about it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import linear

from core.axes import Logits, Representations


@dataclass(frozen=True, eq=False)
class Head:
    """A network's last layer as a function from representations to logits.

    ``layer``  the linear layer or 1 x 1 convolution, the network's own
    """

    layer: nn.Linear | nn.Conv2d

    @property
    def name(self) -> str:
        """The kind of layer, in words."""
        return "linear layer" if isinstance(self.layer, nn.Linear) else "convolution of the mean"

    @property
    def width(self) -> int:
        """Numbers in a representation."""
        layer = self.layer
        return layer.in_features if isinstance(layer, nn.Linear) else layer.in_channels

    @property
    def classes(self) -> int:
        """Number of logits."""
        layer = self.layer
        return layer.out_features if isinstance(layer, nn.Linear) else layer.out_channels

    def __call__(
        self, representation: Float[Tensor, "*sample representation"]
    ) -> Float[Tensor, "*sample class"]:
        """Return the logits; gradients pass through."""
        weight = self.layer.weight.reshape(self.classes, self.width)
        return linear(representation, weight, self.layer.bias)

    def logits(self, representation: Representations) -> Logits:
        """Return the logits of arrays, float32."""
        weight = self.layer.weight
        with torch.inference_mode():
            given = torch.tensor(representation, dtype=weight.dtype, device=weight.device)
            return self(given).float().cpu().numpy()

    def weights(self) -> dict[str, np.ndarray]:
        """Return ``weight`` (class by representation) and ``bias``, float32, as arrays."""
        weight = self.layer.weight.detach().float().cpu().reshape(self.classes, self.width)
        bias = torch.zeros(self.classes) if self.layer.bias is None else self.layer.bias.detach()
        return {"weight": weight.numpy().copy(), "bias": bias.float().cpu().numpy().copy()}


@dataclass(frozen=True)
class Agreement:
    """How well head and representation stand for the teacher.

    ``same_class``  share of the samples to which both give the same class
    ``difference``  mean over samples of the largest difference between two logits that stand for
        the same class, after the mean over classes (which softmax does not see) is taken out
    ``n``  number of samples
    """

    same_class: float
    difference: float
    n: int


def find_head(module: nn.Module, example: Tensor) -> Head | None:
    """Return the head of a module, found by letting it read the example once.

    None if the module ends in neither a linear layer on one vector per image nor a 1 x 1
    convolution with one output channel per class, or if it calls that layer more than once.

    Parameters
    ----------
    module
        From inputs to logits, in evaluation mode.
    example
        One input or more, as the module reads it.
    """
    called: list[tuple[nn.Linear | nn.Conv2d, int]] = []

    def note(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        assert isinstance(layer, nn.Linear | nn.Conv2d)
        called.append((layer, inputs[0].ndim))

    layers = [layer for layer in module.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    hooks = [layer.register_forward_pre_hook(note) for layer in layers]
    try:
        logits = module(example)
    finally:
        for hook in hooks:
            hook.remove()
    if not called or not isinstance(logits, Tensor) or logits.ndim != 2:
        return None
    layer, axes = called[-1]
    once = sum(other is layer for other, _ in called) == 1
    if isinstance(layer, nn.Linear):
        fits = axes == 2
    else:
        fits = axes == 4 and layer.kernel_size == (1, 1) and layer.groups == 1
        fits = fits and layer.padding in ((0, 0), "valid", "same")
    head = Head(layer)
    return head if fits and once and head.classes == logits.shape[1] else None


@contextmanager
def representations(head: Head | None) -> Iterator[list[Tensor]]:
    """Keep the representations of the passes inside in a list, empty without a head."""
    caught: list[Tensor] = []
    if head is None:
        yield caught
        return

    def note(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        features = inputs[0]
        caught.append(features if features.ndim == 2 else features.mean(dim=(2, 3)))

    hook = head.layer.register_forward_pre_hook(note)
    try:
        yield caught
    finally:
        hook.remove()


def agreement(head: Head, representation: Representations, logits: Logits) -> Agreement:
    """Return how well the head, applied to representations, gives the teacher's logits.

    Raises
    ------
    ValueError
        If there is no sample, or the shapes do not fit the head.
    """
    expected = (len(logits), head.width), (len(representation), head.classes)
    if len(logits) == 0 or (representation.shape, logits.shape) != expected:
        raise ValueError(
            f"the head takes {head.width} numbers to {head.classes} logits, got representations "
            f"{representation.shape} and logits {logits.shape}"
        )
    ours = head.logits(representation)
    apart = (ours - ours.mean(1, keepdims=True)) - (logits - logits.mean(1, keepdims=True))
    return Agreement(
        same_class=float((ours.argmax(1) == logits.argmax(1)).mean()),
        difference=float(np.abs(apart).max(axis=1).mean()),
        n=len(logits),
    )
