"""DeepVisualInsight's stages for the toy store: pictures, landscapes, history and figures.

They are put beside what `write_toy_store` wrote, and the run is published anew.
"""

from collections.abc import Sequence

import numpy as np

from core.dvi.events import flips, jumps, largest_moves, learned_at
from core.store import ArtifactWriter, Run, Store, artifact_key, epoch_label, publish

SIDE = 12
EXTENT = (-2.0, 12.0, -3.0, 13.0)  # left, right, bottom, top
METHODS = ("dvi", "dvi_t", "pca", "tsne")
SCORES = ("dvi", "dvi_reluctance", "dvi_foreignness", "last_loss")


def write_toy_dvi(
    root,
    study="toy",
    *,
    strategies: Sequence[str] = (),
    attacked: bool = False,
    reason: str | None = None,
):
    """Add the stages to a study that holds data set and predictions.

    With `strategies` there are rounds of active learning, with `attacked` the first six images are
    so; with a `reason` the stages declined.
    """
    store = Store(study, root)
    epochs = store.epochs("predictions")
    samples = store.table("samples").sort_values("sample_id")
    label, count = samples["label"].to_numpy(), len(samples)
    table = store.table("prediction").sort_values(["epoch", "sample_id"])
    predicted, confidence, probability = (
        table[name].to_numpy().reshape(len(epochs), -1)
        for name in ("predicted", "confidence", "true_probability")
    )
    places = _places(label, len(epochs))
    run = dict(store.run.stages)

    def writer(stage, epoch=None):
        settings = {"toy": True, "epoch": epoch}
        key = artifact_key(stage, 1, settings, {})
        if epoch is None:
            run[stage] = key
        else:
            keys = run.setdefault(stage, {})
            assert isinstance(keys, dict)
            keys[epoch_label(epoch)] = key
        return ArtifactWriter(
            root, study, stage, key, epoch, version=1, settings=settings, inputs={},
            source_digest="0" * 16, seed=0, threads=1, device="cpu",
        )  # fmt: skip

    if reason is not None:
        with writer("boundary", epochs[0]) as artifact:
            artifact.table(
                "unavailable",
                {"lens": ["dvi"], "stage": ["boundary"], "epoch": [epochs[0]], "reason": [reason]},
            )
    else:
        for place, epoch in enumerate(epochs):
            with writer("dvi", epoch) as artifact:
                artifact.table(
                    "embedding",
                    {
                        "method": ["dvi"] * count,
                        "epoch": np.full(count, epoch),
                        "sample_id": np.arange(count, dtype=np.int32),
                        "x": places[place, :, 0],
                        "y": places[place, :, 1],
                    },
                )
        with writer("dvi_landscape") as artifact:
            _landscape(artifact, places, len(store.table("classes")))
        with writer("dvi_history") as artifact:
            _history(artifact, epochs, samples, predicted, confidence, probability, places)
        with writer("dvi_evaluation") as artifact:
            artifact.table("figure", _figures(epochs, count))
    if strategies:
        with writer("active_learning") as artifact:
            _rounds(artifact, samples, strategies)
    if attacked:
        with writer("adversarial") as artifact:
            _attacked(artifact, store, places, predicted)
    finished = "2025-01-02T00:00:00+00:00"
    publish(root, study, Run(study=study, settings=store.settings, stages=run, finished=finished))


def _places(label, epochs):
    """Clouds that part from one another, and one sample that stands still."""
    rng = np.random.default_rng(1)
    centres = np.array([[0, 0], [10, 0], [0, 10], [10, 10]])[label % 4]
    noise = rng.normal(0, 0.4, (len(label), 2))
    ways = [5 + (centres - 5) * share + noise for share in np.linspace(0.4, 1, epochs)]
    return np.stack(ways).astype(np.float32)


def _attacked(artifact, store, places, predicted):
    """Six images that are themselves, the last four nearest to every sample."""
    artifact.array("image", np.array(store.array("dataset", "images")[:6]))
    artifact.array("source", np.arange(6, dtype=np.int32))
    artifact.array("positions", places[:, :6])
    artifact.array("predicted", predicted[:, :6].astype(np.uint16))
    near = np.arange(2, 6, dtype=np.int32)
    artifact.array("nearest", np.broadcast_to(near, (*places.shape[:2], 4)).copy())


