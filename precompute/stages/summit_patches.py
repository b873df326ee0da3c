"""Stage ``summit_patches``: the image patches of every channel that is in a class's graph.

They are what vertices show until the channels are drawn.
"""

import io

import numpy as np
from PIL import Image

from core.summit.patches import cut
from precompute.stage import Work
from precompute.summit_notes import LENS
from precompute.unavailable import declined

LARGEST = 96  # pixels of a picture's longer side; smaller patches stay as they are
SMALL = 32  # pixels up to which a picture is kept without loss


def summit_patches(work: Work) -> None:
    """Cut the patches out of their images."""
    if declined(work, LENS):
        return
    rows = work.inputs.sql(
        'select layer, channel, rank, sample_id, top, "left", bottom, "right" from patch '
        "where (layer, channel) in (select (layer, channel) from graph_vertex) "
        "order by layer, channel, rank"
    )
    images = work.inputs.array("dataset", "images")
    boxes = rows[["top", "left", "bottom", "right"]].to_numpy(np.int64)
    work.progress.expect(len(rows))
    pictures = []
    for sample, box in zip(rows["sample_id"].tolist(), boxes, strict=True):
        pictures.append(picture(cut(images[sample : sample + 1], box)[0], LARGEST))
        work.progress.advance()
    table = {name: rows[name].to_numpy() for name in ("layer", "channel", "rank")}
    work.artifact.table("patch_picture", {**table, "picture": pictures})


def picture(pixels: np.ndarray, largest: int | None = None) -> bytes:
    """Pixels (uint8, height x width x 1 or 3) as a file: PNG where they are few, else JPEG.

    ``largest`` is how long its longer side may be.
    """
    found = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    if largest is not None and max(found.size) > largest:
        found.thumbnail((largest, largest))
    buffer = io.BytesIO()
    if max(found.size) <= SMALL:
        found.save(buffer, "PNG")
    else:
        found.save(buffer, "JPEG", quality=85, subsampling=0)
    return buffer.getvalue()
