"""DeepVID on MNIST: seconds of one explanation, its faithfulness, and the removal contest.

Needs DARKROOM_DATA (a folder that holds ``mnist/`` with the four idx.gz files). Teacher (LeNet)
and generator (VAE of 10 dimensions) are trained once into ``benchmarks/scratch``.
"""

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from core.generators.autoencoder import AutoencoderTraining, train
from core.generators.vae import VAE

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
    pictures = torch.from_numpy(data.train_images.reshape(-1, 1, 28, 28)).float() / 255
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
    settings = AutoencoderTraining(epochs=epochs, batch_size=256)
    for epoch in train(generator, data.train_images, settings):
        say(f"generator: {epoch}")
    save_file(generator.state_dict(), path)
    return generator.eval()
