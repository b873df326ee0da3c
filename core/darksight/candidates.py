"""Places worth trying for a sample before its loss is descended, and what each would cost.

The symmetric KL divergence splits into what depends on the place alone, what depends on the sample
alone, and two products between them. So all samples are priced at all places at once.
"""

import numpy as np
from jaxtyping import Float

from core.darksight.derivatives import (
    LOG_A,
    LOG_C,
    SHEAR,
    ByClass,
    PerSample,
    Teacher,
    Theta,
)


def candidates(theta: Theta) -> Float[np.ndarray, "2 candidate"]:
    """Return places worth trying: a grid over the picture, and rings around each class.

    At most some 4,000 whatever the number of classes; the rings are round in the class's own
    scale.
    """
    classes = theta.shape[1]
    side = int(np.clip(3 * np.sqrt(classes), 24, 48))
    low, high = theta[:2].min(axis=1), theta[:2].max(axis=1)
    edge = 0.4 * (high - low) + 3
    axes = [np.linspace(a, b, side) for a, b in zip(low - edge, high + edge, strict=True)]
    grid = np.stack([axis.ravel() for axis in np.meshgrid(*axes)])
    spokes = int(np.clip(2000 // (8 * classes), 2, 12))
    radii = np.geomspace(0.1, 30, 8 if classes <= 100 else 2)
    turn = np.linspace(0, 2 * np.pi, spokes, endpoint=False)
    u1, u2 = (np.outer(radii, wave(turn)).ravel() for wave in (np.cos, np.sin))
    x = u1 / np.exp(theta[LOG_A])[:, None]
    y = (u2 - theta[SHEAR][:, None] * x) / np.exp(theta[LOG_C])[:, None]
    rings = np.stack([(x + theta[0][:, None]).ravel(), (y + theta[1][:, None]).ravel()])
    return np.concatenate([grid, theta[:2], rings], axis=1)


class CandidateCost:
    """Loss and pull of each sample at each candidate place, as one matrix product in float32.

    ``logs`` are the student's log q at the places, ``pull`` what the spring adds there.
    """

    def __init__(self, logs: ByClass, pull: PerSample) -> None:
        q = np.exp(logs)
        self.factor = np.concatenate([logs, q]).astype(np.float32)
        self.constant = (0.5 * (q * logs).sum(axis=0) + pull).astype(np.float32)

    def table(self, teacher: Teacher) -> Float[np.ndarray, "sample candidate"]:
        """Return costs less each sample's own constant, half the sum of p log p."""
        both = np.concatenate([teacher.p, teacher.log_p]).astype(np.float32)
        table = both.T @ self.factor
        table *= np.float32(-0.5)
        table += self.constant
        return table
