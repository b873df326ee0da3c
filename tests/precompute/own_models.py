"""A user's own data and models: ten coloured digits, and classifiers that read them well or badly.

The classifiers need no training: each class is told by its mean picture (the nearest mean is a
linear layer), in the scale -1..1.
"""

from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.datasets import load
from core.teachers.preprocessing import Preprocessing

SIGNED = "[teacher.preprocessing]\nmean = [0.5]\nstd = [0.5]\n"


@cache
def pictures() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Digits whose colour tells a part of their class: images and labels of both splits."""
    data = load("digits", limit=500)
    grey = data.images.astype(np.float32)
    tint = np.where(data.labels[:, None, None, None] % 2 == 0, [1.0, 0.6, 0.1], [0.1, 0.5, 1.0])
    images = (grey * tint).astype(np.uint8)
    train, test = data.rows("train"), data.rows("test")
    return images[train], data.labels[train], images[test], data.labels[test]


def some_pictures() -> tuple[np.ndarray, np.ndarray]:
    """The testing part alone."""
    return pictures()[2:]


class NearestMean(nn.Module):
    """Logits fall with the distance to each class's mean picture."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.flat = nn.Flatten()
        self.head = nn.Linear(192, classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.flat(images.clamp(-1, 1)))


def network(classes: int = 10, turned: int = 0) -> NearestMean:
    """The classifier as it should be; ``turned`` moves its outputs round by that many places."""
    images, labels, _, _ = pictures()
    inputs = Preprocessing((0.5,), (0.5,))(images).flatten(1)
    means = torch.stack([inputs[labels == label].mean(0) for label in range(classes)])
    module = NearestMean(classes)
    with torch.no_grad():
        module.head.weight.copy_(means.roll(turned, 0) / 4)
        module.head.bias.copy_(-(means**2).sum(1).roll(turned) / 8)
    return module


class Before(nn.Module):
    """The classifier after something else."""

    def __init__(self, change: Any) -> None:
        super().__init__()
        self.network = network()
        self.change = change

    def forward(self, images: Tensor) -> Tensor:
        return self.network(self.change(images))


def bgr() -> nn.Module:
    """Reads blue first, as OpenCV gives it."""
    return Before(lambda images: images.flip(1))


def restless() -> nn.Module:
    """Its dropout does not know of evaluation."""
    return Before(lambda images: nn.functional.dropout(images, 0.3, training=True))


def unreached() -> nn.Module:
    """Keeps a part in training mode where ``eval`` does not reach: in a list."""
    hidden = [nn.BatchNorm2d(3, affine=False).train()]
    return Before(lambda images: hidden[0](images))


def training() -> nn.Module:
    """Comes in training mode, as a module does that was just made; ``eval`` reaches all of it."""
    return nn.Sequential(nn.Dropout(0.5), network()).train()


def softmax() -> nn.Module:
    """Gives probabilities."""
    return nn.Sequential(network(), nn.Softmax(1))


def halves() -> nn.Module:
    """Gives probabilities that do not sum to one."""
    return nn.Sequential(network(), nn.Softmax(1), nn.Threshold(0.3, 0.0))


def broken() -> nn.Module:
    """Has a weight that is no number."""
    module = network()
    with torch.no_grad():
        module.head.weight[3] = torch.nan
    return module


def grey_only() -> nn.Module:
    """Reads images of one channel."""
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(144, 10))


def two_results() -> nn.Module:
    """Gives more than its logits."""

    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network()

        def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
            return self.network(images), images

    return Two()


def raising() -> nn.Module:
    """Cannot be made."""
    raise FileNotFoundError("no such file:\nmy_weights.bin")


class Fitted:
    """A fitted estimator that knows its classes by ``classes_``."""

    def __init__(self, classes: list, scale: float = 1.0) -> None:
        self.classes_ = np.array(classes)
        self.scale = scale

    def predict_proba(self, rows: np.ndarray) -> np.ndarray:
        images = torch.from_numpy(rows.reshape(-1, 8, 8, 3)).permute(0, 3, 1, 2)
        with torch.no_grad():
            return network()(images * 2 - 1).softmax(1).numpy() * self.scale


def estimator(scale: float = 1.0, words: bool = False) -> Fitted:
    """A scikit-learn estimator's likeness."""
    return Fitted([f"digit {label}" for label in range(10)] if words else list(range(10)), scale)


def squeezed() -> nn.Module:
    """Drops the axis of images where there is one image."""

    class Squeezed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network()

        def forward(self, images: Tensor) -> Tensor:
            return self.network(images).squeeze()

    return Squeezed()
