"""A small store written through the store's own door: 40 samples, 4 classes with hostile names.

Its teacher may know more classes than the data, labels may be flipped, capabilities may lack.
"""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from core.store import ArtifactWriter, Run, artifact_key, epoch_label, publish
from core.teachers.protocol import Capability
from core.uncertainty import entropy, softmax

HOSTILE = ("<script>alert(1)</script>", "\"quotes'", "🙂 emoji", "**bold** $x$")
STAGES = ("dataset", "teacher", "predictions", "projections")


def write_toy_store(
    root,
    study="toy",
    *,
    stages: Sequence[str] = STAGES,
    names: Sequence[str] = HOSTILE,
    count=40,
    test=16,
    epochs=(1.0, 2.0),
    methods=("tsne", "umap", "pca", "tsne_logits"),
    seed=0,
    strength=0.0,
    title="A toy",
    present: Sequence[int] | None = None,
    flipped: Sequence[int] = (),
    lacks: Sequence[Capability] | None = None,
    figures: Sequence[tuple[str, str, float, float]] = (),
    limit: str | None = None,
):
    """Write a run that holds `stages`; the last `test` samples are the test split.

    `names` are the teacher's outputs and `present` those of them that the data holds, by default
    all; the labels of the `flipped` samples were one less before. `lacks` None writes no table of
    capabilities. The teacher is the better, the larger `strength`; `figures` are rows of its own:
    metric, split, epoch, value. `limit` is what the data set says of its limit.
    """
    rng = np.random.default_rng(seed)
    k = len(names)
    known = np.arange(k) if present is None else np.array(present)
    original = known[np.arange(count) % len(known)]
    label = original.copy()
    label[list(flipped)] = known[(np.array(flipped, dtype=int) + 1) % len(known)]
    run: dict[str, str | dict[str, str]] = {}

    def writer(stage, epoch=None):
        settings = {"seed": seed, "count": count, "names": list(names), "epoch": epoch}
        key = artifact_key(stage, 1, settings, {})
        if epoch is None:
            run[stage] = key
        else:
            keys = run.setdefault(stage, {})
            assert isinstance(keys, dict)
            keys[epoch_label(epoch)] = key
        return ArtifactWriter(
            root,
            study,
            stage,
            key,
            epoch,
            version=1,
            settings=settings,
            inputs={},
            source_digest="0" * 16,
            seed=seed,
            threads=1,
            device="cpu",
        )

    if "dataset" in stages:
        with writer("dataset") as artifact:
            images = rng.integers(0, 256, (count, 8, 8, 1), dtype=np.uint8)
            artifact.array("images", images)
            artifact.table(
                "classes",
                {
                    "class": np.arange(k, dtype=np.int32),
                    "name": list(names),
                    "present": np.isin(np.arange(k), known),
                },
            )
            artifact.table(
                "about",
                {
                    "topic": ["title", "note", *["limit"] * (limit is not None)],
                    "number": [0, 0, *[0] * (limit is not None)],
                    "text": [
                        title,
                        "made up <script>alert(2)</script> for **tests**",
                        *([] if limit is None else [limit]),
                    ],
                },
            )
            artifact.table(
                "samples",
                {
                    "sample_id": np.arange(count, dtype=np.int32),
                    "split": ["train"] * (count - test) + ["test"] * test,
                    "split_id": np.r_[np.arange(count - test), np.arange(test)].astype(np.int32),
                    "label": label.astype(np.int32),
                    "original_label": original.astype(np.int32),
                },
            )
            artifact.table(
                "thumbnail",
                {
                    "sample_id": np.arange(count, dtype=np.int32),
                    "png": [_png(image[:, :, 0]) for image in images],
                },
            )
    for epoch in epochs:
        logits = rng.normal(0, 1.5, (count, k)).astype(np.float32)
        logits[np.arange(count), label] += np.float32(strength + epoch)
        if "teacher" in stages:
            with writer("teacher", epoch) as artifact:
                artifact.table(
                    "training",
                    {
                        "epoch": [epoch],
                        "step": [int(10 * epoch)],
                        "learning_rate": [0.1],
                        "train_loss": [1.0 / (1.0 + epoch)],
                        "train_accuracy": [0.5],
                    },
                )
                if lacks is not None:
                    artifact.table(
                        "capability",
                        {
                            "epoch": [epoch] * len(Capability),
                            "capability": list(map(str, Capability)),
                            "present": [capability not in lacks for capability in Capability],
                        },
                    )
        if "predictions" in stages:
            probabilities = softmax(logits).astype(np.float32)
            with writer("predictions", epoch) as artifact:
                artifact.array("logits", logits)
                artifact.array("probabilities", probabilities)
                artifact.array("representation", rng.normal(0, 1, (count, 5)).astype(np.float32))
                artifact.table(
                    "prediction",
                    {
                        "epoch": np.full(count, epoch),
                        "sample_id": np.arange(count, dtype=np.int32),
                        "predicted": probabilities.argmax(1).astype(np.int32),
                        "confidence": probabilities.max(1),
                        "true_probability": probabilities[np.arange(count), label],
                        "entropy": entropy(probabilities).astype(np.float32),
                    },
                )
                if rows := [row for row in figures if row[2] == epoch]:
                    artifact.table("figure", _teacher_figures(rows, test))
    if "projections" in stages:
        with writer("projections") as artifact:
            artifact.table("embedding", _embeddings(rng, label, epochs[-1], methods))
            artifact.table("figure", _figures(methods, epochs[-1], count))
    publish(
        root,
        study,
        Run(
            study=study,
            settings={
                "name": study,
                "title": title,
                "data": {"source": "noise"},
                "teacher": {"architecture": "guess"},
            },
            stages=run,
            finished="2025-01-01T00:00:00+00:00",
        ),
    )


def _png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def _embeddings(rng, label, epoch, methods):
    count = len(label)
    centres = np.array([[0, 0], [10, 0], [0, 10], [10, 10]], dtype=np.float32)
    points = [
        (centres[label % 4] + rng.normal(0, 1, (count, 2))).astype(np.float32) for _ in methods
    ]
    return {
        "method": np.repeat(list(methods), count).tolist(),
        "epoch": np.full(count * len(methods), epoch),
        "sample_id": np.tile(np.arange(count, dtype=np.int32), len(methods)),
        "x": np.concatenate([p[:, 0] for p in points]),
        "y": np.concatenate([p[:, 1] for p in points]),
    }


def _figures(methods, epoch, count):
    rows = [
        (method, metric)
        for method in methods
        for metric in ("trustworthiness_k15", "neighbor_preservation_k15")
    ]
    size = len(rows)
    return {
        "view": ["projections"] * size,
        "metric": [metric for _, metric in rows],
        "method": [method for method, _ in rows],
        "split": ["all"] * size,
        "epoch": np.full(size, epoch),
        "value": np.linspace(0.5, 0.9, size),
        "low": np.full(size, np.nan),
        "high": np.full(size, np.nan),
        "n": np.full(size, count),
        "unit": [""] * size,
        "better": ["higher"] * size,
    }


def _teacher_figures(rows, n):
    size = len(rows)
    return {
        "view": ["teacher"] * size,
        "metric": [metric for metric, *_ in rows],
        "method": ["teacher"] * size,
        "split": [split for _, split, *_ in rows],
        "epoch": [epoch for *_, epoch, _ in rows],
        "value": [value for *_, value in rows],
        "low": np.full(size, np.nan),
        "high": np.full(size, np.nan),
        "n": np.full(size, n),
        "unit": ["share"] * size,
        "better": ["higher"] * size,
    }
