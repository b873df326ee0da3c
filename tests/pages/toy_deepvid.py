"""DeepVID's stages for the toy store: a decoder of random weights, students, a contest.

`answering` is a teacher that needs no torch: linear in the pixels, so a student can equal it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from core.deepvid.explanation import explained, recipe_for
from core.generators.decoder_numpy import vae_decoder
from core.generators.generator import LatentSpace, as_pictures
from core.saliency.method import Examined
from core.store import ArtifactWriter, Run, Store, artifact_key, publish

LATENT, HIDDEN = 5, 12
METHODS = ("deepvid", "deepvid_paper", "sensitivity", "random")
SLOW = "deepvid_paper"  # judged on fewer images than the others
REASON = "It needs the gradients of an output with respect to the image."


def linear_teacher(classes: int) -> Examined:
    weights = np.random.default_rng(3).normal(0, 1, (64, classes)).astype(np.float32)
    return Examined(lambda pictures: pictures.reshape(len(pictures), -1) @ weights)


@contextmanager
def answering(store: Store, epoch: float | None = None) -> Iterator[Examined]:
    """In the place of `pages.parts.live.answering`."""
    yield linear_teacher(len(store.table("classes")))


def write_toy_deepvid(root, study="toy", *, explained_ids=(24, 30), reason: str | None = None):
    """Add generator, students and contest; with a `reason` the generator's stage declined."""
    store = Store(study, root)
    run = dict(store.run.stages)

    def writer(stage):
        settings = {"toy": True}
        key = run[stage] = artifact_key(stage, 1, settings, {})
        return ArtifactWriter(
            root, study, stage, key, version=1, settings=settings, inputs={},
            source_digest="0" * 16, seed=0, threads=1, device="cpu",
        )  # fmt: skip

    if reason is not None:
        with writer("generator") as artifact:
            artifact.table(
                "unavailable",
                {"lens": ["deepvid"], "stage": ["generator"], "epoch": [None], "reason": [reason]},
            )
    else:
        with writer("generator") as artifact:
            space, decode, codes = _generator(artifact, store)
        with writer("deepvid") as artifact:
            _students(artifact, store, space, decode, codes, explained_ids)
        with writer("saliency_arena") as artifact:
            _arena(artifact)
    finished = "2025-01-03T00:00:00+00:00"
    publish(root, study, Run(study=study, settings=store.settings, stages=run, finished=finished))


def _generator(artifact, store):
    random = np.random.default_rng(5)
    count = len(store.array("dataset", "images"))
    weights = {
        "unfold.weight": random.normal(0, 1, (HIDDEN, LATENT)).astype(np.float32),
        "unfold.bias": np.zeros(HIDDEN, np.float32),
        "leave.weight": random.normal(0, 1, (64, HIDDEN)).astype(np.float32),
        "leave.bias": np.zeros(64, np.float32),
    }
    codes = random.normal(0, 1, (count, LATENT)).astype(np.float32)
    codes[:, 4] = 0.5  # a dimension that does not vary
    errors = random.random(count).astype(np.float32)
    ranges = np.stack([codes.min(0), codes.max(0)], 1)
    artifact.weights("vae", weights)
    artifact.array("vae", codes)
    artifact.table(
        "generator",
        {
            "generator": ["vae"],
            "place": np.array([0], np.int32),
            "latent": np.array([LATENT], np.int32),
            "keep": np.array([0], np.int32),
            "images": [24],
            "epochs": np.array([1], np.int32),
            "loss": ["cross-entropy of pixels"],
            "surveyed": [24],
        },
    )
    axes = np.arange(LATENT, dtype=np.int32)
    artifact.table(
        "latent_range",
        {
            "generator": ["vae"] * LATENT,
            "dimension": axes,
            "low": ranges[:, 0],
            "high": ranges[:, 1],
            "deviation": codes.std(0),
        },
    )
    artifact.table(
        "latent_correlation",
        {
            "generator": ["vae"],
            "first": np.array([0], np.int32),
            "second": np.array([2], np.int32),
            "correlation": np.array([-0.5], np.float32),
        },
    )
    artifact.table(
        "reconstruction",
        {
            "generator": ["vae"] * count,
            "sample_id": np.arange(count, dtype=np.int32),
            "error": errors,
        },
    )
    return LatentSpace(codes[:24], ranges, errors[:24]), vae_decoder(weights, (1, 8, 8)), codes


