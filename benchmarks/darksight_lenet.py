"""DarkSight on the authors' LeNet logits (10,000 x 10): loss against time, and the end's worth.

Needs DARKROOM_DATA (a folder that holds ``darksight_lenet/logits.csv.gz``). Run with
OMP_NUM_THREADS=1: the figures are for one thread, in processor time, which other work on the
machine changes least. The reference is the plain way, full-batch Adam
on the same objective through torch's derivatives, from the ring of classes that ours starts from.
"""

import os
import time
from pathlib import Path

import numpy as np
import torch

from core.darksight.confidence import kernel_density
from core.darksight.fit import Fit, Settings, fit
from core.darksight.initial import class_ring, ring_orders, soft_confusion
from core.darksight.loss import soften, symmetric_kl
from core.darksight.quality import silhouette
from core.darksight.student import log_probabilities
from core.neighborhoods import trustworthiness
from core.uncertainty import softmax
from precompute.bench import Row

SIZE = "10,000 x 10"
GOALS = (0.025, 0.0215, 0.0165)
REFERENCE_SECONDS = 20.0


def logits() -> np.ndarray:
    """The authors' logits; without DARKROOM_DATA an error that says so."""
    folder = os.environ.get("DARKROOM_DATA")
    if not folder:
        raise RuntimeError(
            "set DARKROOM_DATA to the folder that holds darksight_lenet/logits.csv.gz"
        )
    return np.loadtxt(Path(folder) / "darksight_lenet" / "logits.csv.gz")


def run() -> list[Row]:
    """Seconds to each loss, ours and Adam's; densities and silhouettes against scikit-learn."""
    probabilities = softmax(logits())
    found, seconds, seen = _timed_fit(probabilities)
    adam_losses, adam_seconds = adam(probabilities)
    _print_curve("ours", found.curve.symmetric_kl, seen)
    _print_curve("Adam", adam_losses[::25], adam_seconds[::25])
    unfloored = symmetric_kl(
        soften(probabilities, floor=1e-300), log_probabilities(found.student, found.points)
    )
    trust = trustworthiness(probabilities, found.points, 15)
    print(
        f"end: symmetric KL {found.symmetric_kl:.5f} (without floor {unfloored.mean():.5f}), "
        f"agreement {found.agreement:.4%}, trustworthiness {trust:.4f}, {found.stopped} after "
        f"{len(seen) - 1} steps from {found.arrangement}, {seconds:.2f} s in all"
    )
    rows = [
        Row(
            name=f"DarkSight, symmetric KL {goal} on the authors' logits",
            ours_seconds=_first(found.curve.symmetric_kl, seen, goal),
            reference="full-batch Adam from the same ring (nan: not reached in 20 s)",
            reference_seconds=(slow := _first(adam_losses, adam_seconds, goal)),
            ratio=slow / _first(found.curve.symmetric_kl, seen, goal),
            agrees=None,
            size=SIZE,
        )
        for goal in GOALS
    ]
    return [*rows, *_against_scikit_learn(found, probabilities.argmax(axis=1))]


def _timed_fit(probabilities: np.ndarray) -> tuple[Fit, float, np.ndarray]:
    seen = []
    began = time.process_time()

    def note(done: int, most: int, message: str) -> None:
        if message.startswith("symmetric"):
            seen.append(time.process_time() - began)

    found = fit(probabilities, Settings(), progress=note)
    return found, time.process_time() - began, np.array(seen)


def adam(probabilities: np.ndarray, rate: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    """Losses and seconds of Adam on points, means, factors and prior (equations 5 to 8)."""
    torch.set_num_threads(1)
    began = time.process_time()
    log_p = torch.from_numpy(soften(probabilities))
    p = log_p.exp()
    order = ring_orders(soft_confusion(p.numpy().T, np.ones(len(p))), 1)[0]
    means = torch.from_numpy(class_ring(order)).requires_grad_()
    points = (p @ means).detach().requires_grad_()
    factors = torch.zeros(len(order), 3, dtype=torch.float64, requires_grad=True)
    prior = p.mean(dim=0).log().requires_grad_()
    optimizer = torch.optim.Adam([points, means, factors, prior], lr=rate)
    losses, seconds = [], []
    while not seconds or seconds[-1] < REFERENCE_SECONDS:
        step = points[:, None] - means
        u1 = factors[:, 0].exp() * step[..., 0]
        u2 = factors[:, 1] * step[..., 0] + factors[:, 2].exp() * step[..., 1]
        z = prior + factors[:, 0] + factors[:, 2] - 2 * torch.log1p((u1**2 + u2**2) / 2)
        log_q = torch.log_softmax(z, dim=1)
        loss = 0.5 * ((p - log_q.exp()) * (log_p - log_q)).sum(dim=1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        seconds.append(time.process_time() - began)
        optimizer.param_groups[0]["lr"] = rate * (1 - 0.9 * min(seconds[-1] / REFERENCE_SECONDS, 1))
    return np.array(losses), np.array(seconds)


def _first(losses: np.ndarray, seconds: np.ndarray, goal: float) -> float:
    reached = np.flatnonzero(losses <= goal)
    return float(seconds[reached[0]]) if len(reached) else float("nan")


def _print_curve(name: str, losses: np.ndarray, seconds: np.ndarray) -> None:
    pairs = zip(seconds[::3], losses[::3], strict=True)
    print(f"{name}: " + "  ".join(f"{s:.2f} s {loss:.4f}" for s, loss in pairs))


def _against_scikit_learn(found: Fit, predicted: np.ndarray) -> list[Row]:
    from sklearn.metrics import silhouette_samples
    from sklearn.neighbors import KernelDensity

    kernels = kernel_density(found.points)
    theirs = KernelDensity(bandwidth=kernels.bandwidth, atol=0, rtol=0)
    theirs.fit(found.points)
    return [
        _compared(
            "kernel density at the points",
            lambda: kernels.log_density(found.points),
            "scikit-learn KernelDensity",
            lambda: theirs.score_samples(found.points),
        ),
        _compared(
            "silhouette",
            lambda: silhouette(found.points, predicted),
            "scikit-learn silhouette_samples",
            lambda: silhouette_samples(found.points, predicted),
        ),
    ]


def _compared(name, ours, reference, theirs) -> Row:
    began = time.process_time()
    mine = ours()
    middle = time.process_time()
    other = theirs()
    end = time.process_time()
    return Row(
        name=f"DarkSight, {name}",
        ours_seconds=middle - began,
        reference=reference,
        reference_seconds=end - middle,
        ratio=(end - middle) / (middle - began),
        agrees=bool(np.allclose(mine, other, atol=1e-5)),
        size=SIZE,
    )
