"""Calibration and entropy word for word, in loops."""

import math


def bins_of(confidence, correct, bins: int) -> list[list[tuple[float, bool]]]:
    """Guo et al., section 2: B_m holds the samples whose confidence is in ((m-1)/M, m/M]."""
    members = [[] for _ in range(bins)]
    for p, right in zip(confidence, correct, strict=True):
        for m in range(1, bins + 1):
            if (m - 1) / bins < p <= m / bins or (m == 1 and p == 0):
                members[m - 1].append((float(p), bool(right)))
    return members


def expected_calibration_error(confidence, correct, bins: int) -> float:
    """Guo et al., equation 3."""
    total = 0.0
    for members in bins_of(confidence, correct, bins):
        if members:
            acc = sum(right for _, right in members) / len(members)
            conf = sum(p for p, _ in members) / len(members)
            total += len(members) / len(confidence) * abs(acc - conf)
    return total


def entropy(row) -> float:
    """Minus the sum of p log p in nats, where a class that cannot be adds nothing."""
    return -math.fsum(p * math.log(p) for p in map(float, row) if p > 0)


def softmax(row) -> list[float]:
    weights = [math.exp(z) for z in map(float, row)]
    return [w / math.fsum(weights) for w in weights]
