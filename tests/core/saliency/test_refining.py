"""Watched, every slow method ends where it ends unwatched, and leaves the teacher as it was."""

import numpy as np
import pytest
import torch
from torch import nn

from core.generators.generator import as_pictures
from core.relabel.hybrid import HybridRelabel
from core.relabel.maps import HybridMaps
from core.saliency.extremal import ExtremalPerturbation
from core.saliency.fgvis import FGVis
from core.saliency.lime import Lime
from core.saliency.method import Examined, explain
from core.saliency.refining import Refinable
from core.saliency.rise import Rise
from core.saliency.score_cam import ScoreCAM

PICTURE = as_pictures(np.random.default_rng(0).integers(0, 256, (1, 8, 8, 1), dtype=np.uint8))
METHODS = [
    Rise(masks=300, cells=3),
    Lime(cells=4, copies=150),
    ScoreCAM(),
    ExtremalPerturbation(steps=10, cells=4),
    FGVis(steps=10),
    HybridMaps(HybridRelabel(copies=60, rounds=3)),
]


def teacher():
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Conv2d(1, 40, 3), nn.ReLU(), nn.Flatten(), nn.Linear(40 * 36, 3)
    ).eval()  # fmt: skip

    def predict(pictures):
        with torch.inference_mode():
            return module(torch.from_numpy(np.ascontiguousarray(pictures))).numpy()

    return Examined(predict, module)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_the_last_map_is_the_methods_own(method):
    parts = list(method.refined(teacher(), PICTURE[0], 1, seed=3))
    own = explain(method, teacher(), PICTURE, np.array([1]), seed=3).maps[0]
    np.testing.assert_allclose(parts[-1].map, own, atol=1e-5)
    assert parts[-1].done == parts[-1].of
    assert [part.done for part in parts] == sorted({part.done for part in parts})
    assert len(parts) > 1
    assert isinstance(method, Refinable)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_between_two_maps_the_teacher_is_as_it_was(method):
    examined = teacher()
    refined = method.refined(examined, PICTURE[0], 1)
    next(refined)
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
    assert not any(part._forward_hooks for part in examined.module.modules())
    refined.close()
    assert not any(part._forward_pre_hooks for part in examined.module.modules())


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_a_coarse_map_has_cost_less_than_the_whole(method):
    watched, whole = teacher(), teacher()
    next(method.refined(watched, PICTURE[0], 1))
    explain(method, whole, PICTURE, np.array([1]))
    assert 0 < watched.evaluations < whole.evaluations
