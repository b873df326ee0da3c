"""The methods of the saliency contest, and which of them a teacher can carry."""

import json
from dataclasses import dataclass, replace

import numpy as np
import torch

from core.deepvid.explanation import Recipe, recipe_for
from core.deepvid.maps import HybridMaps, PaperMaps, PixelMaps
from core.deepvid.neighbors import Sampling
from core.generators.generator import Generator, LatentSpace
from core.relabel.maps import HybridMaps as RelabelHybrid
from core.relabel.maps import PaperMaps as RelabelPaper
from core.relabel.neighbors import Perturbation
from core.relabel.presets import GRIDS, hybrid_for, perturbation_for
from core.relabel.student import RelabelLoss
from core.saliency.cam import GradCAM, GradCAMPlusPlus, LinearApproximation, last_convolution
from core.saliency.controls import CenterBlob, Edges, Random, RandomStroke
from core.saliency.extremal import ExtremalPerturbation
from core.saliency.fgvis import FGVis
from core.saliency.gradient import (
    Gradient,
    GradientXInput,
    IntegratedGradientsOfInput,
    Sensitivity,
)
from core.saliency.lime import Lime
from core.saliency.method import Examined, Method, settings_of
from core.saliency.occlusion import Occlusion
from core.saliency.relevance import ExcitationBackprop, GuidedBackprop, RelevancePropagation
from core.saliency.rise import Rise
from core.saliency.score_cam import ScoreCAM
from core.saliency.smooth import SmoothGrad
from core.saliency.substrate import kernel_length
from core.saliency.traps import traps
from core.teachers.inference import device_of
from core.teachers.protocol import Capability, missing

CLASS_WORDS = {
    Capability.GRADIENTS: "the gradients of an output with respect to the image",
    Capability.LAYERS: "feature maps of its layers",
}
FEW = Perturbation(n=200, probe=50, tolerance=0.05)  # latent neighbours beside masked copies
OURS = "relabel"  # the preset that every other method is compared with
QUICK = 150  # passes for one map up to which a method counts as quick
LARGE = 64  # longest side up to which students of single pixels are trained step by step
OTHER_SAMPLERS = ("deepvid_line", "deepvid_band", "deepvid_knn", "pixels_knn", "pixels_lime")


@dataclass(frozen=True, eq=False)
class Contestant:
    """A method under the name of its figures; ``reason`` says why it cannot take part.

    ``passes`` is about what one map costs, in passes of the teacher; it decides on how many images
    the method is judged.
    """

    name: str
    method: Method
    passes: int
    reason: str = ""

    @property
    def settings(self) -> str:
        """Its settings as JSON."""
        return json.dumps(settings_of(self.method), default=str, sort_keys=True)

    @property
    def quick(self) -> bool:
        """Whether it is judged on as many images as quick methods are."""
        return self.passes <= QUICK

    @property
    def sampler(self) -> bool:
        """Whether it is another sampler of DeepVID's, which only its removal figures need."""
        return self.name in OTHER_SAMPLERS


def contestants(
    shape: tuple[int, int, int],
    generator: Generator,
    space: LatentSpace,
    training: np.ndarray,
    teacher: Examined,
    color: tuple[float, ...] = (0.0,),
    *,
    frequency: tuple[Generator, LatentSpace] | None = None,
    paper: bool = False,
) -> list[Contestant]:
    """All methods; those that cannot take part come with the reason.

    Parameters
    ----------
    shape
        Channel, height, width.
    generator, space
        The study's first generator and its training images there.
    training
        Training images, for neighbours among pixels.
    teacher
        The teacher.
    color
        What deletion puts in a pixel's place.
    frequency
        The generator without training and its training images, if the study has it: above 64 x 64
        the coarse-to-fine student takes its neighbours.
    paper
        Draw as many neighbours as the paper of re-label distillation, whatever the size.
    """
    can, reasons = teacher.capabilities, _reasons(shape, teacher)
    drawn = perturbation_for(shape, paper=paper)
    methods = [*_ours(shape, color, generator, space), *_latent(shape, generator, space, training)]
    methods += _relabel(shape, generator, space, drawn, frequency)
    methods += _others(shape, teacher)
    return [
        Contestant(
            name, method, passes,
            _lacking(method, can) or reasons.get(name, ""),
        )
        for name, method, passes in methods
    ]  # fmt: skip


Named = tuple[str, Method, int]


def _ours(
    shape: tuple[int, int, int],
    color: tuple[float, ...],
    generator: Generator,
    space: LatentSpace,
) -> list[Named]:
    """The hybrid of masked copies, and the one in which latent neighbours join them."""
    hybrid, few = hybrid_for(shape, color), FEW
    mixed = RelabelHybrid(hybrid, generator=generator, space=space, perturbation=few)
    return [
        (OURS, RelabelHybrid(hybrid), hybrid.copies),
        ("relabel_mixed", mixed, hybrid.copies + few.n + 6 * few.probe),
    ]


