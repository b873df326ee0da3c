"""Grad-CAM++: a layer's feature maps weighed by their positive gradients.

Source: Chattopadhay et al., "Grad-CAM++: Generalized Gradient-based Visual Explanations for Deep
Convolutional Networks" (2018), equations 5, 14 and 19. Our ``activation`` is their A, ``slope``
their dY/dA, with Y the exponential of the logit, so that higher derivatives are powers of the
first. torchcam 0.5.0 is not used here: it divides a copy (``alpha[mask].div_``), so its alpha stays
undivided; a test shows the difference.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.saliency.gradient import attributed, counted
from core.saliency.method import Examined, Maps, Pictures, Progress, Targets
from core.teachers.protocol import Capability


@dataclass(frozen=True)
class GradCAMPlusPlus:
    """The map at the teacher's layer, stretched to the picture's size; never negative."""

    name: ClassVar[str] = "grad_cam_plus_plus"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.GRADIENTS, Capability.LAYERS})

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
        name = teacher.layer or last_convolution(teacher.module)
        caught: list[Tensor] = []
        layer = teacher.module.get_submodule(name)
        hook = layer.register_forward_hook(
            lambda _, __, output: caught.__setitem__(slice(None), [output])
        )

        def attribution(x: Tensor, target: Tensor) -> Tensor:
            logits = module(x)
            # the teacher may write into the layer's output (ReLU in place): the hook holds that
            (slope,) = torch.autograd.grad(logits.gather(1, target[:, None]).sum(), caught[0])
            coarse = grad_cam_plus_plus(caught[0].detach(), slope)
            return nn.functional.interpolate(
                coarse[:, None], x.shape[2:], mode="bilinear", align_corners=False
            )[:, 0]

        try:
            with counted(teacher) as module:
                return attributed(
                    attribution, teacher, pictures, targets, batch_size, progress, self.name
                )
        finally:
            hook.remove()


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
