"""The 1,797 handwritten digits, 8 x 8 pixels, that scikit-learn ships: no download is needed."""

import hashlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from core.datasets.dataset import Dataset
from core.datasets.licences import LICENCES

TITLE = "Handwritten digits, 8 x 8"
SOURCE = (
    "E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits (test part), "
    "UCI Machine Learning Repository, 1998, as shipped by scikit-learn"
)
TEST_IMAGES = 500
SPLIT_SEED = 0


def load(data_root: Path | None = None) -> Dataset:
    """Return the digits: 1,297 for training and 500 for testing, stratified with seed 0.

    The source's grey values 0..16 become 0..255. Each split is in the source's order, and
    ``split_id`` is the row in scikit-learn's file. The data root is not needed.
    """
    from sklearn.datasets import load_digits  # a second of import; names and fingerprint go without
    from sklearn.model_selection import train_test_split

    values, labels = map(np.asarray, load_digits(return_X_y=True))
    rows = np.arange(len(labels))
    train, test = train_test_split(
        rows, test_size=TEST_IMAGES, stratify=labels, random_state=SPLIT_SEED
    )
    order = np.concatenate([np.sort(train), np.sort(test)])
    grey = np.round(values * (255 / 16)).astype(np.uint8).reshape(-1, 8, 8, 1)
    return Dataset(
        name="digits",
        title=TITLE,
        images=grey[order],
        labels=labels[order].astype(np.int64),
        class_names=tuple("0123456789"),
        split=np.repeat(["train", "test"], [len(train), len(test)]),
        split_id=order,
        source=SOURCE,
        licence=LICENCES["digits"],
    )


def content_fingerprint(data_root: Path | None = None) -> str | None:
    """Return the SHA-256 of scikit-learn's file without importing it; None if not installed."""
    found = find_spec("sklearn")
    if found is None or found.origin is None:
        return None
    file = Path(found.origin).parent / "datasets" / "data" / "digits.csv.gz"
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None
