"""A user's arrays in files: ``.npz``, ``.npy`` or idx, with labels and perhaps a test part.

An ``.npz`` is searched for the usual names (``images``, ``x_train``...) unless the options name its
arrays; a string array ``split`` of "train" and "test" is honoured. ``path`` of ``npy`` and ``idx``
is the images' file or the folder of all files; a folder with MNIST's four names needs no more.
``split_id`` is the row in the file.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from core.datasets.archives import npz_names, read_npy, read_npz
from core.datasets.arrays import array_pixels, as_labels
from core.datasets.content import MissingData, Root, user_path
from core.datasets.idx import read_idx
from core.datasets.listing import Listing, drawn, official, refitted
from core.datasets.mnist import FILES
from core.datasets.options import SourceOptions

USUAL = {
    "images": ("images", "train_images", "x_train", "X_train", "train", "x", "X", "data"),
    "labels": ("labels", "train_labels", "y_train", "Y_train", "y", "Y", "targets", "label"),
    "test_images": ("test_images", "x_test", "X_test"),
    "test_labels": ("test_labels", "y_test", "Y_test"),
}


def npz(options: SourceOptions, root: Root) -> Listing:
    """Return the images of an ``.npz``; raises ``ValueError`` if they are missing or damaged."""
    (file,) = npz_files(options, root)
    there = npz_names(file)
    chosen = {}
    for part, usual in USUAL.items():
        given = getattr(options, part)
        found = [given] if given else [name for name in usual if name in there]
        if found:
            chosen[part] = found[0]
        elif part in ("images", "labels"):
            raise ValueError(
                f"{file.name} has none of the arrays {', '.join(usual)}: it holds "
                f"{', '.join(there) or 'none'}; set data.{part} to the one that is meant"
            )
    if ("test_images" in chosen) != ("test_labels" in chosen):
        raise ValueError(f"{file.name} needs test images and test labels, got one of them: "
                         f"set data.test_images and data.test_labels")  # fmt: skip
    extra = ["split"] if "split" in there and "test_images" not in chosen else []
    arrays = read_npz(file, [*chosen.values(), *extra])
    parts = {part: (f"{name} of {file.name}", arrays[name]) for part, name in chosen.items()}
    return _listing(file, parts, options, arrays["split"] if extra else None)


def npy(options: SourceOptions, root: Root) -> Listing:
    """Return the images of ``.npy`` files; raises ``ValueError`` as ``npz`` does."""
    return _from_files(options, root, "npy", lambda file, part: read_npy(file))


def idx(options: SourceOptions, root: Root) -> Listing:
    """Return the images of idx files; raises ``ValueError`` as ``npz`` does."""
    return _from_files(
        options,
        root,
        "idx",
        lambda file, part: read_idx(file, (3, 4) if part.endswith("images") else (1,)),
    )


def npz_files(options: SourceOptions, root: Root) -> list[Path]:
    """Return the one file; raises ``ValueError`` if there is none."""
    file = user_path(options.path, "npz", root)
    if not file.is_file():
        raise ValueError(f"data.path: {file} is a folder: source 'npz' needs a file")
    return [file]


def npy_files(options: SourceOptions, root: Root) -> list[Path]:
    """Return the files of images and labels; raises ``ValueError`` if one is missing."""
    return list(_files(options, root, "npy").values())


def idx_files(options: SourceOptions, root: Root) -> list[Path]:
    """Return the files of images and labels; raises ``ValueError`` if one is missing."""
    return list(_files(options, root, "idx").values())


def _files(options: SourceOptions, root: Root, source: str) -> dict[str, Path]:
    base = user_path(options.path, source, root)
    folder = base if base.is_dir() else base.parent
    given = {part: getattr(options, part) for part in USUAL if getattr(options, part)}
    if base.is_file() and "images" not in given:
        given["images"] = base.name
    if not given and source == "idx":
        given = dict(zip(USUAL, FILES, strict=True))
    elif "images" not in given and source == "npy":
        given = (
            {part: f"{part}.npy" for part in ("images", "labels")}
            | {
                part: f"{part}.npy"
                for part in ("test_images", "test_labels")
                if (folder / f"{part}.npy").is_file()
            }
            | given
        )
    for part in ("images", "labels"):
        if part not in given:
            raise ValueError(f"source {source!r} needs the file of the {part}: set data.{part}")
    if ("test_images" in given) != ("test_labels" in given):
        raise ValueError(
            f"source {source!r} needs data.test_images and data.test_labels, got one of them"
        )
    return {part: _first(folder, name, part) for part, name in given.items()}


def _first(folder: Path, names: str, part: str) -> Path:
    for name in names.split("|"):
        if (folder / name).is_file():
            return folder / name
    raise MissingData(
        f"data.{part}: there is no file {names.replace('|', ' or ')} in {folder}: put it there or "
        f"set data.{part}"
    )


def _from_files(
    options: SourceOptions, root: Root, source: str, read: Callable[[Path, str], np.ndarray]
) -> Listing:
    files = _files(options, root, source)
    parts = {part: (file.name, read(file, part)) for part, file in files.items()}
    return _listing(files["images"], parts, options, None)


def _listing(
    file: Path,
    parts: dict[str, tuple[str, np.ndarray]],
    options: SourceOptions,
    split: np.ndarray | None,
) -> Listing:
    named = [parts[part] for part in ("images", "test_images") if part in parts]
    labels_of = [parts[part] for part in ("labels", "test_labels") if part in parts]
    return array_listing(
        file.stem,
        f"file {file.name}",
        [array for _, array in named],
        [array for _, array in labels_of],
        options,
        split=split,
        names=[name for name, _ in named],
    )


def array_listing(
    name: str,
    source: str,
    images: list[np.ndarray],
    labels: list[np.ndarray],
    options: SourceOptions,
    *,
    split: np.ndarray | None = None,
    names: list[str] | None = None,
    class_names: tuple[str, ...] = (),
) -> Listing:
    """Return the listing of a user's arrays: one part to be split, or training and test parts.

    Parameters
    ----------
    name, source
        What the data set is called, and where it comes from.
    images, labels
        One array for each part; rules in ``arrays``.
    options
        ``size``, ``channels``, ``class_names`` and the split of them are applied.
    split
        "train" or "test" for each image of a single part.
    names
        What messages call the arrays of images.
    class_names
        Names where the options have none.

    Raises
    ------
    ValueError
        If the arrays do not fit each other or the rules.
    """
    names = names or ["images", "test_images"][: len(images)]
    for which, part, these in zip(names, images, labels, strict=True):
        if part.ndim == 0 or these.ndim == 0 or len(part) != len(these):
            raise ValueError(
                f"{which} and its labels must be of one length, got shapes {part.shape} and "
                f"{these.shape}"
            )
    numbers, classes = as_labels(labels, options.class_names or class_names, f"labels of {name}")
    pixels, notes = array_pixels(images, names)
    parts, split_id = official([len(part) for part in images])
    if split is not None:
        parts = _given_split(split, len(numbers), name)
    elif len(images) == 1:
        parts = drawn(numbers, options)
    return Listing(
        name=name,
        title=f"Images of {name}",
        labels=numbers,
        class_names=classes,
        split=parts,
        split_id=split_id,
        pixels=refitted(pixels, options),
        source=source,
        licence="as its owner says",
        notes=notes,
    )


def _given_split(split: np.ndarray, count: int, name: str) -> np.ndarray:
    words = split.astype(str)
    if words.shape != (count,) or not np.isin(words, ("train", "test")).all():
        raise ValueError(
            f"split of {name} must be 'train' or 'test' for each of {count} images, got "
            f"{', '.join(map(repr, np.unique(words)[:5].tolist()))} of shape {words.shape}"
        )
    return words
