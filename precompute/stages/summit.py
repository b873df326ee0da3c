"""Stage ``summit``: one pass over the training images: who is excited, who drives whom, and where.

Writes A (``activation``), I between primary layers (``influence``), the places in images that
excite each channel most (``patch``), and which channels every shown sample chose (``fired``).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from torch import Tensor

from core.axes import Images, Labels
from core.datasets import Dataset
from core.summit import operators
from core.summit.aggregation import Aggregation, aggregate
from core.summit.channel_graph import ChannelGraph
from core.summit.hubs import hubs
from core.summit.merging import merged_edges, strongest_edges
from core.summit.relevance import channel_relevance
from core.summit.seeds import Seeds, seeds
from core.summit.settings import PRESETS, Preset
from precompute.channel_graphs import NEEDS, Network, chosen_channels, network
from precompute.data import images
from precompute.stage import Work
from precompute.summit_images import Aggregated, aggregated, present_classes, sample_ids
from precompute.summit_notes import LENS, TITLE, note_table
from precompute.unavailable import decline, lacks

EDGES = 10_000_000  # rows of the table influence, about: a thousand classes have a hundred million
COSTS = 4  # times as much as a forward pass does aggregating an image take
LEAST_EDGES = 3  # into each channel and for each class, however many classes there are


def summit(work: Work) -> None:
    """Write layers, classes, A, I, flags, patches and what the shown samples chose."""
    if lacks(work, LENS, TITLE, NEEDS):
        return
    study = work.study
    preset = PRESETS[study.summit.preset]
    data = images(study, work.data_root)
    classes = present_classes(work.inputs)
    chosen = aggregated(data, work.inputs, study.summit.images, study.seed)
    shown = work.inputs.array("dataset", "images")
    relevant = preset.seed == "relevance"
    work.progress.expect((2 if relevant else 1) * COSTS * len(chosen.rows) + len(shown))
    pixels, labels = data.images[chosen.rows], data.labels[chosen.rows]
    numbers = sample_ids(data, work.inputs)
    giving = numbers[chosen.rows] >= 0  # a patch is kept: images used only for training give none
    places = np.searchsorted(classes, labels)
    try:
        teacher = network(work, data.image_shape, layers=study.summit.layers)
        batches = _batches(work, teacher, pixels, places)
        found = aggregate(teacher.graph, batches, len(classes), preset, giving)
    except ValueError as reason:
        if study.summit.layers:
            raise ValueError(f"summit.layers: {reason}") from reason
        decline(work, LENS, f"{TITLE} cannot read this teacher: {reason}.")
        return

    excited = seeds(found.maxima, places, len(classes), replace(preset, seed="activation"))
    seeded = excited
    if relevant:
        scores = relevance_of(
            teacher, pixels, labels, lambda count: work.progress.advance(COSTS * count, "relevance")
        )
        seeded = seeds(scores, places, len(classes), preset)
    work.artifact.table("summit_layer", _layers(teacher.graph, seeded))
    work.artifact.table("summit_class", _classes(classes, found.images))
    work.artifact.table("summit_image", _images(data, chosen))
    work.artifact.array("maxima", np.concatenate(list(found.maxima.values()), axis=1))
    work.artifact.table("activation", _activation(seeded, classes))
    work.artifact.table("channel_flag", _flags(found, seeded))
    table, cut = _influence(teacher.graph, found, classes, preset)
    work.artifact.table("influence", table)
    work.artifact.table("patch", _patches(found, data, chosen, numbers))
    _write_fired(work, teacher, shown, excited, preset)
    work.artifact.table("summit_note", note_table(_notes(chosen, int(giving.sum()), relevant, cut)))


def _batches(
    work: Work, teacher: Network, pixels: Images, labels: np.ndarray
) -> Iterator[tuple[Tensor, np.ndarray]]:
    for read, own, meant in teacher.batches(pixels, labels):
        yield read[:meant], own[:meant]
        work.progress.advance(COSTS * meant, "aggregating")


def relevance_of(
    teacher: Network,
    pixels: Images,
    outputs: Labels,
    advance: Callable[[int], object] = lambda images: None,
) -> dict[str, np.ndarray]:
    """The relevance of every channel for given outputs, [image channel] by layer."""
    found: dict[str, list[np.ndarray]] = {}
    for read, own, meant in teacher.batches(pixels, outputs):
        for name, relevance in channel_relevance(teacher.graph, read, own).items():
            found.setdefault(name, []).append(relevance[:meant])
        advance(meant)
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _layers(graph: ChannelGraph, seeded: Seeds) -> dict[str, list]:
    choices = [seeded.choice[layer.name] for layer in graph.layers]
    return {
        "layer": list(range(len(graph.layers))),
        "name": [layer.name for layer in graph.layers],
        "channels": [layer.channels for layer in graph.layers],
        "parent": list(range(-1, len(graph.layers) - 1)),
        "inner": [", ".join(inner_operators(graph, layer.name)) for layer in graph.layers],
        "share": [seeded.share[layer.name] for layer in graph.layers],
        "kept": [float(choice.chosen.sum(1).mean()) for choice in choices],
        "forced": [float(choice.forced.mean()) for choice in choices],
    }


def inner_operators(graph: ChannelGraph, layer: str) -> list[str]:
    """The module paths of the operators between the layer below and this one, in call order."""
    nodes = {node.name: node for node in graph.module.graph.nodes}
    own = graph.layer(layer).join
    calls = [
        call
        for join in graph.between(layer)
        for call in [*(term.call for term in join.terms if term.call), join.name]
        if call != own and call in nodes and operators.operator(nodes[call]) in operators.MIXING
    ]
    paths = [(operators.module_path(nodes[call]) or (call,))[-1] for call in calls]
    return list(dict.fromkeys(paths))


def _classes(classes: np.ndarray, counted: np.ndarray) -> dict[str, np.ndarray]:
    return {
        "class": classes.astype(np.int32),
        "place": np.arange(len(classes), dtype=np.int32),
        "images": counted.astype(np.float64),
    }


def _images(data: Dataset, chosen: Aggregated) -> dict[str, np.ndarray]:
    return {
        "image": np.arange(len(chosen.rows), dtype=np.int32),
        "split": data.split[chosen.rows],
        "split_id": data.split_id[chosen.rows].astype(np.int32),
        "class": data.labels[chosen.rows].astype(np.int32),
    }


def _activation(seeded: Seeds, classes: np.ndarray) -> pd.DataFrame:
    parts = []
    for layer, counts in enumerate(seeded.counts.values()):
        place, channel = np.nonzero(counts)
        parts.append(
            pd.DataFrame(
                {
                    "layer": np.int32(layer),
                    "channel": channel.astype(np.int32),
                    "class": classes[place].astype(np.int32),
                    "count": counts[place, channel].astype(np.int32),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _flags(found: Aggregation, seeded: Seeds) -> pd.DataFrame:
    parts = []
    for layer, (name, counts) in enumerate(seeded.counts.items()):
        flags = hubs(counts, found.images, frame=found.frame[name], border=found.border[name])
        parts.append(
            pd.DataFrame(
                {
                    "layer": np.int32(layer),
                    "channel": np.arange(counts.shape[1], dtype=np.int32),
                    "rate": flags.rate,
                    "reach": flags.reach,
                    "information": flags.information,
                    "frame": flags.frame,
                    "hub": flags.hub,
                    "non_semantic": flags.non_semantic,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _influence(
    graph: ChannelGraph, found: Aggregation, classes: np.ndarray, preset: Preset
) -> tuple[dict[str, np.ndarray], int]:
    """The table, and how many edges into a channel it keeps; 0 where it keeps all."""
    upper = sum(layer.channels for layer in graph.layers[1:])
    most = max(LEAST_EDGES, EDGES // max(1, len(classes) * upper))
    cut = False
    columns: dict[str, list[np.ndarray]] = {
        name: [np.zeros(0, np.int32)]
        for name in ("layer", "channel_in", "channel_out", "class", "count")
    }
    for place, label in enumerate(classes):
        layers = merged_edges(
            graph, found.influence, place, int(found.images[place]), capped=preset.capped
        )
        for layer, edges in enumerate(layers, 1):
            kept = strongest_edges(edges, most)
            cut |= len(kept.influence) < len(edges.influence)
            numbers = np.ones(len(kept.influence), np.int32)
            for name, values in (
                ("layer", numbers * layer),
                ("channel_in", kept.channel_in),
                ("channel_out", kept.channel_out),
                ("class", numbers * label),
                ("count", kept.influence),
            ):
                columns[name].append(values.astype(np.int32))
    table = {name: np.concatenate(parts) for name, parts in columns.items()}
    return table, most if cut else 0


def _patches(
    found: Aggregation, data: Dataset, chosen: Aggregated, shown: np.ndarray
) -> pd.DataFrame:
    parts = []
    for layer, patches in enumerate(found.patches.values()):
        channel, rank = np.nonzero(patches.image >= 0)
        row = chosen.rows[patches.image[channel, rank]]
        sides = dict(
            zip(("top", "left", "bottom", "right"), patches.box[channel, rank].T, strict=True)
        )
        parts.append(
            pd.DataFrame(
                {
                    "layer": np.int32(layer),
                    "channel": channel.astype(np.int32),
                    "rank": rank.astype(np.int32),
                    "value": patches.value[channel, rank],
                    "class": data.labels[row].astype(np.int32),
                    "sample_id": shown[row],
                    **{name: side.astype(np.int32) for name, side in sides.items()},
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _write_fired(
    work: Work, teacher: Network, shown: np.ndarray, excited: Seeds, preset: Preset
) -> None:
    """Which channels each shown sample chose, as the aggregated images did."""
    sizes = [layer.channels for layer in teacher.graph.layers]
    bits = work.artifact.open_array("fired", (len(shown), -(-sum(sizes) // 8)), np.uint8)
    start = 0
    for maxima in teacher.maxima(shown):
        chosen = chosen_channels(maxima, sizes, excited.share.values(), preset)
        bits[start : start + len(maxima)] = np.packbits(np.concatenate(chosen, axis=1), axis=1)
        start += len(maxima)
        work.progress.advance(len(maxima), "shown samples")


def _notes(chosen: Aggregated, giving: int, relevant: bool, cut: int) -> Mapping[str, str]:
    some = f" Image patches are of the {giving:,} shown ones." if giving < len(chosen.rows) else ""
    notes = {
        "images": chosen.note + some,
        "path": "The channels whose largest value is among the largest that together reach the "
        "layer's share of the image's activation.",
    }
    if relevant:
        notes["graph"] = (
            "Counts are of relevance for the true class (layer-wise relevance propagation) instead "
            "of activation."
        )
    if cut:
        notes["influence"] = (
            f"Of the influences on a channel only the strongest {cut} of each class are kept, of "
            f"equal ones those of lower channels; the graphs are made from these."
        )
    return notes
