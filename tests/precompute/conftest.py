"""Studies small enough to be built, killed and built again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.store import Store
from precompute.given import Content
from precompute.pipeline import STAGES
from precompute.plan import plan
from precompute.settings import load_study
from precompute.stage import Stage
from tests.precompute.explained_toys import FOREST, TRAINED, built
from tests.precompute.explained_toys import STUDY as EXPLAINED

ROOT = Path(__file__).resolve().parents[2]

STUDY = """
[data]
source = "digits"
limit = 120
[teacher]
architecture = "convnet"
arguments = { width = 4 }
epochs = 3
[projections]
methods = ["pca"]
spaces = ["representation"]
[dvi]
grid = 20
baselines = ["pca"]
[summit]
pictures = "draft"
[deepvid]
epochs = 2
explained = 2
evaluated = 2
[saliency]
images = 1
"""


def stages_of(study: str) -> dict[str, Stage]:
    """The stages that a study has."""
    steps = plan(load_study(study), STAGES, Content(""))
    return {step.stage.name: step.stage for step in steps}


def with_readers(stage: str) -> set[str]:
    """A stage and the stages that read it."""
    stages = stages_of("tiny").values()
    return {stage} | {s.name for s in stages if any(read.stage == stage for read in s.inputs)}


def darkroom(*arguments: object, **keywords) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "precompute", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        **keywords,
    )


@pytest.fixture(autouse=True)
def threads_stay(monkeypatch):
    """The command line sets thread counts for its process; here that is every test's."""
    for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        monkeypatch.setenv(f"{library}_NUM_THREADS", os.environ[f"{library}_NUM_THREADS"])


@pytest.fixture
def mini(tmp_path) -> Path:
    """A study of 120 digits and three epochs with one projection."""
    path = tmp_path / "mini.toml"
    path.write_text(STUDY)
    return path


@pytest.fixture
def run():
    """The command line: ``run("status", "digits")``."""
    return darkroom


@pytest.fixture(scope="session")
def explained_store(tmp_path_factory) -> Store:
    """A small network's generators, explanations and saliency contest."""
    return built(tmp_path_factory.mktemp("explained"), EXPLAINED + TRAINED)


@pytest.fixture(scope="session")
def forest_store(tmp_path_factory) -> Store:
    """The same for a forest."""
    return built(tmp_path_factory.mktemp("forest"), EXPLAINED + FOREST, "forest")
