"""How long the Summit page's server takes to switch to another of 1,000 classes.

The authors' published graphs; a store (``DARKROOM_STORE``) that has them as the study
``inceptionv1`` is taken as it is, else they are imported first. A row is the median over 30
switches of a whole run of the page, from the click in the list to the last element.
"""

import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from core.store import Store, studies
from pages.parts.summit.heed import LIST
from precompute.bench import CHECKOUT, Row
from precompute.import_summit import import_summit

STUDY = "inceptionv1"
SWITCHES = 30
GOAL = 0.5  # seconds


def run() -> list[Row]:
    """One row for each panel that was open during the switches."""
    root = Path(os.environ.get("DARKROOM_STORE", "artifacts"))
    if STUDY in studies(root):
        return _rows(root)
    data = Path(os.environ["DARKROOM_DATA"])
    with tempfile.TemporaryDirectory() as folder:
        import_summit(data / "summit_inceptionv1", STUDY, Path(folder), data, quiet=True)
        return _rows(Path(folder))


def _rows(root: Path) -> list[Row]:
    classes = len(Store(STUDY, root).table("summit_class"))
    os.environ |= {"DARKROOM_STORE": str(root), "DARKROOM_ROUTE": "1"}
    rows: list[Row] = []
    for part in ("graph", "compare", "path", "motifs"):
        seconds = _seconds(part, classes)
        slowest = max(seconds)
        rows.append(
            {
                "name": f"summit page: class switch, {part}",
                "ours_seconds": statistics.median(seconds),
                "reference": f"goal {GOAL:g} s",
                "reference_seconds": None,
                "ratio": None,
                "agrees": None,
                "size": f"{classes:,} classes, {SWITCHES} switches, slowest {slowest:.3f} s",
            }
        )
    return rows


def _seconds(part: str, classes: int) -> list[float]:
    page = AppTest.from_file(str(CHECKOUT / "pages/summit.py"), default_timeout=120)
    page.query_params["study"] = STUDY
    page.query_params["part"] = part
    page.run()
    wanted = np.random.default_rng(0).integers(0, classes, SWITCHES)
    found = []
    for sequence, class_ in enumerate(wanted.tolist(), 1):
        page.session_state[LIST] = {
            "event": {"kind": "pick", "value": class_, "sequence": sequence}
        }
        began = time.perf_counter()
        page.run()
        found.append(time.perf_counter() - began)
        assert not page.exception
        said = page.query_params["class"]
        assert str(class_) == (said if isinstance(said, str) else said[-1])
    return found
