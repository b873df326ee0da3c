"""DarkSight on many samples and on many classes: seconds and memory, run by hand.

``python -m benchmarks.by_hand.darksight_large samples 1000000`` fits that many rows of ten
classes (the authors' logits drawn with noise where DARKROOM_DATA names them, otherwise logits of
a mixture); ``... classes 1000`` fits 10,000 rows of that many classes; a third argument limits the
steps. The process's own peak memory is printed, the table of probabilities included.
"""

import os
import resource
import sys
import time

import numpy as np

from benchmarks.darksight_lenet import logits
from core.darksight.fit import Settings, fit
from core.uncertainty import softmax


def many_samples(number: int) -> np.ndarray:
    """Distinct rows of ten classes, float32."""
    random = np.random.default_rng(0)
    if os.environ.get("DARKROOM_DATA"):
        known = logits().astype(np.float32)
    else:
        known = random.normal(scale=3, size=(10_000, 10)).astype(np.float32)
        known[np.arange(10_000), random.integers(10, size=10_000)] += 10
    drawn = known[random.integers(len(known), size=number)]
    drawn += random.normal(scale=0.5, size=drawn.shape).astype(np.float32)
    return softmax(drawn)


def many_classes(number: int, samples: int = 10_000, latent: int = 24) -> np.ndarray:
    """Rows of a linear classifier whose classes are directions of a latent space, float32."""
    random = np.random.default_rng(0)
    directions = random.normal(size=(number, latent))
    inputs = directions[random.integers(number, size=samples)]
    inputs += 0.7 * random.normal(size=inputs.shape)
    return softmax((inputs @ directions.T).astype(np.float32))


def main(what: str, number: int, steps: int) -> None:
    """Fit and print."""
    probabilities = {"samples": many_samples, "classes": many_classes}[what](number)
    began = time.perf_counter()

    def note(done: int, most: int, message: str) -> None:
        print(f"{time.perf_counter() - began:8.1f} s  step {done}  {message}", flush=True)

    found = fit(probabilities, Settings(steps=steps), progress=note)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{len(probabilities)} x {found.student.classes}: {time.perf_counter() - began:.0f} s, "
        f"{time.process_time():.0f} s CPU, peak {peak:.2f} GB, symmetric KL "
        f"{found.symmetric_kl:.5f}, agreement {found.agreement:.4%}, {found.stopped}"
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 150)
