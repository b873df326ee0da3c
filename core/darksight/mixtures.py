"""Mixtures that stand for all predictions: Gaussians in a picture, Dirichlets on the simplex.

Both are fitted by expectation maximisation, one component per predicted class to begin with, and
answer with the logarithm of a density, a confidence like the kernel density's.

Sources: Dempster, Laird and Rubin, "Maximum Likelihood from Incomplete Data via the EM Algorithm"
(1977); for the Dirichlet's maximum, Minka, "Estimating a Dirichlet distribution" (2000), whose
Newton step (section 1) and starting point by moments are used. Our ``concentrations`` are his
alpha.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import gammaln, polygamma, psi

from core.axes import Features, Labels, Probabilities

LogDensity = Float[np.ndarray, " query"]
Queries = Float[np.ndarray, "query feature"]
Joint = Float[np.ndarray, "query component"]
Responsibilities = Float[np.ndarray, "sample component"]

SHARE = 1e-3  # of the data's variance, added to each component's: one sample is no needle
STEPS = 200
TOLERANCE = 1e-6  # nats per sample
CONCENTRATION = (1e-3, 1e6)


@dataclass(frozen=True)
class GaussianMixture:
    """``weights`` sum to 1; a mean and a covariance per component."""

    weights: Float[np.ndarray, " component"]
    means: Float[np.ndarray, "component feature"]
    covariances: Float[np.ndarray, "component feature feature"]

    def joint(
        self, queries: Float[np.ndarray, "query feature"]
    ) -> Float[np.ndarray, "query component"]:
        """Return the logarithm of weight times density of each component."""
        result = np.empty((len(queries), len(self.weights)))
        for k, (mean, covariance) in enumerate(zip(self.means, self.covariances, strict=True)):
            factor = np.linalg.cholesky(covariance)
            step = np.linalg.solve(factor, (queries - mean).T)
            size = np.log(np.diag(factor)).sum() + len(mean) / 2 * np.log(2 * np.pi)
            result[:, k] = np.log(self.weights[k]) - size - (step * step).sum(axis=0) / 2
        return result

    def log_density(self, queries: Queries) -> LogDensity:
        """Return the logarithm of the density at each query."""
        return _log_sum(self.joint(queries))


@dataclass(frozen=True)
class DirichletMixture:
    """``weights`` sum to 1; concentrations above 0 per component; rows are floored as stated."""

    weights: Float[np.ndarray, " component"]
    concentrations: Float[np.ndarray, "component class"]
    floor: float

    def joint(self, logs: Float[np.ndarray, "query class"]) -> Joint:
        """Return the logarithm of weight times density, from logarithms of probabilities."""
        alpha = self.concentrations
        constant = gammaln(alpha.sum(axis=1)) - gammaln(alpha).sum(axis=1)
        return logs @ (alpha - 1).T + constant + np.log(self.weights)

    def log_density(self, probabilities: Float[np.ndarray, "query class"]) -> LogDensity:
        """Return the logarithm of the density at each row of probabilities."""
        return _log_sum(self.joint(_floored_logs(probabilities, self.floor)))


def gaussian_mixture(data: Features, predicted: Labels) -> GaussianMixture:
    """Return a mixture of Gaussians fitted to the data, starting from the predicted classes.

    Parameters
    ----------
    data
        An embedding, finite; one sample or more.
    predicted
        Class of each sample; as many components as classes occur.
    """
    data = data.astype(np.float64)
    ridge = SHARE * max(float(data.var(axis=0).mean()), 1e-12) * np.eye(data.shape[1])

    def maximize(belongs: Responsibilities) -> GaussianMixture:
        count = belongs.sum(axis=0)
        means = belongs.T @ data / count[:, None]
        covariances = np.empty((len(count), *ridge.shape))
        for k, mean in enumerate(means):
            step = data - mean
            covariances[k] = (step * belongs[:, k : k + 1]).T @ step / count[k] + ridge
        return GaussianMixture(count / count.sum(), means, covariances)

    return _expectation_maximization(maximize, lambda mixture: mixture.joint(data), predicted)


def dirichlet_mixture(
    probabilities: Probabilities, predicted: Labels, *, floor: float = 1e-6
) -> DirichletMixture:
    """Return a mixture of Dirichlets fitted to probabilities, starting from predicted classes.

    Parameters
    ----------
    probabilities
        The teacher's, rows summing to 1.
    predicted
        Class of each sample; as many components as classes occur.
    floor
        Probabilities below it count as equal to it: a Dirichlet is 0 or infinite at a border.
    """
    logs = _floored_logs(probabilities, floor)
    p = np.exp(logs)
    before: list[np.ndarray] = []

    def maximize(belongs: Responsibilities) -> DirichletMixture:
        count = belongs.sum(axis=0)
        means = belongs.T @ logs / count[:, None]
        start = before.pop() if before else _by_moments(p, belongs)
        alpha = _most_likely(start, means)
        before.append(alpha)
        return DirichletMixture(count / count.sum(), alpha, floor)

    return _expectation_maximization(maximize, lambda mixture: mixture.joint(logs), predicted)


def _expectation_maximization(maximize, joint, predicted: Labels):
    """Alternate both steps until the mean log-density gains less than the tolerance."""
    _, component = np.unique(predicted, return_inverse=True)
    belongs = np.eye(component.max() + 1)[component]
    belongs = 0.99 * belongs + 0.01 / belongs.shape[1]  # no component may be left without samples
    mixture, last = maximize(belongs), -np.inf
    for _ in range(STEPS):
        found = joint(mixture)
        total = _log_sum(found)
        if total.mean() - last < TOLERANCE:
            break
        last = total.mean()
        belongs = np.exp(found - total[:, None]) + 1e-12
        mixture = maximize(belongs / belongs.sum(axis=1, keepdims=True))
    return mixture


def _by_moments(p: np.ndarray, belongs: Responsibilities) -> np.ndarray:
    """Concentrations whose mean and first variances are those of the data (Minka, section 1)."""
    weight = belongs / belongs.sum(axis=0)
    mean = weight.T @ p
    variance = np.maximum(weight.T @ (p * p) - mean**2, 1e-12)
    precision = np.median(mean * (1 - mean) / variance - 1, axis=1)
    return np.clip(mean * np.clip(precision, 0.1, 1e4)[:, None], *CONCENTRATION)


def _most_likely(alpha: np.ndarray, mean_logs: np.ndarray, steps: int = 20) -> np.ndarray:
    """Concentrations of greatest likelihood given the mean log probabilities of each component."""
    result = alpha.copy()
    moving = np.arange(len(alpha))
    for _ in range(steps):
        alpha = result[moving]
        total = alpha.sum(axis=1, keepdims=True)
        gradient = psi(total) - psi(alpha) + mean_logs[moving]
        diagonal = -polygamma(1, alpha)
        common = polygamma(1, total)
        offset = (gradient / diagonal).sum(axis=1, keepdims=True)
        offset /= 1 / common + (1 / diagonal).sum(axis=1, keepdims=True)
        change = -(gradient - offset) / diagonal
        # a step of Newton's may leave the positive numbers: then half the way to zero
        alpha = result[moving] = np.clip(np.maximum(alpha + change, alpha / 2), *CONCENTRATION)
        moving = moving[(np.abs(change) > 1e-7 * alpha).any(axis=1)]
        if not len(moving):
            break
    return result


def _floored_logs(probabilities: np.ndarray, floor: float) -> np.ndarray:
    p = np.maximum(probabilities.astype(np.float64), floor)
    return np.log(p / p.sum(axis=1, keepdims=True))


def _log_sum(joint: np.ndarray) -> np.ndarray:
    greatest = joint.max(axis=1)
    return greatest + np.log(np.exp(joint - greatest[:, None]).sum(axis=1))
