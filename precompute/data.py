"""A study's images as its stages read them."""

from functools import lru_cache
from pathlib import Path

from core.datasets import Dataset, SourceOptions, content_fingerprint, load
from precompute.settings import Study, StudyError


def images(study: Study, data_root: Path | None) -> Dataset:
    """The study's data set within its limit; kept in memory for the stages that follow."""
    return _load(study.data.source, study.data.limit, study.seed, data_root, _options(study))


def content(study: Study, data_root: Path | None = None) -> str:
    """The hash of the study's data source, found without decoding it.

    Raises
    ------
    StudyError
        If the source is unknown or not at hand.
    """
    try:
        return content_fingerprint(study.data.source, data_root=data_root, options=_options(study))
    except ValueError as error:
        raise StudyError(f"study {study.name}: {error}") from None


def _options(study: Study) -> SourceOptions:
    return SourceOptions(**study.data.options)


@lru_cache(maxsize=1)
def _load(
    source: str, limit: int | None, seed: int, data_root: Path | None, options: SourceOptions
) -> Dataset:
    return load(source, limit=limit, seed=seed, data_root=data_root, options=options)
