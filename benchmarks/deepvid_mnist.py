"""DeepVID on MNIST: seconds of one explanation, and its faithfulness.

Needs DARKROOM_DATA (a folder that holds ``mnist/`` with the four idx.gz files). Teacher (LeNet)
and generator (VAE of 10 dimensions) are trained once into ``benchmarks/scratch``.
"""

import gzip
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from core.deepvid.hybrid import Hybrid, HybridStudent, hybrid
from core.deepvid.neighbors import Sampling, neighborhood
from core.deepvid.student import Student, StudentSettings, train
from core.deepvid.trust import trust
from core.deepvid.tune import Grid, Tuned, tuning
from core.generators import autoencoder
from core.generators.decoder_numpy import vae_decoder
from core.generators.generator import as_pictures, survey
from core.generators.vae import VAE
from core.intervals import bootstrap, wilson
from core.saliency.method import Examined
from precompute.bench import Row

SCRATCH = Path(__file__).resolve().parent / "scratch"


class LeNet(nn.Module):
    """Two convolutions and three linear layers, every ReLU a module."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.relu1 = nn.ReLU()
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.relu2 = nn.ReLU()
        self.pool2 = nn.MaxPool2d(2)
        self.full1 = nn.Linear(400, 120)
        self.relu3 = nn.ReLU()
        self.full2 = nn.Linear(120, 84)
        self.relu4 = nn.ReLU()
        self.head = nn.Linear(84, 10)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return logits."""
        features = self.pool1(self.relu1(self.conv1(pictures)))
        features = self.pool2(self.relu2(self.conv2(features)))
        features = self.relu3(self.full1(torch.flatten(features, 1)))
        return self.head(self.relu4(self.full2(features)))


class Mnist(NamedTuple):
    """Images (uint8, channels last) and labels of both splits."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


def mnist() -> Mnist:
    """The official files under DARKROOM_DATA."""
    root = os.environ.get("DARKROOM_DATA")
    if not root:
        raise RuntimeError("set DARKROOM_DATA to the folder that holds mnist/")
    arrays = []
    for split in ("train", "t10k"):
        with gzip.open(Path(root) / "mnist" / f"{split}-images-idx3-ubyte.gz") as file:
            arrays.append(np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28, 1))
        with gzip.open(Path(root) / "mnist" / f"{split}-labels-idx1-ubyte.gz") as file:
            arrays.append(np.frombuffer(file.read(), np.uint8, offset=8).astype(np.int64))
    return Mnist(*arrays)


def prepare(say: Callable[[str], object] = lambda _: None) -> tuple[Mnist, LeNet, VAE]:
    """The data, the teacher and the generator; what is missing in scratch is trained first."""
    data = mnist()
    return data, _teacher(data, say), _generator(data, say)


def _teacher(data: Mnist, say: Callable[[str], object], epochs: int = 5) -> LeNet:
    torch.manual_seed(0)
    teacher = LeNet()
    path = SCRATCH / "lenet_mnist.safetensors"
    if path.exists():
        teacher.load_state_dict(load_file(path))
        return teacher.eval()
    pictures = torch.from_numpy(data.train_images.reshape(-1, 1, 28, 28).copy()).float() / 255
    labels = torch.from_numpy(data.train_labels)
    steps = epochs * (len(labels) // 128)
    optimizer = torch.optim.Adam(teacher.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    for epoch in range(epochs):
        for chosen in torch.randperm(len(labels))[: steps // epochs * 128].split(128):
            optimizer.zero_grad(set_to_none=True)
            nn.functional.cross_entropy(teacher(pictures[chosen]), labels[chosen]).backward()
            optimizer.step()
            schedule.step()
        say(f"teacher: epoch {epoch + 1} of {epochs}, {accuracy(teacher, data):.4f} of the test")
    SCRATCH.mkdir(parents=True, exist_ok=True)
    save_file(teacher.state_dict(), path)
    return teacher.eval()


def accuracy(teacher: nn.Module, data: Mnist) -> float:
    """Share of the test images that the teacher reads correctly."""
    with torch.inference_mode():
        pictures = torch.from_numpy(data.test_images.reshape(-1, 1, 28, 28).copy()).float() / 255
        found = torch.cat([teacher(batch).argmax(1) for batch in pictures.split(500)])
    return float((found.numpy() == data.test_labels).mean())


def _generator(data: Mnist, say: Callable[[str], object], epochs: int = 25) -> VAE:
    torch.manual_seed(0)
    generator = VAE((1, 28, 28), latent=10)
    path = SCRATCH / "vae_mnist.safetensors"
    if path.exists():
        generator.load_state_dict(load_file(path))
        return generator.eval()
    settings = autoencoder.AutoencoderTraining(epochs=epochs, batch_size=256)
    for epoch in autoencoder.train(generator, data.train_images, settings):
        say(f"generator: {epoch}")
    save_file(generator.state_dict(), path)
    return generator.eval()


def run() -> list[Row]:
    """Seconds of an explanation and of auto-tune, against the measures that the figures name."""
    data, teacher, generator = prepare()
    examined = examined_teacher(teacher)
    space = survey(generator, data.train_images)
    decode = vae_decoder({k: v.numpy() for k, v in generator.state_dict().items()}, (1, 28, 28))
    pictures, _ = drawn(data, 30)
    codes = generator.encode(pictures)
    sampling, settings = Sampling("line"), StudentSettings()

    def one(number: int) -> Student:
        near = neighborhood(pictures[number], codes[number], decode, space, sampling)
        return train(near.pictures, examined.logits(near.pictures), settings)

    def sixty(number: int) -> Tuned:
        *_, last = tuning(
            pictures[number], codes[number], decode, space, examined.logits, sampling, settings,
            Grid(),
        )  # fmt: skip
        assert isinstance(last, Tuned)
        return last

    def mixed(number: int) -> HybridStudent:
        near = neighborhood(
            pictures[number], codes[number], decode, space, Sampling("band", 128)
        ).pictures
        return hybrid(pictures[number], examined.logits, near, Hybrid())

    explanation = seconds_of(one, range(30))
    tuned = seconds_of(sixty, range(5))
    hybrid_seconds = seconds_of(mixed, range(30))
    size = "MNIST, LeNet, VAE 10-d, one image; median"
    budget = "figure of the paper's own laptop (section 9)"
    return [
        Row(
            name="512 neighbours, teacher, student of 10 epochs",
            ours_seconds=explanation, reference=budget, reference_seconds=0.5,
            ratio=0.5 / explanation, agrees=None, size=size,
        ),
        Row(
            name="hybrid student, 1,000 masked copies in 4 rounds and 128 latent neighbours",
            ours_seconds=hybrid_seconds, reference=None, reference_seconds=None,
            ratio=None, agrees=None, size=size,
        ),
        Row(
            name=f"auto-tune, 60 students ({tuned / explanation:.1f} times one)",
            ours_seconds=tuned, reference="60 single students, one after another",
            reference_seconds=60 * explanation, ratio=60 * explanation / tuned,
            agrees=None, size=size,
        ),
    ]  # fmt: skip


def seconds_of(work: Callable[[int], object], numbers: range) -> float:
    """Median wall seconds of the work on each number, after one that is not counted."""
    work(numbers[0])
    seconds = []
    for number in numbers:
        began = time.perf_counter()
        work(number)
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds))


def examined_teacher(teacher: nn.Module) -> Examined:
    """The teacher as saliency methods see it."""

    def predict(pictures: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return teacher(torch.from_numpy(np.ascontiguousarray(pictures))).numpy()

    return Examined(predict, teacher)


def drawn(data: Mnist, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pictures and labels of n seeded test images; the first n of one order for every n."""
    chosen = np.random.default_rng(seed).permutation(len(data.test_images))[:n]
    return as_pictures(data.test_images[chosen]), data.test_labels[chosen]


