from itertools import pairwise

import numpy as np
import pytest

from core.dvi.comparison import KS, View, measured, measured_over_time, scene
from core.dvi.model import Head
from core.dvi.properties import boundary_pv, nn_pv, ppr, rec_pv, semantic_similarity, temporal_pv

RANDOM = np.random.default_rng(0)
HEAD = Head(RANDOM.normal(size=(3, 2)).astype(np.float32), np.zeros(3, np.float32))


def flat(seed=0, train=60, test=20, boundary=30):
    """Representations that are a plane already."""
    random = np.random.default_rng(seed)
    sizes = (train, test, boundary)
    return [random.normal(size=(size, 2)).astype(np.float32) for size in sizes]


def values(measures, split="train"):
    return {one.metric: one.value for one in measures if one.split == split}


def turned(points):
    """The same plane, turned and mirrored: it keeps everything."""
    return np.ascontiguousarray(points[:, ::-1]) * np.float32(2)


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_turned_plane_keeps_everything(split):
    train, test, boundary = flat()
    view = View(turned(train), turned(test), turned(boundary), lambda places: places[:, ::-1] / 2)
    found = values(measured(scene(train, test, boundary, HEAD), view), split)
    for k in KS:
        assert found[f"nn_pv_k{k}"] == 1
        assert found[f"boundary_pv_k{k}"] == 1
    assert found["ppr"] == 1
    assert found["rec_pv"] == pytest.approx(0, abs=1e-12)


def test_motion_of_a_turned_plane_is_honest():
    scenes, views = [], []
    for epoch in range(4):
        train, test, boundary = flat(epoch)
        scenes.append(scene(train, test, boundary, HEAD))
        views.append(View(turned(train), turned(test), turned(boundary)))
    found = values(measured_over_time(scenes, views))
    assert found["motion_honesty"] > 0.9  # a diagonal is not a root-mean-square radius


def test_the_figures_are_those_of_the_properties():
    train, test, boundary = flat(train=50, test=25, boundary=40)
    shown = [RANDOM.normal(size=part.shape).astype(np.float32) for part in (train, test, boundary)]
    back = RANDOM.normal(size=(2, 2)).astype(np.float32)
    view = View(shown[0], shown[1], shown[2], lambda places: places @ back)
    measures = measured(scene(train, test, boundary, HEAD), view)
    found, new = values(measures), values(measures, "test")
    both, places = np.concatenate([train, test]), np.concatenate([shown[0], shown[1]])
    for k in KS:
        assert found[f"nn_pv_k{k}"] == pytest.approx(nn_pv(train, shown[0], k))
        assert new[f"nn_pv_k{k}"] == pytest.approx(nn_pv(both, places, k, of=np.arange(50, 75)))
        expected = boundary_pv(test, boundary, shown[1], shown[2], k)
        assert new[f"boundary_pv_k{k}"] == pytest.approx(expected)
    after = shown[0] @ back
    assert found["rec_pv"] == pytest.approx(rec_pv(train, after))
    assert found["ppr"] == ppr(HEAD(train).argmax(axis=1), HEAD(after).argmax(axis=1))


def test_temporal_pv_is_that_of_the_training_samples_among_themselves():
    trains = [flat(epoch)[0] for epoch in range(5)]
    pictures = [RANDOM.normal(size=train.shape).astype(np.float32) for train in trains]
    nothing = np.zeros((0, 2), np.float32)
    scenes = [scene(train, nothing, nothing, HEAD) for train in trains]
    views = [View(picture, nothing, nothing) for picture in pictures]
    found = values(measured_over_time(scenes, views))
    similarity = np.stack([semantic_similarity(*pair, 15) for pair in pairwise(trains)])
    steps = np.stack([np.linalg.norm(now - before, axis=1) for before, now in pairwise(pictures)])
    assert found["temporal_pv_k15"] == pytest.approx(temporal_pv(similarity, steps).value)


def test_what_too_few_can_decide_is_not_a_number():
    train, test, boundary = flat(train=12, test=0, boundary=9)
    one = scene(train, test, boundary, HEAD)
    view = View(train, test, boundary)
    found = values(measured(one, view))
    assert found["nn_pv_k10"] == 1
    assert np.isnan([found["nn_pv_k15"], found["boundary_pv_k10"]]).all()
    still = values(measured_over_time([one], [view]))
    assert np.isnan(list(still.values())).all()
    assert values(measured(one, view), "test") == {}


def test_a_way_back_may_be_judged_on_some_samples():
    train, test, boundary = flat()
    asked = np.array([3, 5, 8])
    view = View(train, test, boundary, lambda places: places, asked)
    found = [one for one in measured(scene(train, test, boundary, HEAD), view) if "p" in one.metric]
    (kept,) = [one for one in found if one.metric == "ppr"]
    assert (kept.split, kept.n, kept.value) == ("train", 3, 1)


def test_as_many_views_as_scenes_are_needed():
    train, test, boundary = flat()
    one = scene(train, test, boundary, HEAD)
    with pytest.raises(ValueError, match="got 1 of 2"):
        measured_over_time([one, one], [View(train, test, boundary)])
