"""Personalised PageRank of one class against networkx, both including building the graph.

Nine layers of 500 channels and 200,000 edges with influences as weights. networkx stops at 1e-6 by
default; it is given that, which is the faster setting for it, while the L1 distance is measured
from our solution refined in extended precision.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from core.summit.pagerank import pagerank
from precompute.bench import Row

LAYERS, WIDTH, EDGES = 9, 500, 200_000


def run() -> list[Row]:
    """One row for edges that only climb, one for edges both ways."""
    tail, head, weight, personalization = graph()
    rows = []
    for directed in (True, False):
        ours = _best(
            lambda d=directed: pagerank(tail, head, weight, personalization, directed=d), 7
        )
        theirs = _best(lambda d=directed: of_networkx(tail, head, weight, personalization, d), 2)
        found = pagerank(tail, head, weight, personalization, directed=directed)
        exact = converged(tail, head, weight, personalization, directed)
        distance = float(np.abs(found.rank - exact).sum())
        rows.append(
            Row(
                name=f"summit pagerank {'directed' if directed else 'both ways'}",
                ours_seconds=ours,
                reference="networkx.pagerank",
                reference_seconds=theirs,
                ratio=theirs / ours,
                agrees=distance < 1e-8,
                size=f"{LAYERS} layers of {WIDTH}, {len(tail)} edges, "
                f"L1 from converged {distance:.1e}",
            )
        )
    return rows


def graph() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Tails, heads, weights and personalization of one class."""
    generator = np.random.default_rng(0)
    per_step = EDGES // (LAYERS - 1)
    tail, head = [], []
    for layer in range(LAYERS - 1):
        place = generator.choice(WIDTH * WIDTH, per_step, replace=False)
        tail.append(place // WIDTH + layer * WIDTH)
        head.append(place % WIDTH + (layer + 1) * WIDTH)
    weight = generator.integers(1, 1300, per_step * (LAYERS - 1))
    counts = generator.pareto(1.0, (LAYERS, WIDTH)).astype(int)
    personalization = (counts / counts.max(1, keepdims=True)).ravel()
    return np.concatenate(tail), np.concatenate(head), weight, personalization


def of_networkx(
    tail: np.ndarray, head: np.ndarray, weight: np.ndarray, p: np.ndarray, directed: bool
) -> dict[int, float]:
    """The ranks as networkx computes them from edges."""
    import networkx

    network = networkx.DiGraph() if directed else networkx.Graph()
    network.add_nodes_from(range(len(p)))
    network.add_weighted_edges_from(zip(tail.tolist(), head.tolist(), weight.tolist(), strict=True))
    return networkx.pagerank(network, alpha=0.85, personalization=dict(enumerate(p)))


def converged(
    tail: np.ndarray, head: np.ndarray, weight: np.ndarray, p: np.ndarray, directed: bool
) -> np.ndarray:
    """The power iteration, 400 times, in extended precision where the machine has it."""
    if not directed:
        tail, head = np.concatenate([tail, head]), np.concatenate([head, tail])
        weight = np.concatenate([weight, weight])
    n = len(p)
    share = weight.astype(np.longdouble)
    out = np.zeros(n, np.longdouble)
    np.add.at(out, tail, share)
    share = share / out[tail]
    order = np.argsort(head, kind="stable")
    tail, head, share = tail[order], head[order], share[order]
    target, first = np.unique(head, return_index=True)
    p_ = p.astype(np.longdouble) / p.sum()
    rank = p_.copy()
    for _ in range(400):
        moved = np.zeros(n, np.longdouble)
        moved[target] = np.add.reduceat(share * rank[tail], first)
        rank = 0.85 * (moved + rank[out == 0].sum() * p_) + 0.15 * p_
    return rank.astype(np.float64)


def _best(function: Callable[[], Any], times: int) -> float:
    function()
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - began)
    return min(seconds)