def _students(artifact, store, space, decode, codes, samples):
    teacher = linear_teacher(len(store.table("classes")))
    recipe = recipe_for((1, 8, 8))
    pictures = as_pictures(np.array(store.array("dataset", "images")))
    found = [
        explained(pictures[s], codes[s], decode, space, teacher.logits, recipe) for s in samples
    ]
    n = len(samples)
    artifact.table(
        "explanation",
        {
            "sample_id": np.array(samples, np.int32),
            "place": np.arange(n, dtype=np.int32),
            "chosen": ["misread", *["uncertain"] * (n - 1)],
            "teacher_class": np.array([f.trust.teacher_class for f in found], np.int32),
            "student_class": np.array([f.trust.student_class for f in found], np.int32),
            "total_variation": np.array([f.trust.total_variation for f in found], np.float32),
            "kl": np.array([f.held_out.kl for f in found], np.float32),
            "agreement": np.array([f.held_out.top_agreement for f in found], np.float32),
            "r2": np.array([f.held_out.r2 for f in found], np.float32),
            "held_out": np.array([f.held_out.n for f in found], np.int32),
        },
    )
    artifact.array("classes", np.stack([f.classes for f in found]).astype(np.int32))
    for name, of in (
        ("teacher", lambda f: f.trust.teacher),
        ("student", lambda f: f.trust.student),
        ("weights", lambda f: f.weights.weights),
        ("codes", lambda f: f.codes),
        ("neighbors", lambda f: f.probabilities),
        ("influence", lambda f: np.array([0.1, 0.4, 0.2, 0.3, np.nan])),
    ):
        artifact.array(name, np.stack([of(f) for f in found]).astype(np.float32))


def _arena(artifact):
    methods, removed = METHODS[:-1], np.arange(17)
    falls = [np.exp(-removed / (2 + 4 * place)) for place in range(len(methods))]
    fall = np.concatenate(falls).astype(np.float32)
    artifact.table(
        "removal_curve",
        {
            "method": np.repeat(methods, 17).tolist(),
            "removed": np.tile(removed, len(methods)).astype(np.int32),
            "mean": fall,
            "low": fall * np.float32(0.9),
            "high": fall * np.float32(0.95),
        },
    )
    artifact.table(
        "saliency_method",
        {
            "method": list(METHODS),
            "place": np.arange(len(METHODS), dtype=np.int32),
            "settings": ["{}"] * len(METHODS),
            "original": [""] * len(METHODS),
            "flat": np.zeros(len(METHODS), np.int32),
            "evaluations": [1000.0, 512.0, 2.0, np.nan],
            "reason": ["", "", "", REASON],
        },
    )
    artifact.array("gallery", np.random.default_rng(1).normal(0, 1, (2, 3, 8, 8)).astype("f4"))
    artifact.table(
        "saliency_gallery",
        {
            "row": np.arange(3, dtype=np.int32),
            "sample_id": np.array([24, 25, 26], np.int32),
            "class": np.arange(3, dtype=np.int32),
        },
    )
    artifact.table(
        "saliency_gallery_method",
        {"place": np.arange(2, dtype=np.int32), "method": ["deepvid", "sensitivity"]},
    )
    rows = [("removal_area_200", m, float(f.mean())) for m, f in zip(methods, falls, strict=True)]
    rows += [
        (metric, method, 0.9)
        for metric in ("top_class_agreement", "total_variation", "held_out_kl")
        for method in METHODS[:2]
    ]
    size = len(rows)
    artifact.table(
        "figure",
        {
            "view": ["deepvid"] * size,
            "metric": [row[0] for row in rows],
            "method": [row[1] for row in rows],
            "split": ["test"] * size,
            "epoch": np.full(size, np.nan),
            "value": [row[2] for row in rows],
            "low": [row[2] - 0.01 for row in rows],
            "high": [row[2] + 0.01 for row in rows],
            "n": np.where([r[:2] == ("removal_area_200", SLOW) for r in rows], 9, 16),
            "unit": ["share"] * size,
            "better": ["lower"] * size,
        },
    )
