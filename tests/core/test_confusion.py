import numpy as np
import pytest
from sklearn import metrics

from core.confusion import accuracy, balanced_accuracy, class_table, confusion_matrix

LABELS = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2])
PREDICTED = np.array([0, 0, 1, 1, 0, 2, 2, 1, 0])


def random_classes(n: int = 300, classes: int = 7):
    random = np.random.default_rng(0)
    labels = random.integers(0, classes, n)
    return labels, np.where(random.random(n) < 0.7, labels, random.integers(0, classes, n))


def test_the_true_class_is_in_rows():
    matrix = confusion_matrix(np.array([0, 0, 1]), np.array([1, 1, 1]), 2)
    np.testing.assert_array_equal(matrix, [[0, 2], [0, 1]])


def test_the_matrix_agrees_with_scikit_learn():
    labels, predicted = random_classes()
    np.testing.assert_array_equal(
        confusion_matrix(labels, predicted, 7), metrics.confusion_matrix(labels, predicted)
    )


def test_small_integers_do_not_overflow():
    labels = np.array([99, 98], np.int8)
    assert confusion_matrix(labels, labels, 100)[99, 99] == 1


def test_the_table_agrees_with_scikit_learn():
    labels, predicted = random_classes()
    table = class_table(labels, predicted, 7)
    precision, recall, f1, count = metrics.precision_recall_fscore_support(labels, predicted)
    np.testing.assert_allclose(table.precision, precision)
    np.testing.assert_allclose(table.recall, recall)
    np.testing.assert_allclose(table.f1, f1)
    np.testing.assert_array_equal(table.count, count)
    for c in range(7):
        assert table.accuracy[c] == metrics.accuracy_score(labels == c, predicted == c)


def test_the_most_frequent_confusion_is_named_and_the_first_of_equals():
    table = class_table(LABELS, PREDICTED, 3)
    np.testing.assert_array_equal(table.confused_with, [1, 0, 0])


def test_a_class_never_confused_says_so():
    assert class_table(LABELS, LABELS, 3).confused_with.tolist() == [-1, -1, -1]


def test_shares_of_nothing_are_not_numbers():
    table = class_table(np.array([0, 0]), np.array([0, 1]), 3)
    assert table.precision[1] == 0
    assert np.isnan(table.recall[1])
    assert table.f1[1] == 0
    assert np.isnan([table.precision[2], table.recall[2], table.f1[2]]).all()
    assert table.accuracy.tolist() == [0.5, 0.5, 1]


def test_a_table_of_no_samples_is_all_undefined():
    table = class_table(np.empty(0, int), np.empty(0, int), 2)
    assert table.count.tolist() == [0, 0]
    assert np.isnan(table.accuracy).all()


def test_accuracies_agree_with_scikit_learn():
    labels, predicted = random_classes()
    assert accuracy(labels, predicted) == metrics.accuracy_score(labels, predicted)
    assert balanced_accuracy(labels, predicted, 7) == pytest.approx(
        metrics.balanced_accuracy_score(labels, predicted)
    )


def test_a_class_without_samples_does_not_lower_the_balanced_accuracy():
    assert balanced_accuracy(LABELS, LABELS, 5) == 1


def test_a_rare_class_counts_as_much_as_a_frequent_one():
    labels = np.repeat([0, 1], [99, 1])
    predicted = np.zeros(100, int)
    assert accuracy(labels, predicted) == 0.99
    assert balanced_accuracy(labels, predicted, 2) == 0.5


def test_a_class_outside_the_range_is_refused():
    with pytest.raises(ValueError, match="predicted must be from 0 to 2, got 0 to 3"):
        confusion_matrix(np.zeros(2, int), np.array([0, 3]), 3)
    with pytest.raises(ValueError, match="labels must be from 0 to 2, got -1 to 0"):
        confusion_matrix(np.array([0, -1]), np.zeros(2, int), 3)


def test_no_sample_is_refused():
    nothing = np.empty(0, int)
    with pytest.raises(ValueError, match="accuracy needs at least one sample"):
        accuracy(nothing, nothing)
    with pytest.raises(ValueError, match="balanced accuracy needs at least one sample"):
        balanced_accuracy(nothing, nothing, 3)
