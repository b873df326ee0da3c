import numpy as np
import pytest

from core.saliency.controls import Random
from core.saliency.method import Examined, explain
from core.saliency.removal import (
    area_difference,
    mean_curve,
    removal_curves,
    removal_order,
    removed_pixels,
)
from tests.reference.saliency import removal_curve

RANDOM = np.random.default_rng(0)
PICTURES = RANDOM.random((4, 2, 5, 5)).astype(np.float32)
PICTURES[:, :, 1] = 0
WEIGHTS = RANDOM.standard_normal((50, 3)).astype(np.float32)
TARGETS = np.array([0, 1, 2, 1])
MAPS = RANDOM.standard_normal((4, 5, 5)).astype(np.float32)


def teacher():
    return Examined(lambda pictures: pictures.reshape(len(pictures), -1) @ WEIGHTS)


@pytest.mark.parametrize("batch_size", [1, 7, 512])
def test_curves_are_the_literal_ones(batch_size):
    curves = removal_curves(teacher(), PICTURES, MAPS, TARGETS, share=0.6, batch_size=batch_size)
    for number in range(4):
        target = TARGETS[number : number + 1]
        expected = removal_curve(
            lambda image, target=target: teacher().probabilities(image[None], target)[0],
            PICTURES[number],
            MAPS[number],
            15,
        )
        np.testing.assert_allclose(curves.probability[number], expected, atol=1e-5)


def test_with_nothing_removed_the_score_is_the_original():
    curves = removal_curves(teacher(), PICTURES, MAPS, TARGETS)
    np.testing.assert_allclose(
        curves.probability[:, 0], teacher().probabilities(PICTURES, TARGETS), atol=1e-6
    )


def test_with_everything_removed_the_picture_is_black():
    curves = removal_curves(teacher(), PICTURES, MAPS, TARGETS, share=1.0)
    np.testing.assert_allclose(curves.probability[:, -1], np.full(4, 1 / 3), atol=1e-6)


def test_the_area_is_the_mean_after_each_removed_pixel():
    curves = removal_curves(teacher(), PICTURES, MAPS, TARGETS, share=0.4)
    np.testing.assert_array_equal(curves.removed, np.arange(11))
    np.testing.assert_allclose(curves.area, curves.probability[:, 1:].mean(axis=1))


def test_200_of_784_pixels_are_16_of_64():
    assert removed_pixels(784) == 200
    assert removed_pixels(64) == 16


def test_a_constant_map_removes_at_random_as_seeded():
    flat = np.zeros((5, 5), np.float32)
    orders = [removal_order(flat, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(orders[0], orders[1])
    assert not np.array_equal(orders[0], orders[2])
    np.testing.assert_array_equal(np.sort(orders[0]), np.arange(25))


def test_a_constant_map_gives_the_random_curve():
    many = np.repeat(PICTURES[:1], 400, axis=0) + np.arange(400)[:, None, None, None] * np.float32(
        1e-6
    )
    targets = np.zeros(400, int)
    flat = removal_curves(teacher(), many, np.zeros((400, 5, 5), np.float32), targets).area
    noise = explain(Random(), teacher(), many, targets, seed=9).maps
    random = removal_curves(teacher(), many, noise, targets).area
    error = np.sqrt((flat.var() + random.var()) / 400)
    assert abs(flat.mean() - random.mean()) < 4 * error


def test_the_right_map_of_a_linear_teacher_falls_fastest():
    rows = WEIGHTS.reshape(2, 5, 5, 3)
    for number, target in enumerate(TARGETS):
        others = [c for c in range(3) if c != target]
        evidence = rows[..., target] - rows[..., others].mean(axis=-1)
        right = (evidence * PICTURES[number]).sum(axis=0)[None]
        one = (teacher(), PICTURES[number : number + 1])
        there = removal_curves(*one, right, TARGETS[number : number + 1]).area
        back = removal_curves(*one, -right, TARGETS[number : number + 1]).area
        assert there[0] < back[0]


def test_the_mean_curve_lies_in_its_band():
    curves = removal_curves(teacher(), PICTURES, MAPS, TARGETS)
    mean = mean_curve(curves, seed=1)
    np.testing.assert_allclose(mean.mean, curves.probability.mean(axis=0), atol=1e-6)
    assert (mean.low <= mean.mean + 1e-9).all()
    assert (mean.mean <= mean.high + 1e-9).all()
    assert np.ptp(mean.high - mean.low) > 0


def test_a_method_does_not_differ_from_itself():
    area = removal_curves(teacher(), PICTURES, MAPS, TARGETS).area
    difference, interval = area_difference(area, area)
    assert (difference, interval.low, interval.high) == (0, 0, 0)
    difference, interval = area_difference(area - np.float32(0.1), area)
    assert difference == pytest.approx(-0.1)
    assert interval.high < 0


def test_black_pixels_cost_no_evaluation():
    asked = teacher()
    dark = PICTURES.copy()
    dark[:, :, 1:] = 0
    removal_curves(asked, dark, MAPS, TARGETS, share=1.0)
    assert asked.evaluations == 4 * 6


@pytest.mark.parametrize("shape", [(4, 5, 4), (3, 5, 5), (4, 2, 5, 5)])
def test_maps_of_a_wrong_shape_are_refused(shape):
    with pytest.raises((ValueError, TypeError), match="maps"):
        removal_curves(teacher(), PICTURES, np.zeros(shape, np.float32), TARGETS)


def test_maps_with_nan_are_refused():
    broken = MAPS.copy()
    broken[2, 0, 0] = np.nan
    with pytest.raises(ValueError, match="first in map 2"):
        removal_curves(teacher(), PICTURES, broken, TARGETS)


@pytest.mark.parametrize("share", [0.0, 1.5])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ValueError, match="share"):
        removal_curves(teacher(), PICTURES, MAPS, TARGETS, share=share)
