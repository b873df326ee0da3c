"""Feature removal on MNIST: DeepVID's samplers and the other methods, up to all 10,000 test images.

``DARKROOM_DATA=... python -m benchmarks.by_hand.deepvid_removal N [METHOD ...]`` runs the named
methods (all by default) on the first N test images of one seeded order, with the teacher and the
generator of ``deepvid_mnist``, then prints the table of what is there and writes the mean curves
to ``results/deepvid_removal.csv``. Blocks of ``BLOCK`` images are kept in ``scratch``: a run that
was cut off goes on where it was, and two runs of different methods share the work.
"""

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.deepvid_mnist import SCRATCH, Mnist, drawn, examined_teacher, prepare
from core.deepvid.hybrid import Hybrid
from core.deepvid.maps import HybridMaps, PaperMaps, PixelMaps
from core.deepvid.neighbors import Sampling
from core.generators.generator import survey
from core.generators.vae import VAE
from core.intervals import bootstrap, bootstrap_band
from core.saliency.cam import GradCAMPlusPlus
from core.saliency.controls import Random, RandomStroke
from core.saliency.gradient import (
    Gradient,
    GradientXInput,
    IntegratedGradientsOfInput,
    Sensitivity,
)
from core.saliency.method import Method, explain
from core.saliency.occlusion import Occlusion
from core.saliency.removal import RemovalCurves, area_difference, removal_curves
from core.saliency.rise import Rise

BLOCK = 500
OURS = "deepvid"
CURVES = Path(__file__).resolve().parents[1] / "results" / "deepvid_removal.csv"


class Found(NamedTuple):
    """What a method did on the first images: curves, passes of a map, and its seconds."""

    curves: RemovalCurves
    passes: float
    seconds: float


def methods_for(data: Mnist, generator: VAE) -> dict[str, Method]:
    """The methods of the issue's list; ours first, the slowest last."""
    space = survey(generator, data.train_images)
    return {
        OURS: HybridMaps(generator, space, Sampling("band", 128)),
        "deepvid, masked copies in one round": HybridMaps(hybrid=Hybrid(rounds=1)),
        "gradient": Gradient(),
        "sensitivity": Sensitivity(),
        "gradient_x_input": GradientXInput(),
        "gradient_x_input, log-odds": GradientXInput("log_odds"),
        "grad_cam_plus_plus": GradCAMPlusPlus(),
        "random": Random(),
        "random_stroke": RandomStroke(),
        "deepvid_paper": PaperMaps(generator, space, Sampling("line", keep_detail=False)),
        "integrated_gradients": IntegratedGradientsOfInput(),
        "integrated_gradients, log-odds": IntegratedGradientsOfInput("log_odds"),
        "deepvid_line": PaperMaps(generator, space, Sampling("line")),
        "deepvid_band": PaperMaps(generator, space, Sampling("band")),
        "deepvid_knn": PaperMaps(generator, space, Sampling("knn")),
        "occlusion": Occlusion(),
        "pixels, LIME's patches": PixelMaps(data.train_images[:1], "lime"),
        "pixels, nearest images": PixelMaps(data.train_images, "knn"),
        "rise": Rise(),
    }


def run_blocks(n: int, only: Sequence[str]) -> None:
    """Make the blocks that are missing."""
    data, teacher, generator = prepare()
    examined = examined_teacher(teacher)
    pictures, labels = drawn(data, n)
    for name, method in methods_for(data, generator).items():
        if only and name not in only:
            continue
        for start in range(0, n, BLOCK):
            path = _block(name, start)
            if path.exists():
                continue
            some = slice(start, start + BLOCK)
            found = explain(method, examined, pictures[some], labels[some])
            curves = removal_curves(examined, pictures[some], found.maps, labels[some])
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".partial.npz")
            np.savez(
                partial, probability=curves.probability, seconds=found.seconds,
                passes=found.evaluations,
            )  # fmt: skip
            partial.rename(path)
            print(f"{name}: {min(start + BLOCK, n)} of {n}", flush=True)


def kept(name: str) -> Found | None:
    """What whole blocks of a method hold, from the first on; None if there is none."""
    blocks = []
    while (path := _block(name, len(blocks) * BLOCK)).exists():
        with np.load(path) as block:
            blocks.append({key: block[key] for key in block.files})
    if not blocks:
        return None
    probability = np.concatenate([block["probability"] for block in blocks])
    return Found(
        RemovalCurves(np.arange(probability.shape[1]), probability),
        float(blocks[0]["passes"]),
        float(np.median([block["seconds"] for block in blocks])),
    )


def tell(names: Sequence[str]) -> None:
    """Print the table, and write the mean curves; differences are of common images."""
    ours = kept(OURS)
    rows = []
    for name in names:
        found = kept(name)
        if found is None:
            continue
        area = found.curves.area
        low, high = bootstrap(area, 0)
        line = f"| {name} | {len(area):,} | {area.mean():.4f} ({low:.4f} to {high:.4f}) | "
        if ours is not None and name != OURS:
            common = min(len(area), len(ours.curves.area))
            by, between = area_difference(ours.curves.area[:common], area[:common])
            line += f"{by:+.4f} ({between.low:+.4f} to {between.high:+.4f})"
        print(f"{line} | {found.passes:.0f} | {1000 * found.seconds:.1f} |")
        band = bootstrap_band(found.curves.probability, 0, resamples=200)
        for step, values in enumerate(zip(*band, strict=True)):
            rows.append([name, len(area), step, *(f"{value:.5f}" for value in values)])
    with CURVES.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["method", "n", "removed", "mean", "low", "high"])
        writer.writerows(rows)


def _block(name: str, start: int) -> Path:
    plain = "".join(letter if letter.isalnum() else "_" for letter in name)
    return SCRATCH / "removal" / f"{plain}-{start:05d}.npz"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("n", type=int)
    parser.add_argument("only", nargs="*", metavar="method")
    asked = parser.parse_args()
    if asked.n < BLOCK or asked.n % BLOCK:
        parser.error(f"N must be a multiple of {BLOCK}, got {asked.n}")
    run_blocks(asked.n, asked.only)
    known, _, known_generator = prepare()
    tell(list(methods_for(known, known_generator)))
