"""The saliency contest for the toy store, and a contest of methods that need no torch.

`contesting` is in the place of `pages.parts.live.contesting`: a teacher that is linear in the
pixels, a fast method, two slow ones, one that fails and one that cannot take part.
"""

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.generators.generator import as_pictures
from core.saliency.controls import Random
from core.saliency.deletion_insertion import area
from core.saliency.lime import Lime
from core.saliency.method import Method
from core.saliency.occlusion import Occlusion
from core.saliency.rise import Rise
from core.store import ArtifactWriter, Run, Store, artifact_key, publish
from core.teachers.protocol import Capability
from tests.pages.toy_deepvid import linear_teacher

METHODS = ("relabel", "rise", "occlusion", "random")
LACKING = ("grad_cam", "It needs feature maps of its layers, and this teacher does not offer that.")
EXPLAINED = (24, 25, 26, 27, 28, 29, 30)
JUDGED = tuple(range(24, 36))
FEWER = tuple(range(24, 30))  # what the slow method was judged on
STEPS = 101
METRICS = ("deletion", "insertion", "sanity", "sensitivity")


@dataclass(frozen=True)
class Failing:
    """A method whose map is not finite."""

    name: ClassVar[str] = "sensitivity"
    needs: ClassVar[frozenset[Capability]] = frozenset()

    def maps(self, teacher, pictures, targets, *, seed=0, batch_size=512, progress=None):
        return np.full((len(pictures), *pictures.shape[2:]), np.nan, np.float32)


@dataclass(frozen=True)
class Entrant:
    name: str
    method: Method
    passes: int = 10
    reason: str = ""


ENTRANTS = [
    Entrant("relabel", Occlusion(window=1)),
    Entrant("occlusion", Occlusion(window=2)),
    Entrant("random", Random()),
    Entrant("rise", Rise(masks=512, cells=4)),
    Entrant("lime", Lime(cells=4, copies=192)),
    Entrant("sensitivity", Failing()),
    Entrant(LACKING[0], Random(), reason=LACKING[1]),
]


@contextmanager
def contesting(store, epoch=None):
    """In the place of `pages.parts.live.contesting`."""
    yield linear_teacher(len(store.table("classes"))), ENTRANTS, (0.0,)


def write_toy_saliency(root, study="toy", *, declined: str | None = None):
    """Add the arena to a toy store with a generator; with a reason its stage declined."""
    store = Store(study, root)
    run = dict(store.run.stages)
    settings = {"toy": "saliency"}
    key = run["saliency_arena"] = artifact_key("saliency_arena", 2, settings, {})
    with ArtifactWriter(
        root, study, "saliency_arena", key, version=2, settings=settings, inputs={},
        source_digest="0" * 16, seed=0, threads=1, device="cpu",
    ) as artifact:  # fmt: skip
        if declined is not None:
            artifact.table(
                "unavailable",
                {
                    "lens": ["saliency"], "stage": ["saliency_arena"], "epoch": [None],
                    "reason": [declined],
                },
            )  # fmt: skip
        else:
            _arena(artifact, store)
    finished = "2025-01-04T00:00:00+00:00"
    publish(root, study, Run(study=study, settings=store.settings, stages=run, finished=finished))


def _arena(artifact, store):
    rng = np.random.default_rng(7)
    artifact.table(
        "saliency_method",
        {
            "method": [*METHODS, LACKING[0]],
            "place": np.arange(5, dtype=np.int32),
            "settings": ['{"copies": 2000, "hybrid": {"cell": 1}}', *["{}"] * 4],
            "original": ["", "4,000 masks", "", "", ""],
            "flat": np.array([0, 2, 0, 0, 0], np.int32),
            "evaluations": [2000.0, 4000.0, 49.0, 0.0, np.nan],
            "reason": [""] * 4 + [LACKING[1]],
        },
    )
    artifact.table(
        "saliency_pair",
        {
            "metric": ["deletion"],
            "method": [METHODS[0]],
            "other": [METHODS[1]],
            "difference": [-0.1],
            "low": [-0.2],
            "high": [-0.05],
            "p": [0.01],
            "n": np.array([20], np.int32),
        },
    )
    for name, seconds in zip(METHODS, (0.2, 1.5, 0.02, 0.0001), strict=True):
        artifact.cost(name, seconds)
    scores = _scores(rng)
    artifact.table(
        "saliency_score",
        {
            "method": [row[0] for row in scores],
            "metric": [row[1] for row in scores],
            "sample_id": np.array([row[2] for row in scores], np.int32),
            "value": np.array([row[3] for row in scores]),
        },
    )
    _figures(artifact, scores)
    _curves(artifact)
    artifact.table(
        "saliency_protocol",
        {
            "metric": ["deletion", "insertion"],
            "settings": [
                json.dumps({"steps": 100, "color": [0.0]}), json.dumps({"steps": 100, "blur": 11}),
            ],
            "words": ["Pixels become *black*.", "The image begins blurred."],
        },
    )  # fmt: skip
    _explained(artifact, store, rng)
    _neighbors(artifact, rng)


