import itertools

import numpy as np

from core.darksight.initial import arrangements, class_map, class_ring, ring_orders, soft_confusion


def _chain(classes: int) -> np.ndarray:
    """Confusions along a closed chain 0, 1, 2, ..., 0."""
    table = np.eye(classes)
    for k in range(classes):
        table[k, (k + 1) % classes] = table[(k + 1) % classes, k] = 0.1
    return table


def test_classes_confused_in_a_chain_follow_each_other_on_the_ring():
    shuffle = np.random.default_rng(0).permutation(9)
    confusion = _chain(9)[np.ix_(shuffle, shuffle)]
    steps = np.diff(
        shuffle[ring_orders(confusion, 1)[0]], append=shuffle[ring_orders(confusion, 1)[0]][0]
    )
    assert set(np.abs(steps)) == {1, 8}


def test_the_best_order_is_the_best_of_all():
    random = np.random.default_rng(1)
    confusion = random.random((6, 6))
    confusion += confusion.T
    attraction = np.sqrt(confusion)
    turn = 2 * np.pi * np.arange(6) / 6
    distance = 1 - np.cos(turn[:, None] - turn)

    def cost(order):
        pairs = itertools.permutations(range(6), 2)
        return sum(attraction[order[i], order[j]] * distance[i, j] for i, j in pairs)

    best = min(cost(order) for order in itertools.permutations(range(6)))
    assert np.isclose(cost(ring_orders(confusion, 1)[0]), best)


def test_confused_classes_lie_near_each_other_on_the_map():
    places = class_map(_chain(8))
    apart = np.hypot(*(places[:, None] - places).transpose(2, 0, 1))
    assert apart[_chain(8) == 0.1].max() < apart[_chain(8) == 0].min()


def test_soft_confusion_counts_weights(teacher):
    weight = np.ones(200)
    weight[0] = 2
    expected = soft_confusion(np.concatenate([teacher, teacher[:1]]).T, np.ones(201))
    np.testing.assert_allclose(soft_confusion(teacher.T, weight), expected)


def test_neighbours_on_the_ring_stand_a_spacing_apart():
    places = class_ring(np.arange(40))
    np.testing.assert_allclose(np.hypot(*np.diff(places, axis=0).T), 7.5, rtol=0.01)


def test_as_many_arrangements_are_offered_as_asked_for(teacher):
    confusion = soft_confusion(teacher.T, np.ones(200))
    for number in (1, 4, 12):
        found = arrangements(confusion, number)
        assert len({a.name for a in found}) == number
    assert len(arrangements(np.eye(60), 3)) == 3
    assert all(np.isfinite(a.places).all() for a in arrangements(np.eye(60), 3))
