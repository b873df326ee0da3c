"""The study `tiny`: twelve samples, two checkpoints, written in a few milliseconds."""

from pathlib import Path

import msgspec
import numpy as np

from core.store import ArtifactWriter, Run, epoch_label, load_manifest, publish
from core.store.keys import content_hash
from core.store.manifest import seal

SAMPLES = 12
EPOCHS = (1.0, 2.5)


def writer(root: Path, stage: str, key: str, epoch: float | None = None) -> ArtifactWriter:
    return ArtifactWriter(
        root,
        "tiny",
        stage,
        key,
        epoch,
        version=1,
        settings={"perplexity": 30.0},
        inputs={},
        source_digest="0" * 8,
        seed=0,
        threads=1,
        device="cpu",
    )


def samples(n: int = SAMPLES) -> dict[str, object]:
    ids = np.arange(n)
    split = np.where(ids < n // 2, "train", "test")
    label = ids % 3
    return {
        "sample_id": ids,
        "split": split,
        "split_id": ids,
        "label": label,
        "original_label": label,
    }


def classes(*names: str) -> dict[str, object]:
    return {"class": list(range(len(names))), "name": list(names), "present": [True] * len(names)}


def prediction(epoch: float, n: int = SAMPLES) -> dict[str, object]:
    return {
        "epoch": np.full(n, epoch),
        "sample_id": np.arange(n),
        "predicted": np.arange(n) % 3,
        "confidence": np.linspace(0.5, 1, n, dtype=np.float32),
        "true_probability": np.linspace(0, 1, n, dtype=np.float32),
        "entropy": np.linspace(0, 1, n, dtype=np.float32),
    }


def build(root: Path) -> None:
    with writer(root, "dataset", "d0") as artifact:
        artifact.table("samples", samples())
        artifact.table("classes", classes("a", "<script>", "🐈 '\""))
        artifact.array("images", np.arange(SAMPLES * 4, dtype=np.uint8).reshape(SAMPLES, 2, 2, 1))
    for epoch in EPOCHS:
        with writer(root, "predictions", f"p{epoch_label(epoch)}", epoch) as artifact:
            artifact.table("prediction", prediction(epoch))
            artifact.array("logits", np.full((SAMPLES, 3), epoch, dtype=np.float32))
            artifact.weights("head", {"weight": np.eye(3, dtype=np.float32)})
    stages = {
        "dataset": "d0",
        "predictions": {epoch_label(epoch): f"p{epoch_label(epoch)}" for epoch in EPOCHS},
    }
    publish(
        root, "tiny", Run(study="tiny", settings={"epochs": 2}, stages=stages, finished="today")
    )


def put(root: Path, file: str, content: bytes) -> Path:
    """Exchange a file of the first predictions and let its manifest agree, as a forger would."""
    folder = root / "tiny/predictions/p1"
    (folder / file).write_bytes(content)
    manifest = load_manifest(folder)
    forged = msgspec.structs.replace(
        manifest.files[file], bytes=len(content), sha256=content_hash(folder / file)
    )
    manifest = msgspec.structs.replace(manifest, files=manifest.files | {file: forged})
    (folder / "manifest.json").write_bytes(seal(manifest))
    return folder
