"""How fast the Overview answers: server time of a rerun over 50 interactions on a built study.

Drives the page as a reader does (picks, lassos, colours, cells, splits) through Streamlit's own
test runner, in one process, without a browser.
"""

import itertools
import os
import time
from pathlib import Path

import numpy as np

from precompute.bench import Row

ROOT = Path(__file__).resolve().parent.parent
INTERACTIONS = 50


def run() -> list[Row]:
    """One row: the 95th percentile of a rerun's seconds."""
    from streamlit.testing.v1 import AppTest

    from core.store import Store

    study = os.environ.get("DARKROOM_STUDY", "digits")
    store = Store(study)
    points = store.sql("select x, y from embedding where method = 'tsne'").to_numpy()
    page = AppTest.from_file(str(ROOT / "pages/shell/main.py"), default_timeout=60)
    page.query_params["study"] = study
    page.run()
    _must_be_well(page)
    generator = np.random.default_rng(0)
    seconds = []
    for number, act in zip(range(INTERACTIONS), itertools.cycle(ACTS), strict=False):
        for name, value in act(generator, points, number).items():
            page.query_params[name] = value
        began = time.perf_counter()
        page.run()
        seconds.append(time.perf_counter() - began)
        _must_be_well(page)
    samples = len(store.table("samples"))
    return [
        Row(
            name=f"overview rerun, {word}",
            ours_seconds=float(value),
            reference=None,
            reference_seconds=None,
            ratio=None,
            agrees=None,
            size=f"{study}, {samples} samples, {INTERACTIONS} interactions",
        )
        for word, value in [
            ("95th percentile", np.percentile(seconds, 95)),
            ("median", np.median(seconds)),
        ]
    ]


def _must_be_well(page) -> None:
    if page.exception:
        raise RuntimeError(f"the page failed: {page.exception[0].value}")


def _pick(generator, points, number):
    return {"sample": str(generator.integers(len(points)))}


def _lasso(generator, points, number):
    """A circle of 24 corners about a sample, in the plane's own coordinates."""
    x, y = points[generator.integers(len(points))]
    radius = 0.1 * np.ptp(points[:, 0])
    corners = (
        f"{x + radius * np.cos(angle):.5g},{y + radius * np.sin(angle):.5g}"
        for angle in np.linspace(0, 2 * np.pi, 24, endpoint=False)
    )
    return {"rule": f"lasso~tsne~test~{';'.join(corners)}"}


def _color(generator, points, number):
    return {"color": str(generator.choice(["true", "predicted", "correct", "entropy"]))}


def _cell(generator, points, number):
    return {"rule": f"cell~{generator.integers(10)}~{generator.integers(10)}"}


def _split(generator, points, number):
    return {"split": str(generator.choice(["train", "test", "all"]))}


ACTS = (_pick, _lasso, _color, _cell, _pick, _split)
