"""One epoch of DeepVisualInsight from nothing, beside the figures of the authors' codes.

Needs DARKROOM_DATA (the folder with ``dvi_digits512``) and one thread, set from outside:
OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1. Seconds are CPU seconds, compilation apart; three seeds,
the median. Neighbours leave the point itself out, where the authors' codes were counted with it:
without it their nn_pv at 1,500 samples is 0.28 (original) and 0.33 (port). ``agrees`` is null: the
reference is a measured figure, not a result to agree with.
"""

import os
import time
from pathlib import Path

import numpy as np

from precompute.bench import Row

SEEDS = (0, 1, 2)
REFERENCES = {  # code: CPU seconds, one thread, one epoch's model on this data
    1500: [("DVI, authors' TensorFlow code", 49.0), ("DVI, authors' PyTorch port", 58.0)],
    5000: [("DVI, authors' TensorFlow code", 80.0), ("DVI, authors' port, 5 passes", 108.0)],
}


def run() -> list[Row]:
    """Two rows for each size and epoch: beside the original and beside its port."""
    from core.dvi.fit import fit

    folder = Path(os.environ["DARKROOM_DATA"]) / "dvi_digits512"
    warm_up = Teacher(folder, 1500, 1)
    fit(warm_up.train[:100], warm_up.train[:0], warm_up.head)  # compiles
    rows = []
    for samples, epoch in [(1500, 1), (1500, 4), (5000, 4)]:
        teacher = Teacher(folder, samples, epoch)
        figures = [_one(teacher, seed) for seed in SEEDS]
        median = {name: float(np.median([one[name] for one in figures])) for name in figures[0]}
        seconds = median.pop("seconds")
        words = ", ".join(f"{name} {value:.3f}" for name, value in median.items())
        rows += [
            _row(f"epoch {epoch} from nothing", seconds, code, theirs, f"{samples} x 512: {words}")
            for code, theirs in REFERENCES[samples]
        ]
    for samples in (1500, 5000):
        seconds, value = _through_training(folder, samples)
        words = f"{samples} x 512, 4 epochs: temporal_pv {value:.3f}"
        rows.append(_row("warm epoch", seconds, None, None, words))
    return rows


class Teacher:
    """The small classifier of the data folder, with one input to the next in arrays."""

    def __init__(self, folder: Path, samples: int, epoch: int) -> None:
        from safetensors.numpy import load_file

        from core.dvi.model import Head

        data = np.load(folder / f"inputs_{samples}.npz")
        self.weights = load_file(folder / f"teacher_{samples}_epoch{epoch}.safetensors")
        self.head = Head(self.weights["fc.weight"], self.weights["fc.bias"])
        self.inputs = data["train"]
        self.train, self.test = (self(data[split])[0] for split in ("train", "test"))

    def __call__(self, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return representations and logits."""
        hidden = inputs
        for layer in ("body.0", "body.2"):
            hidden = np.maximum(
                hidden @ self.weights[f"{layer}.weight"].T + self.weights[f"{layer}.bias"], 0
            )
        return hidden, self.head(hidden)


def _one(teacher: Teacher, seed: int) -> dict[str, float]:
    from core.dvi.boundary import find_boundary
    from core.dvi.fit import fit
    from core.dvi.properties import boundary_pv, nn_pv, ppr

    train, test, head = teacher.train, teacher.test, teacher.head
    predicted = head(train).argmax(axis=1)
    began = time.process_time()
    boundary = find_boundary(teacher, teacher.inputs, predicted, seed=seed).representations
    fitted = fit(train, boundary, head, seed=seed)
    seconds = time.process_time() - began
    model, points = fitted.model, fitted.points
    new = model.project(test)
    both = np.concatenate([train, test]), np.concatenate([points, new])
    rows = np.arange(len(train), len(both[0]))
    places = fitted.boundary_points
    return {
        "seconds": seconds,
        "nn_pv": nn_pv(train, points, 15),
        "boundary_pv": boundary_pv(train, boundary, points, places, 15),
        "ppr": ppr(predicted, head(model.inverse(points)).argmax(axis=1)),
        "test nn_pv": nn_pv(*both, 15, of=rows),
        "test boundary_pv": boundary_pv(test, boundary, new, places, 15),
        "test ppr": ppr(head(test).argmax(axis=1), head(model.inverse(new)).argmax(axis=1)),
    }


def _through_training(folder: Path, samples: int) -> tuple[float, float]:
    """CPU seconds of a warm epoch and temporal_pv over the four epochs, medians of the seeds."""
    from core.dvi.boundary import find_boundary
    from core.dvi.fit import fit
    from core.dvi.properties import step_lengths, temporal_pv

    seconds, values = [], []
    for seed in SEEDS:
        fitted, kept, pictures = None, [], []
        for epoch in (1, 2, 3, 4):
            teacher = Teacher(folder, samples, epoch)
            predicted = teacher.head(teacher.train).argmax(axis=1)
            began = time.process_time()
            boundary = find_boundary(teacher, teacher.inputs, predicted, seed=seed).representations
            fitted = fit(teacher.train, boundary, teacher.head, previous=fitted, seed=seed)
            if fitted.kept is not None:
                seconds.append(time.process_time() - began)
                kept.append(fitted.kept)
            pictures.append(fitted.points)
        values.append(temporal_pv(np.stack(kept), step_lengths(pictures)).value)
    return float(np.median(seconds)), float(np.median(values))


def _row(name: str, ours: float, reference: str | None, theirs: float | None, size: str) -> Row:
    return Row(
        name=f"dvi {name}",
        ours_seconds=ours,
        reference=reference,
        reference_seconds=theirs,
        ratio=None if theirs is None else theirs / ours,
        agrees=None,
        size=size,
    )
