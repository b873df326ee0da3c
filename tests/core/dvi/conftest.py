from dataclasses import dataclass

import numpy as np
import pytest

from core.dvi.boundary import Boundary, find_boundary
from core.dvi.model import Head


@dataclass(frozen=True)
class Teacher:
    """A random two-layer network over clustered inputs, and its boundary points."""

    inputs: np.ndarray
    hidden: np.ndarray
    head: Head

    def __call__(self, inputs):
        representations = np.maximum(inputs @ self.hidden, 0)
        return representations, self.head(representations)

    @property
    def representations(self) -> np.ndarray:
        return self(self.inputs)[0]

    @property
    def predicted(self) -> np.ndarray:
        return self(self.inputs)[1].argmax(axis=1)

    def boundary(self) -> Boundary:
        return find_boundary(self, self.inputs, self.predicted)


def teacher(seed: int = 0, n: int = 240, classes: int = 4) -> Teacher:
    random = np.random.default_rng(seed)
    centers = random.normal(0, 3, (classes, 8))
    inputs = centers[np.arange(n) % classes] + random.normal(0, 1, (n, 8))
    hidden = random.normal(0, 0.4, (8, 24))
    representations = np.maximum(inputs @ hidden, 0)
    means = np.stack([representations[c::classes].mean(0) for c in range(classes)])
    weight = means - means.mean(0)
    bias = -(weight * (means + means.mean(0))).sum(1) / 2
    as_float = [array.astype(np.float32) for array in (inputs, hidden, weight, bias)]
    return Teacher(as_float[0], as_float[1], Head(as_float[2], as_float[3]))


@pytest.fixture(scope="session")
def small() -> Teacher:
    return teacher()
