import numpy as np
import pytest

from core.darksight.fit import Fit, Settings, fit
from core.darksight.student import Student


@pytest.fixture
def student() -> Student:
    """Four classes of different shape and share."""
    return Student(
        means=np.array([[0.0, 0.0], [5.0, 1.0], [-2.0, 6.0], [3.0, -4.0]]),
        factors=np.array(
            [
                [[1.0, 0], [0.3, 0.8]],
                [[0.5, 0], [-0.2, 1.5]],
                [[1.2, 0], [0, 1]],
                [[2, 0], [0.1, 1]],
            ]
        ),
        log_prior=np.log([0.4, 0.3, 0.2, 0.1]),
        degrees=2.0,
    )


@pytest.fixture
def points() -> np.ndarray:
    return np.random.default_rng(1).normal(scale=5, size=(60, 2))


@pytest.fixture
def quick() -> Settings:
    """One arrangement, where the choice among them is not the question."""
    return Settings(arrangements=1)


@pytest.fixture(scope="session")
def fitted() -> Fit:
    return fit(_teacher(), Settings(arrangements=1))


@pytest.fixture
def teacher() -> np.ndarray:
    """Predictions of five classes, from certain to undecided."""
    return _teacher()


def _teacher() -> np.ndarray:
    random = np.random.default_rng(2)
    logits = random.normal(scale=1.5, size=(200, 5))
    logits[np.arange(200), random.integers(5, size=200)] += random.uniform(0, 9, size=200)
    weights = np.exp(logits)
    return weights / weights.sum(axis=1, keepdims=True)
