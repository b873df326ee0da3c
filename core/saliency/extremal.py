"""Extremal perturbation: the smooth mask of a given area under which the class scores highest.

Source: Fong, Patrick and Vedaldi, "Understanding Deep Networks via Extremal Perturbations and
Smooth Masks" (2019), equations 2 to 7. Our ``areas`` are their a, ``weight`` their lambda (it grows
by ``growth`` a step), ``_ranked`` their vecsort against r_a. A mask is the smooth maximum, over a
grid of ``cells`` by ``cells`` parameters, of a bump around each. Masked pixels are the picture
blurred. The area's weight begins small, so that the class says first which way the mask goes: of
equal values, as they are in the beginning, a sort would choose by place. Where the paper finds the
smallest area that suffices, the maps add up those of all areas.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from core.saliency.gradient import attributed, counted
from core.saliency.method import Examined, Maps, Picture, Pictures, Progress, Targets
from core.saliency.refining import Partial
from core.saliency.substrate import blurred
from core.teachers.inference import device_of
from core.teachers.protocol import Capability

FINE = 56  # longest side at which masks are made; larger pictures stretch them
TEMPERATURE = 1 / 20  # of the smooth maximum; the paper's
WATCHED = 4  # steps between two maps, where one picture is watched


@dataclass(frozen=True)
class ExtremalPerturbation:
    """The sum of the masks of all areas, 0 to the number of areas."""

    name: ClassVar[str] = "extremal_perturbation"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.GRADIENTS})
    areas: tuple[float, ...] = (0.05, 0.1, 0.2, 0.4)
    steps: int = 100
    cells: int = 14
    rate: float = 0.05
    weight: float = 10.0
    growth: float = 1.05

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
        """Return the maps; nothing is drawn; see ``Method``."""
        self._checked()
        per_batch = max(1, batch_size // len(self.areas))
        with counted(teacher) as module:

            def attribution(x: Tensor, target: Tensor) -> Tensor:
                plain = x.detach()
                base = torch.from_numpy(blurred(plain.cpu().numpy())).to(x.device)
                *_, masks = self._masks(module, plain, base, target, every=self.steps)
                return masks.sum(1)

            return attributed(
                attribution, teacher, pictures, targets, per_batch, progress, self.name
            )

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
        self._checked()
        with counted(teacher) as module:
            device = device_of(module)
            x = torch.from_numpy(picture[None].copy()).to(device)
            base = torch.from_numpy(blurred(picture[None])).to(device)
            chosen = torch.tensor([target], device=device)
            done = 0
            for masks in self._masks(module, x, base, chosen, every=WATCHED):
                done = min(done + WATCHED, self.steps)
                map_ = masks.sum(1)[0].cpu().numpy().astype(np.float32)
                yield Partial(map_, done, self.steps, "steps")

    def _checked(self) -> None:
        if not all(0 < area < 1 for area in self.areas) or not self.areas:
            raise ValueError(f"areas must be between 0 and 1, got {self.areas}")
        if self.steps < 1 or self.cells < 1:
            raise ValueError(
                f"steps and cells must be at least 1, got {self.steps} and {self.cells}"
            )

    def _masks(
        self, module: nn.Module, x: Tensor, base: Tensor, target: Tensor, *, every: int
    ) -> Iterator[Tensor]:
        """The masks after every so many steps, and after the last."""
        n, areas = len(x), len(self.areas)
        size = (x.shape[2], x.shape[3])
        fine = (min(size[0], FINE), min(size[1], FINE))
        bumps = _bumps(fine, self.cells).to(x.device)
        values = torch.full((n, areas, bumps.shape[1]), 0.5, device=x.device, requires_grad=True)
        pixels = fine[0] * fine[1]
        ranks = torch.arange(pixels, device=x.device) / pixels
        wanted = torch.stack([(ranks >= 1 - area).float() for area in self.areas])
        optimizer = torch.optim.SGD([values], lr=self.rate, momentum=0.9)
        weight = self.weight
        again = target.repeat_interleave(areas)
        for step in range(1, self.steps + 1):
            masks = _smooth_maximum(values, bumps)
            large = _stretched(masks, fine, size)[:, :, None]
            mixed = large * x[:, None] + (1 - large) * base[:, None]
            logits = module(mixed.flatten(0, 1))
            score = (logits.gather(1, again[:, None]) - _others(logits, again)).sum()
            distance = (masks.sort(dim=2).values - wanted).square().mean(2).sum()
            optimizer.zero_grad()
            (weight * distance - score).backward()
            # pictures share a batch, not a scale
            assert values.grad is not None
            norm = values.grad.norm(dim=2, keepdim=True)
            values.grad.div_(norm + 1e-9)
            optimizer.step()
            with torch.no_grad():
                values.clamp_(0, 1)
            weight *= self.growth
            if step % every == 0 or step == self.steps:
                with torch.no_grad():
                    drawn = _stretched(_smooth_maximum(values, bumps), fine, size)
                yield drawn


def _others(logits: Tensor, target: Tensor) -> Tensor:
    """What speaks against the target: log-odds go on growing where a probability is 1 already."""
    return logits.scatter(1, target[:, None], -torch.inf).logsumexp(1, keepdim=True)


def _bumps(size: tuple[int, int], cells: int) -> Tensor:
    """How much of each cell's value reaches each pixel, 0..1; pixel by cell."""
    ways = []
    for side in size:
        step = side / cells
        middles = (torch.arange(cells) + 0.5) * step - 0.5
        distance = (torch.arange(side)[:, None] - middles) / step
        ways.append(torch.exp(-0.5 * distance.square()))
    return torch.einsum("ia,jb->ijab", *ways).reshape(size[0] * size[1], cells * cells)


def _smooth_maximum(values: Tensor, bumps: Tensor) -> Tensor:
    """The maximum over cells of value times bump, smooth; sample by area by pixel (equation 7)."""
    product = values[:, :, None, :] * bumps
    return ((product / TEMPERATURE).softmax(3) * product).sum(3)


def _stretched(masks: Tensor, fine: tuple[int, int], size: tuple[int, int]) -> Tensor:
    grids = masks.reshape(*masks.shape[:2], *fine)
    if fine == size:
        return grids
    return nn.functional.interpolate(grids, size, mode="bilinear", align_corners=False)
