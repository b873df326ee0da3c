"""The documents say what the code does: generated parts are fresh, examples run as they stand."""

import importlib.util
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from core.datasets import SourceOptions, load, names
from core.datasets.licences import LICENCES
from core.store import Store
from core.teachers.preprocessing import Preprocessing
from precompute.settings import Teacher
from tests.pages.reading import html, opened

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_generated_tables_and_the_data_dictionary_are_up_to_date():
    check = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stderr


def test_the_notebook_example_runs_as_it_stands(tiny_store, monkeypatch):
    example = re.search(r"```python\n(from core\.store.*?)```", README, re.DOTALL)
    assert example is not None
    assert len(example[1].strip().splitlines()) <= 7
    code = example[1].replace('"digits"', '"tiny"').replace("[15, 0.5]", "[3, 0.01]")
    monkeypatch.setenv("DARKROOM_STORE", str(tiny_store))
    names: dict = {}
    exec(code, names)
    store = names["store"]
    assert store.selections()["unsure"] == list(names["unsure"]["sample_id"])
    assert "ask who labelled this" in list(store.flags()["note"])


OWN_MODEL = """
from torch import nn


def network():
    return nn.Sequential(
        nn.Conv2d(3, 4, 5, 4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)
    )
"""


def own_folder(place: Path, toml: str) -> None:
    """What the README's walkthrough asks for: images, a module, its weights, the study."""
    random = np.random.default_rng(0)
    for number, name in enumerate(("cat", "dog")):  # cats are red and dogs are blue
        (place / "images" / name).mkdir(parents=True)
        for index in range(1, 9):
            picture = random.integers(0, 100, (72, 64 + 4 * (index % 3), 3), np.uint8)
            picture[..., 2 * number] += 100
            Image.fromarray(picture).save(place / "images" / name / f"{index:03d}.jpg")
    (place / "my_model.py").write_text(OWN_MODEL)
    (place / "pets.toml").write_text(toml)
    spec = importlib.util.spec_from_file_location("my_model", place / "my_model.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    torch.manual_seed(0)
    network = module.network()
    given = SourceOptions(path=str(place / "images"), size=(64, 64))
    data = load("folder", options=given)
    inputs = Preprocessing((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))(data.images)
    optimizer = torch.optim.Adam(network.parameters(), 0.05)
    for _ in range(50):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(inputs), torch.from_numpy(data.labels)).backward()
        optimizer.step()
    save_file(network.state_dict(), place / "my_model.safetensors")


def answers(url: str, seconds: float = 300) -> bool:
    """Whether a server answers within that time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                return answer.status == 200
        except OSError:
            time.sleep(0.1)
    return False


def test_your_model_in_ten_lines_runs_as_it_stands(tmp_path, monkeypatch):
    section = README.split("## Your model in ten lines")[1].split("\n### ")[0]
    (toml,) = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
    (shell,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    assert len(toml.splitlines()) <= 10
    build, serve = shell.splitlines()
    (doctor,) = re.findall(r"`(python -m precompute doctor [^`]*)`", section)
    own_folder(tmp_path, toml)
    environment = {name: text for name, text in os.environ.items() if name[:9] != "DARKROOM_"} | {
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
    }

    def command(line: str) -> list[str]:
        python, *rest = shlex.split(line)
        assert python == "python"
        return [sys.executable, *rest]

    for line in (doctor, build):
        done = subprocess.run(
            command(line),
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    right = Store("pets", tmp_path / "artifacts").sql(
        "select value, n from figure where metric = 'accuracy' and split = 'test'"
    )
    assert right["value"].to_list() == [1.0]
    assert right["n"].to_list() == [3]
    monkeypatch.setenv("DARKROOM_STORE", str(tmp_path / "artifacts"))
    for page in ("overview", "darksight", "dvi", "summit", "deepvid", "saliency", "trust"):
        assert "Cats and dogs" in html(opened(page, study="pets")), page

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    served = subprocess.Popen(
        [*command(serve), "--port", str(port)],
        cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert answers(f"http://127.0.0.1:{port}/_stcore/health")
        assert served.poll() is None
    finally:
        served.terminate()
        served.wait()


def test_every_source_of_own_data_and_every_way_to_give_a_model_stands_in_the_readme():
    for source in set(names()) - set(LICENCES):
        assert f'`source = "{source}"`' in README
    ways = ("factory", "architecture", "predictions", "checkpoints", "weights")
    known = {field.name for field in msgspec.structs.fields(Teacher)}
    for way in ways:
        assert way in known
        assert re.search(rf"`{way}( = .*?)?`", README)


@pytest.mark.parametrize("target", ["setup", "build", "demo", "test", "lint", "bench", "docs"])
def test_every_make_target_that_the_readme_names_exists(target):
    assert f"make {target}" in README
    dry = subprocess.run(
        ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert dry.returncode == 0, dry.stderr


def test_links_in_the_readme_lead_somewhere():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
