"""Stage ``boundary``: points between the teacher's classes at one checkpoint, and its head.

They are found among mixtures of two training images (``core.dvi.boundary``). A mixture is rounded
to bytes before the teacher sees it, so that any teacher of images can judge it and it can be shown.
"""

import numpy as np

from core.dvi.boundary import Boundary, BoundarySearch, find_boundary, margin
from core.teachers.inference import TorchTeacher
from core.teachers.protocol import Capability
from precompute.stage import Work
from precompute.teachers import teacher_for
from precompute.unavailable import decline, lacks

TITLE = "DeepVisualInsight"
NEEDS = (Capability.NEW_IMAGES, Capability.REPRESENTATION, Capability.HEAD)


def boundary(work: Work) -> None:
    """Write the boundary points, the search behind them and the head's weights."""
    if lacks(work, "dvi", TITLE, NEEDS):
        return
    train = (work.inputs.table("samples")["split"] == "train").to_numpy()
    neighbors = work.study.dvi.neighbors
    if train.sum() <= neighbors:
        decline(
            work,
            "dvi",
            f"{TITLE} is fitted to training samples: more than {neighbors} are needed, "
            f"the study shows {train.sum()}.",
        )
        return
    logits = np.array(work.inputs.array("predictions", "logits", work.epoch))[train]
    if not np.isfinite(logits).all():
        raise ValueError(
            f"epoch {work.epoch:g}: logits must be finite, got NaN or infinity for "
            f"{(~np.isfinite(logits).all(axis=1)).sum()} of {len(logits)} training samples; "
            "train with a lower learning rate, or leave this checkpoint out"
        )
    images = work.inputs.array("dataset", "images")
    teacher = _teacher(work, images.shape[1:])
    head = teacher.head
    assert head is not None

    search = BoundarySearch(share=work.study.dvi.boundary_share)
    wanted = max(round(search.share * len(logits)), 1)
    work.progress.expect(wanted)

    def classify(mixtures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = teacher.predict(np.rint(mixtures).astype(np.uint8))
        assert found.representation is not None
        return found.representation, found.logits

    points = find_boundary(
        classify,
        np.array(images[train]),
        logits.argmax(axis=1),
        search=search,
        seed=work.study.seed,
    )
    work.artifact.array("representation", points.representations.astype(np.float32))
    work.artifact.weights("head", head.weights())
    assert work.epoch is not None
    work.artifact.table("boundary_search", _search(points, work.epoch))
    work.artifact.table("boundary_point", _points(points, np.flatnonzero(train), work.epoch))


def _teacher(work: Work, image_shape: tuple[int, ...]) -> TorchTeacher:
    kept = "weights.safetensors" in work.inputs.manifest("teacher", work.epoch).files
    teacher = teacher_for(
        work.study,
        (image_shape[0], image_shape[1], image_shape[2]),
        len(work.inputs.table("classes")),
        weights=work.inputs.weights("teacher", "weights", work.epoch) if kept else None,
        epoch=work.epoch,
        data_root=work.data_root,
        device=work.device,
        trust_pickle=work.trust_pickle,
    )
    assert isinstance(teacher, TorchTeacher)  # only these have a head
    return teacher


def _search(found: Boundary, epoch: float) -> dict[str, np.ndarray]:
    """What was tried for each pair of classes, pairs never tried left out."""
    tried = found.pairs.trials > 0
    return {
        "epoch": np.full(int(tried.sum()), epoch),
        "class_a": found.pairs.classes[tried, 0].astype(np.int32),
        "class_b": found.pairs.classes[tried, 1].astype(np.int32),
        "tried": found.pairs.trials[tried].astype(np.int32),
        "found": found.pairs.successes[tried].astype(np.int32),
    }


def _points(found: Boundary, sample_ids: np.ndarray, epoch: float) -> dict[str, np.ndarray]:
    best = np.argsort(-found.logits, axis=1, kind="stable")
    return {
        "epoch": np.full(len(found), epoch),
        "boundary_id": np.arange(len(found), dtype=np.int32),
        "first": sample_ids[found.parents[:, 0]].astype(np.int32),
        "second": sample_ids[found.parents[:, 1]].astype(np.int32),
        "share": found.lam.astype(np.float32),
        "predicted": best[:, 0].astype(np.int32),
        "runner_up": best[:, 1].astype(np.int32),
        "margin": margin(found.logits).astype(np.float32),
    }
