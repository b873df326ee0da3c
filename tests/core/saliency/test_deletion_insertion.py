import numpy as np
import pytest

from core.saliency.deletion_insertion import area, batch_for, counts, deletion_insertion
from core.saliency.method import Examined, generator_for
from core.saliency.removal import removal_order
from core.saliency.substrate import blurred, flat, kernel_length
from tests.reference import saliency as reference

RANDOM = np.random.default_rng(0)
PICTURES = RANDOM.random((5, 2, 8, 6)).astype(np.float32)
PICTURES[:, :, 2:4] = 0
PICTURES[3] = 0
MAPS = np.round(RANDOM.standard_normal((5, 8, 6)), 1).astype(np.float32)  # with ties
WEIGHTS = RANDOM.standard_normal((96, 3)).astype(np.float32)


def teacher():
    return Examined(lambda some: np.tanh(some.reshape(len(some), -1) @ WEIGHTS))


def curves(**options):
    return deletion_insertion(teacher(), PICTURES, MAPS, **options)


@pytest.mark.parametrize("batch_size", [1, 7, 512])
@pytest.mark.parametrize("steps", [7, 48])
@pytest.mark.parametrize("color", [(0.0,), (0.4, 0.6)])
def test_curves_and_areas_are_the_literal_ones(batch_size, steps, color):
    found = curves(batch_size=batch_size, steps=steps, color=color, blur=3, seed=4)
    for i, picture in enumerate(PICTURES):
        target = found.target[i : i + 1]
        deletion, insertion = reference.deletion_insertion(
            lambda image, target=target: teacher().probabilities(image[None], target)[0],
            picture,
            removal_order(MAPS[i], generator_for(4, picture)),
            found.changed,
            flat(PICTURES, color)[i],
            blurred(PICTURES, 3)[i],
        )
        np.testing.assert_allclose(found.deletion[i], deletion, atol=1e-6)
        np.testing.assert_allclose(found.insertion[i], insertion, atol=1e-6)
        shares = found.changed / 48
        expected = reference.area_under(deletion, shares), reference.area_under(insertion, shares)
        ours = found.deletion_area[i], found.insertion_area[i]
        np.testing.assert_allclose(ours, expected, atol=1e-6)


def test_the_class_is_the_teachers_first_unless_told():
    clean = teacher().logits(PICTURES)
    np.testing.assert_array_equal(curves().target, clean.argmax(1))
    told = curves(targets=np.zeros(5, np.int64))
    zero = teacher().probabilities(PICTURES, np.zeros(5, np.int64))
    np.testing.assert_array_equal(told.deletion[:, 0], zero)


def test_deleting_nothing_and_inserting_all_give_the_original_score():
    found = curves()
    original = teacher().probabilities(PICTURES, found.target)
    np.testing.assert_array_equal(found.deletion[:, 0], original)
    np.testing.assert_array_equal(found.insertion[:, -1], original)


def test_deleting_all_leaves_the_colour_and_inserting_nothing_the_blur():
    found = curves(blur=5, color=(0.3,))
    for curve, picture in (
        (found.deletion[:, -1], flat(PICTURES, (0.3,))),
        (found.insertion[:, 0], blurred(PICTURES, 5)),
    ):
        expected = teacher().probabilities(picture.copy(), found.target)
        np.testing.assert_allclose(curve, expected, atol=1e-6)


def test_a_constant_map_gives_the_curve_of_a_random_order():
    constant = deletion_insertion(teacher(), PICTURES, 0 * MAPS, seed=3)
    ranks = np.empty((5, 48), np.float32)
    for i, picture in enumerate(PICTURES):
        ranks[i, generator_for(3, picture).permutation(48)] = -np.arange(48)
    ordered = deletion_insertion(teacher(), PICTURES, ranks.reshape(5, 8, 6), seed=3)
    np.testing.assert_array_equal(constant.deletion, ordered.deletion)
    other = deletion_insertion(teacher(), PICTURES, 0 * MAPS, seed=4)
    assert not np.array_equal(constant.deletion, other.deletion)


