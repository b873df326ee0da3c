"""Stage ``summit_evaluation``: do classes depend on the channels of their graphs, and how early.

``masking_drop``: the fall of the true class's probability when the channels of its graph are
silenced, beside equally many channels of each layer chosen in other ways. Early decision: a linear
classifier on the top channels of each layer, learned from the images that were aggregated.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.axes import Images, Labels
from core.datasets import Dataset
from core.intervals import bootstrap, wilson
from core.store import Store
from core.summit.early import early_decision
from core.summit.masking import (
    ChosenPerLayer,
    MaskingDrop,
    masking_drop,
    random_channels,
    strongest_channels,
)
from core.summit.seeds import seeds
from core.summit.settings import DARKROOM, PRESETS, Preset, Seed
from precompute.channel_graphs import Network, network
from precompute.data import images
from precompute.figures import Figure, frame
from precompute.stage import Work
from precompute.stages.summit import relevance_of
from precompute.summit_images import evenly, rows_of
from precompute.summit_notes import LENS, Notes, note_table
from precompute.summit_tables import layer_counts
from precompute.unavailable import declined

MOST, LEAST = 1_000, 100  # images that are looked at: so many, or fewer the larger they are
PIXELS = MOST * 64 * 64
OTHERS = 9  # other classes whose channels are masked for each image


@dataclass(frozen=True, eq=False)
class Counted:
    """What the stage ``summit`` kept: classes, and maxima and labels of the aggregated images.

    ``labels`` are places among ``classes``, ``rows`` the images' rows in the data set, ``maxima``
    those of every layer by its name; ``training`` says whether they are training images.
    """

    classes: Labels
    layers: tuple[str, ...]
    rows: np.ndarray
    labels: Labels
    maxima: dict[str, np.ndarray]
    training: bool


def summit_evaluation(work: Work) -> None:
    """Write what masking does to each class, what each layer decides, and their figures."""
    if declined(work, LENS):
        return
    samples = work.inputs.table("samples").sort_values("sample_id")
    tested = np.flatnonzero(samples["split"] == "test")
    if not len(tested):
        why = "The study shows no test images."
        work.artifact.table("summit_note", note_table({}, {"masking": why, "early": why}))
        return
    data = images(work.study, work.data_root)
    counted = _counted(work.inputs, data)
    labels = np.searchsorted(counted.classes, samples["label"].to_numpy()[tested])
    pixels = work.inputs.array("dataset", "images")
    height, width, colors = pixels.shape[1:]
    teacher = network(work, (height, width, colors), layers=counted.layers)
    most = max(LEAST, min(MOST, PIXELS // (height * width)))
    chosen = evenly(labels, most, work.study.seed)
    ways = _ways(work, teacher, data, counted, most)
    work.progress.expect(len(ways) + 1)

    tables, figures = [], []
    for method, masks in ways.items():
        drop = _masked(work, teacher, pixels[tested[chosen]], labels[chosen], masks, counted)
        tables.append(_masking_table(method, drop, labels[chosen], masks, counted.classes))
        figures += _masking_figures(method, drop, work.inputs.epochs("teacher")[-1], work)
        work.progress.advance(note=f"masking, {method}")
    work.artifact.table("masking", pd.concat(tables, ignore_index=True))
    notes = {"masking": _said(chosen, labels, counted)}
    missing: Notes = {}
    if counted.training:
        early = evenly(labels, MOST, work.study.seed)
        table, rows = _early(work, teacher, pixels[tested[early]], labels[early], counted)
        work.artifact.table("early_decision", table)
        figures += rows
    else:
        missing = {"early": "A layer learns to decide from training images; the data has none."}
    work.artifact.table("figure", frame(figures))
    work.artifact.table("summit_note", note_table(notes, missing))


def _counted(inputs: Store, data: Dataset) -> Counted:
    classes = inputs.sql("select class from summit_class order by place")["class"].to_numpy()
    layers = inputs.sql("select name, channels from summit_layer order by layer")
    taken = inputs.sql('select split, split_id, "class" from summit_image order by image')
    ends = np.cumsum(layers["channels"].to_numpy())[:-1]
    maxima = np.split(np.array(inputs.array("summit", "maxima")), ends, axis=1)
    return Counted(
        classes,
        tuple(layers["name"]),
        rows_of(data, taken["split"].to_numpy(), taken["split_id"].to_numpy()),
        np.searchsorted(classes, taken["class"].to_numpy()),
        dict(zip(layers["name"], maxima, strict=True)),
        bool((taken["split"] == "train").all()),
    )


def _ways(
    work: Work, teacher: Network, data: Dataset, counted: Counted, most: int
) -> dict[str, list[np.ndarray]]:
    """Channels to mask per layer, [class channel], by how they were chosen."""
    preset = PRESETS[work.study.summit.preset]
    graph = [np.zeros((len(counted.classes), z.shape[1]), bool) for z in counted.maxima.values()]
    for row in work.inputs.table("graph_vertex").itertuples():
        place = np.searchsorted(counted.classes, row[1])
        graph[int(row[2])][place, int(row[3])] = True
    number = [part.sum(1) for part in graph]
    part = evenly(counted.labels, most, work.study.seed)
    rows = counted.rows[part]
    relevance = relevance_of(teacher, data.images[rows], data.labels[rows])
    counts = {
        "activation": _counts(counted.maxima, counted.labels, counted, preset, "activation"),
        "relevance": _counts(relevance, counted.labels[part], counted, preset, "relevance"),
        "least": _counts(counted.maxima, counted.labels, counted, preset, "least"),
    }
    generator = np.random.default_rng(work.study.seed)
    name = "summit" if preset is DARKROOM else f"summit_{preset.name}"
    return {
        name: graph,
        **{
            way: [strongest_channels(a, n) for a, n in zip(layers, number, strict=True)]
            for way, layers in counts.items()
        },
        "random": [
            random_channels(layer.shape[1], n, generator)
            for layer, n in zip(graph, number, strict=True)
        ],
    }


def _counts(
    scores: dict[str, np.ndarray], labels: Labels, counted: Counted, preset: Preset, seed: Seed
) -> list[np.ndarray]:
    """A of every layer as the preset has it when it begins from another seed."""
    found = seeds(scores, labels, len(counted.classes), replace(preset, seed=seed))
    return list(found.counts.values())


def _masked(
    work: Work,
    teacher: Network,
    pixels: Images,
    labels: Labels,
    masks: ChosenPerLayer,
    counted: Counted,
) -> MaskingDrop:
    """Mask the channels, a batch of images at a time."""
    own, others = [], []
    for read, true, meant in teacher.batches(pixels, labels):
        drop = masking_drop(
            teacher.graph,
            read,
            true,
            masks,
            others=OTHERS,
            outputs=counted.classes,
            probabilities=work.study.teacher.outputs == "probabilities",
        )
        own.append(drop.own[:meant])
        others.append(drop.others[:meant])
    return MaskingDrop(np.concatenate(own), np.concatenate(others))


def _masking_table(
    method: str, drop: MaskingDrop, labels: Labels, masks: ChosenPerLayer, classes: Labels
) -> pd.DataFrame:
    count = np.bincount(labels, minlength=len(classes))
    seen = np.flatnonzero(count)

    def mean(values: np.ndarray) -> np.ndarray:
        return (np.bincount(labels, weights=values, minlength=len(classes)) / np.maximum(count, 1))[
            seen
        ]

    return pd.DataFrame(
        {
            "method": method,
            "class": classes[seen].astype(np.int32),
            "drop": mean(drop.own),
            "others": mean(drop.others),
            "channels": np.mean([part.sum(1) for part in masks], axis=0)[seen],
            "n": count[seen],
        }
    )


def _masking_figures(method: str, drop: MaskingDrop, epoch: float, work: Work) -> Iterator[Figure]:
    seed, n = work.study.seed, len(drop.own)
    yield Figure(
        "summit", "masking_drop", method, "test", epoch, float(drop.own.mean()), n, "probability",
        "higher",
    ).between(bootstrap(drop.own, seed))  # fmt: skip
    if np.isfinite(drop.others).all():
        yield Figure(
            "summit", "masking_drop_others", method, "test", epoch, float(drop.others.mean()), n,
            "probability", "lower",
        ).between(bootstrap(drop.others, seed))  # fmt: skip


def _early(
    work: Work, teacher: Network, pixels: Images, labels: Labels, counted: Counted
) -> tuple[pd.DataFrame, list[Figure]]:
    counts = layer_counts(work.inputs, counted.classes)
    ends = np.cumsum([layer.shape[1] for layer in counts])[:-1]
    test = np.split(np.concatenate(list(teacher.maxima(pixels))), ends, axis=1)
    tables, figures = [], []
    epoch = work.inputs.epochs("teacher")[-1]
    total = np.bincount(labels, minlength=len(counted.classes))
    for layer, (name, train) in enumerate(counted.maxima.items()):
        found = early_decision(train, counted.labels, test[layer], labels, counts[layer])
        tables.append(
            pd.DataFrame(
                {
                    "layer": np.int32(layer),
                    "class": counted.classes.astype(np.int32),
                    "accuracy": found.accuracy,
                    "n": total,
                    "channels": np.int32(len(found.channels)),
                }
            )
        )
        right, n = int((found.predicted == labels).sum()), len(labels)
        own = Figure(
            "summit", "early_decision_accuracy", name, "test", epoch, right / n, n, "share",
            "higher",
        )  # fmt: skip
        figures.append(own.between(wilson(right, n)))
    return pd.concat(tables, ignore_index=True), figures


def _said(chosen: np.ndarray, labels: Labels, counted: Counted) -> str:
    others = min(OTHERS, len(counted.classes) - 1)
    part = "" if len(chosen) == len(labels) else f" of {len(labels):,}, evenly over the classes"
    said = f"{len(chosen):,} test images{part}; for each the channels of {others} other classes."
    if not counted.training:
        said += " The graphs were made from the same images."
    return said
