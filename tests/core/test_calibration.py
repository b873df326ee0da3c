import numpy as np
import pytest

from core.calibration import expected_calibration_error, reliability
from tests.reference import calibration as literal


def sample(n: int = 500, seed: int = 0):
    random = np.random.default_rng(seed)
    confidence = random.beta(4, 1, n)
    return confidence, random.random(n) < confidence**1.5


@pytest.mark.parametrize("bins", [1, 2, 7, 15])
def test_the_error_agrees_with_the_literal_equation(bins):
    confidence, correct = sample()
    assert expected_calibration_error(confidence, correct, bins) == pytest.approx(
        literal.expected_calibration_error(confidence, correct, bins), abs=1e-12
    )


def test_bins_agree_with_the_literal_ones():
    confidence, correct = sample(60)
    found = reliability(confidence, correct, 8)
    for m, members in enumerate(literal.bins_of(confidence, correct, 8)):
        assert found.count[m] == len(members)
        if members:
            assert found.confidence[m] == pytest.approx(np.mean([p for p, _ in members]))
            assert found.accuracy[m] == pytest.approx(np.mean([right for _, right in members]))
        else:
            assert np.isnan(found.confidence[m])
            assert np.isnan(found.accuracy[m])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_edge_belongs_to_the_bin_that_ends_there(dtype):
    confidence = np.array([0, 0.2, 0.4, 0.6, 0.8, 1], dtype)
    found = reliability(confidence, np.ones(6, bool), 5)
    np.testing.assert_array_equal(found.count, [2, 1, 1, 1, 1])
    np.testing.assert_allclose(found.edges, [0, 0.2, 0.4, 0.6, 0.8, 1])


def test_every_sample_is_in_one_bin():
    confidence, correct = sample()
    assert reliability(confidence, correct).count.sum() == len(confidence)


def test_a_calibrated_teacher_has_no_error():
    confidence = np.repeat([0.25, 0.75], 4)
    correct = np.array([1, 0, 0, 0, 1, 1, 1, 0], bool)
    assert expected_calibration_error(confidence, correct) == 0


def test_a_teacher_that_is_always_sure_and_wrong_has_error_one():
    assert expected_calibration_error(np.ones(5), np.zeros(5, bool)) == 1


def test_one_bin_measures_accuracy_against_mean_confidence():
    confidence, correct = sample()
    assert expected_calibration_error(confidence, correct, 1) == pytest.approx(
        abs(confidence.mean() - correct.mean())
    )


@pytest.mark.parametrize("wrong", [-0.1, 1.1, np.nan])
def test_a_confidence_outside_its_range_is_refused(wrong):
    with pytest.raises(ValueError, match=r"confidence must be in 0..1, got .* in row 1"):
        reliability(np.array([0.5, wrong]), np.ones(2, bool))


def test_no_sample_or_no_bin_is_refused():
    with pytest.raises(ValueError, match="at least one sample"):
        expected_calibration_error(np.empty(0), np.empty(0, bool))
    with pytest.raises(ValueError, match="bins must be at least 1, got 0"):
        reliability(np.ones(1), np.ones(1, bool), 0)
