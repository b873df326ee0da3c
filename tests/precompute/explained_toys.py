"""Studies whose generators, explanations and saliency contest are built in seconds."""

from pathlib import Path

from core.store import Store
from precompute.build import build
from precompute.settings import load_study

LENS = ("generator", "deepvid", "deepvid_evaluation", "saliency_arena")
STUDY = """
[data]
source = "digits"
limit = 200
[deepvid]
epochs = 5
explained = 8
evaluated = 4
[saliency]
images = 3
sensitivity = 2
"""
TRAINED = """
[teacher]
architecture = "convnet"
arguments = { width = 4 }
epochs = 2
batch_size = 16
"""
FOREST = """
[teacher]
factory = "core.teachers.estimators:digits_forest"
arguments = { trees = 10, limit = 200 }
"""


def built(folder: Path, text: str, name: str = "toy") -> Store:
    folder.mkdir(exist_ok=True, parents=True)
    (folder / f"{name}.toml").write_text(text)
    build(load_study(str(folder / f"{name}.toml")), folder / "store", only=LENS, quiet=True)
    return Store(name, folder / "store")
