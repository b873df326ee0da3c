"""Every page opens on what a pack brings, says what is not there, and loads no torch."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import streamlit as st

from core.store import Store, received
from core.store.manifest import seal
from pages.parts import live
from precompute.pack import pack
from precompute.unpack import unpack

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import sys
from pathlib import Path
from streamlit.testing.v1 import AppTest
looks = {
    "dvi": ("look", ("sample", "neighbors", "epochs", "labels")),
    "darksight": ("panel", ("way", "outliers", "misplaced", "reject", "upload")),
    "deepvid": ("look", ("pair", "tune", "probe", "gallery", "fidelity")),
}
for script in sorted(Path("pages").glob("*.py")):
    if script.name == "__init__.py":
        continue
    word, values = looks.get(script.stem, ("sample", ("250",)))
    for value in values:
        page = AppTest.from_file(str(script.resolve()), default_timeout=300)
        page.query_params["study"] = "tiny"
        page.query_params[word] = value
        page.run()
        where = (script.stem, value)
        assert not page.exception, (where, page.exception)
        # DeepVID says so where a student is wrong; the study is a small one.
        errors = [e.value for e in page.error if not e.value.startswith("Do not trust")]
        assert not errors, (where, errors)
        for info in page.info:
            print(script.stem, info.value.replace("\\\\", ""))
heavy = ("torch", "sklearn", "umap", "numba", "captum", "tqdm")
print("heavy", [name for name in heavy if name in sys.modules])
"""


@pytest.fixture(scope="module")
def arrived(tiny_store, tmp_path_factory):
    """A store with the study `tiny` as a pack without a model brings it."""
    folder = tmp_path_factory.mktemp("arrived")
    pack("tiny", tiny_store, folder / "tiny.zip")
    unpack(folder / "tiny.zip", folder / "store")
    return folder / "store"


@pytest.fixture
def arrived_live(tiny_store, tmp_path):
    """The same with the model."""
    pack("tiny", tiny_store, tmp_path / "tiny.zip", live=True)
    unpack(tmp_path / "tiny.zip", tmp_path / "store")
    st.cache_resource.clear()
    return tmp_path / "store"


def test_every_page_opens_on_a_pack_and_loads_no_torch(arrived):
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=ROOT,
        env={**os.environ, "DARKROOM_STORE": str(arrived), "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == "heavy []"
    line = "New images need the model, which this pack does not hold: ask for one made with pack"
    assert [said for said in lines if said.startswith(f"darksight {line}")]


def test_a_live_pack_judges_new_images(arrived_live):
    store = Store("tiny", arrived_live)
    assert live.why_not(store) is None
    found = live.probabilities(store, store.array("dataset", "images")[:3])
    stored = store.array("predictions", "probabilities")[:3]
    assert found == pytest.approx(stored, abs=1e-3), "these travel rounded"


@pytest.mark.parametrize(
    "teacher",
    [
        {"factory": "os:system", "arguments": {"command": "touch exploded"}},
        {"architecture": "convnet", "factory": "os:system"},
        {"architecture": None, "weights": "/etc/passwd"},
        {"architecture": "convnet", "arguments": {"width": 10**9}},
        {"architecture": "convnet", "arguments": {"width": "wide"}},
        "nothing of the kind",
    ],
)
def test_what_the_settings_of_a_pack_name_is_not_run(arrived_live, teacher):
    _rewrite(arrived_live, teacher=teacher)
    store = Store("tiny", arrived_live)
    line = live.why_not(store)
    assert line is not None
    assert "is neither imported nor run" in line
    with pytest.raises(live.LiveError, match="is neither imported nor run"):
        live.probabilities(store, store.array("dataset", "images")[:1])


def test_a_pack_that_asks_for_a_thousand_threads_does_not_get_them(arrived_live):
    _rewrite(arrived_live, threads=1000)
    assert "is neither imported nor run" in str(live.why_not(Store("tiny", arrived_live)))


def _rewrite(root, **settings):
    """Change the settings of the run that arrived, and what is remembered of its arrival."""
    store = Store("tiny", root)
    run = msgspec.structs.replace(store.run, settings=store.run.settings | settings)
    (root / "tiny/run.json").write_bytes(seal(run))
    arrival = received(root, "tiny", store.fingerprint)
    assert arrival is not None
    changed = msgspec.structs.replace(arrival, fingerprint=Store("tiny", root).fingerprint)
    (root / "tiny/received.json").write_bytes(msgspec.json.encode(changed))
