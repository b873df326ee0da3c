"""Score-CAM: a layer's feature maps, each weighed by what the class keeps under it as a mask.

Source: Wang et al., "Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural
Networks" (2020), algorithm 1: every channel of the layer, stretched to the picture's size and to
0..1, masks the picture; its weight is the softmax over channels of the target's logit. Channels
that are flat mask nothing and have no weight.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from core.saliency.cam import last_convolution
from core.saliency.method import Examined, Maps, Pictures, Progress, Targets
from core.teachers.protocol import Capability


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
            large = _feature_maps(teacher, picture)
            low = large.min(axis=(1, 2), keepdims=True)
            span = large.max(axis=(1, 2), keepdims=True) - low
            lively = span[:, 0, 0] > 0
            if lively.any():
                large = large[lively]
                masks = (large - low[lively]) / span[lively]
                logits = np.concatenate(
                    [
                        teacher.logits(masks[start : start + batch_size, None] * picture)
                        for start in range(0, len(masks), batch_size)
                    ]
                )[:, targets[number]].astype(np.float64)
                weights = np.exp(logits - logits.max())
                weights /= weights.sum()
                added = np.tensordot(weights, large.astype(np.float64), 1)
                maps[number] = np.maximum(added, 0)
            if progress is not None:
                progress(number + 1, len(pictures), self.name)
        return maps


def _feature_maps(teacher: Examined, picture: np.ndarray) -> np.ndarray:
    """The layer's channels, stretched to the picture's size."""
    caught: list[Tensor] = []
    module = teacher.module
    layer = module.get_submodule(teacher.layer or last_convolution(module))
    hook = layer.register_forward_hook(lambda _, __, output: caught.append(output.detach()))
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    device = next(module.parameters()).device
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
