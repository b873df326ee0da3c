import numpy as np
import pytest
from scipy import sparse

from core.dvi.complex import (
    boundary_complex,
    fuzzy_union,
    fuzzy_weights,
    keep_classes,
    refined_neighbors,
)
from core.neighborhoods import nearest_neighbors
from tests.reference import dvi as literal


@pytest.mark.filterwarnings("ignore:Tensorflow:ImportWarning")  # umap has no TensorFlow
def test_fuzzy_weights_agree_with_umap_learn():
    from umap.umap_ import fuzzy_simplicial_set

    data = np.random.default_rng(0).normal(size=(120, 6)).astype(np.float32)
    indices, distances = nearest_neighbors(data, 14)
    itself = np.arange(120)[:, None]
    theirs, _, _ = fuzzy_simplicial_set(
        data,
        15,
        np.random.RandomState(0),
        "euclidean",
        knn_indices=np.hstack([itself, indices]),
        knn_dists=np.hstack([np.zeros((120, 1)), distances]).astype(np.float32),
        return_dists=False,
    )[:3]
    ours = fuzzy_union(indices, fuzzy_weights(distances))
    np.testing.assert_allclose(ours.toarray(), sparse.csr_matrix(theirs).toarray(), atol=2e-4)


def test_the_edges_are_those_of_definition_3():
    random = np.random.default_rng(1)
    samples, boundary = random.normal(size=(30, 4)), random.normal(size=(9, 4))
    ours = boundary_complex(samples, boundary, 5)
    found = {frozenset(map(int, pair)) for pair in zip(ours.head, ours.tail, strict=True)}
    assert found == literal.complex_edges(samples.tolist(), boundary.tolist(), 5)
    assert ((ours.weight > 0) & (ours.weight <= 1)).all()


@pytest.mark.parametrize("points", [0, 1, 3])
def test_fewer_boundary_points_than_neighbours_are_all_witnesses(points):
    random = np.random.default_rng(2)
    ours = boundary_complex(random.normal(size=(20, 4)), random.normal(size=(points, 4)), 5)
    assert ours.witnesses.shape == (20, points)
    assert ours.tail.max(initial=0) < 20 + points


def test_constant_representations_have_finite_weights():
    assert np.isfinite(fuzzy_weights(np.zeros((6, 3)))).all()


def test_a_permutation_of_the_samples_permutes_the_complex():
    random = np.random.default_rng(3)
    samples, boundary = random.normal(size=(25, 4)), random.normal(size=(8, 4))
    order = random.permutation(25)
    one, other = (
        boundary_complex(samples, boundary, 5),
        boundary_complex(samples[order], boundary, 5),
    )
    whole = np.concatenate([order, np.arange(25, 33)])
    dense, permuted = np.zeros((33, 33)), np.zeros((33, 33))
    dense[one.head, one.tail] = one.weight
    permuted[other.head, other.tail] = other.weight
    np.testing.assert_allclose(permuted, dense[np.ix_(whole, whole)], atol=1e-9)


def test_edges_between_classes_are_weakened_and_the_lonely_find_company(small):
    x, predicted = small.representations, small.predicted.copy()
    predicted[0] = (predicted[0] + 1) % 4  # alone among others
    edges = boundary_complex(x, x[:0], 8)
    kept = keep_classes(edges, x, predicted, across=0.1, own=3)
    before, after = np.zeros((240, 240)), np.zeros((240, 240))
    before[edges.head, edges.tail] = edges.weight
    after[kept.head, kept.tail] = kept.weight
    other = predicted[:, None] != predicted[None]
    np.testing.assert_allclose(after[other], 0.1 * before[other])
    assert (after[0] > 0)[predicted == predicted[0]].sum() >= 3
    np.testing.assert_array_equal(after, after.T)
    assert after.diagonal().sum() == 0


def test_refining_an_old_graph_finds_the_neighbours_of_today():
    random = np.random.default_rng(4)
    before = random.normal(size=(400, 5)).astype(np.float32)
    now = before + random.normal(0, 0.3, before.shape).astype(np.float32)
    start, _ = nearest_neighbors(before, 10)
    found, distances = refined_neighbors(now, start)
    exact, true_distances = nearest_neighbors(now, 10)
    assert (found[:, :, None] == exact[:, None]).any(2).mean() > 0.98
    assert (distances >= true_distances - 1e-6).all()
    assert not (found == np.arange(400)[:, None]).any()
