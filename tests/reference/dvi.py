"""DeepVisualInsight's equations, one loop at a time: slow, literal, for small arrays."""

import math

import numpy as np


def neighbors(data, k, queries=None):
    """Definition 1: indices of the k nearest, the point itself left out when it asks."""
    rows = data if queries is None else queries
    result = []
    for i, row in enumerate(rows):
        order = []
        for j, other in enumerate(data):
            if queries is None and i == j:
                continue
            order.append((math.dist(row, other), j))
        result.append([j for _, j in sorted(order)[:k]])
    return result


def nn_pv(high, low, k):
    """Equation 1."""
    there, here = neighbors(high, k), neighbors(low, k)
    return sum(len(set(a) & set(b)) / k for a, b in zip(there, here, strict=True)) / len(high)


def boundary_pv(high, boundary, low, boundary_low, k):
    """Equation 2."""
    there = neighbors(boundary, k, high)
    here = neighbors(boundary_low, k, low)
    return sum(len(set(a) & set(b)) / k for a, b in zip(there, here, strict=True)) / len(high)


def rec_pv(high, after):
    """Equation 3."""
    total = 0.0
    for one, other in zip(high, after, strict=True):
        total += sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
    return total / len(high)


def eval_sem(before, now, k):
    """Equation 11."""
    pairs = zip(neighbors(before, k), neighbors(now, k), strict=True)
    return [len(set(a) & set(b)) / k for a, b in pairs]


def pearson(x, y):
    """Pearson's correlation; None where a series does not vary."""
    mx, my = sum(x) / len(x), sum(y) / len(y)
    if max(x) == min(x) or max(y) == min(y):
        return None
    over = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True))
    under = math.sqrt(sum((a - mx) ** 2 for a in x) * sum((b - my) ** 2 for b in y))
    return over / under


def temporal_pv(similarity, steps):
    """Equation 4, over time for each sample."""
    values = [
        pearson([row[i] for row in similarity], [row[i] for row in steps])
        for i in range(len(similarity[0]))
    ]
    values = [value for value in values if value is not None]
    return sum(values) / len(values)


def pair_probabilities(found, trials, alpha):
    """Equations 5 to 7, both terms normalised over the pairs."""
    rho = sum(found) / len(found)
    scarce = [max(0.0, rho - count) for count in found]
    rate = [f / t if t else 1.0 for f, t in zip(found, trials, strict=True)]
    first = [s / sum(scarce) if sum(scarce) else 1 / len(found) for s in scarce]
    second = [r / sum(rate) if sum(rate) else 1 / len(found) for r in rate]
    return [alpha * a + (1 - alpha) * b for a, b in zip(first, second, strict=True)]


def margin(logits):
    """Definition 2."""
    result = []
    for row in logits:
        low, high = min(row), max(row)
        scaled = sorted((v - low) / (high - low) if high > low else 0.0 for v in row)
        result.append(scaled[-1] - scaled[-2])
    return result


def complex_edges(samples, boundary, k):
    """Definition 3, as a set of unordered pairs; boundary points are numbered after samples."""
    n = len(samples)
    edges = set()
    for i, near in enumerate(neighbors(samples, k)):
        edges |= {frozenset((i, j)) for j in near}
    for i, near in enumerate(neighbors(boundary, min(k, len(boundary)), samples)):
        edges |= {frozenset((i, n + j)) for j in near}
    for i, near in enumerate(neighbors(boundary, min(k, len(boundary) - 1))):
        edges |= {frozenset((n + i, n + j)) for j in near}
    return edges


def reconstruction(x, after, gradients, beta):
    """Equation 8."""
    n, h = x.shape
    total = 0.0
    for i in range(n):
        for m in range(h):
            total += (1 + gradients[i, m]) ** beta * (x[i, m] - after[i, m]) ** 2
    return total / (n * h)


def head_gradients(head, x, step=1e-5):
    """Equation 9 by central differences of the two largest outputs."""
    result = np.zeros_like(x)
    for i in range(len(x)):
        order = np.argsort(-head(x[i : i + 1])[0])
        for m in range(x.shape[1]):
            up, down = x[i : i + 1].copy(), x[i : i + 1].copy()
            up[0, m] += step
            down[0, m] -= step
            slope = (head(up) - head(down))[0] / (2 * step)
            result[i, m] = abs(slope[order[0]]) + abs(slope[order[1]])
    return result


def umap_cross_entropy(heads, tails, strangers, a, b):
    """Parametric UMAP's loss for drawn pairs."""
    total = 0.0
    for head, tail, others in zip(heads, tails, strangers, strict=True):
        total -= math.log(1 / (1 + a * math.dist(head, tail) ** (2 * b)))
        for other in others:
            total -= math.log(1 - 1 / (1 + a * math.dist(head, other) ** (2 * b)))
    return total / (len(heads) * (1 + len(strangers[0])))


def temporal(kept, before, now):
    """Equation 10, summed over samples as printed."""
    total = 0.0
    for share in kept:
        for old, new in zip(before, now, strict=True):
            total += share * float(((old - new) ** 2).sum())
    return total / len(kept)


def jensen_shannon_distance(p, q):
    """Square root of the divergence in bits."""
    total = 0.0
    for a, b in zip(p, q, strict=True):
        m = (a + b) / 2
        total += (a * math.log2(a / m) if a else 0) / 2 + (b * math.log2(b / m) if b else 0) / 2
    return math.sqrt(max(total, 0.0))


def witness_loss(samples, others, true, tau, softness):
    """What ``refine`` and ``settle`` descend on, over the given pairs: equations 1 and 2, smooth.

    ``true[i]`` holds (j, w): the others that sample i looks at, and whether each is among its
    nearest by representation.
    """
    total = 0.0
    for i, pairs in enumerate(true):
        for j, w in pairs:
            distance = math.dist(samples[i], others[j])
            p = 1 / (1 + math.exp((distance - tau[i]) / (softness * tau[i])))
            total += (p - w) ** 2
    return total / len(samples)
