"""What a source says of its images before any is decoded, and the data set made of it.

A limit is applied to the listing, so that two thousand images of a million cost two thousand.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int, Shaped, UInt8

from core.axes import Labels
from core.datasets.dataset import Dataset
from core.datasets.decoding import Pixels, fitted
from core.datasets.noise import flipped
from core.datasets.options import SourceOptions
from core.datasets.subset import limited_rows, stratified

Rows = Int[np.ndarray, " row"]
Splits = Shaped[np.ndarray, " sample"]
Part = UInt8[np.ndarray, "_ height width channel"]
TEST_SHARE = 0.2


@dataclass(frozen=True, eq=False)
class Listing:
    """Labels, splits and source rows of all images, in any order, and how to get the pixels.

    ``pixels``  gives the images of the rows asked for
    ``outputs``, ``notes``, ``source``, ``licence``  as in ``Dataset``
    """

    name: str
    title: str
    labels: Labels
    class_names: tuple[str, ...]
    split: Splits
    split_id: Int[np.ndarray, " sample"]
    pixels: Callable[[Rows], Pixels]
    source: str
    licence: str
    outputs: tuple[int, ...] | None = None
    notes: tuple[str, ...] = ()


def developed(listing: Listing, options: SourceOptions, limit: int | None, seed: int) -> Dataset:
    """Return the data set: training images first, within the limit, decoded, labels flipped.

    Parameters
    ----------
    listing
        What the source holds.
    options
        ``label_noise`` and ``noise_seed`` of them are applied here.
    limit, seed
        As in ``sources.load``.

    Raises
    ------
    ValueError
        If there is no image, only one class, a label outside the class list, or a limit below one.
    """
    _check(listing)
    order = np.concatenate([np.flatnonzero(listing.split == part) for part in ("train", "test")])
    chosen = limited_rows(listing.labels[order], listing.split[order], limit, seed)
    rows = order[chosen]
    found = listing.pixels(rows)
    rows = rows[found.kept]
    labels, split = listing.labels[rows].astype(np.int64), listing.split[rows]
    noisy = flipped(
        labels, split == "train", len(listing.class_names), options.label_noise, options.noise_seed
    )
    return Dataset(
        name=listing.name,
        title=listing.title,
        images=found.images,
        labels=noisy,
        class_names=listing.class_names,
        split=split,
        split_id=listing.split_id[rows],
        source=listing.source,
        licence=listing.licence,
        limit=limit if len(chosen) < len(order) else None,
        original_labels=labels if options.label_noise else None,
        outputs=listing.outputs,
        notes=listing.notes + found.notes,
    )


def _check(listing: Listing) -> None:
    name, names = listing.name, listing.class_names
    if not len(listing.labels):
        raise ValueError(f"data set {name!r} is empty: give at least one image of two classes")
    outside = (listing.labels < 0) | (listing.labels >= len(names))
    if outside.any():
        row = int(outside.argmax())
        raise ValueError(
            f"labels of data set {name!r} must be from 0 to {len(names) - 1} for {len(names)} "
            f"class names, got {listing.labels[row]} in row {row}: {int(outside.sum())} such labels"
        )
    there = np.unique(listing.labels)
    if len(there) < 2:
        raise ValueError(
            f"a classifier needs at least two classes: data set {name!r} has "
            f"{len(listing.labels)} images, all of class {names[int(there[0])]!r}"
        )


def held(*parts: Part) -> Callable[[Rows], Pixels]:
    """Return a ``Listing.pixels`` for images that are already in memory, part after part."""
    starts = np.cumsum([0, *map(len, parts)])

    def pixels(rows: Rows) -> Pixels:
        images = np.empty((len(rows), *parts[0].shape[1:]), np.uint8)
        for part, start, end in zip(parts, starts, starts[1:], strict=False):
            inside = (rows >= start) & (rows < end)
            images[inside] = part[rows[inside] - start]
        return Pixels(images, np.ones(len(rows), bool))

    return pixels


def refitted(pixels: Callable[[Rows], Pixels], options: SourceOptions) -> Callable[[Rows], Pixels]:
    """Return ``pixels`` with the options' size and channels."""

    def sized(rows: Rows) -> Pixels:
        found = pixels(rows)
        return found._replace(images=fitted(found.images, options.size, options.channels))

    return sized


def official(parts: Sequence[int]) -> tuple[Splits, Int[np.ndarray, " sample"]]:
    """Return split and row of images that lie as a training part and, if any, a testing part."""
    names = np.array(["train", "test"][: len(parts)])
    rows = np.concatenate([np.arange(size) for size in parts])
    return np.repeat(names, parts), rows


def drawn(labels: Labels, options: SourceOptions) -> Splits:
    """Return a stratified split: ``test_share`` (20 % where it is not given) for testing.

    Raises ``ValueError`` if either part would be empty, unless all is asked to be for testing.
    """
    share = TEST_SHARE if options.test_share is None else options.test_share
    count = len(labels)
    if share == 1 or not count:
        return np.full(count, "test", dtype="<U5")
    size = round(count * share)
    if not 0 < size < count:
        raise ValueError(
            f"{count} images cannot be split into training and test with a test_share of {share}: "
            f"give more images or another share (1.0 tests on all)"
        )
    split = np.full(count, "train", dtype="<U5")
    split[stratified(labels, size, np.random.default_rng(options.split_seed))] = "test"
    return split


def listed(data: Dataset) -> Listing:
    """Return the listing of a data set that is already in memory."""
    return Listing(
        name=data.name,
        title=data.title,
        labels=data.labels,
        class_names=data.class_names,
        split=data.split,
        split_id=data.split_id,
        pixels=held(data.images),
        source=data.source,
        licence=data.licence,
        outputs=data.outputs,
        notes=data.notes,
    )
