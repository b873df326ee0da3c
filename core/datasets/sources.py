"""Every source of images by its name."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from core.datasets import digits
from core.datasets.dataset import Dataset
from core.datasets.subset import limited


class Source(NamedTuple):
    """How to load a data set, and how to tell its content without loading it."""

    load: Callable[[Path | None], Dataset]
    content_fingerprint: Callable[[Path | None], str | None]


SOURCES: dict[str, Source] = {
    "digits": Source(digits.load, digits.content_fingerprint),
}


def names() -> tuple[str, ...]:
    """Return the names of all sources, sorted."""
    return tuple(sorted(SOURCES))


def load(
    source: str, *, limit: int | None = None, seed: int = 0, data_root: Path | None = None
) -> Dataset:
    """Return the data set of that name.

    Parameters
    ----------
    source
        One of ``names()``.
    limit
        Number of samples to keep, drawn evenly from each split and class; None keeps all.
    seed
        Seed of that draw.
    data_root
        Folder that holds the data sets which do not come with a library.

    Raises
    ------
    ValueError
        If the source is unknown, or the limit below one.
    """
    return limited(_source(source).load(data_root), limit, seed)


def content_fingerprint(source: str, *, data_root: Path | None = None) -> str | None:
    """Return a hash of the source's files, found without loading them; None if they are missing.

    Arguments and errors as in ``load``.
    """
    return _source(source).content_fingerprint(data_root)


def _source(name: str) -> Source:
    if name not in SOURCES:
        raise ValueError(f"data source must be one of {', '.join(names())}, got {name!r}")
    return SOURCES[name]
