import numpy as np
import pytest

from core.datasets import load
from core.teachers.estimators import EstimatorTeacher, digits_forest, digits_svm, rows
from core.teachers.protocol import Capability, Teacher

DIGITS = load("digits")
TEST = DIGITS.rows("test")


class Constant:
    """Says the same of every row."""

    def __init__(self, classes, probabilities):
        self.classes_ = np.asarray(classes)
        self.probabilities = probabilities

    def predict_proba(self, given):
        return np.tile(self.probabilities, (len(given), 1))


@pytest.mark.parametrize(
    ("factory", "least", "arguments"),
    [(digits_forest, 0.93, {"trees": 60}), (digits_svm, 0.97, {})],
)
def test_the_built_in_estimators_read_digits_and_repeat(factory, least, arguments):
    teacher = EstimatorTeacher(factory(**arguments), 10)
    images = DIGITS.images[TEST]
    logits = teacher.predict(images).logits
    assert (logits.argmax(1) == DIGITS.labels[TEST]).mean() > least
    np.testing.assert_allclose(np.exp(logits).sum(1), 1, rtol=1e-5)
    again = EstimatorTeacher(factory(**arguments), 10).predict(images).logits
    np.testing.assert_array_equal(again, logits)


def test_an_estimator_reads_one_row_of_0_to_1_per_image():
    given = rows(DIGITS.images[:3])
    assert given.shape == (3, 64)
    assert (given.min(), given.max()) == (0, 1)


def test_classes_that_an_estimator_never_met_have_no_probability():
    found = EstimatorTeacher(Constant([0, 2], [0.25, 0.75]), 4).predict(DIGITS.images[:2])
    np.testing.assert_allclose(np.exp(found.logits), [[0.25, 0, 0.75, 0]] * 2, atol=1e-7)


def test_batches_do_not_change_what_is_predicted():
    forest = digits_forest(trees=5, limit=200)
    whole = EstimatorTeacher(forest, 10).predict(DIGITS.images[:9])
    parts = EstimatorTeacher(forest, 10, batch_size=4).predict(DIGITS.images[:9])
    np.testing.assert_array_equal(whole.logits, parts.logits)


def test_it_declares_no_more_than_predictions():
    teacher = EstimatorTeacher(Constant([0], [1.0]), 1)
    assert isinstance(teacher, Teacher)
    assert teacher.capabilities == {Capability.PROBABILITIES, Capability.NEW_IMAGES}


def test_what_does_not_fit_is_one_line():
    from sklearn.ensemble import RandomForestClassifier

    images = DIGITS.images[:2]
    with pytest.raises(ValueError, match="must return it fitted, got RandomForestClassifier"):
        EstimatorTeacher(RandomForestClassifier(), 10).predict(images)
    with pytest.raises(ValueError, match="label numbers from 0 to 9, got classes cat, dog"):
        EstimatorTeacher(Constant(["cat", "dog"], [0.5, 0.5]), 10).predict(images)
    with pytest.raises(ValueError, match="label numbers from 0 to 1, got classes 0, 2"):
        EstimatorTeacher(Constant([0, 2], [0.5, 0.5]), 2).predict(images)
    with pytest.raises(ValueError, match="must give 2 probabilities per image, got shape"):
        EstimatorTeacher(Constant([0, 1], [0.5, 0.3, 0.2]), 2).predict(images)
    with pytest.raises(ValueError, match="at least one image, got none"):
        EstimatorTeacher(Constant([0], [1.0]), 1).predict(images[:0])
    forest = digits_forest(trees=2, limit=60)
    with pytest.raises(ValueError, match=r"raised ValueError: .*one row of 9 numbers in 0\.\.1"):
        EstimatorTeacher(forest, 10).predict(np.zeros((1, 3, 3, 1), np.uint8))
