"""Stage ``dvi_history``: what happened to samples over training, and whose labels look wrong."""

from typing import Any

import numpy as np
import pandas as pd

from core.datasets.dataset import SPLITS
from core.dvi.events import Events, flips, jumps, largest_moves, learned_at
from core.dvi.noise import detection, last_loss, noise_score
from precompute.figures import Figure, frame
from precompute.stage import Work
from precompute.stages.dvi_landscape import places
from precompute.unavailable import declined

MOVES = 200  # longest steps kept, and at least this share of the samples
SHARE = 0.05


def dvi_history(work: Work) -> None:
    """Write events along time, what was learned when, changes by epoch and noise scores."""
    if declined(work, "dvi"):
        return
    epochs = work.inputs.epochs("dvi")
    samples = work.inputs.table("samples")
    labels = samples["label"].to_numpy()
    predicted, confidence, probability = _predictions(work, len(epochs))
    positions = places(work, epochs)
    diagonal = np.linalg.norm(np.ptp(positions, axis=(0, 1)))
    positions = positions / max(float(diagonal), 1e-12)
    correct = predicted == labels
    moves = max(MOVES, round(SHARE * len(labels)))

    work.progress.expect(3)
    events = [flips(predicted), jumps(confidence), largest_moves(positions, moves)]
    work.artifact.table("event", _events(events, epochs))
    work.artifact.table("learning", _learning(correct, epochs))
    work.progress.advance()
    changes = [
        change
        for split in SPLITS
        if (chosen := (samples["split"] == split).to_numpy()).any()
        for change in _changes(
            split, epochs, correct[:, chosen], predicted[:, chosen], positions[:, chosen]
        )
    ]
    work.artifact.table("epoch_change", pd.DataFrame(changes, columns=[*CHANGE]).astype(CHANGE))
    work.progress.advance()

    train = (samples["split"] == "train").to_numpy()
    flipped = (samples["label"] != samples["original_label"]).to_numpy()[train]
    readings = noise_score(
        probability[:, train], positions[:, train], labels[train], k=work.study.dvi.neighbors
    )
    scores = {
        "dvi": readings.score,
        "dvi_reluctance": readings.reluctance,
        "dvi_foreignness": readings.foreignness,
        "last_loss": last_loss(probability[:, train]),
    }
    ids = np.flatnonzero(train).astype(np.int32)
    work.artifact.table(
        "noise_score",
        pd.concat([_ranked(name, ids, score, flipped) for name, score in scores.items()]),
    )
    if flipped.any():
        work.artifact.table("figure", frame(_detected(scores, flipped)))
    work.progress.advance()


def _predictions(work: Work, epochs: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Class, confidence and probability of the label at every checkpoint."""
    rows = work.inputs.sql(
        "select predicted, confidence, true_probability from prediction order by epoch, sample_id"
    )
    predicted, confidence, probability = (
        rows[name].to_numpy().reshape(epochs, -1) for name in rows.columns
    )
    return predicted, confidence, probability


def _events(events: list[Events], epochs: list[float]) -> dict[str, Any]:
    times = np.array(epochs)
    return {
        "kind": [one.kind for one in events for _ in range(len(one))],
        "epoch": np.concatenate([times[one.epoch] for one in events]),
        "sample_id": np.concatenate([one.sample for one in events]).astype(np.int32),
        "size": np.concatenate([one.size for one in events]).astype(np.float32),
    }


def _learning(correct: np.ndarray, epochs: list[float]) -> dict[str, np.ndarray]:
    since = learned_at(correct)
    return {
        "sample_id": np.arange(correct.shape[1], dtype=np.int32),
        "right_epochs": correct.sum(axis=0).astype(np.int32),
        "lost": (correct[:-1] & ~correct[1:]).sum(axis=0).astype(np.int32),
        "learned_at": np.where(since < 0, np.nan, np.array(epochs)[since]),
    }


CHANGE = {
    "split": "str",
    "epoch": "float64",
    "accuracy": "float64",
    "accuracy_change": "float64",
    "flips": "int64",
    "mean_step": "float64",
}


def _changes(
    split: str,
    epochs: list[float],
    correct: np.ndarray,
    predicted: np.ndarray,
    positions: np.ndarray,
) -> list[tuple[str, float, float, float, int, float]]:
    """One row for each checkpoint but the first."""
    accuracy = correct.mean(axis=1)
    flipped = (predicted[1:] != predicted[:-1]).sum(axis=1)
    steps = np.linalg.norm(np.diff(positions, axis=0), axis=2).mean(axis=1, dtype=np.float64)
    return [
        (
            split,
            epoch,
            float(accuracy[now]),
            float(accuracy[now] - accuracy[now - 1]),
            int(flipped[now - 1]),
            float(steps[now - 1]),
        )
        for now, epoch in enumerate(epochs)
        if now
    ]


def _ranked(method: str, ids: np.ndarray, score: np.ndarray, flipped: np.ndarray) -> pd.DataFrame:
    """Samples by score, most suspicious first, with precision and recall where they are known."""
    order = np.argsort(-score, kind="stable")
    found = detection(score, flipped) if flipped.any() else None
    unknown = np.full(len(ids), np.nan)
    return pd.DataFrame(
        {
            "method": [method] * len(ids),
            "sample_id": ids[order],
            "score": score[order].astype(np.float32),
            "rank": np.arange(1, len(ids) + 1, dtype=np.int32),
            "precision": unknown if found is None else found.precision,
            "recall": unknown if found is None else found.recall,
        }
    )


def _detected(scores: dict[str, np.ndarray], flipped: np.ndarray) -> list[Figure]:
    return [
        Figure(
            "dvi", "noise_average_precision", name, "train", None,
            detection(score, flipped).average_precision, len(flipped), "share", "higher",
        )
        for name, score in scores.items()
    ]  # fmt: skip
