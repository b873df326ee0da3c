"""The tables of the saliency contest, made of what its methods did."""

import json
from collections.abc import Mapping, Sequence

import numpy as np

from core.intervals import Interval, bootstrap, bootstrap_band
from core.saliency.deletion_insertion import STEPS
from core.saliency.paired import paired
from core.saliency.removal import SHARE
from core.saliency.substrate import kernel_length
from core.store import ArtifactWriter
from precompute.figures import Better, Figure, Split, frame
from precompute.saliency_judging import RADIUS, Arena, Judged
from precompute.saliency_methods import OURS, Contestant
from precompute.saliency_neighbors import Neighbors, stacked
from precompute.saliency_originals import ORIGINALS
from precompute.saliency_plan import DRAWS, FEWEST

SCORES = ("deletion", "insertion", "sanity", "sensitivity")
FIGURES: dict[str, tuple[str, str, Better]] = {
    "removal": ("removal_area_200", "share", "lower"),
    "deletion": ("deletion_area", "share", "lower"),
    "insertion": ("insertion_area", "share", "higher"),
    "sanity": ("randomization_correlation", "correlation", "lower"),
    "sensitivity": ("max_sensitivity", "ratio", "lower"),
}


def write_methods(
    artifact: ArtifactWriter, methods: Sequence[Contestant], found: Mapping[str, Judged]
) -> None:
    """Write the list of methods; what a map takes in seconds stands in the manifest."""
    artifact.table(
        "saliency_method",
        {
            "method": [one.name for one in methods],
            "place": np.arange(len(methods), dtype=np.int32),
            "settings": [one.settings for one in methods],
            "original": [ORIGINALS.get(one.name, "") for one in methods],
            "evaluations": [
                found[one.name].evaluations if one.name in found else np.nan for one in methods
            ],
            "flat": np.array(
                [found[one.name].flat.sum() if one.name in found else 0 for one in methods],
                np.int32,
            ),
            "reason": [one.reason for one in methods],
        },
    )
    for name, one in found.items():
        artifact.cost(name, one.seconds)


def write_protocol(artifact: ArtifactWriter, arena: Arena, no_other: str) -> None:
    """Write how each metric was taken, and why one was not."""
    height, width = arena.pictures.shape[2:]
    blur = kernel_length(height, width)
    black = all(value == 0 for value in arena.color)
    stand_in = "black" if black else "the colour that the teacher's preprocessing turns into zero"
    fewer = "Methods that take many passes have fewer images, DeepVID's other samplers none."
    removal = "Pixels turn black one by one, most important first; the true class is watched over"
    removal += f" the first {SHARE:.1%}."
    if not arena.removal:
        removal = f"Not done: one by one, {width} x {height} pixels take too many passes."
    sanity = "Absolute rank correlation with the map of the same network, all weights drawn anew."
    sanity = f"Not done: {no_other}." if no_other else f"{sanity} {fewer}"
    rows = {
        "deletion": (
            {"steps": STEPS, "color": arena.color},
            (
                f"Pixels become {stand_in}, most important first, in {STEPS} steps; the teacher's"
                f" first class on the clean image is watched."
            ),
        ),
        "insertion": (
            {"steps": STEPS, "blur": blur},
            (
                f"The image begins blurred by a kernel of {blur} x {blur} pixels; its pixels come"
                f" back, most important first, in {STEPS} steps."
            ),
        ),
        "removal": ({"done": arena.removal, "step": 1, "share": SHARE, "color": [0.0]}, removal),
        "sanity": ({"seed": arena.seed}, sanity),
        "sensitivity": (
            {"draws": DRAWS, "radius": RADIUS},
            (
                f"Largest relative change of the map over {DRAWS} uniform perturbations within"
                f" {RADIUS:.0%} of the range. {fewer}"
            ),
        ),
    }
    artifact.table(
        "saliency_protocol",
        {
            "metric": list(rows),
            "settings": [json.dumps(settings) for settings, _ in rows.values()],
            "words": [words for _, words in rows.values()],
        },
    )


def write_curves(artifact: ArtifactWriter, found: Mapping[str, Judged], seed: int) -> None:
    """Write mean curves of deletion and insertion, and of removal where it was done."""
    shares = np.linspace(0, 1, STEPS + 1)
    games = [
        (name, game, bootstrap_band(getattr(one, game), seed), len(getattr(one, game)))
        for name, one in found.items()
        for game in ("deletion", "insertion")
    ]
    artifact.table(
        "saliency_curve",
        {
            "method": np.repeat([name for name, *_ in games], len(shares)).tolist(),
            "game": np.repeat([game for _, game, *_ in games], len(shares)).tolist(),
            "share": np.tile(shares, len(games)),
            **_bands([band for *_, band, _ in games]),
            "n": np.repeat([n for *_, n in games], len(shares)).astype(np.int32),
        },
    )
    removal = {name: one.removal for name, one in found.items() if one.removal.shape[1]}
    if not removal:
        return
    steps = next(iter(removal.values())).shape[1]
    artifact.table(
        "removal_curve",
        {
            "method": np.repeat(list(removal), steps).tolist(),
            "removed": np.tile(np.arange(steps, dtype=np.int32), len(removal)),
            **_bands([bootstrap_band(curves, seed) for curves in removal.values()]),
        },
    )