def _scores(rng):
    level = {"relabel": 0.1, "rise": 0.3, "occlusion": 0.31, "random": 0.6}
    return [
        (method, metric, sample, float(np.clip(value, 0, 1)))
        for method in METHODS
        for metric in METRICS
        for sample in (FEWER if method == "rise" else JUDGED)
        for noise in (rng.normal(0, 0.02) * (1 + sample % 3),)
        for value in (
            1 - level[method] - noise if metric == "insertion" else level[method] + noise,
        )
    ]


def _figures(artifact, scores):
    name = {
        "deletion": "deletion_area", "insertion": "insertion_area",
        "sanity": "randomization_correlation", "sensitivity": "max_sensitivity",
    }  # fmt: skip
    rows = []
    for method in METHODS:
        for metric in METRICS:
            own = [row[3] for row in scores if row[:2] == (method, metric)]
            rows.append((name[metric], method, float(np.mean(own)), len(own)))
    size = len(rows)
    artifact.table(
        "figure",
        {
            "view": ["saliency"] * size,
            "metric": [row[0] for row in rows],
            "method": [row[1] for row in rows],
            "split": ["test"] * size,
            "epoch": np.full(size, np.nan),
            "value": [row[2] for row in rows],
            "low": [row[2] - 0.01 for row in rows],
            "high": [row[2] + 0.01 for row in rows],
            "n": [row[3] for row in rows],
            "unit": ["share"] * size,
            "better": ["lower"] * size,
        },
    )


def _curves(artifact):
    share = np.linspace(0, 1, STEPS)
    rows = [(method, game) for method in METHODS for game in ("deletion", "insertion")]
    fall = {
        game: np.exp(-4 * share) if game == "deletion" else share
        for game in ("deletion", "insertion")
    }
    mean = np.concatenate([fall[game] for _, game in rows]).astype(np.float32)
    artifact.table(
        "saliency_curve",
        {
            "method": np.repeat([method for method, _ in rows], STEPS).tolist(),
            "game": np.repeat([game for _, game in rows], STEPS).tolist(),
            "share": np.tile(share, len(rows)),
            "mean": mean,
            "low": mean * np.float32(0.95),
            "high": np.minimum(mean * np.float32(1.05), np.float32(1)),
            "n": np.repeat(
                [len(FEWER) if method == "rise" else len(JUDGED) for method, _ in rows], STEPS
            ).astype(np.int32),
        },
    )


def _explained(artifact, store, rng):
    samples = np.array(EXPLAINED)
    pictures = as_pictures(np.array(store.array("dataset", "images"))[samples])
    teacher = linear_teacher(len(store.table("classes")))
    classes = teacher.logits(pictures).argmax(axis=1)
    maps = rng.normal(0, 0.3, (len(METHODS), len(samples), 8, 8)).clip(-1, 1)
    curves = np.sort(rng.random((len(METHODS), len(samples), STEPS)), axis=2)
    late = METHODS.index("rise"), 2  # a slow method that was not run on every image
    maps[late] = np.nan
    deletion, insertion = curves[..., ::-1].copy(), curves.copy()
    deletion[late] = insertion[late] = np.nan
    artifact.table(
        "saliency_explained",
        {
            "row": np.arange(len(samples), dtype=np.int32),
            "sample_id": samples.astype(np.int32),
            "class": classes.astype(np.int32),
        },
    )
    artifact.table(
        "saliency_explained_method",
        {"place": np.arange(len(METHODS), dtype=np.int32), "method": list(METHODS)},
    )
    artifact.array("maps", maps.astype(np.float16))
    artifact.array("deletion", deletion.astype(np.float32))
    artifact.array("insertion", insertion.astype(np.float32))
    assert np.isfinite(area(np.arange(STEPS), curves[0])).all()


def _neighbors(artifact, rng):
    artifact.table(
        "relabel_explained",
        {
            "row": np.arange(2, dtype=np.int32),
            "place": np.arange(2, dtype=np.int32),
            "generator": ["vae", "vae"],
            "scale": [3.5, np.nan],
            "share": [0.4, 1.0],
            "count": np.array([1000, 0], np.int32),
            "residual": [2e-5, np.nan],
            "error": [0.012, 0.05],
            "reason": ["", "reconstruction flips"],
        },
    )
    n = 30
    artifact.table(
        "relabel_neighbor",
        {
            "row": np.zeros(n, np.int32),
            "neighbor": np.arange(n, dtype=np.int32),
            "x": rng.normal(0, 1, n).astype(np.float32),
            "y": rng.normal(0, 1, n).astype(np.float32),
            "class": (np.arange(n) % 4).astype(np.int32),
            "flipped": np.arange(n) % 4 != 0,
        },
    )
    artifact.array("neighbors", rng.integers(0, 256, (2, 12, 8, 8, 1), dtype=np.uint8))
