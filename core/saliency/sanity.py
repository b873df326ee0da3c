"""The sanity check: whether a map depends on what the teacher has learned.

Source: Adebayo et al., "Sanity Checks for Saliency Maps" (2018), section 3.2, the independent form
of their model parameter randomization test for all layers at once: every weight is drawn anew, and
the two maps are compared by the absolute Spearman correlation. A map that stays is a picture of the
image, not of the teacher.
"""

import copy

import numpy as np
import torch
from jaxtyping import Float
from scipy.stats import rankdata
from torch import nn

from core.saliency.method import Examined, Maps, Method, Pictures, Progress, Targets, explain
from core.teachers.inference import device_of


def randomization_correlation(
    method: Method,
    teacher: Examined,
    pictures: Pictures,
    targets: Targets,
    maps: Maps,
    *,
    seed: int = 0,
    batch_size: int = 512,
    progress: Progress | None = None,
) -> Float[np.ndarray, " sample"]:
    """Return each picture's absolute correlation, 0..1; lower is better.

    Parameters
    ----------
    method
        The method that drew the maps.
    teacher
        The teacher; needs a module.
    pictures, targets
        What the maps explain; the other teacher is asked about the same classes.
    maps
        The method's for the teacher, drawn with the same seed.
    seed
        Seed of the weights, and of the method.
    batch_size, progress
        As in ``explain``.

    Raises
    ------
    ValueError
        If the teacher has no module, or one whose weights cannot be drawn anew.
    """
    other = redrawn(teacher, seed)
    again = explain(
        method, other, pictures, targets, seed=seed, batch_size=batch_size, progress=progress
    ).maps
    return np.abs([spearman(one, two) for one, two in zip(maps, again, strict=True)])


def redrawn(teacher: Examined, seed: int = 0) -> Examined:
    """Return a teacher of the same build whose weights are drawn anew, as before any training.

    Every layer draws by its own ``reset_parameters``; running means and variances begin anew too.

    Raises
    ------
    ValueError
        If there is no module, or a parameter belongs to no layer that can draw it.
    """
    if teacher.module is None:
        raise ValueError("the sanity check draws weights anew: it needs a teacher with a module")
    module: nn.Module = copy.deepcopy(teacher.module).eval()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for name, part in module.named_modules():
            reset = getattr(part, "reset_parameters", None)
            if callable(reset):
                reset()
            elif next(part.parameters(recurse=False), None) is not None:
                raise ValueError(
                    f"{name or 'the module'} ({type(part).__name__}) has parameters but no "
                    "reset_parameters to draw them anew: give it one"
                )
    there = device_of(module)

    def predict(pictures: Pictures) -> np.ndarray:
        with torch.inference_mode():
            inputs = torch.from_numpy(np.array(pictures)).to(there)
            return module(inputs).float().cpu().numpy()

    return Examined(predict, module, teacher.layer)


def spearman(
    one: Float[np.ndarray, "height width"], two: Float[np.ndarray, "height width"]
) -> float:
    """Return the rank correlation of two maps, -1..1, ties sharing ranks; 0 if one is constant."""
    ranks = np.stack([rankdata(one), rankdata(two)])
    ranks -= ranks.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(ranks, axis=1)
    return float(ranks[0] @ ranks[1] / (norms[0] * norms[1])) if norms.all() else 0.0
