import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

from core.dvi.baselines import tsne_picture, umap_inverse, umap_picture, umap_project
from core.dvi.deepview import deepview, discriminative_distances, jensen_shannon_distance
from core.dvi.properties import nn_pv, ppr
from core.uncertainty import softmax
from tests.reference import dvi as literal

RANDOM = np.random.default_rng(0)


def test_samples_and_boundary_points_are_embedded_together(small):
    x, boundary = small.representations[:120], small.boundary().representations
    first = umap_picture(x, boundary, projects=True)
    assert first.boundary_points.shape == (24, 2)
    assert nn_pv(x, first.points, 15) > 0.4
    turned = -first.points  # a picture that no start from nothing ends at
    transferred = umap_picture(x, boundary, previous=turned)
    from_nothing = umap_picture(x, boundary, seed=3)
    alike = [np.corrcoef(p.points.T, turned.T) for p in (transferred, from_nothing)]
    near = [float(table[0, 2] + table[1, 3]) for table in alike]  # wherever the pictures lie
    assert near[0] > near[1]
    assert umap_project(first, x[:5]).shape == (5, 2)
    assert umap_inverse(first, first.points[:2]).shape == (2, 24)
    assert umap_inverse(from_nothing, from_nothing.points[:2]).shape == (2, 24)
    alike = [umap_inverse(p, p.points[:20]) for p in (first, from_nothing)]
    assert [np.abs(a - x[:20]).mean() < np.abs(x - x.mean(0)).mean() for a in alike] == [True] * 2
    with pytest.raises(ValueError, match="only UMAP"):
        umap_project(tsne_picture(x[:40], boundary), x)


def test_the_jensen_shannon_distance_is_the_root_of_the_divergence_in_bits():
    p, q = RANDOM.dirichlet(np.ones(4), 6), RANDOM.dirichlet(np.ones(4), 6)
    expected = [literal.jensen_shannon_distance(a, b) for a, b in zip(p, q, strict=True)]
    np.testing.assert_allclose(jensen_shannon_distance(p, q), expected)
    assert jensen_shannon_distance(np.eye(2), np.eye(2)[::-1]).tolist() == [1, 1]


def test_the_distance_sums_the_steps_on_the_line(small):
    x = small.representations[:6].astype(np.float64)

    def probability(rows):
        return softmax(small.head(rows))

    found = discriminative_distances(probability, x, steps=5)
    for i in range(6):
        for j in range(6):
            line = probability(np.stack([x[i] + s / 5 * (x[j] - x[i]) for s in range(6)]))
            expected = sum(literal.jensen_shannon_distance(a, b) for a, b in pairwise(line))
            assert found[i, j] == pytest.approx(expected, abs=1e-6)


def test_deepview_keeps_predictions_there_and_back(small):
    x = small.representations[:100]
    view = deepview(x, lambda rows: softmax(small.head(rows)))
    after = small.head(view.inverse(view.points)).argmax(axis=1)
    assert ppr(small.predicted[:100], after) > 0.9
    assert view.project(small.representations[100:110]).shape == (10, 2)
    assert np.isfinite(view.inverse(np.array([[1e4, -1e4]]))).all()


def test_what_a_light_page_needs_imports_no_torch():
    code = (
        "import sys, core.dvi.events, core.dvi.noise, core.dvi.properties, core.dvi.landscape;"
        "sys.exit('torch' in sys.modules or 'numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
