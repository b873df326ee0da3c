import numpy as np
import pytest

from core.intervals import Z, bootstrap, bootstrap_band, wilson


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (3, 10), (10, 10), (497, 500), (1, 1)])
def test_wilsons_ends_solve_the_score_equation(successes, n):
    # the ends are those p for which the observed share is just Z standard errors away
    for p in wilson(successes, n):
        assert (successes / n - p) ** 2 == pytest.approx(Z**2 * p * (1 - p) / n, abs=1e-12)


def test_wilson_gives_the_published_example():
    # Newcombe (1998), table I, method 3: 81 of 263
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_wilson_stays_within_zero_and_one():
    assert wilson(0, 20).low == 0
    assert wilson(20, 20).high == 1
    assert wilson(0, 0) == (0, 1)


def test_wilson_is_symmetric_in_success_and_failure():
    low, high = wilson(3, 17)
    assert wilson(14, 17) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize("successes", [-1, 11])
def test_impossible_counts_are_refused(successes):
    with pytest.raises(ValueError, match="successes must be from 0 to n = 10"):
        wilson(successes, 10)


def test_bootstrap_comes_near_the_normal_interval_for_many_values():
    values = np.random.default_rng(1).normal(2, 3, 2000)
    half = Z * values.std() / np.sqrt(len(values))
    low, high = bootstrap(values, 0)
    assert low == pytest.approx(values.mean() - half, abs=0.02)
    assert high == pytest.approx(values.mean() + half, abs=0.02)


def test_bootstrap_repeats_with_its_seed():
    values = np.random.default_rng(1).random(50)
    assert bootstrap(values, 3) == bootstrap(values, 3)
    assert bootstrap(values, 3) != bootstrap(values, 4)


def test_bootstrap_of_equal_values_has_no_width():
    assert bootstrap(np.full(9, 0.5), 0) == (0.5, 0.5)


@pytest.mark.parametrize("values", [[], [1.0, np.nan]])
def test_bootstrap_refuses_what_has_no_mean(values):
    with pytest.raises(ValueError, match="bootstrap needs finite values, at least one"):
        bootstrap(np.array(values, float), 0)


def test_a_band_is_the_bootstrap_of_whole_curves():
    curves = np.random.default_rng(0).random((30, 4))
    band = bootstrap_band(curves, 1)
    np.testing.assert_allclose(band.mean, curves.mean(axis=0))
    assert ((band.low < band.mean) & (band.mean < band.high)).all()
    alone = bootstrap(curves[:, 0], 5)
    assert band.low[0] == pytest.approx(alone.low, abs=0.02)
    assert band.high[0] == pytest.approx(alone.high, abs=0.02)
