"""Stage ``dvi_landscape``: every checkpoint's landscape within one frame, and all places to play.

The frame holds the pictures of all checkpoints, so that the map does not jump while it plays; it
is known only when the last one is fitted.
"""

import numpy as np

from core.dvi.landscape import Landscape, common_extent, landscape
from precompute.stage import Work
from precompute.stages.dvi import head_at, method, model_at
from precompute.unavailable import declined


def dvi_landscape(work: Work) -> None:
    """Write the landscapes as a table and, for playing, as arrays beside the places."""
    if declined(work, "dvi"):
        return
    epochs = work.inputs.epochs("dvi")
    work.progress.expect(len(epochs))
    positions = places(work, epochs)
    boundary = work.inputs.table("dvi_boundary")[["x", "y"]].to_numpy(np.float32)
    extent = common_extent([*positions, boundary] if len(boundary) else [*positions])
    side = work.study.dvi.grid
    shown: list[Landscape] = []
    for epoch in epochs:
        model, head = model_at(work.inputs, epoch), head_at(work.inputs, epoch)
        shown.append(landscape(model, head, extent, rows=side, columns=side))
        work.progress.advance(note=f"epoch {epoch:g}")

    class_ = np.stack([one.class_ for one in shown])
    confidence = np.stack([one.confidence for one in shown]).astype(np.float32)
    work.artifact.array("positions", positions)
    work.artifact.array("class", class_.astype(np.uint16))
    work.artifact.array("confidence", _bytes(confidence))
    work.artifact.array("margin", _bytes(np.stack([one.margin for one in shown])))
    epoch, row, column = np.indices(class_.shape)
    work.artifact.table(
        "landscape",
        {
            "epoch": np.array(epochs)[epoch.ravel()],
            "row": row.ravel().astype(np.int32),
            "column": column.ravel().astype(np.int32),
            "class": class_.ravel().astype(np.int32),
            "confidence": np.minimum(confidence.ravel(), np.float32(1)),
        },
    )
    work.artifact.table(
        "landscape_extent",
        {
            "left": [extent.left],
            "right": [extent.right],
            "bottom": [extent.bottom],
            "top": [extent.top],
            "rows": [side],
            "columns": [side],
        },
    )


def places(work: Work, epochs: list[float]) -> np.ndarray:
    """Places of all samples at every checkpoint, float32 [epoch sample 2]."""
    rows = work.inputs.sql(
        "select x, y from embedding where method = ? order by epoch, sample_id",
        [method(work.study)],
    )
    return rows[["x", "y"]].to_numpy(np.float32).reshape(len(epochs), -1, 2)


def _bytes(shares: np.ndarray) -> np.ndarray:
    """Shares 0..1 in 255ths."""
    return np.rint(np.clip(shares, 0, 1) * 255).astype(np.uint8)
