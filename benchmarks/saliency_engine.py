"""Deletion and insertion: our engine against one image and one step at a time.

Both curves in 1 % steps of smooth random maps, with as many threads as the environment allows
(OMP_NUM_THREADS). Needs DARKROOM_DATA (``mnist``, ``cifar10``, ``imagenette224``, ``weights``).
"""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from safetensors.torch import load_file

from benchmarks.deepvid_mnist import prepare
from core.datasets.sources import load
from core.generators.generator import Pictures, as_pictures
from core.saliency.deletion_insertion import counts, deletion_insertion
from core.saliency.examined import examined
from core.saliency.method import Examined, Maps, generator_for
from core.saliency.removal import removal_order
from core.saliency.substrate import blurred, flat
from core.teachers.architectures import architecture, preprocessing_of
from core.teachers.inference import TorchTeacher
from precompute.bench import Row
from tests.reference.saliency import deletion_insertion as literal

Result = TypeVar("Result")


def run() -> list[Row]:
    """One row for each teacher; the ratio is that of seconds for one image."""
    return [
        _row("MNIST, LeNet", *lenet(40)),
        _row("CIFAR-10, ResNet-20", *with_weights("resnet20", "cifar10", 10)),
        _row("224 x 224, SqueezeNet", *with_weights("squeezenet1_1", "imagenette", 3)),
    ]


def lenet(n: int) -> tuple[Examined, Pictures, Sequence[float]]:
    """The LeNet of ``deepvid_mnist`` and n seeded test images."""
    data, teacher, _ = prepare()
    chosen = np.random.default_rng(0).permutation(len(data.test_images))[:n]
    return examined(TorchTeacher(teacher, 10)), as_pictures(data.test_images[chosen]), (0.0,)


def with_weights(name: str, source: str, n: int) -> tuple[Examined, Pictures, Sequence[float]]:
    """A teacher with given weights, n test images, and zero in its normalised space.

    The images are the first n of one seeded order for every n.
    """
    data = load(source)
    images = data.images[data.split == "test"]
    if len(images) < n:
        raise ValueError(f"{source} has {len(images)} test images, {n} were asked for")
    images = images[np.random.default_rng(0).permutation(len(images))[:n]]
    weights = load_file(Path(os.environ["DARKROOM_DATA"]) / "weights" / f"{name}.safetensors")
    large = source == "imagenette"
    classes = 1000 if large else len(data.class_names)
    module = architecture(name, 3, classes)
    module.load_state_dict({key: value.float() for key, value in weights.items()})
    preprocessing = preprocessing_of(name, 3)
    teacher = TorchTeacher(
        module, classes, preprocessing, memory_format="channels_last" if large else "contiguous"
    )
    return examined(teacher), as_pictures(images), preprocessing.mean


def _row(name: str, teacher: Examined, pictures: Pictures, color: Sequence[float]) -> Row:
    maps = _smooth(pictures)
    ours, found = _timed(lambda: deletion_insertion(teacher, pictures, maps, color=color))
    theirs, expected = _timed(lambda: one_at_a_time(teacher, pictures, maps, color, found.target))
    distance = float(np.abs(np.stack([found.deletion, found.insertion]) - expected).max())
    n = len(pictures)
    return Row(
        name=f"deletion and insertion, {name}",
        ours_seconds=ours / n,
        reference="one image and one step at a time",
        reference_seconds=theirs / n,
        ratio=theirs / ours,
        agrees=bool(distance < 1e-6),
        size=f"{n} images, {len(found.changed)} steps twice, seconds of one, "
        f"{found.evaluations:.0f} passes, {torch.get_num_threads()} thread(s), "
        f"largest difference {distance:.1e}",
    )


def one_at_a_time(
    teacher: Examined, pictures: Pictures, maps: Maps, color: Sequence[float], targets: np.ndarray
) -> np.ndarray:
    """Both curves of every picture as the literal reference makes them."""
    found = []
    changed, gone, base = counts(maps[0].size), flat(pictures, color), blurred(pictures)
    for i, picture in enumerate(pictures):
        order = removal_order(maps[i], generator_for(0, picture))
        target = targets[i : i + 1]
        found.append(
            literal(
                lambda image, target=target: teacher.probabilities(image[None], target)[0],
                picture, order, changed, gone[i], base[i],
            )
        )  # fmt: skip
    return np.array(found).transpose(1, 0, 2)


def _smooth(pictures: Pictures) -> Maps:
    """Noise, blurred, upon the picture's own brightness: neither the best order nor the worst."""
    noise = np.random.default_rng(0).random((len(pictures), 1, *pictures.shape[2:]), np.float32)
    return (blurred(noise, 7) + 0.1 * pictures.mean(axis=1, keepdims=True))[:, 0]


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """The shorter of two runs in wall seconds, and what came out."""
    began = time.perf_counter()
    work()
    middle = time.perf_counter()
    result = work()
    return min(middle - began, time.perf_counter() - middle), result
