"""Stage ``dvi_evaluation``: how faithful the pictures are, beside those of other methods.

Every method sees the same samples and boundary points (``core.dvi.comparison``). Properties of a
still picture are measured at the first, the middle and the last checkpoint, properties of motion
over all of them. UMAP's way back costs 50 ms a point at 84 dimensions and half a second at 512: it
is judged on 100 training samples drawn with the study's seed, on 40 of wide representations. t-SNE
and UMAP embed train, test and boundary points together (t-SNE cannot project new ones, and for UMAP
they are then no worse off); they start anew at each checkpoint, so that motion means nothing there.
UMAP-T starts from the checkpoint before.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from typing import Any, Literal

import numpy as np

from core.dvi.baselines import (
    Picture,
    pca_model,
    tsne_picture,
    umap_inverse,
    umap_picture,
)
from core.dvi.comparison import Measure, Scene, View, measured, measured_over_time, scene
from core.dvi.fit import Fit, FitSettings, fit
from core.intervals import wilson
from precompute.figures import Figure, frame
from precompute.stage import Work
from precompute.stages.dvi import head_at, method, model_at, settings, training_rows
from precompute.stages.dvi_landscape import places
from precompute.unavailable import declined

ANEW = ("tsne", "umap")  # methods that start anew at each checkpoint
ASKED = 100  # points on which UMAP's way back is judged
ASKED_WIDE = 40  # the same beyond WIDE dimensions
WIDE = 256
BETTER: dict[str, Literal["higher", "lower"]] = {"rec_pv": "lower", "temporal_pv": "lower"}
UNIT = {"rec_pv": "squared distance", "temporal_pv": "correlation", "motion": "correlation"}
Views = Iterator[tuple[int, View]]  # which checkpoint, and what is shown of it
FirstUmap = Callable[[], tuple[Picture, View]]  # the first checkpoint's, which UMAP-T starts from


def dvi_evaluation(work: Work) -> None:
    """Write the figures of every method."""
    if declined(work, "dvi"):
        return
    epochs = work.inputs.epochs("dvi")
    scenes = _scenes(work, epochs)
    still = sorted({0, (len(epochs) - 1) // 2, len(epochs) - 1})
    first_umap = cache(lambda: _umap_view(scenes[0], None, work.study.seed))
    methods: dict[str, Callable[[], Views]] = {method(work.study): lambda: _own(work, epochs)}
    baselines: dict[str, Callable[[], Views]] = {
        "dvi_t": lambda: _without_continuity(scenes, settings(work.study), work.study.seed),
        "pca": lambda: _pca(scenes),
        "tsne": lambda: _tsne(scenes, still, work.study.seed, work.study.threads),
        "umap": lambda: _umap(scenes, still, first_umap, work.study.seed),
        "umap_t": lambda: _umap_t(scenes, still, first_umap, work.study.seed),
    }
    methods |= {name: baselines[name] for name in work.study.dvi.baselines}

    work.progress.expect(sum(len(still if name in ANEW else epochs) for name in methods))
    figures: list[Figure] = []
    for name, views in methods.items():
        work.progress.advance(0, name)
        seen: list[View] = []
        for place, view in views():
            if place in still:
                figures += _figures(name, epochs[place], measured(scenes[place], view))
            seen.append(view)
            work.progress.advance()
        if name not in ANEW:
            figures += _figures(name, None, measured_over_time(scenes, seen))
    work.artifact.table("figure", frame(figures))


def _scenes(work: Work, epochs: list[float]) -> list[Scene]:
    """What is true at each checkpoint; training samples stand first."""
    first_test = int(training_rows(work.inputs).sum())
    scenes = []
    for epoch in epochs:
        representations = np.array(work.inputs.array("predictions", "representation", epoch))
        boundary = np.array(work.inputs.array("boundary", "representation", epoch))
        train, test = representations[:first_test], representations[first_test:]
        scenes.append(scene(train, test, boundary, head_at(work.inputs, epoch)))
    return scenes


def _own(work: Work, epochs: list[float]) -> Views:
    """The pictures that the study shows, as the store has them."""
    first_test = int(training_rows(work.inputs).sum())
    boundary = work.inputs.table("dvi_boundary")
    for place, picture in enumerate(places(work, epochs)):
        rows = boundary["epoch"] == epochs[place]
        points = boundary.loc[rows, ["x", "y"]].to_numpy(np.float32)
        model = model_at(work.inputs, epochs[place])
        yield place, View(picture[:first_test], picture[first_test:], points, model.inverse)


def _without_continuity(scenes: list[Scene], wanted: FitSettings, seed: int) -> Views:
    """DVI-T: the same method without the temporal loss (Table 3)."""
    alone = FitSettings(preset=wanted.preset, neighbors=wanted.neighbors, temporal=0.0)
    fitted: Fit | None = None
    for place, one in enumerate(scenes):
        fitted = fit(one.train, one.boundary, one.head, settings=alone, previous=fitted, seed=seed)
        model = fitted.model
        yield (
            place,
            View(fitted.points, model.project(one.test), fitted.boundary_points, model.inverse),
        )


def _pca(scenes: list[Scene]) -> Views:
    for place, one in enumerate(scenes):
        model = pca_model(one.train)
        train, test, boundary = map(model.project, (one.train, one.test, one.boundary))
        yield place, View(train, test, boundary, model.inverse)


def _together(one: Scene) -> np.ndarray:
    return np.concatenate([one.train, one.test])


def _apart(one: Scene, picture: Picture, **more: Any) -> View:
    first_test = len(one.train)
    points = picture.points
    return View(points[:first_test], points[first_test:], picture.boundary_points, **more)


def _tsne(scenes: list[Scene], still: list[int], seed: int, threads: int) -> Views:
    for place in still:
        one = scenes[place]
        picture = tsne_picture(_together(one), one.boundary, seed=seed, threads=threads)
        yield place, _apart(one, picture)


def _umap(scenes: list[Scene], still: list[int], first: FirstUmap, seed: int) -> Views:
    for place in still:
        yield place, (_umap_view(scenes[place], None, seed) if place else first())[1]


def _umap_t(scenes: list[Scene], still: list[int], first: FirstUmap, seed: int) -> Views:
    before, view = first()
    yield 0, view
    for place, one in enumerate(scenes[1:], start=1):
        before, view = _umap_view(one, before, seed)
        yield place, view if place in still else replace(view, inverse=None)


def _umap_view(one: Scene, before: Picture | None, seed: int) -> tuple[Picture, View]:
    previous = None if before is None else before.points
    picture = umap_picture(_together(one), one.boundary, seed=seed, previous=previous)
    count = ASKED if one.train.shape[1] <= WIDE else ASKED_WIDE
    asked = np.sort(np.random.default_rng(seed).permutation(len(one.train))[:count])
    inverse = partial(umap_inverse, picture)
    return picture, _apart(one, picture, inverse=inverse, asked=asked)


def _figures(name: str, epoch: float | None, measures: list[Measure]) -> list[Figure]:
    return [_figure(name, epoch, measure) for measure in measures]


def _figure(name: str, epoch: float | None, measure: Measure) -> Figure:
    kind = next((kind for kind in UNIT if measure.metric.startswith(kind)), "")
    value = None if np.isnan(measure.value) else measure.value
    figure = Figure(
        "dvi", measure.metric, name, measure.split, epoch, value, measure.n,
        UNIT.get(kind, "share"), BETTER.get(kind, "higher"),
    )  # fmt: skip
    if measure.metric == "ppr":
        return figure.between(wilson(round(measure.value * measure.n), measure.n))
    return figure
