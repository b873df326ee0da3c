"""The saliency contest: deletion and insertion of every method on the same images.

``python -m benchmarks.saliency_contest STUDY N [FIRST] [METHOD ...]`` prints the table of N images
of ``mnist`` (LeNet and VAE of ``deepvid_mnist``), ``cifar10`` (ResNet-20) or ``imagenette``
(SqueezeNet), the latter two with given weights and frequencies as the generator. Needs
DARKROOM_DATA. The hybrid's settings were chosen on MNIST's images 500 to 529 of the same order, its
weight of insertion with a look at the first 200.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.deepvid_mnist import drawn, examined_teacher, prepare, seconds_of
from benchmarks.saliency_engine import with_weights
from core.axes import Images
from core.datasets.sources import load
from core.generators.frequency import Frequency
from core.generators.generator import Generator, LatentSpace, Pictures, survey
from core.intervals import bootstrap
from core.relabel.maps import HybridMaps, PaperMaps
from core.saliency.deletion_insertion import DeletionInsertion, deletion_insertion
from core.saliency.method import Examined, Method, explain
from core.saliency.paired import paired
from precompute.bench import Row
from precompute.saliency_methods import contestants

GIVEN = {"cifar10": "resnet20", "imagenette": "squeezenet1_1"}
SURVEYED = 1_000  # training images whose codes give the generator's ranges


def run() -> list[Row]:
    """Seconds of one map of both presets of re-label distillation, against the goal."""
    data, teacher, generator = prepare()
    examined = examined_teacher(teacher)
    pictures, _ = drawn(data, 10)
    targets = examined.logits(pictures).argmax(1)
    rows = []
    for name, method in {"hybrid": HybridMaps(), "paper": PaperMaps(generator)}.items():

        def one(i: int, method: Method = method) -> object:
            return explain(method, examined, pictures[i : i + 1], targets[i : i + 1])

        seconds = seconds_of(one, range(10))
        rows.append(
            Row(
                name=f"re-label distillation, {name}", ours_seconds=seconds,
                reference="goal of one explanation", reference_seconds=0.3,
                ratio=0.3 / seconds, agrees=None, size="MNIST, LeNet, one image; median of 10",
            )
        )  # fmt: skip
    return rows


@dataclass(frozen=True, eq=False)
class Field:
    """A teacher, its images, and what methods draw neighbours from."""

    teacher: Examined
    pictures: Pictures
    color: Sequence[float]
    generator: Generator
    space: LatentSpace
    training: Images


def field(study: str, n: int) -> Field:
    """The first n images of a study's order."""
    if study == "mnist":
        data, teacher, vae = prepare()
        space = survey(vae, data.train_images[:5000])
        pictures = drawn(data, n)[0]
        return Field(
            examined_teacher(teacher), pictures, (0.0,), vae, space, data.train_images[:5000]
        )
    examined, pictures, color = with_weights(GIVEN[study], study, n)
    data = load(study, limit=2 * SURVEYED, seed=0)
    training = data.images[data.split == "train"][:SURVEYED]
    shape = (pictures.shape[1], pictures.shape[2], pictures.shape[3])
    coder = Frequency(shape, 16)
    return Field(examined, pictures, color, coder, survey(coder, training, batch_size=32), training)


def contest(study: str, n: int, first: int, only: Sequence[str]) -> dict[str, DeletionInsertion]:
    """Print a line for each method, and return its curves."""
    told = field(study, first + n)
    teacher, pictures = told.teacher, told.pictures[first:]
    targets = teacher.logits(pictures).argmax(axis=1)
    shape = (pictures.shape[1], pictures.shape[2], pictures.shape[3])
    methods = contestants(
        shape, told.generator, told.space, told.training, teacher, tuple(told.color),
        frequency=(told.generator, told.space) if study != "mnist" else None,
    )  # fmt: skip
    found, ours = {}, None
    for one in methods:
        if one.reason or (only and one.name not in only):
            continue
        explained = explain(one.method, teacher, pictures, targets)
        curves = found[one.name] = deletion_insertion(
            teacher, pictures, explained.maps, color=told.color
        )
        ours = curves if ours is None else ours
        print(
            f"| {one.name} | {_mean(curves.deletion_area)} | {_mean(curves.insertion_area)} | "
            f"{_against(ours.deletion_area, curves.deletion_area)} | "
            f"{_against(ours.insertion_area, curves.insertion_area)} | "
            f"{explained.evaluations:.0f} | {1000 * explained.seconds:.0f} |",
            flush=True,
        )
    return found


def _mean(values: np.ndarray) -> str:
    low, high = bootstrap(values, 0)
    return f"{values.mean():.4f} ({low:.4f} to {high:.4f})"


def _against(ours: np.ndarray, theirs: np.ndarray) -> str:
    found = paired(ours, theirs)
    return (
        f"{found.difference:+.4f} ({found.interval.low:+.4f} to {found.interval.high:+.4f}), "
        f"p {found.p:.4f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("study", choices=["mnist", *GIVEN])
    parser.add_argument("n", type=int)
    parser.add_argument("first", type=int, nargs="?", default=0)
    parser.add_argument("only", nargs="*", metavar="method")
    asked = parser.parse_args()
    contest(asked.study, asked.n, asked.first, asked.only)
