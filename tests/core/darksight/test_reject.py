import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.darksight.reject import (
    accuracy_data_area,
    accuracy_data_curve,
    accuracy_data_gain,
    at_threshold,
    outlier_auroc,
    reject_curve,
)
from tests.reference import darksight as reference

CONFIDENCE = np.array([0.9, 0.9, 0.5, 0.7, 0.2, 0.5, 0.5])
CORRECT = np.array([True, False, True, True, False, False, True])


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=12))
@settings(deadline=None, max_examples=50)
def test_the_curve_is_the_mean_over_all_orders_of_ties(rows):
    confidence, correct = np.array([r[0] for r in rows], float), np.array([r[1] for r in rows])
    expected = reference.accuracy_data_curve(confidence.tolist(), correct.tolist())
    np.testing.assert_allclose(accuracy_data_curve(confidence, correct), expected)


def test_one_confidence_for_all_gives_the_accuracy_everywhere():
    curve = accuracy_data_curve(np.full(7, 0.3), CORRECT)
    np.testing.assert_allclose(curve, CORRECT.mean())


def test_the_area_does_not_depend_on_the_confidences_unit():
    areas = [accuracy_data_area(f(CONFIDENCE), CORRECT).value for f in (np.log, np.square, np.exp)]
    np.testing.assert_allclose(areas, accuracy_data_area(CONFIDENCE, CORRECT).value)


def test_errors_last_is_the_best_order_there_is():
    correct = np.arange(20) < 15
    best = accuracy_data_area(-np.arange(20.0), correct)
    worst = accuracy_data_area(np.arange(20.0), correct)
    assert best.value > worst.value
    assert best.low <= best.value <= best.high
    assert outlier_auroc(-np.arange(20.0), correct).value == 1


def test_auroc_counts_pairs():
    expected = reference.auroc(CONFIDENCE.tolist(), CORRECT.tolist())
    assert outlier_auroc(CONFIDENCE, CORRECT).value == pytest.approx(expected)


def test_without_errors_the_auroc_is_not_defined():
    found = outlier_auroc(CONFIDENCE, np.ones(7, bool))
    assert np.isnan([found.value, found.low, found.high]).all()
    assert found.n == 7


def test_the_gain_of_a_confidence_over_itself_is_zero():
    found = accuracy_data_gain(CONFIDENCE, CONFIDENCE, CORRECT)
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_a_better_confidence_gains_beyond_doubt():
    random = np.random.default_rng(0)
    correct = random.random(2000) < 0.9
    good = correct + random.normal(size=2000)
    assert accuracy_data_gain(good, random.normal(size=2000), correct).low > 0


def test_rejecting_at_a_threshold_agrees_with_counting():
    curve = reject_curve(CONFIDENCE, CORRECT)
    for threshold in (0.2, 0.5, 0.6, 0.9):
        kept = threshold <= CONFIDENCE
        assert at_threshold(curve, threshold) == pytest.approx((kept.mean(), CORRECT[kept].mean()))


def test_above_all_confidences_nothing_is_kept():
    coverage, accuracy = at_threshold(reject_curve(CONFIDENCE, CORRECT), 0.95)
    assert coverage == 0
    assert np.isnan(accuracy)


def test_the_curve_ends_with_all_samples():
    curve = reject_curve(CONFIDENCE, CORRECT)
    assert curve.coverage[-1] == 1
    assert curve.accuracy[-1] == CORRECT.mean()
    assert (np.diff(curve.threshold) < 0).all()


def test_nan_and_nothing_are_refused():
    with pytest.raises(ValueError, match="NaN in 1 of 2 samples"):
        accuracy_data_curve(np.array([0.1, np.nan]), np.array([True, False]))
    with pytest.raises(ValueError, match="at least one sample, got none"):
        accuracy_data_curve(np.empty(0), np.empty(0, bool))
