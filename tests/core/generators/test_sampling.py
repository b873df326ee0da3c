import numpy as np
import pytest

from core.generators.sampling import (
    Box,
    axis_ends,
    band,
    band_around,
    box,
    correlated_axes,
    diagonal_order,
    evenly,
    influence,
    knn,
    line,
    morph,
    nearest_codes,
)
from tests.reference.deepvid import line_codes

RANDOM = np.random.default_rng(0)
CODE = RANDOM.standard_normal(6)
RANGES = np.stack([np.full(6, -3.0), RANDOM.uniform(1, 4, 6)], axis=1)


def test_the_line_is_algorithm_1():
    ours = line(CODE, RANGES, 50, share=0.15)
    np.testing.assert_allclose(ours, line_codes(CODE, RANGES, 50, 0.15), atol=1e-12)


def test_the_line_has_rank_one_and_the_band_full_rank():
    on_the_line, in_the_band = line(CODE, RANGES, 64), band(CODE, RANGES, 64)
    assert np.linalg.matrix_rank(on_the_line - CODE, tol=1e-9) == 1
    assert np.linalg.matrix_rank(in_the_band - CODE) == 6


def test_band_neighbors_stay_inside_the_band():
    codes = band(CODE, RANGES, 500, share=0.2)
    width = np.ptp(RANGES, axis=1) * 0.2
    assert (np.abs(codes - CODE) <= width / 2 + 1e-12).all()
    assert (np.ptp(codes, axis=0) > 0.9 * width).all()


def test_neighbors_come_in_the_order_of_the_diagonal():
    codes = band(CODE, RANGES, 100)
    diagonal = np.ptp(RANGES, axis=1)
    assert (np.diff(codes @ diagonal) >= 0).all()
    np.testing.assert_array_equal(diagonal_order(codes, diagonal), np.arange(100))


def test_the_same_seed_draws_the_same_band():
    np.testing.assert_array_equal(band(CODE, RANGES, 9, seed=3), band(CODE, RANGES, 9, seed=3))
    assert not np.array_equal(band(CODE, RANGES, 9, seed=3), band(CODE, RANGES, 9, seed=4))


def test_a_latent_range_of_zero_stays_where_the_image_is():
    flat = RANGES.copy()
    flat[2] = 1.5
    for codes in (line(CODE, flat, 20), band(CODE, flat, 20)):
        np.testing.assert_array_equal(codes[:, 2], np.full(20, CODE[2]))


def test_a_share_of_zero_repeats_the_image():
    np.testing.assert_array_equal(band(CODE, RANGES, 4, share=0.0), np.tile(CODE, (4, 1)))


def test_a_locked_axis_does_not_move_and_a_brushed_one_moves_in_its_brush():
    region = band_around(CODE, RANGES).locked([1], CODE).brushed(4, 2.0, 2.5)
    codes = box(region, 200, seed=1)
    np.testing.assert_array_equal(codes[:, 1], np.full(200, CODE[1]))
    assert codes[:, 4].min() >= 2.0
    assert codes[:, 4].max() <= 2.5


def test_a_morph_hits_both_ends_and_moves_evenly():
    start, end = RANDOM.standard_normal((2, 6)).astype(np.float32)
    codes = morph(start, end, 7)
    np.testing.assert_array_equal(codes[[0, -1]], np.stack([start, end]))
    np.testing.assert_allclose(
        np.diff(codes, axis=0), np.tile((end - start) / 6, (6, 1)), rtol=1e-4
    )


def test_a_morph_of_a_single_step_is_refused():
    with pytest.raises(ValueError, match="at least 2"):
        morph(CODE, CODE, 1)


def test_nearest_codes_leave_the_image_itself_out():
    codes = np.stack([CODE, CODE + 1, CODE + 0.1, CODE - 5])
    np.testing.assert_array_equal(nearest_codes(CODE, codes, 2), [2, 1])
    assert len(nearest_codes(CODE, codes, 99)) == 3


def test_knn_neighbors_lie_between_the_image_and_its_nearest():
    codes = CODE + RANDOM.standard_normal((40, 6))
    drawn = knn(CODE, codes, 64, k=4)
    farthest = np.linalg.norm(codes[nearest_codes(CODE, codes, 4)] - CODE, axis=1).max()
    assert np.linalg.norm(drawn - CODE, axis=1).max() <= farthest + 1e-9
    assert np.linalg.matrix_rank(drawn - CODE) == 4


def test_knn_among_copies_of_the_image_is_refused():
    with pytest.raises(ValueError, match="differs"):
        knn(CODE, np.stack([CODE, CODE]), 8)


def test_144_of_512_are_shown_evenly_with_both_ends():
    shown = evenly(512)
    assert len(shown) == 144
    assert (shown[0], shown[-1]) == (0, 511)
    assert set(np.diff(shown)) == {3, 4}
    np.testing.assert_array_equal(evenly(10), np.arange(10))


def test_axis_ends_change_one_axis_each():
    ends = axis_ends(CODE, RANGES)
    assert ends.shape == (6, 2, 6)
    np.testing.assert_array_equal(ends[3, :, 3], RANGES[3])
    np.testing.assert_array_equal(ends[3, :, :3], np.tile(CODE[:3], (2, 1)))


def test_an_axis_that_flips_the_teacher_has_influence_one():
    outputs = np.array([[[1.0, 0.0], [0.0, 1.0]], [[0.6, 0.4], [0.6, 0.4]]])
    np.testing.assert_allclose(influence(outputs), [1, 0])


def test_correlated_axes_are_named_and_a_constant_one_is_not():
    x = RANDOM.standard_normal(100)
    codes = np.stack([x, RANDOM.standard_normal(100), -2 * x, np.zeros(100)], axis=1)
    ((first, second, value),) = correlated_axes(codes, 0.9)
    assert (first, second) == (0, 2)
    assert value == pytest.approx(-1)


@pytest.mark.parametrize("share", [-0.1, np.nan, np.inf])
def test_a_wrong_share_is_refused(share):
    with pytest.raises(ValueError, match="share must be"):
        line(CODE, RANGES, share=share)


def test_a_code_with_nan_is_refused():
    with pytest.raises(ValueError, match="finite"):
        band(np.full(6, np.nan), RANGES)


def test_a_box_upside_down_is_refused():
    with pytest.raises(ValueError, match="axis 1"):
        Box(np.array([0.0, 2.0]), np.array([1.0, 1.0]))