def fidelity(n: int = 1000) -> list[str]:
    """Agreement and total variation on n test images, for the presets; one line each."""
    data, teacher, generator = prepare()
    examined = examined_teacher(teacher)
    space = survey(generator, data.train_images)
    pictures, _ = drawn(data, n)
    codes, logits = generator.encode(pictures), examined.logits(pictures)

    def latent(number: int, sampling: Sampling) -> np.ndarray:
        return neighborhood(
            pictures[number], codes[number], generator.decode, space, sampling
        ).pictures

    def taught(sampling: Sampling, settings: StudentSettings) -> Callable[[int], Student]:
        def student(number: int) -> Student:
            near = latent(number, sampling)
            return train(near, examined.logits(near), settings)

        return student

    def mixed(number: int) -> Student:
        near = latent(number, Sampling("band", 128))
        return hybrid(pictures[number], examined.logits, near, Hybrid()).student

    presets = {
        "paper (line, without detail)": taught(
            Sampling("line", keep_detail=False), StudentSettings()
        ),
        "line, keeping detail": taught(Sampling("line"), StudentSettings()),
        "band, keeping detail": taught(Sampling("band"), StudentSettings()),
        "knn, keeping detail": taught(Sampling("knn"), StudentSettings()),
        "hybrid (default)": mixed,
    }
    lines = []
    for name, student in presets.items():
        found = [trust(student(i), pictures[i], logits[i]) for i in range(n)]
        same = sum(one.same_top_class for one in found)
        variation = np.array([one.total_variation for one in found])
        low, high = wilson(same, n)
        between = bootstrap(variation, 0)
        lines.append(
            f"| {name} | {same / n:.3f} ({low:.3f} to {high:.3f}) | {variation.mean():.4f} "
            f"({between.low:.4f} to {between.high:.4f}) |"
        )
        print(lines[-1], flush=True)
    return lines


if __name__ == "__main__":
    prepare(print)
    for row in run():
        print(row)
    fidelity()
