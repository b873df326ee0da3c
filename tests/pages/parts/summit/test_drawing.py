"""What a comparison draws."""

import numpy as np
import pytest

from core.store import Store
from pages.parts.summit import held
from pages.parts.summit.asked import OPERATIONS
from pages.parts.summit.drawing import (
    OTHERS,
    OWN,
    SHARED,
    class_drawing,
    comparison,
    image_drawing,
)
from pages.parts.summit.held import Graph
from tests.pages.toy_store import write_toy_store
from tests.pages.toy_summit import count, edges, vertices, write_toy_summit

NAMES = ("first", "second")


@pytest.fixture
def toy(store_folder):
    write_toy_store(store_folder)
    write_toy_summit(store_folder)
    return Store("toy", store_folder)


def compared(store, operation, first=0, second=2):
    graphs = held.graph(store, first), held.graph(store, second)
    return comparison(store, *graphs, NAMES, operation, "light")


def ids(drawn):
    return set(zip(drawn.layer.tolist(), drawn.channel.tolist(), strict=True))


def test_intersection_union_and_differences_are_those_of_sets(toy):
    one, two = set(vertices(0)), set(vertices(2))
    expected = {"both": one & two, "union": one | two, "first": one - two, "second": two - one}
    for operation, wanted in expected.items():
        (drawn,) = compared(toy, operation)
        assert ids(drawn) == wanted


def test_side_by_side_shows_each_graph_whole(toy):
    first, second = compared(toy, "side")
    assert ids(first) == set(vertices(0))
    assert ids(second) == set(vertices(2))
    assert set(first.group.tolist()) == {SHARED, OWN}
    assert set(second.group.tolist()) == {SHARED, OTHERS}


def test_the_union_knows_whose_a_channel_is_and_both_counts(toy):
    (drawn,) = compared(toy, "union")
    assert drawn.second is not None
    one, two = set(vertices(0)), set(vertices(2))
    for i, place in enumerate(zip(drawn.layer.tolist(), drawn.channel.tolist(), strict=True)):
        group = SHARED if place in one & two else OWN if place in one else OTHERS
        assert drawn.group[i] == group
        assert drawn.count[i] == (count(0, *place) if place in one else 0)
        assert drawn.second[i] == (count(2, *place) if place in two else 0)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_edges_join_channels_that_are_drawn(toy, operation):
    for drawn in compared(toy, operation):
        for a, b in zip(drawn.source, drawn.target, strict=True):
            assert drawn.layer[b] == drawn.layer[a] + 1


def test_a_class_compared_with_itself_has_nothing_of_its_own(toy):
    (drawn,) = compared(toy, "union", 1, 1)
    assert set(drawn.group.tolist()) == {SHARED}
    assert set(drawn.edge_group.tolist()) == {SHARED}
    (alone,) = compared(toy, "first", 1, 1)
    assert len(alone.layer) == len(alone.source) == 0


def test_a_channel_that_no_image_chose_still_belongs_to_its_class(toy):
    one = np.array([0])
    graph = Graph(one, one, np.zeros(1), np.ones(1), *(np.zeros(0, np.int64),) * 4)
    other = held.graph(toy, 2)
    (drawn,) = comparison(toy, graph, other, NAMES, "both", "light")
    assert ids(drawn) == {(0, 0)}


def test_all_edges_of_a_class_are_drawn(toy):
    drawn = class_drawing(toy, held.graph(toy, 3))
    assert len(drawn.source) == len(edges(3))
    assert drawn.users[drawn.channel.tolist().index(0)] == 4  # the hub is in all four graphs
    assert sorted(drawn.flags.tolist()) == [0, 0, 0, 0, 1, 2]


def test_a_motif_stands_out(toy):
    motif = [(1, 0, 2), (2, 2, 1)]
    drawn = class_drawing(toy, held.graph(toy, 0), motif)
    assert drawn.standing is not None
    assert int(drawn.standing.sum()) == 2


def test_an_edge_fires_where_both_its_ends_do(toy):
    graph = held.graph(toy, 0)
    fired = graph.channel % 2 == 0
    drawn = image_drawing(toy, graph, fired, "dark")
    for a, b, group in zip(drawn.source, drawn.target, drawn.edge_group, strict=True):
        assert (group == 0) == bool(fired[a] and fired[b])
