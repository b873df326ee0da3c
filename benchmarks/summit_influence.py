"""Influence: unfolded products and closed forms against one grouped convolution per layer.

SqueezeNet 1.1 on 224x224 photographs; the weights and images are read from ``DARKROOM_DATA``
(``weights/squeezenet1_1.safetensors``, ``imagenette224/train_100_per_class_jpeg.npz``). Both sides
start from the tensor that a layer reads and end with [in, sample, out] influences; each is timed
as the best of several runs, in turn. Counts of the strongest five are then made from both; the
reference's in float64, since near ties in float32 are decided by the order of a sum.
"""

import io
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from core.summit.channel_graph import channel_graph
from core.summit.forward import Forward
from core.summit.influence import Kernel, influence, kernel
from core.summit.strongest import strongest
from precompute.bench import Row
from tests.core.summit.networks import SqueezeNet
from tests.reference.summit import grouped_influence

IMAGES = 16
MEAN = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
STD = torch.tensor([0.229, 0.224, 0.225])[:, None, None]


def run() -> list[Row]:
    """One row per convolution above SqueezeNet's first layer."""
    net, images = squeezenet(), photographs(IMAGES)
    graph = channel_graph(net, images[:1])
    joins = [
        join
        for layer in graph.layers[1:]
        for join in graph.between(layer.name)
        if join.terms[0].kind == "convolution"
    ]
    with torch.no_grad():
        read = Forward(graph, [join.terms[0].tensor for join in joins])(images)
        return [
            _row(join.terms[0].call, kernel(graph, join.terms[0]), read[join.terms[0].tensor])
            for join in joins
        ]


def _row(name: str, found: Kernel, values: torch.Tensor) -> Row:
    padding = found.padding[0][0]

    def ours() -> torch.Tensor:
        return influence(found, values)

    def theirs(precise: bool = False) -> torch.Tensor:
        x, weight = (values.double(), found.weight.double()) if precise else (values, found.weight)
        return grouped_influence(x, weight, found.stride, padding)

    ours_seconds, reference_seconds = _best(ours, 7), _best(theirs, 3)
    mine = strongest([found], [values], influences=[ours()])[0]
    exact = theirs(precise=True).permute(1, 0, 2)
    order = torch.argsort(-exact, dim=0, stable=True)[:5]
    reference = torch.zeros_like(exact, dtype=torch.bool).scatter_(0, order, True)
    outputs, channels, height, width = found.weight.shape
    return Row(
        name=f"summit influence {height}x{width} {name}",
        ours_seconds=ours_seconds,
        reference="grouped convolution",
        reference_seconds=reference_seconds,
        ratio=reference_seconds / ours_seconds,
        agrees=bool((mine == reference).all()),
        size=f"{len(values)} images, {channels} to {outputs} channels, "
        f"{values.shape[2]}x{values.shape[3]}",
    )


def _best(function: Callable[[], Any], times: int) -> float:
    function()
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def squeezenet() -> SqueezeNet:
    """SqueezeNet 1.1 with its published weights."""
    from safetensors.torch import load_file

    net = SqueezeNet()
    net.load_state_dict(load_file(data() / "weights" / "squeezenet1_1.safetensors"))
    return net.eval()


def photographs(count: int) -> torch.Tensor:
    """Evenly spaced training photographs of Imagenette, normalised."""
    packed = np.load(data() / "imagenette224" / "train_100_per_class_jpeg.npz")
    jpeg, offsets = packed["jpeg"], packed["offsets"]
    chosen = np.linspace(0, len(offsets) - 2, count).astype(int)
    pixels = [
        np.asarray(
            Image.open(io.BytesIO(jpeg[offsets[i] : offsets[i + 1]].tobytes())).convert("RGB")
        )
        for i in chosen
    ]
    x = torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).float() / 255
    return (x - MEAN) / STD


def data() -> Path:
    """The folder of public data, from the environment."""
    root = os.environ.get("DARKROOM_DATA")
    if not root:
        raise RuntimeError("set DARKROOM_DATA to the folder with weights/ and imagenette224/")
    return Path(root)
