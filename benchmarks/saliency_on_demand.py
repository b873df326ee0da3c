"""Saliency maps on demand: seconds of one map against the goal, and of the first coarse one.

MNIST with the LeNet of ``deepvid_mnist``, and 224 x 224 with SqueezeNet, each method on its own and
after one map that is not counted. Needs DARKROOM_DATA.
"""

import time
from collections.abc import Callable
from typing import cast

import numpy as np

from benchmarks.saliency_contest import Field, field
from core.saliency.method import explain
from core.saliency.refining import Refinable
from precompute.bench import Row
from precompute.saliency_methods import Contestant, contestants

QUICK = (
    "gradient", "gradient_x_input", "sensitivity", "guided_backprop", "integrated_gradients",
    "smooth_grad", "grad_cam", "grad_cam_plus_plus", "linear_approximation",
)  # fmt: skip
COARSE_FIRST = ("rise", "lime", "score_cam", "extremal_perturbation", "fgvis")
COARSE_GOAL = 2.0


def run() -> list[Row]:
    """One row for each method and size; the ratio is how often it fits into its goal."""
    return [*_rows("mnist", 5, 0.3, 0.3), *_rows("imagenette", 2, 1.0, 5.0)]


def _rows(study: str, n: int, quick_goal: float, relabel_goal: float) -> list[Row]:
    told = field(study, n)
    shape = (told.pictures.shape[1], told.pictures.shape[2], told.pictures.shape[3])
    methods = {
        one.name: one
        for one in contestants(
            shape, told.generator, told.space, told.training, told.teacher, tuple(told.color),
            frequency=(told.generator, told.space) if study != "mnist" else None,
        )
        if not one.reason
    }  # fmt: skip
    targets = told.teacher.logits(told.pictures).argmax(axis=1)
    rows = []
    for names, goal in ((QUICK, quick_goal), (("relabel",), relabel_goal)):
        for name in names:
            if name in methods:
                seconds = _seconds(n, _whole(methods[name], told, targets))
                what = f"{name}, {methods[name].passes} passes"
                rows.append(_row(study, what, "one map", seconds, goal, n))
    for name in COARSE_FIRST:
        if name in methods:
            seconds = _seconds(n, _first(methods[name], told, targets))
            rows.append(_row(study, name, "first coarse map", seconds, COARSE_GOAL, n))
    return rows


def _whole(one: Contestant, told: Field, targets: np.ndarray) -> Callable[[int], object]:
    return lambda i: explain(one.method, told.teacher, told.pictures[i : i + 1], targets[i : i + 1])


def _first(one: Contestant, told: Field, targets: np.ndarray) -> Callable[[int], object]:
    refinable = cast(Refinable, one.method)
    return lambda i: next(refinable.refined(told.teacher, told.pictures[i], int(targets[i])))


def _seconds(n: int, work: Callable[[int], object]) -> float:
    work(0)
    seconds = []
    for i in range(n):
        began = time.perf_counter()
        work(i)
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds))


def _row(study: str, name: str, what: str, seconds: float, goal: float, n: int) -> Row:
    return Row(
        name=f"{study}: {name}, {what}", ours_seconds=seconds, reference="goal",
        reference_seconds=goal, ratio=goal / seconds, agrees=None, size=f"median of {n} images",
    )  # fmt: skip
