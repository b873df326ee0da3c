import numpy as np
import pytest

from core.dvi import refine as module
from core.dvi.properties import boundary_pv, nn_pv
from core.dvi.refine import refine, settle
from core.neighborhoods import nearest_neighbors
from tests.reference import dvi as literal


@pytest.fixture(scope="module")
def shaken():
    """Places of 200 samples, their true neighbours, and the places after a shake."""
    random = np.random.default_rng(3)
    true = random.normal(0, 5, (200, 2)).astype(np.float32)
    near, _ = nearest_neighbors(true, 8)
    return true, near, true + random.normal(0, 0.7, true.shape).astype(np.float32)


@pytest.fixture(scope="module")
def shaken_boundary():
    """Samples, boundary points, each sample's nearest of them, and the latter after a shake."""
    random = np.random.default_rng(5)
    points = random.normal(0, 5, (200, 2)).astype(np.float32)
    boundary = random.normal(0, 5, (40, 2)).astype(np.float32)
    witnesses, _ = nearest_neighbors(boundary, 8, queries=points)
    return points, boundary, witnesses, boundary + random.normal(0, 0.7, (40, 2)).astype("f")


def test_refining_keeps_more_neighbours(shaken):
    true, near, places = shaken
    assert nn_pv(true, refine(places, near), 8) > nn_pv(true, places, 8) + 0.1


def test_a_refined_sample_stays_within_its_reach(shaken):
    _, near, places = shaken
    reach = np.linspace(0, 0.5, len(places))
    after = refine(places, near, anchor=places, reach=reach)
    gone = np.linalg.norm(after - places, axis=1)
    assert (gone <= reach + 1e-5).all()
    assert gone[0] == 0
    assert gone[100:].mean() > 0.05


def test_a_sample_may_begin_outside_its_reach_and_is_brought_back(shaken):
    true, near, places = shaken
    after = refine(places, near, anchor=true, reach=np.full(len(true), 0.1))
    assert np.linalg.norm(after - true, axis=1).max() <= 0.1 + 1e-5


def test_a_picture_that_keeps_all_neighbours_loses_hardly_any(shaken):
    true, near, _ = shaken
    assert nn_pv(true, refine(true, near), 8) > 0.95  # the smooth loss is not quite equation 1


def test_samples_that_are_all_neighbours_of_each_other_stay():
    places = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)
    near, _ = nearest_neighbors(places, 4)
    np.testing.assert_array_equal(refine(places, near), places)


def test_samples_in_one_place_stay_finite():
    places = np.zeros((40, 2), np.float32)
    near = (np.arange(40)[:, None] + np.arange(1, 4)) % 40
    assert np.isfinite(refine(places, near)).all()


def test_settling_boundary_points_keeps_more_witnesses(shaken_boundary):
    points, boundary, witnesses, places = shaken_boundary

    def kept(shown):
        return boundary_pv(points, boundary, points, shown, 8)

    assert kept(settle(points, places, witnesses)) > kept(places) + 0.05


def test_settling_never_keeps_fewer_witnesses(shaken_boundary):
    points, boundary, witnesses, _ = shaken_boundary
    settled = settle(points, boundary, witnesses, rate=5.0)  # steps far too long
    assert boundary_pv(points, boundary, points, settled, 8) == 1


def test_boundary_points_that_are_all_witnesses_stay(shaken_boundary):
    points, _, _, places = shaken_boundary
    all_of_them = np.tile(np.arange(40), (len(points), 1))
    np.testing.assert_array_equal(settle(points, places, all_of_them), places)


def test_the_gradient_is_that_of_the_literal_loss(shaken_boundary):
    points, _, witnesses, places = shaken_boundary
    samples, others = points[:12].astype(np.float64), places.astype(np.float64)
    near, wanted, tau = module._pairs(samples, others, witnesses[:12], own=False)
    pairs = [
        [(int(j), bool(w)) for j, w in zip(row, want, strict=True) if j >= 0]
        for row, want in zip(near, wanted, strict=True)
    ]
    assert all(set(witnesses[i]) <= {j for j, _ in row} for i, row in enumerate(pairs))
    of_samples, of_others = np.zeros_like(samples), np.zeros_like(others)
    module._pull(samples, others, near, wanted, tau, 0.3, of_samples, of_others)
    step = 1e-6
    for array, gradient in [(samples, of_samples), (others, of_others)]:
        for row, axis in [(0, 0), (3, 1), (7, 0), (11, 1)]:
            loss = []
            for side in (step, -step):
                array[row, axis] += side
                loss.append(literal.witness_loss(samples, others, pairs, tau, 0.3))
                array[row, axis] -= side
            difference = (loss[0] - loss[1]) / (2 * step)
            assert gradient[row, axis] == pytest.approx(difference, rel=1e-4, abs=1e-8)
