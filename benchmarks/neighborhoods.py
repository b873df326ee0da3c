"""Trustworthiness and neighbour preservation in blocks, against the literal loops."""

import time

import numpy as np

from core.neighborhoods import neighbor_preservation, trustworthiness
from precompute.bench import Row
from tests.reference import neighborhoods as literal

SAMPLES, FEATURES, NEIGHBORS = 600, 64, 15


def run() -> list[Row]:
    """One row for each figure."""
    random = np.random.default_rng(0)
    high = random.normal(size=(SAMPLES, FEATURES)).astype(np.float32)
    low = high[:, :2].copy()
    rows = []
    for name in ("trustworthiness", "neighbor_preservation"):
        ours = {"trustworthiness": trustworthiness, "neighbor_preservation": neighbor_preservation}
        ours[name](high, low, NEIGHBORS)  # the first call pays for imports
        began = time.perf_counter()
        fast = ours[name](high, low, NEIGHBORS)
        between = time.perf_counter()
        slow = getattr(literal, name)(high, low, NEIGHBORS)
        ended = time.perf_counter()
        rows.append(
            Row(
                name=name,
                ours_seconds=between - began,
                reference="tests/reference/neighborhoods.py",
                reference_seconds=ended - between,
                ratio=(ended - between) / (between - began),
                agrees=bool(np.isclose(fast, slow, rtol=0, atol=1e-12)),
                size=f"{SAMPLES} x {FEATURES}, k = {NEIGHBORS}",
            )
        )
    return rows
