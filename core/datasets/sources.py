"""Every source of images by its name."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from core.datasets import (
    array_files,
    celeba,
    cifar,
    digits,
    factory,
    folder,
    hand_drawn_shapes,
    imagenet,
    mnist,
    parquet,
    prediction_file,
    quickdraw,
)
from core.datasets.content import MissingData, Root, fingerprint, user_path
from core.datasets.dataset import Dataset
from core.datasets.listing import Listing, developed, listed
from core.datasets.options import (
    DRAWN_SPLIT,
    ENCODED,
    EVERY_SOURCE,
    NAMED_PARTS,
    PICTURES,
    SourceOptions,
)


class Source(NamedTuple):
    """How to list a source's images, how to tell its content, and the options that it takes."""

    listing: Callable[[SourceOptions, Root], Listing]
    content_fingerprint: Callable[[SourceOptions, Root], str]
    options: frozenset[str] = frozenset()


def _digits(options: SourceOptions, root: Root) -> Listing:
    return listed(digits.load())


def _digits_fingerprint(options: SourceOptions, root: Root) -> str:
    found = digits.content_fingerprint()
    if found is None:
        raise MissingData(
            "data set digits comes with scikit-learn, which is not installed: install the extra "
            "'precompute'"
        )
    return found


def _hashed(
    files: Callable[[SourceOptions, Root], list[Path]],
) -> Callable[[SourceOptions, Root], str]:
    """The fingerprint of a source that is no more than its files."""

    def of_files(options: SourceOptions, root: Root) -> str:
        found = files(options, root)
        base = found[0].parent if len(found) == 1 else _common(found)
        return fingerprint(found, base)

    return of_files


def _own(
    files: Callable[[SourceOptions, Root], list[Path]], source: str, rules: str = ""
) -> Callable[[SourceOptions, Root], str]:
    """The fingerprint of a user's files, whose places below ``path`` count.

    ``rules``  changes where the same files are read otherwise than before
    """

    def of_files(options: SourceOptions, root: Root) -> str:
        base = user_path(options.path, source, root)
        found = fingerprint(files(options, root), base if base.is_dir() else base.parent)
        return hashlib.sha256(f"{rules} {found}".encode()).hexdigest() if rules else found

    return of_files


def _common(files: list[Path]) -> Path:
    parents = [set(file.absolute().parents) for file in files]
    return max(set.intersection(*parents), key=lambda path: len(path.parts))


_SPLIT = frozenset(DRAWN_SPLIT)
_OWN = _SPLIT | {"path", "class_names"}

SOURCES: dict[str, Source] = {
    "digits": Source(_digits, _digits_fingerprint),
    "mnist": Source(mnist.mnist, _hashed(mnist.mnist_files)),
    "fashion_mnist": Source(mnist.fashion_mnist, _hashed(mnist.fashion_mnist_files)),
    "cifar10": Source(cifar.cifar10, _hashed(cifar.cifar10_files)),
    "cifar100": Source(cifar.cifar100, _hashed(cifar.cifar100_files)),
    "quickdraw": Source(quickdraw.listing, _hashed(quickdraw.files), _SPLIT),
    "hand_drawn_shapes": Source(
        hand_drawn_shapes.listing, _hashed(hand_drawn_shapes.files), _SPLIT
    ),
    "celeba": Source(celeba.listing, _hashed(celeba.files), _SPLIT),
    "imagenette": Source(imagenet.imagenette, _hashed(imagenet.imagenette_files)),
    "imagenet_samples": Source(imagenet.imagenet_samples, _hashed(imagenet.imagenet_samples_files)),
    "folder": Source(folder.listing, _own(folder.files, "folder"), _OWN | ENCODED),
    "npz": Source(array_files.npz, _hashed(array_files.npz_files), _OWN | PICTURES | NAMED_PARTS),
    "npy": Source(array_files.npy, _hashed(array_files.npy_files), _OWN | PICTURES | NAMED_PARTS),
    "idx": Source(array_files.idx, _hashed(array_files.idx_files), _OWN | PICTURES | NAMED_PARTS),
    "parquet": Source(
        parquet.listing,
        _own(parquet.files, "parquet", "folders tell the split"),
        _OWN | ENCODED | {"images", "labels"},
    ),
    "predictions": Source(
        prediction_file.listing,
        _hashed(prediction_file.files),
        frozenset({"path", "class_names"}),
    ),
    "function": Source(
        factory.listing,
        factory.content_fingerprint,
        _OWN | PICTURES | {"function", "arguments"},
    ),
}


def names() -> tuple[str, ...]:
    """Return the names of all sources, sorted."""
    return tuple(sorted(SOURCES))


def load(
    source: str,
    *,
    limit: int | None = None,
    seed: int = 0,
    data_root: Root = None,
    options: SourceOptions | None = None,
) -> Dataset:
    """Return the data set of that name.

    Parameters
    ----------
    source
        One of ``names()``.
    limit
        Number of samples to keep, drawn evenly from each split and class; None keeps all. Images
        beyond it are not decoded.
    seed
        Seed of that draw.
    data_root
        Folder that holds the data sets which do not come with a library; None is the folder that
        ``DARKROOM_DATA`` names.
    options
        How to read a user's own data, and label noise for any.

    Raises
    ------
    ValueError
        If the source or an option is not known, the limit below one, or the data missing
        (``MissingData``), damaged or not fit for a classifier; the message is one line.
    """
    options = options or SourceOptions()
    return developed(_source(source, options).listing(options, data_root), options, limit, seed)


def content_fingerprint(
    source: str, *, data_root: Root = None, options: SourceOptions | None = None
) -> str:
    """Return a hash of the source's files, found without decoding them.

    The options are no part of it, but for which files they name. Arguments and errors as in
    ``load``.
    """
    options = options or SourceOptions()
    return _source(source, options).content_fingerprint(options, data_root)


def _source(name: str, options: SourceOptions) -> Source:
    if name not in SOURCES:
        raise ValueError(f"data source must be one of {', '.join(names())}, got {name!r}")
    source = SOURCES[name]
    if wrong := sorted(options.given() - source.options - EVERY_SOURCE):
        known = ", ".join(sorted(source.options | EVERY_SOURCE))
        raise ValueError(f"data source {name!r} takes the options {known}, got {', '.join(wrong)}")
    return source
