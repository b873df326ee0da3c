import numpy as np
import pytest

from core.uncertainty import entropy, softmax
from tests.reference import calibration as literal


def logits(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(20, 10)) * 5


def test_softmax_and_entropy_agree_with_the_literal_equations():
    z = logits()
    p = softmax(z)
    np.testing.assert_allclose(p, [literal.softmax(row) for row in z], rtol=1e-13)
    np.testing.assert_allclose(entropy(p), [literal.entropy(row) for row in p], rtol=1e-12)


def test_probabilities_sum_to_one_and_keep_their_precision():
    p = softmax(logits().astype(np.float32))
    assert p.dtype == np.float32
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)


def test_a_common_shift_of_the_logits_changes_nothing():
    np.testing.assert_allclose(softmax(logits() + 1000), softmax(logits()), rtol=1e-10)


def test_huge_logits_do_not_overflow():
    np.testing.assert_array_equal(softmax(np.array([[1e30, -1e30]])), [[1, 0]])


def test_an_undecided_teacher_has_the_entropy_of_its_classes():
    for classes in (2, 10, 1000):
        uniform = np.full((1, classes), 1 / classes)
        assert entropy(uniform)[0] == pytest.approx(np.log(classes), rel=1e-12)


def test_a_certain_teacher_has_no_entropy():
    certain = entropy(np.eye(3, dtype=np.float32))
    np.testing.assert_array_equal(certain, [0, 0, 0])
    assert not np.signbit(certain).any()


def test_a_hot_teacher_is_undecided():
    colder = [entropy(softmax(logits() / t)).mean() for t in (0.5, 1, 2, 8, 1e6)]
    assert colder == sorted(colder)
    assert colder[-1] == pytest.approx(np.log(10), rel=1e-6)


def test_logits_that_are_not_finite_are_refused():
    z = logits()
    z[3, 2], z[5, 0] = np.inf, np.nan
    with pytest.raises(ValueError, match="in 2 of 20 rows, first in row 3"):
        softmax(z)


@pytest.mark.parametrize("wrong", [-0.1, np.nan])
def test_impossible_probabilities_are_refused(wrong):
    with pytest.raises(ValueError, match="must not be negative or NaN"):
        entropy(np.array([[0.5, wrong]]))
