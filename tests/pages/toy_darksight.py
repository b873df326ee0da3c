"""DarkSight for a toy store: a student on a ring, points near their classes, made-up figures."""

import msgspec
import numpy as np

from core.darksight.confidence import kernel_density, normalized
from core.darksight.reject import accuracy_data_curve
from core.darksight.student import Student, log_probabilities
from core.store import ArtifactWriter, Store, artifact_key, publish

GAINS = {
    "tsne_kde": (0.02, 0.01, 0.03),
    "tsne_logits_kde": (0.03, 0.02, 0.04),
    "umap_kde": (0.001, -0.001, 0.002),
    "probabilities_dirichlet": (0.0, -0.01, 0.01),
    "entropy": (-0.02, -0.03, -0.01),
    "max_probability": (-0.001, -0.01, 0.01),
}
"""Gain of DarkSight's density over each other confidence, with its interval."""


def add_darksight(root, study="toy", *, evaluation=True, gaussian=False, gains=None):
    """Add the stages `darksight` and `darksight_evaluation` to a study's run; return the store."""
    store = Store(study, root)
    run = dict(store.run.stages)
    epoch = store.epochs("predictions")[-1]
    p = np.array(store.array("predictions", "probabilities"), np.float64)
    label = store.table("samples").sort_values("sample_id")["label"].to_numpy()
    is_test = (store.table("samples").sort_values("sample_id")["split"] == "test").to_numpy()
    n, k = p.shape
    student = ring(k, degrees=np.inf if gaussian else 2.0)
    points = (p @ student.means).astype(np.float32)
    points += np.linspace(0, 0.05, n)[:, None].astype(np.float32)
    logs = log_probabilities(student, points)
    floored = np.log(np.maximum(p, 1e-12))
    kl = ((p - np.exp(logs)) * (floored - logs)).sum(axis=1) / 2
    kernels = kernel_density(points, bandwidth=0.5)
    density = kernels.log_density(points)

    def writer(stage):
        key = artifact_key(stage, 1, {"n": n, "k": k, "gaussian": gaussian}, {})
        run[stage] = key
        return ArtifactWriter(
            root,
            study,
            stage,
            key,
            None,
            version=1,
            settings={"gaussian": gaussian},
            inputs={},
            source_digest="0" * 16,
            seed=0,
            threads=1,
            device="cpu",
        )

    ids, epochs = np.arange(n, dtype=np.int32), np.full(n, epoch)
    with writer("darksight") as artifact:
        artifact.table(
            "embedding",
            {
                "method": ["darksight"] * n,
                "epoch": epochs,
                "sample_id": ids,
                "x": points[:, 0],
                "y": points[:, 1],
            },
        )
        artifact.weights(
            "student",
            {
                "means": student.means,
                "factors": student.factors,
                "log_prior": student.log_prior,
                "degrees": np.array(student.degrees),
            },
        )
        artifact.table(
            "darksight_sample",
            {
                "epoch": epochs,
                "sample_id": ids,
                "symmetric_kl": np.maximum(kl, 0).astype(np.float32),
                "log_density": density.astype(np.float32),
                "confidence": normalized(density).astype(np.float32),
            },
        )
        artifact.table(
            "darksight_loss",
            {
                "epoch": np.full(3, epoch),
                "step": np.arange(3, dtype=np.int32),
                "symmetric_kl": [0.5, 0.3, 0.25],
                "objective": [0.6, 0.4, 0.3],
                "samples": np.full(3, n),
            },
        )
        artifact.table(
            "darksight_fit",
            {
                "epoch": [epoch],
                "stopped": ["converged"],
                "steps": np.array([2], np.int32),
                "arrangement": ["ring"],
                "distribution": ["gaussian" if gaussian else "student_t"],
                "degrees": [None if gaussian else 2.0],
                "temperature": [1.0],
                "floor": [1e-12],
                "roundness": [0.05],
                "pull": [1e-5],
                "keep_top_class": [True],
                "bandwidth": [0.5],
                "greatest_log_density": [float(density.max())],
            },
        )
        rows = [
            ("symmetric_kl", "darksight", split, float(kl[chosen].mean()), 0.0, 1.0, chosen.sum())
            for split, chosen in (("train", ~is_test), ("test", is_test), ("all", is_test | True))
            if chosen.any()
        ]
        artifact.table("figure", _figures(rows, epoch))
    if evaluation:
        right = (p.argmax(axis=1) == label)[is_test if is_test.any() else slice(None)]
        asked = density[is_test if is_test.any() else slice(None)]
        split = "test" if is_test.any() else "all"
        m = len(right)
        shares = np.arange(1, m + 1) / m
        methods = ["darksight_kde", *(GAINS if gains is None else gains)]
        rows = [("accuracy_data_area", method, split, 0.9, 0.8, 1.0, m) for method in methods]
        rows += [
            ("accuracy_data_gain", method, split, *values, m)
            for method, values in (GAINS if gains is None else gains).items()
        ]
        rows += [
            ("cluster_preservation", "darksight", split, 0.9, 0.8, 0.95, m),
            ("cluster_preservation", "tsne", split, 0.2, 0.1, 0.3, m),
            ("transition_order", "darksight", split, 0.9, np.nan, np.nan, 3),
            ("transition_order", "tsne", split, 0.95, np.nan, np.nan, 3),
        ]
        with writer("darksight_evaluation") as artifact:
            artifact.table("figure", _figures(rows, epoch))
            artifact.table(
                "accuracy_data",
                {
                    "method": np.repeat(methods, m).tolist(),
                    "epoch": np.full(m * len(methods), epoch),
                    "split": [split] * (m * len(methods)),
                    "share": np.tile(shares, len(methods)),
                    "accuracy": np.tile(accuracy_data_curve(asked, right), len(methods)),
                },
            )
            artifact.table(
                "local_fidelity",
                {
                    "method": np.repeat(["darksight", "tsne_probabilities"], 3).tolist(),
                    "epoch": np.full(6, epoch),
                    "split": [split] * 6,
                    "k": np.tile(np.arange(1, 4, dtype=np.int32), 2),
                    "value": [0.3, 0.35, 0.38, 0.2, 0.3, 0.4],
                },
            )
    publish(root, study, msgspec.structs.replace(store.run, stages=run))
    return Store(study, root)


def ring(classes: int, degrees: float = 2.0) -> Student:
    """A student whose classes stand on a ring, round and alike."""
    turn = 2 * np.pi * np.arange(classes) / classes
    return Student(
        6 * np.stack([np.cos(turn), np.sin(turn)], axis=1),
        np.tile(np.eye(2), (classes, 1, 1)),
        np.full(classes, -np.log(classes)),
        float(degrees),
    )


def _figures(rows, epoch):
    size = len(rows)
    names = ("metric", "method", "split", "value", "low", "high", "n")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    return {
        "view": ["darksight"] * size,
        **columns,
        "epoch": np.full(size, epoch),
        "n": np.array(columns["n"], np.int64),
        "unit": [""] * size,
        "better": ["higher"] * size,
    }
