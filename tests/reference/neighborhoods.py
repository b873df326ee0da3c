"""Neighbourhood measures word for word, in loops."""

import math

import numpy as np


def distance(a, b) -> float:
    return math.fsum((float(x) - float(y)) ** 2 for x, y in zip(a, b, strict=True))


def neighbors(data, i: int, others) -> list[int]:
    """All others, nearest to sample i first, equal ones by index."""
    return sorted(others, key=lambda j: (distance(data[i], data[j]), j))


def nearest_neighbors(data, k: int) -> np.ndarray:
    n = len(data)
    return np.array([neighbors(data, i, [j for j in range(n) if j != i])[:k] for i in range(n)])


def neighbor_preservation(high, low, k: int) -> float:
    """DeepVisualInsight, equation 1: mean over samples of |N_k(high) and N_k(low)| / k."""
    there, here = nearest_neighbors(high, k), nearest_neighbors(low, k)
    shares = [len(set(a) & set(b)) / k for a, b in zip(there, here, strict=True)]
    return sum(shares) / len(shares)


def trustworthiness(high, low, k: int) -> float:
    """Venna and Kaski, equation 1: U_k(i) are the neighbours in low that are none in high."""
    n = len(high)
    penalty = 0
    for i in range(n):
        others = [j for j in range(n) if j != i]
        ranked = neighbors(high, i, others)
        rank = {j: place + 1 for place, j in enumerate(ranked)}
        strangers = set(neighbors(low, i, others)[:k]) - set(ranked[:k])
        penalty += sum(rank[j] - k for j in strangers)
    return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * penalty
