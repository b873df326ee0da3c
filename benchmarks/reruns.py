"""How fast pages answer: server time of a rerun over 50 interactions on a built study.

Drives each page as a reader does (picks, lassos, colours, cells, splits, panels) through
Streamlit's own test runner, in one process, without a browser. The study is $DARKROOM_STUDY, by
default digits.
"""

import itertools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from precompute.bench import Row

if TYPE_CHECKING:
    from core.store import Store

ROOT = Path(__file__).resolve().parent.parent
INTERACTIONS = 50


def run() -> list[Row]:
    """Two rows for each page whose stages are built: 95th percentile and median of a rerun."""
    from core.store import Store

    study = os.environ.get("DARKROOM_STUDY", "digits")
    store = Store(study)
    samples = len(store.table("samples"))
    rows = []
    for name, page in PAGES.items():
        if not store.has(page.stage):
            continue
        processor, wall = _measured(store, name, page)
        for word, seconds in [("wall", wall), ("processor", processor)]:
            rows += [
                Row(
                    name=f"{name} rerun, {word}, {figure}",
                    ours_seconds=float(value),
                    reference=None,
                    reference_seconds=None,
                    ratio=None,
                    agrees=None,
                    size=f"{study}, {samples} samples, {INTERACTIONS} interactions",
                )
                for figure, value in [
                    ("95th percentile", np.percentile(seconds, 95)),
                    ("median", np.median(seconds)),
                ]
            ]
    return rows


def _measured(store: "Store", name: str, page: "Page") -> tuple[list[float], list[float]]:
    """Return processor and wall seconds of each interaction after the first drawing."""
    from streamlit.testing.v1 import AppTest

    method = page.method
    points = store.sql(f"select x, y from embedding where method = '{method}'").to_numpy()
    test = AppTest.from_file(str(ROOT / f"pages/{name}.py"), default_timeout=120)
    test.query_params["study"] = store.study
    test.run()
    _must_be_well(test)
    generator = np.random.default_rng(0)
    processor, wall = [], []
    for _, act in zip(range(INTERACTIONS), itertools.cycle((*ACTS, *page.acts)), strict=False):
        for word, value in act(generator, points, method).items():
            test.query_params[word] = value
        began = time.process_time(), time.perf_counter()
        test.run()
        processor.append(time.process_time() - began[0])
        wall.append(time.perf_counter() - began[1])
        _must_be_well(test)
    return processor, wall


def _must_be_well(page) -> None:
    if page.exception:
        raise RuntimeError(f"the page failed: {page.exception[0].value}")


def _pick(generator, points, method):
    return {"sample": str(generator.integers(len(points)))}


def _lasso(generator, points, method):
    """A circle of 24 corners about a sample, in the plane's own coordinates."""
    x, y = points[generator.integers(len(points))]
    radius = 0.1 * np.ptp(points[:, 0])
    corners = (
        f"{x + radius * np.cos(angle):.5g},{y + radius * np.sin(angle):.5g}"
        for angle in np.linspace(0, 2 * np.pi, 24, endpoint=False)
    )
    return {"rule": f"lasso~{method}~test~{';'.join(corners)}"}


def _color(generator, points, method):
    return {"color": str(generator.choice(["true", "predicted", "correct", "entropy"]))}


def _cell(generator, points, method):
    return {"rule": f"cell~{generator.integers(10)}~{generator.integers(10)}"}


def _split(generator, points, method):
    return {"split": str(generator.choice(["train", "test", "all"]))}


def _panel(generator, points, method):
    panels = ["way", "outliers", "misplaced", "cases", "reject", "selection"]
    return {"panel": str(generator.choice(panels))}


def _beside(generator, points, method):
    return {"beside": str(generator.choice(["tsne", "umap", "pca"]))}


def _epoch(generator, points, method):
    return {"epoch": str(generator.integers(1, 11))}


@dataclass(frozen=True)
class Page:
    """What a page needs and which acts are its own."""

    stage: str
    method: str
    acts: tuple[Callable[..., dict[str, str]], ...] = ()


ACTS = (_pick, _lasso, _color, _cell, _pick, _split)
PAGES = {
    "overview": Page("projections", "tsne"),
    "darksight": Page("darksight_evaluation", "darksight", (_panel, _beside)),
    "dvi": Page("dvi_history", "dvi", (_epoch,)),
}
