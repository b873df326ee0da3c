"""Score-CAM: a layer's feature maps, each weighed by what the class keeps under it as a mask.

Source: Wang et al., "Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural
Networks" (2020), algorithm 1: every channel of the layer, stretched to the picture's size and to
0..1, masks the picture; its weight is the softmax over channels of the target's logit. Channels
that are flat mask nothing and have no weight.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from core.saliency.cam import last_convolution
from core.saliency.method import Examined, Map, Maps, Picture, Pictures, Progress, Targets, batches
from core.saliency.refining import Partial
from core.teachers.inference import device_of
from core.teachers.protocol import Capability

BLOCK = 32  # channels between two maps, where one picture is watched


@dataclass(frozen=True)
class ScoreCAM:
    """The map at the teacher's layer, stretched to the picture's size; never negative."""

    name: ClassVar[str] = "score_cam"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.LAYERS})

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
        maps = np.zeros((len(pictures), *pictures.shape[2:]), np.float32)
        for number, picture in enumerate(pictures):
            large, masks = _lively(_feature_maps(teacher, picture))
            if len(large):
                logits = np.concatenate(
                    [
                        teacher.logits(masks[chosen, None] * picture)
                        for chosen in batches(len(masks), batch_size)
                    ]
                )[:, targets[number]]
                maps[number] = _weighed(large, logits)
            if progress is not None:
                progress(number + 1, len(pictures), self.name)
        return maps

    def refined(
        self,
        teacher: Examined,
        picture: Picture,
        target: int,
        *,
        seed: int = 0,
        batch_size: int = 256,
    ) -> Iterator[Partial]:
        """Yield the map of the channels asked about so far, those that stand out most first."""
        large, masks = _lively(_feature_maps(teacher, picture))
        if not len(large):
            yield Partial(np.zeros(picture.shape[1:], np.float32), 1, 1, "channels")
            return
        order = np.argsort(-large.max(axis=(1, 2)), kind="stable")
        logits = np.empty(0, np.float32)
        for chosen in batches(len(order), min(batch_size, BLOCK)):
            more = teacher.logits(masks[order[chosen], None] * picture)[:, target]
            logits = np.concatenate([logits, more])
            map_ = _weighed(large[order[: len(logits)]], logits)
            yield Partial(map_, len(logits), len(order), "channels")


def _lively(large: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Channels that are not flat, and the same in 0..1."""
    low = large.min(axis=(1, 2), keepdims=True)
    span = large.max(axis=(1, 2), keepdims=True) - low
    lively = span[:, 0, 0] > 0
    return large[lively], (large[lively] - low[lively]) / span[lively]


def _weighed(large: np.ndarray, logits: np.ndarray) -> Map:
    exact = logits.astype(np.float64)
    weights = np.exp(exact - exact.max())
    weights /= weights.sum()
    return np.maximum(np.tensordot(weights, large.astype(np.float64), 1), 0).astype(np.float32)


def _feature_maps(teacher: Examined, picture: np.ndarray) -> np.ndarray:
    """The layer's channels, stretched to the picture's size."""
    caught: list[Tensor] = []
    module = teacher.module
    layer = module.get_submodule(teacher.layer or last_convolution(module))
    hook = layer.register_forward_hook(lambda _, __, output: caught.append(output.detach()))
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    device = device_of(module)
    try:
        with torch.no_grad():
            module(torch.from_numpy(picture[None].copy()).to(device))
    finally:
        hook.remove()
        for part, mode in modes:
            part.training = mode
    teacher.evaluations += 1
    large = nn.functional.interpolate(
        caught[-1], picture.shape[1:], mode="bilinear", align_corners=False
    )
    return large[0].cpu().numpy()
