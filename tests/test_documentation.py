"""The documents say what the code does: generated parts are fresh, examples run as they stand."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

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
