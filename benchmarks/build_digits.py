"""What a build of the study digits costs from nothing, stage by stage, in a process of its own."""

import subprocess
import sys
import tempfile
import time

from core.store import Store
from precompute.bench import CHECKOUT, Row


def run() -> list[Row]:
    """A row for the whole build (wall seconds, imports included) and one per stage."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "precompute", "build", "digits", "--store", folder],
            cwd=CHECKOUT,
            check=True,
            capture_output=True,
        )
        whole = time.perf_counter() - began
        store = Store("digits", folder)
        size = f"{len(store.table('samples'))} samples, {len(store.epochs())} epochs"
        rows = [_row("build digits, whole", whole, size)]
        for stage, epoch in _artifacts(store):
            seconds = store.manifest(stage, epoch).seconds
            if rows[-1]["name"] == f"build digits, {stage}":
                rows[-1]["ours_seconds"] += seconds
            else:
                rows.append(_row(f"build digits, {stage}", seconds, size))
    return rows


def _artifacts(store: Store) -> list[tuple[str, float | None]]:
    return [(stage, epoch) for stage, epoch, _ in store.run.artifacts()]


def _row(name: str, seconds: float, size: str) -> Row:
    return Row(
        name=name,
        ours_seconds=seconds,
        reference=None,
        reference_seconds=None,
        ratio=None,
        agrees=None,
        size=size,
    )
