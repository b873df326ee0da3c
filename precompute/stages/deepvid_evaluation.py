"""Stage ``deepvid_evaluation``: how faithful the students of each sampler are.

On seeded test images: teacher and student on the image itself, and on held-out neighbours of the
sampler's own. ``deepvid`` is the default (hybrid), ``deepvid_paper`` the paper's preset (a line
without detail), the others differ from it in the sampler alone.
"""

from dataclasses import replace
from typing import Literal

import numpy as np

from core.deepvid.explanation import Recipe, explained, recipe_for
from core.deepvid.trust import HeldOut, Trust
from core.intervals import bootstrap, wilson
from core.saliency.cost import seconds_of_pass
from core.saliency.examined import few_threads
from precompute.explainers import drawn, examined_teacher, shape_of, split_of
from precompute.figures import Figure, frame
from precompute.latent import generators_in, latent, picture_of, sample_count
from precompute.stage import Work
from precompute.unavailable import declined


def deepvid_evaluation(work: Work) -> None:
    """Write the figures of every sampler."""
    if declined(work, "deepvid"):
        return
    shape = shape_of(work.inputs)
    _, teacher = examined_teacher(work, shape)
    space = latent(work.inputs, generators_in(work.inputs)[0])
    methods = recipes(shape, len(space.deviation))
    one_pass = seconds_of_pass(teacher, shape)
    seconds = one_pass * sum(map(_passes, methods.values()))
    asked = sample_count(work.study.deepvid.evaluated, len(space.codes), shape, seconds)
    samples = drawn(work.inputs, asked, work.study.seed)
    work.progress.expect(len(methods) * len(samples))

    figures: list[Figure] = []
    for method, recipe in methods.items():
        found = []
        for sample in samples.tolist():
            picture, code = picture_of(work.inputs, sample), space.codes[sample]
            with few_threads(shape[1:], one_pass):
                one = explained(picture, code, space.decode, space.space, teacher.logits, recipe)
            found.append((one.trust, one.held_out))  # the neighbours' pictures would not fit
            work.progress.advance(note=f"{method}, sample {sample}")
        figures += _figures(method, split_of(work.inputs), found, work.study.seed)
    work.artifact.table("figure", frame(figures))


def recipes(shape: tuple[int, int, int], latent: int) -> dict[str, Recipe]:
    """The default, the paper's preset, and the samplers around the image itself."""
    paper = recipe_for(shape, "student")
    found = {"deepvid": recipe_for(shape, latent=latent), "deepvid_paper": paper}
    samplers: tuple[Literal["line", "band", "knn"], ...] = ("line", "band", "knn")
    for sampler in samplers:
        sampling = replace(paper.sampling, sampler=sampler, keep_detail=True)
        found[f"deepvid_{sampler}"] = replace(paper, sampling=sampling)
    return found


def _passes(recipe: Recipe) -> int:
    """Pictures that the teacher sees for one image."""
    masked = recipe.hybrid.masked if recipe.teaching == "hybrid" else 0
    return recipe.sampling.n + recipe.held_out + masked


def _figures(
    method: str, split: Literal["train", "test"], found: list[tuple[Trust, HeldOut]], seed: int
) -> list[Figure]:
    n = len(found)
    same = sum(trust.same_top_class for trust, _ in found)
    rows = [
        Figure(
            "deepvid", "top_class_agreement", method, split, None, same / n, n, "share", "higher"
        ).between(wilson(same, n))
    ]
    numbers: list[tuple[str, list[float], str, Literal["higher", "lower"]]] = [
        ("total_variation", [trust.total_variation for trust, _ in found], "share", "lower"),
        ("held_out_kl", [held.kl for _, held in found], "nats", "lower"),
        ("held_out_agreement", [held.top_agreement for _, held in found], "share", "higher"),
        ("held_out_r2", [held.r2 for _, held in found], "share of variance", "higher"),
    ]
    for metric, values, unit, better in numbers:
        known = np.array(values)[~np.isnan(values)]
        row = Figure(
            "deepvid", metric, method, split, None,
            float(known.mean()) if len(known) else None, len(known), unit, better,
        )  # fmt: skip
        rows.append(row.between(bootstrap(known, seed)) if len(known) > 1 else row)
    return rows