def _landscape(artifact, places, classes):
    rng = np.random.default_rng(2)
    shape = (len(places), SIDE, SIDE)
    artifact.array("positions", places)
    artifact.array("class", rng.integers(0, classes, shape).astype(np.uint16))
    artifact.array("confidence", np.full(shape, 204, np.uint8))
    artifact.array("margin", rng.integers(0, 256, shape).astype(np.uint8))
    left, right, bottom, top = EXTENT
    artifact.table(
        "landscape_extent",
        {
            "left": [left],
            "right": [right],
            "bottom": [bottom],
            "top": [top],
            "rows": [SIDE],
            "columns": [SIDE],
        },
    )


def _history(artifact, epochs, samples, predicted, confidence, probability, places):
    label = samples["label"].to_numpy()
    found = [flips(predicted), jumps(confidence), largest_moves(places, 5)]
    artifact.table(
        "event",
        {
            "kind": [one.kind for one in found for _ in range(len(one))],
            "epoch": np.concatenate([np.array(epochs)[one.epoch] for one in found]),
            "sample_id": np.concatenate([one.sample for one in found]).astype(np.int32),
            "size": np.concatenate([one.size for one in found]).astype(np.float32),
        },
    )
    correct = predicted == label
    since = learned_at(correct)
    artifact.table(
        "learning",
        {
            "sample_id": np.arange(len(label), dtype=np.int32),
            "right_epochs": correct.sum(0).astype(np.int32),
            "lost": (correct[:-1] & ~correct[1:]).sum(0).astype(np.int32),
            "learned_at": np.where(since < 0, np.nan, np.array(epochs)[since]),
        },
    )
    train = (samples["split"] == "train").to_numpy()
    flipped = (samples["label"] != samples["original_label"]).to_numpy()[train]
    ids, n = np.flatnonzero(train).astype(np.int32), int(train.sum())
    rows = {name: [] for name in ("method", "sample_id", "score", "rank", "precision", "recall")}
    for place, method in enumerate(SCORES):
        score = 1 - probability.mean(0)[train] + 0.01 * place
        order = np.argsort(-score, kind="stable")
        hits = np.cumsum(flipped[order])
        rows["method"] += [method] * n
        rows["sample_id"].append(ids[order])
        rows["score"].append(np.maximum(score[order], 0).astype(np.float32))
        rows["rank"].append(np.arange(1, n + 1, dtype=np.int32))
        known = flipped.any()
        rows["precision"].append(hits / np.arange(1, n + 1) if known else np.full(n, np.nan))
        rows["recall"].append(hits / flipped.sum() if known else np.full(n, np.nan))
    artifact.table(
        "noise_score",
        {name: np.concatenate(v) if name != "method" else v for name, v in rows.items()},
    )


def figure_rows(epochs):
    """Figures of every property: ours is behind t-SNE in neighbours and best in the rest."""
    values = {
        "nn_pv_k15": (0.5, 0.45, 0.3, 0.6),
        "boundary_pv_k15": (0.8, 0.7, 0.4, 0.5),
        "ppr": (0.99, 0.9, 0.5, None),
        "rec_pv": (0.1, 0.2, 0.9, None),
        "temporal_pv_k15": (-0.8, -0.4, -0.3, None),
        "motion_honesty": (0.85, 0.3, 0.5, None),
    }
    return [
        (metric, method, split, None if metric in ("temporal_pv_k15", "motion_honesty") else epoch,
         value)
        for metric, found in values.items()
        for method, value in zip(METHODS, found, strict=True)
        for split in ("train", "test")
        for epoch in (
            [epochs[-1]] if metric in ("temporal_pv_k15", "motion_honesty") else epochs
        )
        if value is not None
    ]  # fmt: skip


def _figures(epochs, n):
    rows = figure_rows(epochs)
    size = len(rows)
    return {
        "view": ["dvi"] * size,
        "metric": [row[0] for row in rows],
        "method": [row[1] for row in rows],
        "split": [row[2] for row in rows],
        "epoch": [np.nan if row[3] is None else row[3] for row in rows],
        "value": [row[4] for row in rows],
        "low": np.full(size, np.nan),
        "high": np.full(size, np.nan),
        "n": np.full(size, n),
        "unit": [""] * size,
        "better": ["higher"] * size,
    }


def _rounds(artifact, samples, strategies):
    train = samples.loc[samples["split"] == "train", "split_id"].to_numpy()
    rows = [
        (strategy, int(row), 1 + place % 2)
        for strategy in strategies
        for place, row in enumerate(train[: 8 + len(strategy)])
    ]
    artifact.table(
        "labelled",
        {
            "strategy": [row[0] for row in rows],
            "split_id": np.array([row[1] for row in rows], np.int32),
            "round": np.array([row[2] for row in rows], np.int32),
        },
    )
