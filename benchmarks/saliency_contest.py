"""The saliency contest on MNIST: deletion and insertion of every method on the same images.

Needs DARKROOM_DATA (``mnist``). Teacher (LeNet) and generator (VAE) are those of ``deepvid_mnist``.
``python -m benchmarks.saliency_contest [N]`` prints the table of N images (100); the hybrid's
settings were chosen on images 500 to 529 of the same order, which are not among them.
"""

import sys

import numpy as np

from benchmarks.deepvid_mnist import (
    drawn,
    examined_teacher,
    prepare,
    seconds_of,
)
from core.deepvid.maps import HybridMaps as DeepVID
from core.deepvid.maps import PaperMaps as DeepVIDPaper
from core.deepvid.neighbors import Sampling
from core.generators.generator import LatentSpace, survey
from core.generators.vae import VAE
from core.intervals import bootstrap
from core.relabel.hybrid import HybridRelabel
from core.relabel.maps import HybridMaps, PaperMaps
from core.relabel.student import RelabelLoss
from core.saliency.cam import GradCAM, GradCAMPlusPlus, LinearApproximation
from core.saliency.controls import CenterBlob, Edges, Random, RandomStroke
from core.saliency.deletion_insertion import DeletionInsertion, deletion_insertion
from core.saliency.extremal import ExtremalPerturbation
from core.saliency.fgvis import FGVis
from core.saliency.gradient import (
    Gradient,
    GradientXInput,
    IntegratedGradientsOfInput,
    Sensitivity,
)
from core.saliency.lime import Lime
from core.saliency.method import Method, explain
from core.saliency.occlusion import Occlusion
from core.saliency.paired import paired
from core.saliency.relevance import ExcitationBackprop, GuidedBackprop, RelevancePropagation
from core.saliency.rise import Rise
from core.saliency.score_cam import ScoreCAM
from core.saliency.smooth import SmoothGrad
from precompute.bench import Row


def run() -> list[Row]:
    """Seconds of one map of both presets of re-label distillation, against the goal."""
    data, teacher, generator = prepare()
    examined = examined_teacher(teacher)
    pictures, _ = drawn(data, 10)
    targets = examined.logits(pictures).argmax(1)
    rows = []
    for name, method in {"hybrid": HybridMaps(), "paper": PaperMaps(generator)}.items():

        def one(i: int, method: Method = method) -> object:
            return explain(method, examined, pictures[i : i + 1], targets[i : i + 1])

        seconds = seconds_of(one, range(10))
        rows.append(
            Row(
                name=f"re-label distillation, {name}", ours_seconds=seconds,
                reference="goal of one explanation", reference_seconds=0.3,
                ratio=0.3 / seconds, agrees=None, size="MNIST, LeNet, one image; median of 10",
            )
        )  # fmt: skip
    return rows


def methods(generator: VAE, space: LatentSpace) -> dict[str, Method]:
    """Every method under the name of its row, ours first and the slowest last."""
    return {
        "relabel (hybrid, default)": HybridMaps(),
        "deepvid (hybrid)": DeepVID(),
        "gradient": Gradient(),
        "sensitivity": Sensitivity(),
        "gradient_x_input": GradientXInput(),
        "gradient_x_input, log-odds": GradientXInput("log_odds"),
        "integrated_gradients": IntegratedGradientsOfInput(),
        "integrated_gradients, log-odds": IntegratedGradientsOfInput("log_odds"),
        "smooth_grad": SmoothGrad(),
        "guided_backprop": GuidedBackprop(),
        "relevance_propagation": RelevancePropagation(),
        "excitation_backprop": ExcitationBackprop(),
        "grad_cam": GradCAM(),
        "grad_cam_plus_plus": GradCAMPlusPlus(),
        "score_cam": ScoreCAM(),
        "linear_approximation": LinearApproximation(),
        "fgvis": FGVis(),
        "lime": Lime(),
        "random": Random(),
        "random_stroke": RandomStroke(),
        "edges": Edges(),
        "center_blob": CenterBlob(),
        "occlusion": Occlusion(),
        "rise": Rise(),
        "deepvid_paper": DeepVIDPaper(generator, space, Sampling("line", keep_detail=False)),
        "relabel_paper": PaperMaps(generator),
        "relabel_paper, times input": PaperMaps(generator, read="times_input"),
        "relabel_paper, equation 2": PaperMaps(generator, loss=RelabelLoss("cross_entropy")),
        "relabel, more weight on insertion": HybridMaps(HybridRelabel(insertion=0.4)),
        "relabel, 500 copies": HybridMaps(HybridRelabel(copies=500)),
        "relabel, one unguided round": HybridMaps(HybridRelabel(rounds=1)),
        "extremal_perturbation": ExtremalPerturbation(),
    }


def contest(n: int = 100, first: int = 0) -> dict[str, DeletionInsertion]:
    """Print a line for each method, and return its curves."""
    data, teacher, generator = prepare()
    examined = examined_teacher(teacher)
    pictures = drawn(data, first + n)[0][first:]
    targets = examined.logits(pictures).argmax(axis=1)
    space = survey(generator, data.train_images[:5000])
    found, ours = {}, None
    for name, method in methods(generator, space).items():
        explained = explain(method, examined, pictures, targets)
        curves = found[name] = deletion_insertion(examined, pictures, explained.maps)
        ours = curves if ours is None else ours
        print(
            f"| {name} | {_mean(curves.deletion_area)} | {_mean(curves.insertion_area)} | "
            f"{_against(ours.deletion_area, curves.deletion_area)} | "
            f"{_against(ours.insertion_area, curves.insertion_area)} | "
            f"{explained.evaluations:.0f} | {1000 * explained.seconds:.0f} |",
            flush=True,
        )
    return found


def _mean(values: np.ndarray) -> str:
    low, high = bootstrap(values, 0)
    return f"{values.mean():.4f} ({low:.4f} to {high:.4f})"


def _against(ours: np.ndarray, theirs: np.ndarray) -> str:
    found = paired(ours, theirs)
    return (
        f"{found.difference:+.4f} ({found.interval.low:+.4f} to {found.interval.high:+.4f}), "
        f"p {found.p:.4f}"
    )


if __name__ == "__main__":
    contest(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
