import numpy as np
import pytest

from core.teachers.active import (
    NEEDS,
    STRATEGIES,
    Outputs,
    core_set,
    first_round,
    highest,
    next_round,
)
from core.uncertainty import entropy

N = 60
GENERATOR = np.random.default_rng(0)
POINTS = GENERATOR.normal(size=(N, 3))
PROBABILITIES = GENERATOR.dirichlet(np.ones(4), N)
LOSS = GENERATOR.normal(size=N)
OUTPUTS = Outputs(POINTS, PROBABILITIES, LOSS)


def literal_k_centers(points, known, pool, n):
    """Algorithm 1 as it stands: the farthest point from its nearest center, n times."""
    centers, chosen = list(known), []
    for _ in range(n):
        best, farthest = -1, -1.0
        for candidate in pool:
            if candidate in chosen:
                continue
            nearest = min(np.linalg.norm(points[candidate] - points[c]) for c in centers)
            if nearest > farthest:
                best, farthest = candidate, nearest
        centers.append(best)
        chosen.append(best)
    return chosen


@pytest.mark.parametrize("block", [7, 4096])
def test_the_core_set_is_the_literal_greedy_choice(block):
    known, pool = np.arange(5), np.arange(5, N)
    found = core_set(POINTS, known, pool, 12, block=block)
    assert found.tolist() == literal_k_centers(POINTS, known, pool, 12)


def test_a_core_set_of_equal_points_takes_each_once():
    found = core_set(np.ones((8, 2)), np.array([0]), np.arange(1, 8), 7)
    assert sorted(found.tolist()) == list(range(1, 8))


def test_the_first_round_is_common_and_follows_its_seed():
    first, again, other = (first_round(N, 10, seed=seed) for seed in (3, 3, 4))
    assert (first == 0).sum() == 10
    assert (first == -1).sum() == N - 10
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_image_enters_once_and_keeps_its_round(strategy):
    entered = first_round(N, 10, seed=0)
    for number in (1, 2, 3):
        after = next_round(strategy, entered, OUTPUTS, 20, seed=0)
        assert (after == number).sum() == min(20, (entered == -1).sum())
        np.testing.assert_array_equal(after[entered >= 0], entered[entered >= 0])
        entered = after
    assert (entered >= 0).all()
    assert np.bincount(entered).tolist() == [10, 20, 20, 10]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_choice_repeats(strategy):
    entered = first_round(N, 10, seed=0)
    first, again = (next_round(strategy, entered, OUTPUTS, 9, seed=2) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_uncertain_images_enter_first():
    entered = first_round(N, 10, seed=0)
    pool = np.flatnonzero(entered < 0)
    by_entropy = next_round("entropy", entered, OUTPUTS, 5, seed=0)
    least = np.sort(entropy(PROBABILITIES[pool]))[-5]
    assert entropy(PROBABILITIES[by_entropy == 1]).min() >= least
    by_loss = next_round("learning_loss", entered, OUTPUTS, 5, seed=0)
    assert set(LOSS[by_loss == 1]) == set(np.sort(LOSS[pool])[-5:])


def test_a_subset_bounds_the_choice_but_never_below_what_is_asked():
    entered = first_round(N, 10, seed=0)
    whole = next_round("learning_loss", entered, OUTPUTS, 5, seed=0)
    some = next_round("learning_loss", entered, OUTPUTS, 5, seed=0, subset=8)
    assert LOSS[some == 1].sum() < LOSS[whole == 1].sum()
    assert (next_round("entropy", entered, OUTPUTS, 5, seed=0, subset=2) == 1).sum() == 5


def test_the_highest_come_first_and_equal_ones_in_their_order():
    assert highest(np.array([1.0, 3.0, 3.0, 2.0]), 3).tolist() == [1, 2, 3]


@pytest.mark.parametrize("strategy", NEEDS)
def test_what_a_strategy_needs_is_named(strategy):
    entered = first_round(N, 10, seed=0)
    line = f"{strategy} needs {NEEDS[strategy]} of all 60 images, got none"
    with pytest.raises(ValueError, match=line):
        next_round(strategy, entered, Outputs(), 5, seed=0)


def test_impossible_rounds_are_named():
    with pytest.raises(ValueError, match="must hold 1 to 60 images, got 61"):
        first_round(N, 61, seed=0)
    entered = first_round(N, 10, seed=0)
    with pytest.raises(ValueError, match="at least one image, got 0"):
        next_round("random", entered, OUTPUTS, 0, seed=0)
    with pytest.raises(ValueError, match="begin with first_round"):
        next_round("random", np.full(N, -1), OUTPUTS, 5, seed=0)
