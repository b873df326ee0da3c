"""Which channels does a class depend on? ``masking_drop`` of a small digits network.

For each seed a network is trained on the digits; each preset's attribution graphs say which
channels are silenced on the test images. Beside it stand equally many channels per class and layer
chosen by activation alone (A of the same preset), by relevance alone, and at random. A row's
``size`` has the figures; ``agrees`` says whether the graph's channels hurt the class more than
those by activation and at random in the mean over seeds. Seconds are those of the graphs.
"""

import time
from dataclasses import replace

import numpy as np
import torch

from core.datasets.digits import load
from core.summit.aggregation import Aggregation, aggregate
from core.summit.attribution import attribution_graph
from core.summit.channel_graph import ChannelGraph, channel_graph
from core.summit.masking import masking_drop, random_channels, strongest_channels
from core.summit.merging import merged_edges
from core.summit.relevance import channel_relevance
from core.summit.seeds import Seeds, seeds
from core.summit.settings import DARKROOM, PAPER, PUBLISHED, RELEVANCE, Preset
from core.teachers.convnet import ConvNet
from core.teachers.training import Training, make_optimizer, train_epoch
from precompute.bench import Row

SEEDS, EPOCHS, CLASSES = (0, 1, 2), 15, 10
SHOWN = (
    PAPER,
    PUBLISHED,
    replace(DARKROOM, name="darkroom, edges upwards only", directed=True),
    replace(DARKROOM, name="darkroom, least contributing", seed="least"),
    DARKROOM,
    RELEVANCE,
)


def run() -> list[Row]:
    """One row per preset."""
    networks = [_network(seed) for seed in SEEDS]
    return [_row(preset, networks) for preset in SHOWN]


Network = tuple[ChannelGraph, torch.Tensor, np.ndarray, torch.Tensor, np.ndarray]


def _row(preset: Preset, networks: list[Network]) -> Row:
    drops: dict[str, list[tuple[float, float]]] = {}
    seconds, numbers = 0.0, []
    for graph, train, train_labels, test, test_labels in networks:
        began = time.perf_counter()
        found = aggregate(graph, _batches(train, train_labels), CLASSES, preset)
        relevance = _relevance(graph, train, train_labels)
        scores = relevance if preset.seed == "relevance" else found.maxima
        seeded = seeds(scores, train_labels, CLASSES, preset)
        chosen = _of_graphs(graph, found, seeded, preset)
        seconds += time.perf_counter() - began
        numbers.append(np.mean([part.sum(1).mean() for part in chosen]))
        number = [part.sum(1) for part in chosen]
        generator = np.random.default_rng(0)
        by_activation = seeds(
            found.maxima, train_labels, CLASSES, replace(preset, seed="activation")
        )
        by_relevance = seeds(relevance, train_labels, CLASSES, replace(preset, seed="relevance"))
        names = list(found.maxima)
        ways = {
            "graph": chosen,
            "activation": [
                strongest_channels(by_activation.counts[name], n)
                for name, n in zip(names, number, strict=True)
            ],
            "relevance": [
                strongest_channels(by_relevance.counts[name], n)
                for name, n in zip(names, number, strict=True)
            ],
            "random": [
                random_channels(part.shape[1], n, generator)
                for part, n in zip(chosen, number, strict=True)
            ],
        }
        for way, masks in ways.items():
            drop = masking_drop(graph, test, test_labels, masks, batch_size=500)
            drops.setdefault(way, []).append((drop.own.mean(), drop.others.mean()))
    mean = {way: np.mean(values, axis=0) for way, values in drops.items()}
    figures = ", ".join(f"{way} {own:.3f} (others {away:.3f})" for way, (own, away) in mean.items())
    return Row(
        name=f"summit masking_drop {preset.name}",
        ours_seconds=seconds / len(networks),
        reference=None,
        reference_seconds=None,
        ratio=None,
        agrees=bool(mean["graph"][0] > max(mean["activation"][0], mean["random"][0])),
        size=f"digits, {len(networks)} networks, "
        f"{np.mean(numbers):.1f} channels a layer: {figures}",
    )


def _network(seed: int) -> Network:
    data = load()
    part = np.asarray(data.split)
    torch.manual_seed(seed)
    net, settings = ConvNet(1, CLASSES), Training(epochs=EPOCHS)
    optimizer, generator = make_optimizer(net, settings), torch.Generator().manual_seed(seed)
    train, labels = data.images[part == "train"], np.asarray(data.labels)[part == "train"]
    for epoch in range(EPOCHS):
        train_epoch(net, optimizer, train, labels, generator, epoch=epoch, settings=settings)
    test, test_labels = data.images[part == "test"], np.asarray(data.labels)[part == "test"]
    graph = channel_graph(net, _pixels(train[:1]))
    return graph, _pixels(train), labels.astype(int), _pixels(test), test_labels.astype(int)


def _pixels(images: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(images.transpose(0, 3, 1, 2).copy()).float() / 255


def _batches(images: torch.Tensor, labels: np.ndarray, size: int = 256):
    for start in range(0, len(images), size):
        yield images[start : start + size], labels[start : start + size]


def _relevance(
    graph: ChannelGraph, images: torch.Tensor, labels: np.ndarray
) -> dict[str, np.ndarray]:
    parts = [channel_relevance(graph, *batch) for batch in _batches(images, labels)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _of_graphs(
    graph: ChannelGraph, found: Aggregation, seeded: Seeds, preset: Preset
) -> list[np.ndarray]:
    chosen = [np.zeros(counts.shape, bool) for counts in seeded.counts.values()]
    for label in range(CLASSES):
        edges = merged_edges(
            graph, found.influence, label, int(found.images[label]), capped=preset.capped
        )
        counts = [table[label] for table in seeded.counts.values()]
        made = attribution_graph(counts, edges, preset)
        for layer, channel in zip(made.vertex_layer, made.vertex_channel, strict=True):
            chosen[layer][label, channel] = True
    return chosen