def test_of_a_linear_score_the_right_order_has_the_best_areas_possible():
    weight = WEIGHTS[:, 0].reshape(2, 8, 6)
    linear = Examined(
        lambda some: np.stack([(some * weight).sum((1, 2, 3)), np.zeros(len(some))], axis=1)
    )
    pictures = np.abs(np.sign(weight))[None] * np.float32(0.05)
    targets = np.zeros(1, np.int64)
    right = (weight * pictures[0]).sum(0)[None].astype(np.float32)
    best = deletion_insertion(linear, pictures, right, targets=targets, steps=48)
    for seed in range(5):
        other = np.random.default_rng(seed).standard_normal((1, 8, 6)).astype(np.float32)
        found = deletion_insertion(linear, pictures, other, targets=targets, steps=48)
        assert best.deletion_area[0] < found.deletion_area[0]


def test_a_picture_that_is_black_asks_for_nothing_more():
    found = deletion_insertion(teacher(), PICTURES[3:4], MAPS[3:4])
    assert found.evaluations == 1
    assert np.ptp(found.deletion) == np.ptp(found.insertion) == 0


def test_pixels_that_equal_their_stand_in_are_not_asked_about():
    found = deletion_insertion(teacher(), PICTURES[:1], MAPS[:1], steps=48, blur=1)
    assert found.evaluations == 1 + 36  # 12 of 48 are black; the kernel of one pixel blurs nothing


def test_steps_are_equal_and_end_at_all_pixels():
    np.testing.assert_array_equal(counts(784, 98), np.arange(0, 785, 8))
    np.testing.assert_array_equal(counts(4, 100), np.arange(5))
    assert area(counts(10, 5), np.ones((1, 6), np.float32)) == 1


def test_a_batch_of_large_pictures_is_small():
    assert (batch_for(784), batch_for(150_528), batch_for(10**9)) == (512, 32, 1)


def test_progress_counts_pictures():
    seen = []
    curves(progress=lambda *told: seen.append(told))
    assert [done for done, _, _ in seen] == [1, 2, 3, 4, 5]
    assert seen[0][1:] == (5, "deletion and insertion")


def test_a_map_that_is_nan_or_of_a_wrong_shape_is_refused():
    broken = MAPS.copy()
    broken[2, 0, 0] = np.nan
    with pytest.raises(ValueError, match="NaN or infinity in 1 of 5, first in map 2"):
        deletion_insertion(teacher(), PICTURES, broken)
    # in tests the axis check is faster than the function's own: that is a TypeError
    with pytest.raises((ValueError, TypeError), match=r"shape|maps"):
        deletion_insertion(teacher(), PICTURES, MAPS[:, :4])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps"),
        ({"batch_size": 0}, "batch_size"),
        ({"color": (0.1, 0.2, 0.3)}, "colour"),
        ({"blur": 4}, "odd"),
        ({"targets": np.zeros(2, np.int64)}, "targets"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        curves(**options)


def test_no_picture_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        deletion_insertion(teacher(), PICTURES[:0], MAPS[:0])


@pytest.mark.parametrize("length", [3, 5, 17])
def test_the_blur_is_the_literal_one(length):
    ours = blurred(PICTURES[:1], length)[0]
    # longer than the picture: mirrored as often as it takes, as numpy's padding does
    expected = reference.blurred(PICTURES[0], length, length * 5 / 11)
    np.testing.assert_allclose(ours, expected, atol=1e-6)


def test_the_kernel_is_rises_and_grows_with_larger_pictures():
    assert [kernel_length(side, side) for side in (224, 448, 64, 28)] == [11, 23, 11, 11]
    np.testing.assert_allclose(blurred(0 * PICTURES + 0.5), 0 * PICTURES + 0.5, atol=1e-6)
