import numpy as np
import pytest
from scipy.stats import dirichlet
from sklearn.mixture import GaussianMixture as ScikitMixture

from core.darksight.confidence import kernel_density, largest_probability, normalized
from core.darksight.mixtures import dirichlet_mixture, gaussian_mixture
from tests.reference import darksight as reference


def test_the_density_is_the_mean_of_the_kernels(points):
    found = kernel_density(points, bandwidth=0.7).log_density(points[:5] + 0.1)
    expected = [reference.kernel_density(points, query + 0.1, 0.7) for query in points[:5]]
    np.testing.assert_allclose(np.exp(found), expected)


def test_the_bandwidth_chosen_is_near_the_best_for_normal_data():
    data = np.random.default_rng(0).normal(size=(1500, 2))
    found = kernel_density(data)
    best = 1500 ** (-1 / 6)  # Silverman's rule in two dimensions
    assert 0.6 * best < found.bandwidth < 1.6 * best
    assert found.bandwidth == found.tried[found.scores.argmax()]


def test_the_bandwidth_scales_with_the_picture(points):
    one, ten = kernel_density(points), kernel_density(10 * points)
    assert ten.bandwidth == pytest.approx(10 * one.bandwidth)


def test_exact_twins_do_not_ask_for_no_bandwidth(points):
    assert kernel_density(np.concatenate([points] * 3)).bandwidth > 0.1


def test_samples_all_alike_are_equally_dense():
    alike = np.ones((5, 2))
    density = kernel_density(alike).log_density(alike)
    np.testing.assert_allclose(normalized(density), 1)


def test_an_outlier_is_least_confident(points):
    data = np.concatenate([points, [[200.0, 200]]])
    confidence = normalized(kernel_density(data).log_density(data))
    assert confidence.argmin() == 60
    assert confidence.max() == 1
    assert (confidence > 0).all()


def test_new_samples_are_measured_by_the_old_ones():
    assert normalized(np.array([0.0, -1.0, 3.0]), greatest=0.0).tolist() == [1, np.exp(-1), 1]


def test_many_data_are_represented_by_some_of_them():
    data = np.random.default_rng(0).normal(size=(1200, 2))
    some = kernel_density(data, kernels=500)
    assert len(some.centers) == 500
    rough = np.corrcoef(some.log_density(data), kernel_density(data).log_density(data))[0, 1]
    assert rough > 0.9


@pytest.mark.parametrize(
    ("data", "bandwidth", "line"),
    [
        (np.empty((0, 2)), None, "at least one sample, got 0"),
        (np.array([[np.nan, 0.0]]), None, "1 samples of which 0 are finite"),
        (np.zeros((2, 2)), 0.0, "bandwidth must be positive, got 0.0"),
    ],
)
def test_impossible_densities_are_refused(data, bandwidth, line):
    with pytest.raises(ValueError, match=line):
        kernel_density(data, bandwidth=bandwidth)


def test_the_gaussian_mixture_finds_what_scikit_learns_finds():
    random = np.random.default_rng(0)
    label = random.integers(3, size=600)
    data = np.array([[0.0, 0], [6, 0], [0, 7]])[label] + random.normal(size=(600, 2))
    ours = gaussian_mixture(data, label).log_density(data)
    theirs = ScikitMixture(3, random_state=0).fit(data).score_samples(data)
    np.testing.assert_allclose(ours, theirs, atol=0.1)


def test_a_class_of_one_sample_makes_no_needle():
    data = np.concatenate([np.random.default_rng(0).normal(size=(50, 2)), [[9.0, 9.0]]])
    found = gaussian_mixture(data, np.repeat([0, 4], [50, 1]))
    assert np.isfinite(found.log_density(data)).all()


def test_a_dirichlet_mixture_recovers_its_concentrations():
    random = np.random.default_rng(0)
    true = np.array([[8.0, 2, 1], [1, 1, 9]])
    data = np.concatenate([random.dirichlet(alpha, 1500) for alpha in true])
    found = dirichlet_mixture(data, np.repeat([0, 1], 1500))
    np.testing.assert_allclose(found.concentrations, true, rtol=0.12)
    np.testing.assert_allclose(found.weights, 0.5, atol=0.03)


def test_the_dirichlet_density_is_scipys():
    data = np.random.default_rng(0).dirichlet([3, 2, 5], 40)
    found = dirichlet_mixture(data, np.zeros(40, int))
    expected = [dirichlet(found.concentrations[0]).logpdf(row) for row in data]
    np.testing.assert_allclose(found.log_density(data), expected, rtol=1e-8)


def test_probabilities_of_exactly_0_and_1_have_a_finite_density():
    data = np.concatenate([np.eye(3)] * 5)
    assert np.isfinite(dirichlet_mixture(data, data.argmax(axis=1)).log_density(data)).all()


def test_the_largest_probability_is_each_rows():
    assert largest_probability(np.array([[0.2, 0.8], [0.6, 0.4]])).tolist() == [0.8, 0.6]
