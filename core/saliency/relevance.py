"""What is handed back layer by layer by other rules than the derivative's; captum does the work.

``GuidedBackprop``: Springenberg et al., "Striving for Simplicity" (2015), section 3.4: only
positive gradients pass a ReLU. ``RelevancePropagation``: Bach et al., "On Pixel-wise Explanations
by Layer-wise Relevance Propagation" (2015), with captum's epsilon rule. ``ExcitationBackprop``:
Zhang et al., "Top-down Neural Attention by Excitation Backprop" (2018), equations 3 to 5, which is
that propagation by the alpha-1 beta-0 rule without bias, divided by its sum.

captum is silently wrong for networks that call functions where it expects modules. ``traps`` finds
that beforehand, and the methods then refuse with the reason. They work on a copy of the network.
"""

import copy
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from captum.attr import LRP
from captum.attr import GuidedBackprop as CaptumGuidedBackprop
from captum.attr._utils.lrp_rules import Alpha1_Beta0_Rule, EpsilonRule, PropagationRule
from torch import Tensor, nn

from core.saliency.gradient import attributed
from core.saliency.method import Examined, Maps, Pictures, Progress, Targets
from core.saliency.traps import traps
from core.teachers.inference import device_of
from core.teachers.preprocessing import Normalized
from core.teachers.protocol import Capability

NEEDS = frozenset({Capability.GRADIENTS, Capability.LAYERS})
WEIGHTED = (nn.Conv2d, nn.Linear)


@dataclass(frozen=True)
class GuidedBackprop:
    """The gradient of the target's logit where only positive ones pass a ReLU, channels added."""

    name: ClassVar[str] = "guided_backprop"
    needs: ClassVar[frozenset[Capability]] = NEEDS

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
        """Return the maps; errors where ReLUs are no modules; see ``Method``."""
        module = copy.deepcopy(teacher.module).eval()
        if reason := traps(module, _example(pictures, module)).guided_backprop:
            raise ValueError(reason)
        method = CaptumGuidedBackprop(module)

        def attribution(x: Tensor, target: Tensor) -> Tensor:
            teacher.evaluations += 2 * len(x)
            with warnings.catch_warnings():
                # captum says each time that it hooks the ReLUs: of a copy, here
                warnings.filterwarnings("ignore", "Setting backward hooks on ReLU", UserWarning)
                return method.attribute(x, target=target).sum(1)

        return attributed(attribution, teacher, pictures, targets, batch_size, progress, self.name)


@dataclass(frozen=True)
class RelevancePropagation:
    """Relevance of the target's logit by the epsilon rule, channels added; signed."""

    name: ClassVar[str] = "relevance_propagation"
    needs: ClassVar[frozenset[Capability]] = NEEDS
    epsilon: float = 1e-9

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
        """Return the maps; errors where relevance would get lost; see ``Method``."""
        return _propagated(
            lambda: EpsilonRule(epsilon=self.epsilon),
            teacher, pictures, targets, batch_size, progress, self.name,
        )  # fmt: skip


@dataclass(frozen=True)
class ExcitationBackprop:
    """The winning probability of each pixel, channels added; they add up to 1."""

    name: ClassVar[str] = "excitation_backprop"
    needs: ClassVar[frozenset[Capability]] = NEEDS

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
        """Return the maps; errors where relevance would get lost; see ``Method``."""
        maps = _propagated(
            lambda: Alpha1_Beta0_Rule(set_bias_to_zero=True),
            teacher, pictures, targets, batch_size, progress, self.name,
        )  # fmt: skip
        total = maps.sum(axis=(1, 2), keepdims=True)
        # nothing excites the class: there is nothing to divide
        return maps / (total + (total == 0))


def _propagated(
    rule: Callable[[], PropagationRule],
    teacher: Examined,
    pictures: Pictures,
    targets: Targets,
    batch_size: int,
    progress: Progress | None,
    name: str,
) -> Maps:
    module = copy.deepcopy(teacher.module).eval()
    if reason := traps(module, _example(pictures, module)).relevance_propagation:
        raise ValueError(reason)
    # subtracting a mean is no layer: relevance is that of the network's own input
    before = module.preprocessing if isinstance(module, Normalized) else None
    network = module.network if isinstance(module, Normalized) else module

    def attribution(x: Tensor, target: Tensor) -> Tensor:
        teacher.evaluations += 3 * len(x)
        for part in network.modules():
            if isinstance(part, WEIGHTED):
                part.rule = rule()  # pyright: ignore[reportArgumentType]  # captum's own way
        given = x if before is None else before.normalized(x.detach()).requires_grad_()
        found = LRP(network).attribute(given, target=target)
        assert isinstance(found, Tensor)
        return found.sum(1)

    return attributed(attribution, teacher, pictures, targets, batch_size, progress, name)


def _example(pictures: Pictures, module: nn.Module) -> Tensor:
    return torch.from_numpy(pictures[:1].copy()).to(device_of(module))
