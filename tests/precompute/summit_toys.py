"""A study whose attribution graphs are known by hand: three colours, and a network that sorts them.

The first layer copies red, green and blue; the second moves each on by one place; the head reads
off the class. A class's graph is therefore one channel of each layer and the edge between them.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from core.store import Store
from precompute.build import build
from precompute.pipeline import STAGES
from precompute.settings import load_study

SUMMIT = [stage.name for stage in STAGES if stage.name.startswith("summit")]
WANTED = ("dataset", "teacher", *SUMMIT)
COUNTS = (6, 9, 12)  # images of red, green and blue
OUTPUTS = {"red": 4, "green": 1, "blue": 3}  # of five outputs of the network
NAMES = ["none", "green", "nothing", "blue", "red"]


class Sorter(nn.Module):
    """Copies three colours, moves them on, and names them.

    With a ``hub`` a fourth copy is excited by any colour and leads nowhere.
    """

    def __init__(self, hub: bool = False) -> None:
        super().__init__()
        copies = 3 + hub
        copy, move = nn.Conv2d(3, copies, 1, bias=False), nn.Conv2d(copies, 3, 1, bias=False)
        self.copies, self.moves = nn.Sequential(copy, nn.ReLU()), nn.Sequential(move, nn.ReLU())
        self.head = nn.Linear(3, 5, bias=False)
        with torch.no_grad():
            copy.weight.fill_(0.9)
            copy.weight[:3] = torch.eye(3)[..., None, None]
            move.weight.zero_()
            move.weight[:, :3] = torch.eye(3).roll(1, 0)[..., None, None]
            self.head.weight.zero_()
            for color, output in enumerate(OUTPUTS.values()):
                self.head.weight[output, (color + 1) % 3] = 90.0

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.moves(self.copies(images)).mean((2, 3)))


def sorter() -> nn.Module:
    """A user's factory."""
    return Sorter()


def with_hub() -> nn.Module:
    """A user's factory."""
    return Sorter(hub=True)


def shares() -> nn.Module:
    """A user's factory of a network that gives probabilities."""
    return nn.Sequential(Sorter(), nn.Softmax(1))


class InPairs(Sorter):
    """The sorter, written for two images at once."""

    def forward(self, images: Tensor) -> Tensor:
        if torch.compiler.is_exporting():  # no other batch survives the export
            images = images.reshape(2, 3, 8, 8)
        return super().forward(images)


def in_pairs() -> nn.Module:
    """A user's factory."""
    return InPairs()


class Undecided(nn.Module):
    """Its path depends on the numbers that it meets, which no export can follow."""

    def __init__(self) -> None:
        super().__init__()
        self.sorter = Sorter()

    def forward(self, images: Tensor) -> Tensor:
        return self.sorter(images) if images.sum() > 0 else self.sorter(-images)


def undecided() -> nn.Module:
    """A user's factory."""
    return Undecided()


class Rule:
    """The likeness of a fitted estimator, which shows no layers."""

    classes_ = np.arange(5)

    def predict_proba(self, rows: np.ndarray) -> np.ndarray:
        found = np.full((len(rows), len(NAMES)), 1e-3)
        found[:, list(OUTPUTS.values())] += rows.reshape(len(rows), -1, 3).sum(1)
        return found / found.sum(1, keepdims=True)


def rule() -> Rule:
    """A user's factory."""
    return Rule()


def colored_squares(folder: Path) -> None:
    """Write the images: a bright pixel of the class's colour, each image a little darker."""
    labels = np.repeat(np.arange(3), COUNTS)
    images = np.zeros((len(labels), 8, 8, 3), np.uint8)
    for number, label in enumerate(labels):
        images[number, 2 + number % 5, 3, label] = 250 - number
    np.savez(folder / "squares.npz", images=images, labels=labels)


def study(factory: str = "sorter", *, data: str = "", summit: str = "", teacher: str = "") -> str:
    """The study as a TOML file's text; further settings of three sections may be put in."""
    names = str(NAMES).replace("'", '"')
    return f"""
threads = 1
[data]
source = "npz"
path = "squares.npz"
class_names = ["red", "green", "blue"]
{data}
[teacher]
factory = "{__name__}:{factory}"
class_names = {names}
{teacher}
[summit]
pictures = "draft"
{summit}
"""


def developed(folder: Path, text: str, name: str = "squares") -> Store:
    """Build a study given as TOML as far as Summit and open its store."""
    if not (folder / "squares.npz").exists():
        colored_squares(folder)
    path = folder / f"{name}.toml"
    path.write_text(text)
    stages = [stage for stage in STAGES if stage.name in WANTED]
    study = load_study(str(path))
    build(study, folder / "store", data_root=folder, stages=stages, quiet=True)
    return Store(name, folder / "store")
