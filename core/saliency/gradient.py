"""Saliency from the gradient of an output with respect to the image; captum does the work.

``Gradient`` is the signed derivative, channels added. ``Sensitivity`` is its square (Montavon,
Samek and Mueller, "Methods for interpreting and understanding deep neural networks" (2018),
section 4.1), which DeepVID compares itself with. ``GradientXInput`` multiplies by the image.
``IntegratedGradients`` follows Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep
Networks" (2017), equation 1, from a black image, with captum's Gauss-Legendre steps.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from captum.attr import InputXGradient, IntegratedGradients, Saliency
from torch import Tensor, nn

from core.saliency.method import Examined, Maps, Pictures, Progress, Targets, batches
from core.teachers.protocol import Capability

Output = Literal["logit", "probability", "log_odds"]
Attribution = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Gradient:
    """The signed derivative of the target's output, channels added."""

    name: ClassVar[str] = "gradient"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.GRADIENTS})
    output: Output = "logit"

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
        with _attributable(teacher, self.output) as module:
            method = Saliency(module)
            return attributed(
                lambda x, target: method.attribute(x, target=target, abs=False).sum(1),
                teacher, pictures, targets, batch_size, progress, self.name,
            )  # fmt: skip


@dataclass(frozen=True)
class Sensitivity:
    """The squared derivative of the target's output, channels added; never negative."""

    name: ClassVar[str] = "sensitivity"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.GRADIENTS})
    output: Output = "logit"

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
        with _attributable(teacher, self.output) as module:
            method = Saliency(module)
            return attributed(
                lambda x, target: method.attribute(x, target=target).square().sum(1),
                teacher, pictures, targets, batch_size, progress, self.name,
            )  # fmt: skip


@dataclass(frozen=True)
class GradientXInput:
    """The derivative of the target's output times the image, channels added."""

    name: ClassVar[str] = "gradient_x_input"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.GRADIENTS})
    output: Output = "logit"

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
        with _attributable(teacher, self.output) as module:
            method = InputXGradient(module)
            return attributed(
                lambda x, target: method.attribute(x, target=target).sum(1),
                teacher, pictures, targets, batch_size, progress, self.name,
            )  # fmt: skip


@dataclass(frozen=True)
class IntegratedGradientsOfInput:
    """The gradient's mean on the way from a black image, times the image, channels added."""

    name: ClassVar[str] = "integrated_gradients"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.GRADIENTS})
    output: Output = "logit"
    steps: int = 50

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
        if self.steps < 1:
            raise ValueError(f"steps must be at least 1, got {self.steps}")
        with _attributable(teacher, self.output) as module:
            method = IntegratedGradients(module, multiply_by_inputs=True)
            per_batch = max(1, batch_size // self.steps)
            return attributed(
                lambda x, target: method.attribute(x, target=target, n_steps=self.steps).sum(1),
                teacher, pictures, targets, per_batch, progress, self.name,
            )  # fmt: skip


def attributed(
    attribution: Attribution,
    teacher: Examined,
    pictures: Pictures,
    targets: Targets,
    batch_size: int,
    progress: Progress | None,
    name: str,
) -> Maps:
    """Return an attribution's maps, batch by batch, float32."""
    device = next(teacher.module.parameters()).device
    maps = np.empty((len(pictures), *pictures.shape[2:]), np.float32)
    for chosen in batches(len(pictures), batch_size):
        x = torch.from_numpy(np.array(pictures[chosen])).to(device).requires_grad_()
        target = torch.from_numpy(np.asarray(targets[chosen], np.int64)).to(device)
        maps[chosen] = attribution(x, target).detach().cpu().numpy()
        if progress is not None:
            progress(chosen.stop, len(pictures), name)
    return maps


class _Of(nn.Module):
    """The output that is differentiated, as a module, since captum calls modules."""

    def __init__(self, module: nn.Module, output: Output) -> None:
        super().__init__()
        self.module = module
        self.output = output

    def forward(self, pictures: Tensor) -> Tensor:
        logits = self.module(pictures)
        if self.output == "logit":
            return logits
        logs = logits.log_softmax(1)
        if self.output == "probability":
            return logs.exp()
        # log(1 - p) by the others' logsumexp: 1 - p itself rounds to 0 for a sure teacher
        others = logits.unsqueeze(1).masked_fill(
            torch.eye(logits.shape[1], dtype=torch.bool, device=logits.device), -torch.inf
        )
        return logits - others.logsumexp(2)


@contextmanager
def counted(teacher: Examined) -> Iterator[nn.Module]:
    """Count the module's passes inside: one per picture forward, one more when a gradient follows.

    The module is put into evaluation mode for the time being.
    """
    module = teacher.module

    def count(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        teacher.evaluations += len(inputs[0]) * (2 if torch.is_grad_enabled() else 1)

    hook = module.register_forward_pre_hook(count)
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield module
    finally:
        hook.remove()
        for part, mode in modes:
            part.training = mode


@contextmanager
def _attributable(teacher: Examined, output: Output) -> Iterator[nn.Module]:
    if output not in ("logit", "probability", "log_odds"):
        raise ValueError(f"output must be logit, probability or log_odds, got {output!r}")
    with counted(teacher) as module:
        yield _Of(module, output).eval()
