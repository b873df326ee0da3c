"""Class activation maps: a layer's feature maps weighed by what the class's logit owes them.

Grad-CAM: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
Localization" (2020), equations 1 and 2. ``LinearApproximation`` is gradient times activation added
over the channels (figure 4a of re-label distillation's paper), the network's first-order expansion
in that layer. Grad-CAM++: Chattopadhay et al., "Grad-CAM++: Generalized Gradient-based Visual
Explanations for Deep Convolutional Networks" (2018), equations 5, 14 and 19. Our ``activation`` is
their A, ``slope`` their dY/dA, with Y the exponential of the logit, so that higher derivatives are
powers of the first. torchcam 0.5.0 is not used here: it divides a copy (``alpha[mask].div_``), so
its alpha stays undivided; a test shows the difference.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.saliency.gradient import attributed, counted
from core.saliency.method import Examined, Maps, Pictures, Progress, Targets
from core.teachers.protocol import Capability


@dataclass(frozen=True)
class _ClassActivation(ABC):
    """A map made of the teacher's layer, stretched to the picture's size."""

    name: ClassVar[str]
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.GRADIENTS, Capability.LAYERS})

    @staticmethod
    @abstractmethod
    def coarse(activation: Tensor, slope: Tensor) -> Tensor:
        """Return one map per picture from the layer's activation and the logit's slope there."""

    def maps(
        self,
        teacher: Examined,
        pictures: Pictures,
        targets: Targets,
        *,
        seed: int = 0,
        batch_size: int = 512,
        progress: Progress | None = None,
    ) -> Maps:
        """Return the maps; see ``Method``."""
        caught: list[Tensor] = []
        layer = teacher.module.get_submodule(teacher.layer or last_convolution(teacher.module))
        hook = layer.register_forward_hook(
            lambda _, __, output: caught.__setitem__(slice(None), [output])
        )

        def attribution(x: Tensor, target: Tensor) -> Tensor:
            logits = module(x)
            # the teacher may write into the layer's output (ReLU in place): the hook holds that
            (slope,) = torch.autograd.grad(logits.gather(1, target[:, None]).sum(), caught[0])
            return nn.functional.interpolate(
                self.coarse(caught[0].detach(), slope)[:, None],
                x.shape[2:], mode="bilinear", align_corners=False,
            )[:, 0]  # fmt: skip

        try:
            with counted(teacher) as module:
                return attributed(
                    attribution, teacher, pictures, targets, batch_size, progress, self.name
                )
        finally:
            hook.remove()


@dataclass(frozen=True)
class GradCAM(_ClassActivation):
    """Channels weighed by their mean gradient, at the teacher's layer, stretched; >= 0."""

    name: ClassVar[str] = "grad_cam"

    @staticmethod
    def coarse(activation: Tensor, slope: Tensor) -> Tensor:
        """Return equation 2's map."""
        return grad_cam(activation, slope)


@dataclass(frozen=True)
class GradCAMPlusPlus(_ClassActivation):
    """Channels weighed by equation 19, at the teacher's layer, stretched; never negative."""

    name: ClassVar[str] = "grad_cam_plus_plus"

    @staticmethod
    def coarse(activation: Tensor, slope: Tensor) -> Tensor:
        """Return equation 5's map."""
        return grad_cam_plus_plus(activation, slope)


@dataclass(frozen=True)
class LinearApproximation(_ClassActivation):
    """Gradient times activation at the teacher's layer, channels added, stretched; signed."""

    name: ClassVar[str] = "linear_approximation"

    @staticmethod
    def coarse(activation: Tensor, slope: Tensor) -> Tensor:
        """Return the first-order expansion."""
        return (activation * slope).sum(1)


def grad_cam(
    activation: Float[Tensor, "sample channel height width"],
    slope: Float[Tensor, "sample channel height width"],
) -> Float[Tensor, "sample height width"]:
    """Return the map of equation 2, rectified, with the weights of equation 1."""
    return (slope.mean((2, 3), keepdim=True) * activation).sum(1).relu()


def grad_cam_plus_plus(
    activation: Float[Tensor, "sample channel height width"],
    slope: Float[Tensor, "sample channel height width"],
) -> Float[Tensor, "sample height width"]:
    """Return the map of equation 5 with the weights of equation 19, rectified.

    Where slope is zero alpha is zero (there is nothing to weigh).
    """
    square = slope.square()
    total = activation.sum((2, 3), keepdim=True)
    bottom = 2 * square + total * square * slope
    alpha = torch.where(bottom != 0, square / torch.where(bottom != 0, bottom, 1.0), 0.0)
    weight = (alpha * slope.relu()).sum((2, 3), keepdim=True)
    return (weight * activation).sum(1).relu()


def last_convolution(module: nn.Module) -> str:
    """Return the name of the convolution that was declared last.

    Raises
    ------
    ValueError
        If the module has none.
    """
    names = [name for name, part in module.named_modules() if isinstance(part, nn.Conv2d)]
    if not names:
        raise ValueError(
            f"class activation maps need a convolution, and {type(module).__name__} has none"
        )
    return names[-1]
