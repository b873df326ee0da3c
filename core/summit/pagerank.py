"""Personalised PageRank by sparse linear algebra (section 6.3).

x = d (P' x + m p) + (1 - d) p, where P has each vertex's outgoing weights divided by their sum, m
is the rank of vertices without outgoing edges and p the personalization, as networkx has it. Since
m p and (1 - d) p point the same way, x is the solution of (1 - d P') y = p divided by its sum: for
edges that all lead upwards the series p + d P' p + ... ends after as many steps as there are
layers, exactly; with edges both ways the matrix is symmetric up to a scaling, and conjugate
gradients solve it in a few dozen steps. The residual is that of the equation above, in L1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import csr_array

MAX_STEPS = 10_000


@dataclass(frozen=True)
class Rank:
    """Ranks that sum to one, the L1 residual of their equation, and the steps it took."""

    rank: Float[np.ndarray, " vertex"]
    residual: float
    steps: int


def pagerank(
    tail: Int[np.ndarray, " edge"],
    head: Int[np.ndarray, " edge"],
    weight: Float[np.ndarray, " edge"] | Int[np.ndarray, " edge"],
    personalization: Float[np.ndarray, " vertex"],
    *,
    damping: float = 0.85,
    directed: bool = True,
    tolerance: float = 0.0,
) -> Rank:
    """Return the personalised PageRank of a weighted graph.

    Parameters
    ----------
    tail, head, weight
        Edges by number of vertex; weights must not be negative. Several edges between two vertices
        add up.
    personalization
        Of every vertex, not negative; without any, all vertices count the same.
    damping
        Share of a step that follows edges, from 0 to below 1.
    directed
        Whether a step follows edges only from tail to head.
    tolerance
        0 solves the equation; above 0 the power iteration stops at a change of tolerance times the
        number of vertices, or after 100 steps, as networkx does.

    Raises
    ------
    ValueError
        If a weight or a personalization is negative or not finite.
    """
    n = len(personalization)
    p = np.asarray(personalization, np.float64)
    weights = np.asarray(weight, np.float64)
    for name, values in (("weight", weights), ("personalization", p)):
        if len(values) and not (np.isfinite(values).all() and values.min() >= 0):
            raise ValueError(f"{name} must be finite and not negative")
    if n == 0:
        return Rank(p, 0.0, 0)
    p = p / p.sum() if p.sum() > 0 else np.full(n, 1 / n)
    if directed:
        pulls = csr_array((weights, (head, tail)), shape=(n, n))
    else:
        loop = np.where(tail == head, 0.5, 1.0)  # a loop is one edge, not two
        pulls = csr_array(
            (
                np.concatenate([weights * loop] * 2),
                (np.concatenate([head, tail]), np.concatenate([tail, head])),
            ),
            shape=(n, n),
        )
    out = np.asarray(pulls.sum(axis=0)).ravel()
    leaving = np.divide(1.0, out, out=np.zeros(n), where=out > 0)
    step = _Step(pulls, leaving, out == 0, p, damping)
    if tolerance > 0:
        rank, steps = _stopped(step, tolerance)
    else:
        rank, steps = _series(step) if directed else _gradients(step)
        rank = rank / rank.sum()
    return Rank(rank, float(np.abs(step(rank) - rank).sum()), steps)


@dataclass(frozen=True)
class _Step:
    pulls: csr_array
    leaving: np.ndarray
    dangling: np.ndarray
    p: np.ndarray
    damping: float

    def follow(self, rank: np.ndarray) -> Any:
        return self.damping * (self.pulls @ (rank * self.leaving))

    def __call__(self, rank: np.ndarray) -> Any:
        lost = self.damping * rank[self.dangling].sum() + (1 - self.damping) * rank.sum()
        return self.follow(rank) + lost * self.p


def _series(step: _Step) -> tuple[np.ndarray, int]:
    total, term = step.p.copy(), step.p
    for count in range(1, MAX_STEPS):
        term = step.follow(term)
        total += term
        if term.sum() <= 1e-15 * total.sum():  # in a graph of layers: nothing is left at all
            return total, count
    return total, MAX_STEPS


def _gradients(step: _Step) -> tuple[np.ndarray, int]:
    """Conjugate gradients on D^-1/2 (1 - d P') D^1/2, which is symmetric and well conditioned."""
    root = np.sqrt(step.leaving)
    alone = step.leaving == 0
    b = step.p * root
    z = b.copy()
    rest = b - (z - step.damping * root * (step.pulls @ (root * z)))
    direction, size = rest.copy(), rest @ rest
    goal = 1e-28 * max(float(b @ b), 1e-300)
    steps = 0
    while size > goal and steps < MAX_STEPS:
        turned = direction - step.damping * root * (step.pulls @ (root * direction))
        length = size / (direction @ turned)
        z += length * direction
        rest -= length * turned
        smaller = rest @ rest
        direction = rest + (smaller / size) * direction
        size = smaller
        steps += 1
    rank = np.divide(z, root, out=np.zeros_like(z), where=root > 0)
    rank[alone] = step.p[alone]
    return np.maximum(rank, 0), steps


def _stopped(step: _Step, tolerance: float) -> tuple[np.ndarray, int]:
    n = len(step.p)
    rank = np.full(n, 1 / n)
    for count in range(1, 101):
        before, rank = rank, step(rank)
        if np.abs(rank - before).sum() < n * tolerance:
            return rank, count
    return rank, 100
