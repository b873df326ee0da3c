"""Which images Summit aggregates: training images of each class that the data holds."""

from dataclasses import dataclass

import numpy as np

from core.axes import Labels
from core.datasets import Dataset
from core.store import Store
from precompute.teachers import sample_keys


@dataclass(frozen=True, eq=False)
class Aggregated:
    """Rows of a data set, rising, and what readers must know of the choice."""

    rows: np.ndarray
    note: str


def present_classes(inputs: Store) -> Labels:
    """The numbers of the classes that the data holds images of, rising.

    A teacher may have more outputs than the data has classes.
    """
    table = inputs.table("classes").sort_values("class")
    return table["class"].to_numpy(np.int64)[table["present"].to_numpy(bool)]


def aggregated(data: Dataset, inputs: Store, most: int, seed: int) -> Aggregated:
    """The images to aggregate: at most so many training images of each class, shown or not.

    Data without training images gives its shown ones. Which images of a larger class are taken is
    drawn with the seed.
    """
    train = data.rows("train")
    rows = train if len(train) else shown_rows(data, inputs)
    labels = data.labels[rows]
    generator = np.random.default_rng(seed)
    taken = []
    for label in np.unique(labels):
        own = rows[labels == label]
        taken.append(own if len(own) <= most else generator.choice(own, most, replace=False))
    chosen = np.sort(np.concatenate(taken))
    limit = "" if len(chosen) == len(rows) else f", at most {most:,} of each class, drawn at random"
    if len(train):
        note = f"{len(chosen):,} training images by true label, shown or not{limit}."
    else:
        note = (
            f"The data has no training images: {len(chosen):,} shown test images by true "
            f"label{limit}."
        )
    return Aggregated(chosen, note)


def shown_rows(data: Dataset, inputs: Store) -> np.ndarray:
    """The rows of the shown samples, in the order of ``sample_id``."""
    samples = inputs.table("samples").sort_values("sample_id")
    return rows_of(data, samples["split"].to_numpy(), samples["split_id"].to_numpy())


def rows_of(data: Dataset, split: np.ndarray, split_id: np.ndarray) -> np.ndarray:
    """The rows of images that are known by split and row in its source."""
    keys = sample_keys(data.split, data.split_id)
    order = np.argsort(keys, kind="stable")
    return order[np.searchsorted(keys, sample_keys(split, split_id), sorter=order)]


def sample_ids(data: Dataset, inputs: Store) -> np.ndarray:
    """For each row of the data set the number of its shown sample, -1 where it is not shown."""
    found = np.full(len(data), -1, np.int32)
    rows = shown_rows(data, inputs)
    found[rows] = np.arange(len(rows), dtype=np.int32)
    return found


def evenly(labels: Labels, most: int, seed: int) -> np.ndarray:
    """At most so many places, rising, the classes as even as they can be; drawn with the seed."""
    order = np.random.default_rng(seed).permutation(len(labels))
    turn = np.empty(len(labels), np.int64)  # the how manyth of its class each one is
    for label in np.unique(labels):
        own = order[labels[order] == label]
        turn[own] = np.arange(len(own))
    return np.sort(order[np.argsort(turn[order], kind="stable")][:most])
