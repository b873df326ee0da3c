"""A user's predictions in a Parquet file, for models that cannot be run here.

Columns: ``id`` (the image's row in its source), ``label``, either ``logits`` or ``probabilities``
(a list of numbers), and where there are any ``embedding`` (a list) and ``split`` ("train" or
"test"; all rows are for testing without it).

As a data source the file stands for images that are not at hand: every picture is an empty one.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int, Shaped

from core.datasets.content import Root, one_line, user_path
from core.datasets.decoding import Pixels
from core.datasets.listing import Listing, Rows
from core.datasets.options import SourceOptions

SCORES = ("logits", "probabilities")
NO_IMAGE = (8, 8, 1)  # height, width, channels of the empty pictures


@dataclass(frozen=True, eq=False)
class PredictionFile:
    """The columns of the file, row by row; ``scores`` says which of the two were given."""

    ids: Int[np.ndarray, " row"]
    split: Shaped[np.ndarray, " row"]
    labels: Int[np.ndarray, " row"]
    logits: Float[np.ndarray, "row class"] | None
    probabilities: Float[np.ndarray, "row class"] | None
    embeddings: Float[np.ndarray, "row representation"] | None

    @property
    def classes(self) -> int:
        """Number of scores per row."""
        scores = self.logits if self.logits is not None else self.probabilities
        assert scores is not None
        return scores.shape[1]


def read_predictions(path: Path) -> PredictionFile:
    """Return the predictions in a file.

    Raises
    ------
    ValueError
        If the file is damaged, lacks a column, or a column holds something else; one line.
    """
    import pyarrow.parquet  # a tenth of a second that no other source needs

    try:
        table = pyarrow.parquet.read_table(path)
    except (ValueError, OSError, KeyError, NotImplementedError) as error:
        raise ValueError(f"{path.name} is no whole Parquet file: {one_line(error)}") from None
    there = table.column_names
    given = [name for name in SCORES if name in there]
    absent = [name for name in ("id", "label") if name not in there]
    if absent or len(given) != 1:
        raise ValueError(
            f"{path.name} must have the columns id, label and either logits or probabilities, "
            f"got {', '.join(there) or 'none'}"
        )

    def numbers(name: str) -> np.ndarray:
        found = table.column(name).to_numpy(zero_copy_only=False)
        if found.dtype.kind not in "iu":
            raise ValueError(f"column {name} of {path.name} must hold whole numbers, all given")
        return found.astype(np.int64)

    def rows(name: str) -> np.ndarray:
        try:
            found = np.stack(
                [np.asarray(row, np.float64) for row in table.column(name).to_pylist()]
            )
        except (ValueError, TypeError):
            found = np.empty(0)
        if found.ndim != 2:
            raise ValueError(
                f"column {name} of {path.name} must hold lists of numbers of one length"
            )
        return found

    if not table.num_rows:
        raise ValueError(f"{path.name} holds no row: give at least one prediction of two classes")
    scores = {name: rows(name) for name in given}
    return PredictionFile(
        ids=numbers("id"),
        split=_split(table.column("split").to_pylist(), path)
        if "split" in there
        else np.full(table.num_rows, "test", "<U5"),
        labels=numbers("label"),
        logits=scores.get("logits"),
        probabilities=scores.get("probabilities"),
        embeddings=rows("embedding") if "embedding" in there else None,
    )


def listing(options: SourceOptions, root: Root) -> Listing:
    """Return empty pictures for the rows of a file; raises ``ValueError`` as above."""
    (path,) = files(options, root)
    found = read_predictions(path)
    names = options.class_names or tuple(f"class {number}" for number in range(found.classes))
    if len(names) != found.classes:
        raise ValueError(
            f"{path.name} has {found.classes} scores a row but data.class_names has {len(names)}: "
            f"give one name for each"
        )

    def pixels(rows: Rows) -> Pixels:
        return Pixels(np.zeros((len(rows), *NO_IMAGE), np.uint8), np.ones(len(rows), bool))

    return Listing(
        name=path.stem,
        title=f"Predictions of {path.stem}",
        labels=found.labels,
        class_names=names,
        split=found.split,
        split_id=found.ids,
        pixels=pixels,
        source=path.name,
        licence="as its owner says",
        notes=("no images are at hand, only predictions: every picture is empty",),
    )


def files(options: SourceOptions, root: Root) -> list[Path]:
    """Return the one file; raises ``ValueError`` if it is not there."""
    return [user_path(options.path, "predictions", root)]


def _split(words: list, path: Path) -> np.ndarray:
    wrong = next((word for word in words if word not in ("train", "test")), None)
    if wrong is not None or None in words:
        raise ValueError(f"column split of {path.name} must say train or test, got {wrong!r}")
    return np.array(words, dtype="<U5")
