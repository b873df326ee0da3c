"""Saliency from the gradient of an output with respect to the image; captum does the work.

``Gradient`` is the signed derivative, channels added. ``Sensitivity`` is its square (Montavon,
Samek and Mueller, "Methods for interpreting and understanding deep neural networks" (2018),
section 4.1), which DeepVID compares itself with. ``GradientXInput`` multiplies by the image.
``IntegratedGradientsOfInput`` follows Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep
Networks" (2017), equation 1, from a black image, at Gauss-Legendre steps as captum has them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from captum.attr import InputXGradient, Saliency
from torch import Tensor, nn

from core.saliency.method import Examined, Maps, Pictures, Progress, Targets, batches
from core.teachers.inference import device_of
from core.teachers.protocol import Capability

LARGE = 64  # longest side beyond which a CPU reads few pictures at once, channels last
FEW = 5

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
        places, weights = np.polynomial.legendre.leggauss(self.steps)
        shares, weights = (places + 1) / 2, weights / 2  # from -1..1 to 0..1
        on_the_way = GradientXInput(self.output)
        maps = np.empty((len(pictures), *pictures.shape[2:]), np.float32)
        for number, picture in enumerate(pictures):
            # the gradient times a share of the image, over the share, is that times the image
            darker = (shares[:, None, None, None] * picture).astype(np.float32)
            chosen = np.full(self.steps, targets[number])
            found = on_the_way.maps(teacher, darker, chosen, batch_size=batch_size)
            maps[number] = np.tensordot(weights / shares, found, 1)
            if progress is not None:
                progress(number + 1, len(pictures), self.name)
        return maps


def attributed(
    attribution: Attribution,
    teacher: Examined,
    pictures: Pictures,
    targets: Targets,
    batch_size: int,
    progress: Progress | None,
    name: str,
) -> Maps:
    """Return an attribution's maps, batch by batch, float32; large pictures only a few at once."""
    device = device_of(teacher.module)
    maps = np.empty((len(pictures), *pictures.shape[2:]), np.float32)
    # feature maps of many large pictures leave a core's caches, and wait for memory
    large = max(pictures.shape[2:]) > LARGE and device.type == "cpu"
    for chosen in batches(len(pictures), min(batch_size, FEW) if large else batch_size):
        x = torch.from_numpy(np.array(pictures[chosen])).to(device)
        if large:
            x = x.contiguous(memory_format=torch.channels_last)
        target = torch.from_numpy(np.asarray(targets[chosen], np.int64)).to(device)
        maps[chosen] = attribution(x.requires_grad_(), target).detach().cpu().numpy()
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
