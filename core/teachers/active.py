"""Active learning: which images shall be labelled next, by what the teacher says of them.

Four strategies that DVI's figure 9 compares: ``random``; ``core_set``, greedy k-centers of the
representation (Sener and Savarese, "Active learning for convolutional neural networks: a core-set
approach", 2018, algorithm 1); ``learning_loss``, the largest predicted loss (Yoo and Kweon,
"Learning loss for active learning", 2019, section 3.1); ``entropy``, the largest predictive
entropy.

``entered`` tells for each training image in which round it entered the training set: 0 for the
first model's images, -1 for those that have not entered.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from core.axes import Probabilities, Representations
from core.uncertainty import entropy

Strategy = Literal["random", "core_set", "learning_loss", "entropy"]
STRATEGIES: tuple[Strategy, ...] = ("random", "core_set", "learning_loss", "entropy")
NEEDS: dict[Strategy, str] = {
    "core_set": "representation",
    "learning_loss": "predicted_loss",
    "entropy": "probabilities",
}
Entered = Int[np.ndarray, " sample"]
Candidates = Int[np.ndarray, " candidate"]
Chosen = Int[np.ndarray, " chosen"]


@dataclass(frozen=True, eq=False)
class Outputs:
    """What the round's teacher says of every training image; a strategy needs one of them."""

    representation: Representations | None = None
    probabilities: Probabilities | None = None
    predicted_loss: Float[np.ndarray, " sample"] | None = None


def first_round(samples: int, n: int, *, seed: int) -> Entered:
    """Return ``entered`` with n random images in round 0, the start that all strategies share.

    Raises
    ------
    ValueError
        If n is below 1 or above the number of samples.
    """
    if not 1 <= n <= samples:
        raise ValueError(f"the first round must hold 1 to {samples} images, got {n}")
    entered = np.full(samples, -1)
    entered[np.random.default_rng(seed).choice(samples, n, replace=False)] = 0
    return entered


def next_round(
    strategy: Strategy,
    entered: Entered,
    outputs: Outputs,
    n: int,
    *,
    seed: int,
    subset: int | None = None,
) -> Entered:
    """Return ``entered`` with n more images, in the round after the last.

    Parameters
    ----------
    strategy
        One of ``STRATEGIES``.
    entered
        When each image entered so far.
    outputs
        What the teacher trained on them says of every image.
    n
        How many to label; all that are left if there are fewer.
    seed
        Of the draw; the round is mixed in.
    subset
        Choose among that many images drawn at random (10,000 in the learning-loss paper, against
        choosing n that resemble each other); None among all that are left.

    Raises
    ------
    ValueError
        If nothing has entered yet, n is below 1, or the outputs lack what the strategy needs.
    """
    if n < 1:
        raise ValueError(f"a round must add at least one image, got {n}")
    known = np.flatnonzero(entered >= 0)
    if len(known) == 0:
        raise ValueError("no image has entered yet: begin with first_round")
    this = int(entered.max()) + 1
    generator = np.random.default_rng([seed, this])
    pool = np.flatnonzero(entered < 0)
    if subset is not None and subset < len(pool):
        pool = np.sort(generator.choice(pool, max(subset, min(n, len(pool))), replace=False))
    n = min(n, len(pool))
    if strategy == "random":
        chosen = generator.choice(pool, n, replace=False)
    elif strategy == "core_set":
        chosen = core_set(_given(outputs, strategy, len(entered)), known, pool, n)
    elif strategy == "learning_loss":
        chosen = pool[highest(_given(outputs, strategy, len(entered))[pool], n)]
    else:
        chosen = pool[highest(entropy(_given(outputs, strategy, len(entered))[pool]), n)]
    after = entered.copy()
    after[chosen] = this
    return after


def core_set(
    representation: Representations,
    known: Int[np.ndarray, " known"],
    pool: Candidates,
    n: int,
    *,
    block: int = 4096,
) -> Chosen:
    """Return n rows of the pool, each the farthest from all that are known or chosen before it.

    Parameters
    ----------
    representation
        One vector per image.
    known, pool
        Rows that are centers already, and rows to choose from.
    n
        At most the pool's size; of equally far rows the first is taken.
    block
        Rows compared at once; bounds the memory.
    """
    points = representation[pool].astype(np.float64)
    centers = representation[known].astype(np.float64)
    lengths = np.einsum("ij,ij->i", points, points)
    nearest = np.full(len(pool), np.inf)
    for start in range(0, len(centers), block):
        some = centers[start : start + block]
        for low in range(0, len(points), block):
            part = slice(low, low + block)
            far = lengths[part, None] - 2 * points[part] @ some.T + (some**2).sum(axis=1)
            nearest[part] = np.minimum(nearest[part], far.min(axis=1))
    chosen = np.empty(n, np.int64)
    for place in range(n):
        row = int(nearest.argmax())
        chosen[place] = pool[row]
        far = lengths - 2 * points @ points[row] + lengths[row]
        nearest = np.minimum(nearest, far)
        nearest[row] = -np.inf  # rounding must not let it come again
    return chosen


def highest(values: Float[np.ndarray, " candidate"], n: int) -> Chosen:
    """Return the places of the n largest values, largest first, equal ones in their order."""
    return np.argsort(-values, kind="stable")[:n]


def _given(outputs: Outputs, strategy: Strategy, samples: int) -> np.ndarray:
    needed = NEEDS[strategy]
    found = getattr(outputs, needed)
    if found is None or len(found) != samples:
        raise ValueError(
            f"strategy {strategy} needs {needed} of all {samples} images, "
            f"got {'none' if found is None else len(found)}"
        )
    return found