def write_scores(
    artifact: ArtifactWriter, found: Mapping[str, Judged], samples: np.ndarray
) -> None:
    """Write each image's values."""
    rows = [
        (name, metric, int(sample), float(value))
        for name, one in found.items()
        for metric in SCORES
        for sample, value in zip(samples, one.values(metric), strict=False)
        if np.isfinite(value)
    ]
    names, metrics, ids, values = zip(*rows, strict=True)
    artifact.table(
        "saliency_score",
        {
            "method": list(names),
            "metric": list(metrics),
            "sample_id": np.array(ids, np.int32),
            "value": np.array(values),
        },
    )
    removal = {name: one.values("removal") for name, one in found.items() if one.removal.shape[1]}
    if removal:
        artifact.table(
            "removal_area",
            {
                "method": np.repeat(list(removal), [len(v) for v in removal.values()]).tolist(),
                "sample_id": np.concatenate(
                    [samples[: len(values)] for values in removal.values()]
                ).astype(np.int32),
                "area": np.concatenate(list(removal.values())).astype(np.float32),
            },
        )


def write_pairs(artifact: ArtifactWriter, found: Mapping[str, Judged], seed: int) -> None:
    """Write how re-label's best preset differs from every other method on common images."""
    rows = []
    if OURS in found:
        for metric in FIGURES:
            for name, one in found.items():
                ours, theirs = _common(found[OURS], one, metric)
                if name == OURS or not len(ours):
                    continue
                told = paired(ours, theirs, seed=seed)
                rows.append(
                    (metric, OURS, name, told.difference, *told.interval, told.p, len(ours))
                )
    columns = list(zip(*rows, strict=True)) if rows else [[]] * 8
    names = ("metric", "method", "other", "difference", "low", "high", "p", "n")
    kinds = (str, str, str, float, float, float, float, np.int32)
    artifact.table(
        "saliency_pair",
        {
            name: list(part) if kind is str else np.array(part, kind)
            for name, part, kind in zip(names, columns, kinds, strict=True)
        },
    )


def write_figures(
    artifact: ArtifactWriter, found: Mapping[str, Judged], split: Split, seed: int
) -> None:
    """Write the figures; DeepVID's view shows the same areas of removal."""
    figures = []
    for name, one in found.items():
        for metric, (figure, unit, better) in FIGURES.items():
            values = _values(one, metric)
            # flat maps have no correlation: of the few that are left a mean would say nothing
            if not len(values) or (metric == "sanity" and len(values) < FEWEST):
                continue
            interval = bootstrap(values, seed)
            views = ("saliency", "deepvid") if metric == "removal" else ("saliency",)
            figures += [
                _figure(view, figure, name, split, values, unit, better, interval) for view in views
            ]
        figures.append(
            Figure(
                "saliency", "evaluations_per_image", name, split, None,
                one.evaluations, len(one.areas), "passes", "lower",
            )
        )  # fmt: skip
    artifact.table("figure", frame(figures))


def write_neighbors(
    artifact: ArtifactWriter, found: Sequence[Neighbors], rows: Sequence[int], generator: str
) -> None:
    """Write re-label's neighbours of the rows of saliency_explained."""
    artifact.array("neighbors", stacked(list(found)))
    artifact.table(
        "relabel_explained",
        {
            "row": np.array(rows, np.int32),
            "place": np.arange(len(rows), dtype=np.int32),
            "generator": [generator] * len(rows),
            "scale": [np.nan if one.scale is None else float(one.scale) for one in found],
            "share": [float(one.share) for one in found],
            "count": np.array([one.count for one in found], np.int32),
            "residual": [np.nan if one.residual is None else one.residual for one in found],
            "error": [one.error for one in found],
            "reason": [one.reason for one in found],
        },
    )
    counts = [len(one.classes) for one in found]
    points = np.concatenate([one.points for one in found]).astype(np.float32)
    artifact.table(
        "relabel_neighbor",
        {
            "row": np.repeat(rows, counts).astype(np.int32),
            "neighbor": np.concatenate([np.arange(count) for count in counts]).astype(np.int32),
            "x": points[:, 0],
            "y": points[:, 1],
            "class": np.concatenate([one.classes for one in found]).astype(np.int32),
            "flipped": np.concatenate([one.flipped for one in found]).astype(bool),
        },
    )


def _bands(bands: Sequence) -> dict[str, np.ndarray]:
    return {
        part: np.concatenate([getattr(band, part) for band in bands]).clip(0, 1).astype(np.float32)
        for part in ("mean", "low", "high")
    }


def _values(one: Judged, metric: str) -> np.ndarray:
    """The values that there are."""
    if metric == "removal" and not one.removal.shape[1]:
        return np.empty(0)
    values = one.values(metric).astype(np.float64)
    return values[np.isfinite(values)]


def _common(ours: Judged, theirs: Judged, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Both methods' values of the images that both have."""
    if metric == "removal" and not ours.removal.shape[1]:
        return np.empty(0), np.empty(0)
    a, b = ours.values(metric), theirs.values(metric)
    n = min(len(a), len(b))
    both = np.isfinite(a[:n]) & np.isfinite(b[:n])
    return a[:n][both].astype(np.float64), b[:n][both].astype(np.float64)


def _figure(
    view: str, metric: str, name: str, split: Split, values: np.ndarray, unit: str,
    better: Better,
    interval: Interval,
) -> Figure:  # fmt: skip
    return Figure(
        view, metric, name, split, None, float(values.mean()), len(values), unit, better
    ).between(interval)
