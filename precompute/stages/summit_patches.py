"""Stage ``summit_patches``: the image patches of every channel that is in a class's graph.

They are what vertices show until the channels are drawn.
"""

import io

import numpy as np
from PIL import Image

from core.summit.patches import cut
from precompute.data import images
from precompute.stage import Work
from precompute.summit_images import rows_of
from precompute.summit_notes import LENS
from precompute.unavailable import declined

LARGEST = 96  # pixels of a picture's longer side; smaller patches stay as they are
SMALL = 64  # sides of images whose patches are kept without loss


def summit_patches(work: Work) -> None:
    """Cut the patches out of their images."""
    if declined(work, LENS):
        return
    rows = work.inputs.sql(
        'select layer, channel, rank, split, split_id, top, "left", bottom, "right" from patch '
        "where (layer, channel) in (select (layer, channel) from graph_vertex) "
        "order by layer, channel, rank"
    )
    data = images(work.study, work.data_root)
    places = rows_of(data, rows["split"].to_numpy(), rows["split_id"].to_numpy())
    boxes = rows[["top", "left", "bottom", "right"]].to_numpy(np.int64)
    work.progress.expect(len(rows))
    pictures = []
    for row, box in zip(places.tolist(), boxes, strict=True):
        pictures.append(picture(cut(data.images[row : row + 1], box)[0], data.image_shape))
        work.progress.advance()
    table = {name: rows[name].to_numpy() for name in ("layer", "channel", "rank")}
    work.artifact.table("patch_picture", {**table, "picture": pictures})


def picture(pixels: np.ndarray, image_shape: tuple[int, int, int]) -> bytes:
    """A picture as a file: PNG where the study's images are small, JPEG for photographs."""
    found = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    if max(found.size) > LARGEST:
        found.thumbnail((LARGEST, LARGEST))
    buffer = io.BytesIO()
    if max(image_shape[:2]) <= SMALL:
        found.save(buffer, "PNG")
    else:
        found.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
