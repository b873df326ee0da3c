"""A study's images as its stages read them."""

from functools import lru_cache
from pathlib import Path

from core.datasets import Dataset, SourceOptions, load
from precompute.settings import Study


def images(study: Study, data_root: Path | None) -> Dataset:
    """The study's data set within its limit; kept in memory for the stages that follow."""
    return _load(study.data.source, study.data.limit, study.seed, data_root, source_options(study))


def source_options(study: Study) -> SourceOptions:
    """How the study's source is read."""
    return SourceOptions(**study.data.options)


@lru_cache(maxsize=1)
def _load(
    source: str, limit: int | None, seed: int, data_root: Path | None, options: SourceOptions
) -> Dataset:
    return load(source, limit=limit, seed=seed, data_root=data_root, options=options)
