import numpy as np
import pytest

from core.summit.attribution import Edges, attribution_graph, take
from core.summit.pagerank import pagerank
from core.summit.settings import DARKROOM, PAPER, PUBLISHED, Preset


def edges(*triples):
    low, high, weight = np.array(triples, int).reshape(-1, 3).T
    return Edges(low, high, weight)


COUNTS = [np.array([9, 3, 0]), np.array([0, 8, 2, 0]), np.array([5, 0])]
EDGES = [edges((0, 1, 9), (1, 2, 3), (2, 3, 1)), edges((1, 0, 8), (2, 1, 2), (3, 1, 1))]


def pairs(graph):
    return set(zip(graph.vertex_layer.tolist(), graph.vertex_channel.tolist(), strict=True))


def test_the_strongest_path_is_the_graph():
    graph = attribution_graph(COUNTS, EDGES, PAPER)
    assert pairs(graph) == {(0, 0), (1, 1), (2, 0)}
    assert graph.count.tolist() == [9, 8, 5]
    assert graph.edge_layer.tolist() == [1, 2]
    assert graph.channel_in.tolist() == [0, 1]
    assert graph.channel_out.tolist() == [1, 0]
    assert graph.influence.tolist() == [9, 8]
    assert graph.residual < 1e-12


def test_ranks_are_those_of_pagerank_with_a_over_its_largest():
    graph = attribution_graph(COUNTS, EDGES, Preset("all", vertex_share=1.0))
    p = np.array([1, 1 / 3, 0, 0, 1, 0.25, 0, 1, 0])
    tail, head = np.array([0, 1, 2, 4, 5, 6]), np.array([4, 5, 6, 7, 8, 8])
    rank = pagerank(tail, head, np.array([9, 3, 1, 8, 2, 1]), p).rank
    first = np.array([0, 3, 7])
    np.testing.assert_allclose(
        graph.pagerank, rank[first[graph.vertex_layer] + graph.vertex_channel]
    )
    assert len(graph.influence) == 4  # channel 2 of the first layer has no rank at all


def test_vertices_are_taken_until_the_share_is_reached():
    rank = np.array([0.1, 0.5, 0.3, 0.1])
    assert take(rank, 0.5, 1).tolist() == [1]
    assert take(rank, 0.51, 1).tolist() == [1, 2]
    assert take(rank, 0.01, 3).tolist() == [1, 2, 0]
    assert take(rank, 1.0, 1).tolist() == [1, 2, 0, 3]
    assert take(np.zeros(3), 0.5, 2).tolist() == []


def test_equal_ranks_go_to_the_lower_channel():
    assert take(np.full(5, 0.2), 0.3, 1).tolist() == [0, 1]


def test_excluded_channels_are_nowhere():
    excluded = [np.array([True, False, False]), np.zeros(4, bool), np.zeros(2, bool)]
    graph = attribution_graph(COUNTS, EDGES, PAPER, excluded=excluded)
    assert (0, 0) not in pairs(graph)
    assert not ((graph.edge_layer == 1) & (graph.channel_in == 0)).any()
    whole = attribution_graph(COUNTS, EDGES, Preset("all", vertex_share=1.0), excluded=excluded)
    assert (0, 0) not in pairs(whole)


def test_the_published_preset_widens_a_layer_until_it_has_an_edge_down():
    counts = [np.array([9, 0]), np.array([9, 1, 1])]
    lonely = [edges((0, 1, 1), (1, 0, 40))]
    narrow = attribution_graph(counts, lonely, Preset("narrow", directed=False))
    assert len(narrow.influence) == 0
    wide = attribution_graph(counts, lonely, PUBLISHED)
    assert len(wide.influence) > 0
    assert wide.shares[0] == PUBLISHED.vertex_share
    assert wide.shares[1] > PUBLISHED.vertex_share


def test_a_layer_without_any_edge_down_ends_widening():
    graph = attribution_graph([np.array([1, 1]), np.array([1, 1])], [edges()], PUBLISHED)
    assert graph.shares[1] == 1.0
    assert len(graph.influence) == 0


def test_one_layer_alone_gives_its_largest_counts():
    graph = attribution_graph([np.array([1, 5, 2])], [], DARKROOM)
    assert graph.vertex_channel.tolist() == [1, 2]


def test_a_class_without_images_has_no_graph():
    graph = attribution_graph([np.zeros(3, int), np.zeros(2, int)], [edges()], PAPER)
    assert pairs(graph) == set()
    assert len(graph.influence) == 0
    gone = [np.array([True, False]), np.zeros(2, bool)]
    alone = attribution_graph([np.array([4, 0]), np.zeros(2, int)], [edges()], PAPER, excluded=gone)
    assert pairs(alone) == set()


def test_edges_must_lie_between_layers():
    with pytest.raises(ValueError, match=r"between each two layers \(2 of them\), got 1"):
        attribution_graph(COUNTS, EDGES[:1], PAPER)


def test_a_setting_outside_its_range_is_refused():
    with pytest.raises(ValueError, match="damping must be from 0 to below 1"):
        Preset("x", damping=1.0)
    with pytest.raises(ValueError, match="least_vertices must be at least 1, got 0"):
        Preset("x", least_vertices=0)
