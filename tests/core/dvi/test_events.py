import numpy as np
import pytest

from core.dvi.events import (
    accuracy_drops,
    flips,
    forgotten,
    jumps,
    largest_moves,
    late_learned,
    learned_at,
    never_learned,
    restless_epochs,
)
from core.dvi.noise import detection, last_loss, noise_score

CORRECT = np.array([[1, 0, 0, 1], [1, 0, 1, 0], [0, 0, 1, 1], [0, 0, 1, 1]], bool)


def test_every_change_of_prediction_is_a_flip():
    found = flips(np.array([[0, 1], [0, 2], [3, 2]]))
    assert list(zip(found.epoch, found.sample, strict=True)) == [(1, 1), (2, 0)]


def test_a_jump_has_the_sign_of_its_direction():
    found = jumps(np.array([[0.1, 0.9], [0.8, 0.8], [0.8, 0.1]]), 0.6)
    assert found.size.tolist() == pytest.approx([0.7, -0.7])
    assert found.epoch.tolist() == [1, 2]


def test_the_largest_moves_come_in_the_order_of_time():
    points = np.zeros((3, 2, 2))
    points[1:, 0, 0] = 5
    points[2, 1, 1] = 9
    found = largest_moves(points, 2)
    assert list(zip(found.epoch, found.sample, found.size, strict=True)) == [(1, 0, 5), (2, 1, 9)]
    assert len(largest_moves(points, 0)) == 0


def test_forgotten_is_right_then_wrong():
    assert forgotten(CORRECT, 0, 3).tolist() == [0]
    with pytest.raises(ValueError, match="two epochs in order"):
        forgotten(CORRECT, 3, 0)


def test_never_and_late_learned():
    assert never_learned(CORRECT).tolist() == [1]
    assert learned_at(CORRECT).tolist() == [-1, -1, 1, 2]
    assert late_learned(CORRECT, 2).tolist() == [3]
    assert late_learned(np.ones((3, 2), bool), 0).tolist() == []


def test_the_deepest_drop_of_accuracy_comes_first():
    correct = np.array([[1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 1, 1], [1, 0, 0, 1]], bool)
    epochs, size = accuracy_drops(correct)
    assert epochs.tolist() == [3, 1]
    assert size.tolist() == [0.5, 0.25]


def test_the_most_restless_epoch_comes_first():
    points = np.zeros((3, 4, 2))
    points[2] = 1
    assert restless_epochs(points)[0].tolist() == [2, 1]


def test_a_sample_among_strangers_that_is_learned_last_is_the_most_suspicious():
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1], 30)
    points = random.normal(0, 0.5, (3, 60, 2)) + 8 * labels[None, :, None]
    probability = np.tile(np.array([[0.6], [0.9], [1.0]]), (1, 60))
    labels[4] = 1
    probability[:, 4] = [0.1, 0.2, 0.9]
    found = noise_score(probability, points, labels, k=10)
    assert found.score.argmax() == 4
    assert found.foreignness[4] == 1
    assert last_loss(probability).argmax() == 4


def test_average_precision_is_one_for_a_perfect_order_and_does_not_depend_on_ties():
    flipped = np.array([False, True, False, True])
    assert detection(np.array([0.1, 0.9, 0.2, 0.8]), flipped).average_precision == 1
    assert detection(np.zeros(4), flipped).average_precision == 0.5
    with pytest.raises(ValueError, match="at least one flipped"):
        detection(np.zeros(2), np.zeros(2, bool))


def test_average_precision_agrees_with_scikit_learn():
    from sklearn.metrics import average_precision_score

    random = np.random.default_rng(1)
    score, flipped = np.round(random.random(50), 1), random.random(50) < 0.3
    expected = average_precision_score(flipped, score)
    assert detection(score, flipped).average_precision == pytest.approx(expected)
