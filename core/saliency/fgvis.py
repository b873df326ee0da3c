"""FGVis: a mask for every colour value, optimised so that the class disappears.

Source: Wagner et al., "Interpretable and Fine-Grained Visual Explanations for Convolutional Neural
Networks" (2019), the deletion game of equation 3 and the defence of section 3.2: no gradient passes
an activation that was off for the picture itself, or that is above what it was, so that the mask
cannot invent evidence (an adversarial picture). What is taken down is the class's log-odds and not
its probability, whose gradient is lost against the penalty where a teacher is sure; a picture is
left alone once its class is gone. Our ``penalty``, a share of the largest slope, is their lambda;
masked values are black.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from core.saliency.gradient import attributed
from core.saliency.method import Examined, Maps, Picture, Pictures, Progress, Targets
from core.saliency.refining import Partial
from core.saliency.traps import traps
from core.teachers.inference import device_of
from core.teachers.protocol import Capability

FALL = 5.0  # a class that was not the first, or hardly, is gone when its log-odds fell by so much
WATCHED = 4  # steps between two maps, where one picture is watched


@dataclass(frozen=True)
class FGVis:
    """One minus the mask times the picture's value, channels added; never negative."""

    name: ClassVar[str] = "fgvis"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.GRADIENTS, Capability.LAYERS})
    steps: int = 100
    rate: float = 0.02
    penalty: float = 0.05

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
        """Return the maps; nothing is drawn; errors where ReLUs are no modules; see ``Method``."""
        module = self._copied(teacher, pictures[0])

        def attribution(x: Tensor, target: Tensor) -> Tensor:
            teacher.evaluations += len(x) * (1 + 2 * self.steps)
            *_, taken = self._taken(module, x.detach(), target, every=self.steps)
            return taken

        return attributed(attribution, teacher, pictures, targets, batch_size, progress, self.name)

    def refined(
        self,
        teacher: Examined,
        picture: Picture,
        target: int,
        *,
        seed: int = 0,
        batch_size: int = 256,
    ) -> Iterator[Partial]:
        """Yield the map after every few steps; see ``core.saliency.refining``."""
        module = self._copied(teacher, picture)
        device = device_of(module)
        x = torch.from_numpy(picture[None].copy()).to(device)
        chosen = torch.tensor([target], device=device)
        teacher.evaluations += 1
        done = 0
        for taken in self._taken(module, x, chosen, every=WATCHED):
            more = min(WATCHED, self.steps - done)
            done += more
            teacher.evaluations += 2 * more
            yield Partial(taken[0].cpu().numpy().astype(np.float32), done, self.steps, "steps")

    def _copied(self, teacher: Examined, picture: Picture) -> nn.Module:
        if self.steps < 1:
            raise ValueError(f"steps must be at least 1, got {self.steps}")
        module = copy.deepcopy(teacher.module).eval().requires_grad_(False)
        example = torch.from_numpy(picture[None].copy()).to(device_of(module))
        if traps(module, example).functional_relus:
            raise ValueError(
                "fgvis bounds activations at ReLU modules, and the network calls ReLU as a "
                "function: use nn.ReLU modules instead"
            )
        return module

    def _taken(
        self, module: nn.Module, x: Tensor, target: Tensor, *, every: int
    ) -> Iterator[Tensor]:
        """What is masked of the picture after every so many steps, and after the last."""
        with _Bounded(module) as bounded:
            with torch.no_grad():
                goal = (_log_odds(module(x), target) - FALL).clamp(max=0)
            bounded.remembering = False
            mask = torch.ones_like(x, requires_grad=True)
            optimizer = torch.optim.SGD([mask], lr=self.rate)
            for step in range(1, self.steps + 1):
                odds = _log_odds(module(mask * x), target)
                optimizer.zero_grad()
                odds.sum().backward()
                slope = mask.grad
                assert slope is not None
                # pictures share a batch, not a scale; a class that is gone needs no more
                slope /= slope.abs().amax((1, 2, 3), keepdim=True) + 1e-9
                slope -= self.penalty * (mask.detach() < 1)
                slope *= (odds.detach() > goal)[:, None, None, None]
                optimizer.step()
                with torch.no_grad():
                    mask.clamp_(0, 1)
                if step % every == 0 or step == self.steps:
                    yield ((1 - mask.detach()) * x).sum(1)


def _log_odds(logits: Tensor, target: Tensor) -> Tensor:
    others = logits.scatter(1, target[:, None], -torch.inf).logsumexp(1)
    return logits.gather(1, target[:, None])[:, 0] - others


class _Bounded:
    """Remembers every ReLU's output for the picture, and bounds later gradients by it."""

    def __init__(self, module: nn.Module) -> None:
        self.remembering = True
        self.clean: dict[nn.Module, list[Tensor]] = {}
        self.calls: dict[nn.Module, int] = {}
        self.parts = [part for part in module.modules() if isinstance(part, (nn.ReLU, nn.ReLU6))]
        self.module = module
        self.hooks = []

    def __enter__(self) -> "_Bounded":
        for part in self.parts:
            part.inplace = False  # the network is a copy
            self.hooks.append(part.register_forward_hook(self._passed))
        self.hooks.append(self.module.register_forward_pre_hook(lambda *_: self.calls.clear()))
        return self

    def __exit__(self, *_: object) -> None:
        for hook in self.hooks:
            hook.remove()

    def _passed(self, part: nn.Module, _: object, output: Tensor) -> None:
        if self.remembering:
            self.clean.setdefault(part, []).append(output.detach())
            return
        call = self.calls.get(part, 0)
        self.calls[part] = call + 1
        clean = self.clean[part][call]
        # rounding must not decide where nothing has changed
        allowed = (clean > 0) & (output.detach() <= clean + 1e-5)
        output.register_hook(lambda slope: slope * allowed)
