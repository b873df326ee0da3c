from itertools import pairwise

import networkx
import numpy as np
import pytest

from core.summit.pagerank import pagerank
from tests.reference import summit as literal


def layered(seed, widths=(7, 9, 5), share=0.4):
    generator = np.random.default_rng(seed)
    tail, head, first = [], [], 0
    for below, above in pairwise(widths):
        i, j = np.nonzero(generator.random((below, above)) < share)
        tail.append(i + first)
        head.append(j + first + below)
        first += below
    tail, head = np.concatenate(tail), np.concatenate(head)
    weight = generator.integers(1, 50, len(tail))
    personalization = generator.random(sum(widths)) * (generator.random(sum(widths)) < 0.7)
    return tail, head, weight, personalization


def dense(tail, head, weight, n, directed):
    matrix = np.zeros((n, n))
    np.add.at(matrix, (tail, head), weight)
    return matrix if directed else matrix + matrix.T - np.diag(np.diag(matrix))


def of_networkx(tail, head, weight, p, directed, tol, max_iter=1000):
    graph = networkx.DiGraph() if directed else networkx.Graph()
    graph.add_nodes_from(range(len(p)))
    graph.add_weighted_edges_from(zip(tail.tolist(), head.tolist(), weight.tolist(), strict=True))
    found = networkx.pagerank(
        graph, alpha=0.85, personalization=dict(enumerate(p)), tol=tol, max_iter=max_iter
    )
    return np.array([found[i] for i in range(len(p))])


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_the_rank_is_the_dense_eigenvector_and_networkxs(directed, seed):
    tail, head, weight, p = layered(seed)
    found = pagerank(tail, head, weight, p, directed=directed)
    assert found.residual < 1e-12
    assert found.rank.sum() == pytest.approx(1, abs=1e-12)
    exact = literal.dense_pagerank(dense(tail, head, weight, len(p), directed), p, 0.85)
    np.testing.assert_allclose(found.rank, exact, atol=1e-12)
    theirs = of_networkx(tail, head, weight, p, directed, tol=1e-16)
    assert np.abs(found.rank - theirs).sum() < 1e-10


def test_stopped_early_it_is_where_networkx_stops():
    tail, head, weight, p = layered(5, widths=(30, 40, 30))
    found = pagerank(tail, head, weight, p, directed=False, tolerance=1e-6)
    theirs = of_networkx(tail, head, weight, p, False, tol=1e-6, max_iter=100)
    np.testing.assert_allclose(found.rank, theirs, atol=1e-14)
    assert found.residual > 1e-9


def test_edges_that_only_climb_are_solved_in_as_many_steps_as_there_are_layers():
    tail, head, weight, p = layered(1, widths=(6, 6, 6, 6, 6))
    assert pagerank(tail, head, weight, p).steps <= 5


def test_directed_cycles_converge_too():
    tail, head = np.array([0, 1, 2, 2]), np.array([1, 2, 0, 2])
    weight, p = np.array([1.0, 2, 3, 1]), np.array([1.0, 0, 0])
    found = pagerank(tail, head, weight, p)
    exact = literal.dense_pagerank(dense(tail, head, weight, 3, True), p, 0.85)
    np.testing.assert_allclose(found.rank, exact, atol=1e-12)


@pytest.mark.parametrize("directed", [True, False])
def test_loops_doubled_edges_and_lonely_vertices_are_as_in_the_dense_equation(directed):
    tail, head = np.array([0, 0, 1, 3, 3]), np.array([1, 1, 1, 4, 4])
    weight, p = np.array([1.0, 2, 3, 1, 1]), np.array([0.2, 0.5, 0.1, 0, 1])
    found = pagerank(tail, head, weight, p, directed=directed)
    exact = literal.dense_pagerank(dense(tail, head, weight, 5, directed), p, 0.85)
    np.testing.assert_allclose(found.rank, exact, atol=1e-12)


def test_without_edges_the_rank_is_the_personalization():
    none = np.zeros(0, int)
    for directed in (True, False):
        found = pagerank(none, none, np.zeros(0), np.array([3.0, 1.0]), directed=directed)
        np.testing.assert_allclose(found.rank, [0.75, 0.25])
    assert pagerank(none, none, np.zeros(0), np.zeros(0)).steps == 0
    np.testing.assert_allclose(pagerank(none, none, np.zeros(0), np.zeros(4)).rank, 0.25)


def test_a_negative_weight_is_refused():
    one = np.array([0])
    with pytest.raises(ValueError, match="weight must be finite and not negative"):
        pagerank(one, one, np.array([-1.0]), np.array([1.0]))
