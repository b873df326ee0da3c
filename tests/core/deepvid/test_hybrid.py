import numpy as np
import pytest

from core.deepvid.hybrid import Hybrid, fit, hybrid, log_odds, rounds
from core.deepvid.maps import HybridMaps
from core.deepvid.pixels import masked_copies, masks, nearest_images
from core.saliency.method import Examined
from tests.reference import deepvid as reference

RANDOM = np.random.default_rng(0)
PICTURE = RANDOM.random((1, 6, 6)).astype(np.float32)
PICTURE[:, :, :2] = 0
WEIGHTS = RANDOM.standard_normal((3, 36)).astype(np.float32)
NO_LATENT = np.empty((0, 1, 6, 6), np.float32)


def teacher(pictures):
    return pictures.reshape(len(pictures), -1) @ WEIGHTS.T


def test_log_odds_are_the_literal_ones():
    logits = 3 * RANDOM.standard_normal((5, 4))
    ours = log_odds(logits)
    for row in range(5):
        for c in range(4):
            assert ours[row, c] == pytest.approx(reference.log_odds(logits[row], c), abs=1e-9)


def test_log_odds_of_a_sure_teacher_stay_finite():
    odds = log_odds(np.array([[1000.0, 0.0, 0.0], [0.0, 0.0, -2000.0]]))
    assert odds[0, 0] == pytest.approx(1000 - np.log(2))
    assert odds[0, 1] == pytest.approx(-1000)
    assert np.isfinite(odds).all()


def test_log_odds_of_two_classes_are_their_difference():
    logits = RANDOM.standard_normal((4, 2))
    difference = logits[:, 0] - logits[:, 1]
    np.testing.assert_allclose(log_odds(logits), np.stack([difference, -difference], axis=1))


@pytest.mark.parametrize("latent", [NO_LATENT, RANDOM.random((20, 1, 6, 6)).astype(np.float32)])
def test_a_linear_teacher_is_recovered_where_the_picture_is_lit(latent):
    found = hybrid(PICTURE, teacher, latent, Hybrid(masked=300, l2=0.0, rounds=3))
    lit = PICTURE.ravel() > 0
    ours = (found.student.weights - found.student.weights.mean(0)).reshape(3, -1)[:, lit]
    true = (WEIGHTS - WEIGHTS.mean(0))[:, lit]
    np.testing.assert_allclose(ours, true, atol=1e-3)


@pytest.mark.parametrize("target", [0, 2])
def test_the_map_of_a_class_needs_only_that_class_and_all_others(target):
    settings = Hybrid(masked=60, rounds=3)
    (found,) = HybridMaps(hybrid=settings).maps(
        Examined(teacher), PICTURE[None], np.array([target])
    )
    whole = hybrid(PICTURE, teacher, NO_LATENT, settings, target=target)
    expected = (whole.margins.weights[target] * PICTURE).sum(axis=0)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_two_classes_give_margins_that_are_differences_of_weights():
    def two(pictures):
        return teacher(pictures)[:, :2]

    found = hybrid(PICTURE, two, NO_LATENT, Hybrid(masked=300, l2=0.0))
    lit = PICTURE.ravel() > 0
    np.testing.assert_allclose(
        found.margins.weights[0].ravel()[lit], (WEIGHTS[0] - WEIGHTS[1])[lit], atol=1e-3
    )


def test_later_rounds_look_where_the_first_one_points():
    asked = []

    def watched(pictures):
        asked.append(pictures)
        return teacher(pictures)

    found = list(
        rounds(PICTURE, watched, NO_LATENT, Hybrid(masked=400, rounds=2, noise=0.2), target=1)
    )
    assert len(found) == 2
    importance = (found[0].margins.weights[1] * PICTURE)[0]
    lit = PICTURE[0] > 0
    removed = (asked[-1][:, 0] == 0).mean(axis=0)
    best, worst = lit & (importance > 0), lit & (importance < 0)
    top = importance == importance.max()
    assert removed[top] > 0.9
    assert removed[best].mean() > removed[worst].mean() + 0.2


def test_the_first_round_comes_in_opposites():
    asked = []

    def watched(pictures):
        asked.append(pictures)
        return teacher(pictures)

    hybrid(PICTURE, watched, NO_LATENT, Hybrid(masked=10, rounds=1), target=0)
    (copies,) = asked
    np.testing.assert_allclose(copies[:5] + copies[5:], np.tile(PICTURE, (5, 1, 1, 1)))


def test_a_black_image_has_a_student_without_weights():
    black = np.zeros_like(PICTURE)
    found = hybrid(black, teacher, NO_LATENT, Hybrid(masked=40))
    np.testing.assert_array_equal(found.margins.weights, np.zeros((3, 1, 6, 6)))
    np.testing.assert_allclose(found.student.probabilities(black[None]), [[1 / 3] * 3], atol=1e-6)


def test_cells_are_masked_as_a_whole():
    asked = []

    def watched(pictures):
        asked.append(pictures)
        return teacher(pictures)

    flat = np.ones((1, 6, 6), np.float32)
    hybrid(flat, watched, NO_LATENT, Hybrid(masked=60, rounds=2, cell=2), target=0)
    guided = asked[-1].reshape(-1, 3, 2, 3, 2)
    assert (np.ptp(guided, axis=(2, 4)) == 0).all()


def test_nan_of_the_teacher_is_refused():
    with pytest.raises(ValueError, match="finite"):
        hybrid(PICTURE, lambda some: np.full((len(some), 2), np.nan), NO_LATENT, Hybrid(masked=8))


def test_weights_count_neighbors_as_often_as_they_weigh():
    pictures = RANDOM.random((12, 1, 2, 2)).astype(np.float32)
    logits = RANDOM.standard_normal((12, 3)).astype(np.float32)
    weight = np.ones(12)
    weight[0] = 2
    twice = fit(
        np.concatenate([pictures, pictures[:1]]),
        np.concatenate([logits, logits[:1]]),
        np.ones(13),
        1e-3,
    )
    weighed = fit(pictures, logits, weight, 1e-3)
    np.testing.assert_allclose(weighed.margins.weights, twice.margins.weights, atol=1e-3)


@pytest.mark.parametrize("wrong", [{"rounds": 0}, {"reach": 0.0}, {"l2": -1.0}, {"cell": 0}])
def test_a_wrong_setting_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Hybrid(**wrong)


def test_masks_keep_the_share_that_was_asked_for():
    assert masks((20, 20), 200, kept=0.3).mean() == pytest.approx(0.3, abs=0.01)
    assert masks((20, 20), 400, kept=0.3, cell=4).mean() == pytest.approx(0.3, abs=0.02)


def test_masked_copies_hold_the_picture_or_the_fill():
    copies = masked_copies(PICTURE, 10, fill=0.25)
    assert ((copies == PICTURE) | (copies == 0.25)).all()


def test_the_nearest_image_leaves_equal_ones_out():
    images = np.stack([np.full((2, 2, 1), value, np.uint8) for value in (10, 13, 10, 200)])
    picture = np.full((1, 2, 2), np.float32(10) / np.float32(255))
    np.testing.assert_array_equal(nearest_images(picture, images, 5), [1, 3])
    with pytest.raises(ValueError, match="differs"):
        nearest_images(picture, images[:1], 1)
