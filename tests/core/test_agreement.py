from math import comb

import numpy as np
import pytest
from scipy.stats import binomtest

from core.agreement import accuracy_difference, mcnemar, total_variation
from core.uncertainty import softmax
from tests.reference import agreement as reference

PAIRS = [(0, 0), (1, 0), (0, 7), (5, 5), (3, 12), (40, 21)]


@pytest.mark.parametrize(("b", "c"), PAIRS)
def test_mcnemar_is_the_sum_of_both_tails(b, c):
    assert mcnemar(b, c) == pytest.approx(reference.mcnemar(b, c), rel=1e-12)
    if b + c:
        assert mcnemar(b, c) == pytest.approx(binomtest(b, b + c).pvalue, rel=1e-9)


def test_mcnemar_stays_exact_where_powers_of_one_half_vanish():
    assert 0 < mcnemar(1000, 400) < 1e-50
    assert mcnemar(5000, 5000) == 1.0
    assert mcnemar(20_000, 0) == 0.0  # smaller than any float


def test_mcnemar_knows_no_first_and_second():
    assert mcnemar(4, 19) == mcnemar(19, 4)


def test_without_a_difference_nothing_is_shown():
    assert mcnemar(0, 0) == 1.0
    value, (low, high) = accuracy_difference(0, 0, 50)
    assert value == 0
    assert low == -high < 0


@pytest.mark.parametrize(("b", "c"), PAIRS)
def test_the_interval_is_agresti_and_mins(b, c):
    found = accuracy_difference(b, c, 90)
    assert found.interval == pytest.approx(reference.agresti_min(90 - b - c, b, c, 0))
    assert found.value == pytest.approx((b - c) / 90)


def test_first_and_second_exchanged_turn_the_sign():
    value, (low, high) = accuracy_difference(9, 2, 40)
    turned = accuracy_difference(2, 9, 40)
    assert (turned.value, *turned.interval) == pytest.approx((-value, -high, -low))


def test_no_image_tells_nothing_and_few_stay_in_range():
    assert accuracy_difference(0, 0, 0) == (0.0, (-1.0, 1.0))
    assert accuracy_difference(1, 0, 1).interval.high == 1.0


@pytest.mark.parametrize(("p", "q"), [(0.1, 0.1), (0.2, 0.05), (0.3, 0.3), (0.02, 0.1)])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(p, q):
    n, covered = 40, 0.0
    for b in range(n + 1):
        for c in range(n + 1 - b):
            chance = comb(n, b) * comb(n - b, c) * p**b * q**c * (1 - p - q) ** (n - b - c)
            low, high = accuracy_difference(b, c, n).interval
            covered += chance * (low <= p - q <= high)
    assert 0.935 <= covered <= 0.995


@pytest.mark.parametrize("counts", [(-1, 0, 5), (3, 3, 5)])
def test_impossible_counts_are_refused(counts):
    with pytest.raises(ValueError, match="must"):
        accuracy_difference(*counts)
    with pytest.raises(ValueError, match="must not be negative"):
        mcnemar(-1, 2)


def test_total_variation_is_the_largest_difference_over_sets_of_classes():
    random = np.random.default_rng(0)
    one, two = (softmax(random.normal(0, 2, (6, 4))) for _ in range(2))
    sets = np.array(np.meshgrid(*[[0, 1]] * 4)).reshape(4, -1)
    largest = np.abs((one - two) @ sets).max(axis=1)
    np.testing.assert_allclose(total_variation(one, two), largest, atol=1e-12)
    assert (total_variation(one, one) == 0).all()
    assert total_variation(np.eye(2), np.eye(2)[::-1]).tolist() == [1.0, 1.0]
