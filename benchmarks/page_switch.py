"""How fast a page opens with a selection carried along: server time of a switch of pages.

Drives the router as a reader does (the bar of pages drops the URL's words, the session brings them
back) through Streamlit's own test runner, in one process, without a browser. The study is
$DARKROOM_STUDY, by default digits. Each page is opened once before it is measured, as after a
deployment's first visitor; every later opening has another sample, and every third one a lasso.
"""

import os
import time
from pathlib import Path

import numpy as np

from benchmarks.reruns import _lasso, _must_be_well
from precompute.bench import Row

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("darksight", "dvi", "summit", "deepvid", "saliency", "sample", "trust", "overview")
ROUNDS = 8


def run() -> list[Row]:
    """Two rows for each page and two over all: 95th percentile and median of a switch to it."""
    from streamlit.testing.v1 import AppTest

    from core.store import Store

    store = Store(os.environ.get("DARKROOM_STUDY", "digits"))
    points = store.sql("select x, y from embedding where method = 'tsne'").to_numpy()
    generator = np.random.default_rng(0)
    page = AppTest.from_file(str(ROOT / "pages/shell/main.py"), default_timeout=120)
    page.query_params["study"] = store.study
    page.run()
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in PAGES}
    for turn in range(ROUNDS + 1):
        for name in PAGES:
            page.query_params["sample"] = str(generator.integers(len(points)))
            if turn % 3 == 0:
                page.query_params.update(_lasso(generator, points, "tsne"))
            page.run()  # the reader chooses, where the reader is
            _must_be_well(page)
            wanted = page.query_params["sample"]
            page.query_params.clear()
            page.switch_page(str(ROOT / f"pages/{name}.py"))
            began = time.process_time(), time.perf_counter()
            page.run()
            now = time.process_time() - began[0], time.perf_counter() - began[1]
            _must_be_well(page)
            if page.query_params.get("sample") != wanted:
                raise RuntimeError(f"the selection did not travel to {name}")
            if turn:
                took[name].append(now)
    every = [one for times in took.values() for one in times]
    size = f"{store.study}, {len(points)} samples, {ROUNDS} switches a page"
    return [
        row
        for name, times in {**took, "any page": every}.items()
        for row in _rows(name, times, size)
    ]


def _rows(name: str, times: list[tuple[float, float]], size: str) -> list[Row]:
    return [
        Row(
            name=f"switch to {name}, {word}, {figure}",
            ours_seconds=float(np.percentile([one[at] for one in times], share)),
            reference=None,
            reference_seconds=None,
            ratio=None,
            agrees=None,
            size=size,
        )
        for at, word in enumerate(("processor", "wall"))
        for figure, share in (("95th percentile", 95), ("median", 50))
    ]
