"""Stage ``dataset``: the shown samples with labels, class names, images and thumbnails."""

import io

import numpy as np
from PIL import Image

from core.datasets.dataset import SPLITS, Dataset
from precompute.data import images
from precompute.settings import Shown
from precompute.stage import Work

LARGEST = 64  # pixels of a thumbnail's longer side; smaller images stay as they are
RARE = 0.1  # of the mean number of images a class: below it a class is called rare


def dataset(work: Work) -> None:
    """Number the shown samples, training split first, and write what is known of them."""
    data = images(work.study, work.data_root)
    rows = shown_rows(data, work.study.data.shown, work.study.seed)
    work.progress.expect(len(rows))
    pictures = []
    for image in data.images[rows]:
        pictures.append(thumbnail(image))
        work.progress.advance()

    ids = np.arange(len(rows), dtype=np.int32)
    original = data.labels if data.original_labels is None else data.original_labels
    numbers = np.arange(len(data.class_names), dtype=np.int32)
    named = bool(work.study.teacher.class_names)  # outputs, of which the data may lack some
    present = np.isin(numbers, data.labels) if named else np.ones(len(numbers), bool)
    work.artifact.table(
        "classes", {"class": numbers, "name": list(data.class_names), "present": present}
    )
    work.artifact.table("about", about(data))
    work.artifact.table(
        "samples",
        {
            "sample_id": ids,
            "split": data.split[rows],
            "split_id": data.split_id[rows],
            "label": data.labels[rows],
            "original_label": original[rows],
        },
    )
    work.artifact.table("thumbnail", {"sample_id": ids, "png": pictures})
    work.artifact.array("images", data.images[rows])


def shown_rows(data: Dataset, shown: Shown, seed: int) -> np.ndarray:
    """Rows of the shown samples: of each split the number asked for, drawn with the seed."""
    generator = np.random.default_rng(seed)
    chosen = []
    for split in SPLITS:
        rows = data.rows(split)
        count = getattr(shown, split)
        if count is not None and count < len(rows):
            rows = np.sort(generator.choice(rows, count, replace=False))
        chosen.append(rows)
    return np.concatenate(chosen)


def about(data: Dataset) -> dict[str, list]:
    """What readers should know of the data set, as the table wants it."""
    texts = [("title", data.title), ("source", data.source), ("licence", data.licence)]
    if data.limit is not None:
        texts.append(("limit", f"{data.limit:,} images, drawn evenly from each split and class"))
    rows = [(topic, 0, text) for topic, text in texts]
    rows += [("note", number, text) for number, text in enumerate(data.notes + rare(data))]
    topics, numbers, words = zip(*rows, strict=True)
    return {"topic": list(topics), "number": list(numbers), "text": list(words)}


def rare(data: Dataset) -> tuple[str, ...]:
    """A note on classes that hold less than a tenth of the mean number of images, if any do."""
    counts = np.bincount(data.labels, minlength=len(data.class_names))
    few = np.flatnonzero((counts > 0) & (counts < RARE * counts[counts > 0].mean()))
    if not len(few):
        return ()
    named = ", ".join(f"{data.class_names[at]} ({counts[at]:,})" for at in few[:10])
    more = f" and {len(few) - 10} more" if len(few) > 10 else ""
    return (f"rare classes, whose figures are uncertain: {named}{more}",)


def thumbnail(image: np.ndarray) -> bytes:
    """One image (uint8, height x width x 1 or 3) as a small PNG."""
    picture = Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
    if max(picture.size) > LARGEST:
        picture.thumbnail((LARGEST, LARGEST))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