def _latent(
    shape: tuple[int, int, int], generator: Generator, space: LatentSpace, training: np.ndarray
) -> list[Named]:
    """Methods that draw neighbours of an image."""
    recipe, paper = recipe_for(shape, latent=generator.latent), recipe_for(shape, "student")
    ours = HybridMaps(generator, space, recipe.sampling, recipe.hybrid)
    n, student = paper.sampling.n, paper.student
    found: list[Named] = [("deepvid", ours, recipe.hybrid.masked + recipe.sampling.n)]
    found += [
        (name, PaperMaps(generator, space, sampling, student), n)
        for name, sampling in _samplers(paper, n)
    ]
    patch = max(1, shape[1] // 7)
    found += [
        ("pixels_knn", PixelMaps(training, "knn", n, student=student), n),
        ("pixels_lime", PixelMaps(training, "lime", n, patch, student), n),
    ]
    return found


def _relabel(
    shape: tuple[int, int, int],
    generator: Generator,
    space: LatentSpace,
    drawn: Perturbation,
    frequency: tuple[Generator, LatentSpace] | None,
) -> list[Named]:
    """The paper's student, read in two ways, by its other equation, and coarse-to-fine."""
    cost = drawn.n + 6 * drawn.probe
    by_entropy = RelabelLoss("cross_entropy")
    found: list[Named] = [
        ("relabel_paper", RelabelPaper(generator, space, drawn), cost),
        ("relabel_x_input", RelabelPaper(generator, space, drawn, read="times_input"), cost),
        ("relabel_cross_entropy", RelabelPaper(generator, space, drawn, by_entropy), cost),
    ]
    if max(shape[1:]) > LARGE:
        smooth = RelabelPaper(generator, space, drawn, smooth=kernel_length(*shape[1:]))
        found.append(("relabel_smooth", smooth, cost))
        if frequency is not None:
            finer = RelabelPaper(*frequency, drawn, grids=GRIDS)
            found.append(("relabel_coarse_to_fine", finer, cost))
    return found


def _samplers(paper: Recipe, n: int) -> list[tuple[str, Sampling]]:
    return [
        ("deepvid_paper", paper.sampling),
        ("deepvid_line", Sampling("line", n)),
        ("deepvid_band", Sampling("band", n)),
        ("deepvid_knn", Sampling("knn", n)),
    ]


def _others(shape: tuple[int, int, int], teacher: Examined) -> list[Named]:
    """The baselines, with the originals' settings up to 32 x 32 and fewer draws above."""
    _, height, width = shape
    side, large = min(height, width), max(height, width) > LARGE
    window, stride = (3, 1) if side <= 32 else (side // 7, max(1, side // 14))
    windows = ((height - window) // stride + 1) * ((width - window) // stride + 1)
    masks = 1000 if side < 16 or side > 32 else 4000
    extremal = ExtremalPerturbation(cells=max(4, min(14, side // 4)))
    if large:
        extremal, masks = replace(extremal, areas=(0.1, 0.4), steps=50), 500
    cells = min(7, side)
    lime = Lime(cells, copies=300 if large else 1000)
    return [
        ("gradient", Gradient(), 2),
        ("sensitivity", Sensitivity(), 2),
        ("gradient_x_input", GradientXInput(), 2),
        ("gradient_x_input_log_odds", GradientXInput("log_odds"), 2),
        ("integrated_gradients", IntegratedGradientsOfInput(), 100),
        ("integrated_gradients_log_odds", IntegratedGradientsOfInput("log_odds"), 100),
        ("smooth_grad", SmoothGrad(), 100),
        ("guided_backprop", GuidedBackprop(), 2),
        ("relevance_propagation", RelevancePropagation(), 3),
        ("excitation_backprop", ExcitationBackprop(), 3),
        ("grad_cam", GradCAM(), 2),
        ("grad_cam_plus_plus", GradCAMPlusPlus(), 2),
        ("linear_approximation", LinearApproximation(), 2),
        ("score_cam", ScoreCAM(), _channels(teacher)),
        ("extremal_perturbation", extremal, 2 * extremal.steps * len(extremal.areas)),
        ("fgvis", FGVis(), 2 * FGVis.steps),
        ("occlusion", Occlusion(window, stride), windows),
        ("lime", lime, lime.copies),
        ("rise", Rise(masks, cells), masks),
        ("random", Random(), 0),
        ("random_stroke", RandomStroke(), 0),
        ("edges", Edges(), 0),
        ("center_blob", CenterBlob(), 0),
    ]


def _reasons(shape: tuple[int, int, int], teacher: Examined) -> dict[str, str]:
    """Why methods that libraries would do wrong, or that find no layer, are left out."""
    found: dict[str, str] = {}
    if max(shape[1:]) > LARGE:
        words = f"Its student is trained step by step, which takes minutes above {LARGE} x {LARGE}."
        found = dict.fromkeys(("deepvid_paper", *OTHER_SAMPLERS), words)
    if teacher.module is None:
        return found
    device = device_of(teacher.module)
    met = traps(teacher.module, torch.zeros(1, *shape, device=device))
    propagated = _sentence(met.relevance_propagation)
    found |= {
        "guided_backprop": _sentence(met.guided_backprop),
        "relevance_propagation": propagated,
        "excitation_backprop": propagated,
        "fgvis": "It bounds activations at ReLU modules, and this network calls ReLU as a function."
        if met.functional_relus
        else "",
    }
    if not teacher.layer and _last(teacher) is None:
        words = "It needs a convolution, and this network has none."
        cams = ("grad_cam", "grad_cam_plus_plus", "linear_approximation", "score_cam")
        found |= dict.fromkeys(cams, words)
    return found


def _channels(teacher: Examined) -> int:
    """Score-CAM's passes: the channels of the layer that it reads."""
    layer = _last(teacher)
    return 1 + int(getattr(layer, "out_channels", 0))


def _last(teacher: Examined) -> object | None:
    if teacher.module is None:
        return None
    try:
        return teacher.module.get_submodule(teacher.layer or last_convolution(teacher.module))
    except ValueError:
        return None


def _sentence(words: str | None) -> str:
    return f"{words[0].upper()}{words[1:]}." if words else ""


def _lacking(method: Method, can: frozenset[Capability]) -> str:
    lacking = missing(can, method.needs)
    words = " and ".join(CLASS_WORDS.get(capability, str(capability)) for capability in lacking)
    return f"It needs {words}, and this teacher does not offer that." if lacking else ""
