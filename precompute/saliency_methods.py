"""The methods of the saliency contest, and which of them a teacher can carry."""

import json
from dataclasses import dataclass

import numpy as np

from core.deepvid.explanation import Recipe, recipe_for
from core.deepvid.maps import HybridMaps, PaperMaps, PixelMaps
from core.deepvid.neighbors import Sampling
from core.generators.generator import Generator, LatentSpace
from core.saliency.cam import GradCAMPlusPlus
from core.saliency.controls import Random, RandomStroke
from core.saliency.gradient import (
    Gradient,
    GradientXInput,
    IntegratedGradientsOfInput,
    Sensitivity,
)
from core.saliency.method import Method, settings_of
from core.saliency.occlusion import Occlusion
from core.saliency.rise import Rise
from core.teachers.protocol import Capability, missing

CLASS_WORDS = {
    Capability.GRADIENTS: "the gradients of an output with respect to the image",
    Capability.LAYERS: "feature maps of its layers",
}


@dataclass(frozen=True, eq=False)
class Contestant:
    """A method under the name of its figures; ``reason`` says why it cannot take part."""

    name: str
    method: Method
    reason: str = ""

    @property
    def settings(self) -> str:
        """Its settings as JSON."""
        return json.dumps(settings_of(self.method), default=str, sort_keys=True)


def contestants(
    shape: tuple[int, int, int],
    generator: Generator,
    space: LatentSpace,
    training: np.ndarray,
    can: frozenset[Capability],
) -> list[Contestant]:
    """All methods; those that need what the teacher lacks come with the reason.

    Parameters
    ----------
    shape
        Channel, height, width.
    generator, space
        The study's first generator and its training images there.
    training
        Training images, for neighbours among pixels.
    can
        What the teacher offers.
    """
    hybrid = recipe_for(shape, latent=generator.latent)
    paper = recipe_for(shape, "student")

    def latent(name: str, sampling: Sampling, recipe: Recipe = paper) -> tuple[str, Method]:
        return name, PaperMaps(generator, space, sampling, recipe.student)

    n = paper.sampling.n
    methods: list[tuple[str, Method]] = [
        ("deepvid", HybridMaps(generator, space, hybrid.sampling, hybrid.hybrid)),
        latent("deepvid_paper", paper.sampling),
        latent("deepvid_line", Sampling("line", n)),
        latent("deepvid_band", Sampling("band", n)),
        latent("deepvid_knn", Sampling("knn", n)),
        ("pixels_knn", PixelMaps(training, "knn", n, student=paper.student)),
        ("pixels_lime", PixelMaps(training, "lime", n, max(1, shape[1] // 7), paper.student)),
        ("gradient", Gradient()),
        ("sensitivity", Sensitivity()),
        ("gradient_x_input", GradientXInput()),
        ("gradient_x_input_log_odds", GradientXInput("log_odds")),
        ("integrated_gradients", IntegratedGradientsOfInput()),
        ("integrated_gradients_log_odds", IntegratedGradientsOfInput("log_odds")),
        ("grad_cam_plus_plus", GradCAMPlusPlus()),
        ("occlusion", Occlusion()),
        ("rise", Rise()),
        ("random", Random()),
        ("random_stroke", RandomStroke()),
    ]
    return [Contestant(name, method, _lacking(method, can)) for name, method in methods]


def _lacking(method: Method, can: frozenset[Capability]) -> str:
    lacking = missing(can, method.needs)
    words = " and ".join(CLASS_WORDS.get(capability, str(capability)) for capability in lacking)
    return f"It needs {words}, and this teacher does not offer that." if lacking else ""
