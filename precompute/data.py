"""A study's images as its stages read them."""

from functools import lru_cache
from pathlib import Path

from core.datasets import Dataset, load
from precompute.settings import Study


def images(study: Study, data_root: Path | None) -> Dataset:
    """The study's data set within its limit; kept in memory for the stages that follow."""
    return _load(study.data.source, study.data.limit, study.seed, data_root)


@lru_cache(maxsize=1)
def _load(source: str, limit: int | None, seed: int, data_root: Path | None) -> Dataset:
    return load(source, limit=limit, seed=seed, data_root=data_root)
