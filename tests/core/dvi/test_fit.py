import numpy as np
import pytest

from core.dvi.fit import REACH, FitSettings, fit
from core.dvi.landscape import common_extent, image, landscape
from core.dvi.model import Head, LandmarkModel, anchor_weights
from core.dvi.properties import boundary_pv, nn_pv, ppr, rec_pv

NOTHING = np.zeros((0, 24), np.float32)


@pytest.fixture(scope="module")
def fitted(small):
    return fit(small.representations, small.boundary().representations, small.head)


def moved(teacher, amount=0.3, seed=1):
    random = np.random.default_rng(seed)
    step = random.normal(0, amount, teacher.representations.shape).astype(np.float32)
    return teacher.representations + step


def test_a_fit_keeps_neighbours_boundaries_and_predictions(small, fitted):
    x, boundary = small.representations, small.boundary().representations
    assert nn_pv(x, fitted.points, 15) > 0.5
    assert boundary_pv(x, boundary, fitted.points, fitted.boundary_points, 10) > 0.6
    back = fitted.model.inverse(fitted.points)
    assert ppr(small.predicted, small.head(back).argmax(axis=1)) > 0.97
    assert rec_pv(x, back) < 0.5 * rec_pv(x, np.broadcast_to(x.mean(0), x.shape))


def test_a_sample_is_projected_to_its_own_place(small, fitted):
    again = fitted.model.project(small.representations)
    np.testing.assert_allclose(again, fitted.points, atol=1e-5)


def test_a_new_sample_lands_among_its_neighbours(small, fitted):
    new = small.representations[:30] + np.float32(1e-3)
    there = fitted.model.project(new)
    width = np.linalg.norm(np.ptp(fitted.points, axis=0))
    assert np.median(np.linalg.norm(there - fitted.points[:30], axis=1)) < 0.02 * width


def test_the_same_seed_gives_the_same_picture(small, fitted):
    again = fit(small.representations, small.boundary().representations, small.head)
    np.testing.assert_array_equal(again.points, fitted.points)


def test_two_identical_checkpoints_give_identical_pictures(small, fitted):
    again = fit(fitted.representations, fitted.boundary, small.head, previous=fitted)
    np.testing.assert_array_equal(again.points, fitted.points)
    extent = common_extent([fitted.points])
    colors = np.arange(12, dtype=np.uint8).reshape(4, 3)
    pictures = [
        image(landscape(one.model, small.head, extent, rows=20, columns=20), colors)
        for one in (fitted, again)
    ]
    np.testing.assert_array_equal(pictures[0], pictures[1])


def test_a_sample_goes_no_further_than_the_neighbours_it_lost_allow(small, fitted):
    now = moved(small)
    later = fit(now, fitted.boundary, small.head, previous=fitted)
    kept = later.kept
    assert kept is not None
    steps = np.linalg.norm(later.points - fitted.points, axis=1)
    radius = np.sqrt(fitted.points.var(axis=0).sum())
    free = fit(
        now, fitted.boundary, small.head, settings=FitSettings(temporal=0.0), previous=fitted
    )
    allowed = REACH / 0.3 * radius * (1 - kept + 0.5 / 15)
    assert (steps <= allowed + 1e-4).mean() > 0.95  # the others lost their prediction otherwise
    assert steps.mean() < np.linalg.norm(free.points - fitted.points, axis=1).mean()


def test_a_model_survives_storage(small, fitted):
    again = LandmarkModel.from_arrays(fitted.model.arrays())
    x = small.representations[:9] + np.float32(0.1)
    np.testing.assert_array_equal(again.project(x), fitted.model.project(x))
    with pytest.raises(ValueError, match="a landmark model has the arrays"):
        LandmarkModel.from_arrays({"codes": np.zeros((1, 1))})


def test_logits_of_places_are_those_of_their_representations(small, fitted):
    places = fitted.points[:20] + np.float32(0.3)
    assert isinstance(fitted.model, LandmarkModel)
    expected = small.head(fitted.model.inverse(places))
    np.testing.assert_allclose(fitted.model.logits(places), expected, atol=2e-3)


def test_weights_of_anchors_are_a_mean_and_change_without_a_jump():
    anchors = np.random.default_rng(0).normal(size=(50, 2))
    line = np.linspace([-2, 0.1], [2, 0.1], 4001)
    weights = anchor_weights(anchors, line, 6)
    np.testing.assert_allclose(np.asarray(weights.sum(axis=1)), 1)
    assert np.abs(np.diff(weights.toarray(), axis=0)).max() < 0.05


def test_places_far_from_all_samples_stay_within_the_hull_of_the_codes(fitted):
    far = np.array([[1e3, 1e3], [-1e4, 0.0]], np.float32)
    assert np.isfinite(fitted.model.inverse(far)).all()
    assert (
        np.abs(fitted.model.inverse(far)).max()
        <= 2 * np.abs(fitted.model.inverse(fitted.points)).max()
    )


def test_an_epoch_without_boundary_points_has_a_picture(small):
    one = fit(small.representations, NOTHING, small.head)
    assert one.boundary_points.shape == (0, 2)
    assert np.isfinite(one.points).all()


def test_the_epoch_after_one_without_boundary_points_starts_warm_all_the_same(small):
    one = fit(small.representations, NOTHING, small.head)
    later = fit(moved(small), NOTHING, small.head, previous=one)
    assert later.boundary_points.shape == (0, 2)
    assert later.kept is not None


def test_fewer_boundary_points_than_neighbours_do(small):
    one = fit(small.representations, small.boundary().representations[:3], small.head)
    assert np.isfinite(one.boundary_points).all()


def test_a_class_never_predicted_does_not_matter(small):
    head = Head(small.head.weight, small.head.bias - np.array([0, 0, 0, 1e6], np.float32))
    one = fit(small.representations, NOTHING, head)
    after = head(one.model.inverse(one.points)).argmax(axis=1)
    assert ppr(head(small.representations).argmax(axis=1), after) > 0.97


def test_constant_representations_are_one_place(small):
    constant = np.ones((30, 24), np.float32)
    one = fit(constant, NOTHING, small.head)
    np.testing.assert_array_equal(one.points, np.zeros((30, 2)))
    np.testing.assert_allclose(one.model.inverse(one.points), constant, atol=1e-5)


def test_an_epoch_with_nan_is_refused_by_name(small):
    broken = small.representations.copy()
    broken[7, 3] = np.nan
    with pytest.raises(
        ValueError, match=r"epoch 3: representations must be finite.* first in row 7"
    ):
        fit(broken, NOTHING, small.head, name="epoch 3")


def test_another_architecture_is_refused_by_name(small, fitted):
    other = Head(small.head.weight[:, :12], small.head.bias)
    with pytest.raises(ValueError, match=r"epoch 2: 240 samples of 12 features.*one architecture"):
        fit(small.representations[:, :12], NOTHING[:, :12], other, previous=fitted, name="epoch 2")


def test_a_head_of_another_width_is_refused(small):
    other = Head(small.head.weight[:, :12], small.head.bias)
    with pytest.raises(ValueError, match="the head 12"):
        fit(small.representations, NOTHING, other)


def test_too_few_samples_are_refused(small):
    with pytest.raises(ValueError, match="more than 15 samples"):
        fit(small.representations[:15], NOTHING, small.head)


def test_progress_is_reported_in_order(small):
    seen = []
    fit(small.representations, NOTHING, small.head, progress=lambda *step: seen.append(step))
    assert [step[0] for step in seen] == [0, 1, 2, 3]
