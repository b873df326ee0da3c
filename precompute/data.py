"""A study's images as its stages read them."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from core.datasets import Dataset, MissingData, SourceOptions, load
from core.datasets.imagenet import imagenet_class_names
from precompute.settings import Study, StudyError


def images(study: Study, data_root: Path | None) -> Dataset:
    """The study's data set within its limit; kept in memory for the stages that follow.

    Labels and class names are those of the teacher's outputs where it has more than the data has
    classes.

    Raises
    ------
    ValueError
        If the data set is not at hand, damaged, or does not fit the teacher; one line.
    """
    names = study.teacher.class_names
    return _load(
        study.data.source,
        study.data.limit,
        study.seed,
        data_root,
        source_options(study),
        _imagenet(data_root) if names == "imagenet" else names,
    )


def _imagenet(data_root: Path | None) -> tuple[str, ...]:
    """The names of ImageNet's classes, or an error that says what they are for."""
    try:
        return imagenet_class_names(data_root)
    except MissingData as error:
        raise MissingData(
            f'teacher.class_names = "imagenet" are the names of imagenet_samples, and {error}'
        ) from None


def source_options(study: Study) -> SourceOptions:
    """How the study's source is read."""
    return SourceOptions(**study.data.options)


@lru_cache(maxsize=1)
def _load(
    source: str,
    limit: int | None,
    seed: int,
    data_root: Path | None,
    options: SourceOptions,
    outputs: tuple[str, ...],
) -> Dataset:
    data = load(source, limit=limit, seed=seed, data_root=data_root, options=options)
    return in_outputs(data, outputs) if outputs else data


def in_outputs(data: Dataset, names: tuple[str, ...]) -> Dataset:
    """The data set with labels that count the named outputs of a teacher.

    A class's output is the one that the data set itself knows (``Dataset.outputs``), else the one
    of its name.

    Raises
    ------
    StudyError
        If a class has no output.
    """
    places = data.outputs
    if places is None:
        absent = [name for name in data.class_names if name not in names]
        if absent:
            raise StudyError(
                f"teacher.class_names must hold every class of the data, but has no "
                f"{', '.join(map(repr, absent[:5]))}"
            )
        places = tuple(names.index(name) for name in data.class_names)
    if max(places) >= len(names):
        raise StudyError(
            f"the data's classes are outputs up to {max(places)}, but teacher.class_names has "
            f"{len(names)} names"
        )
    at = np.array(places)
    original = None if data.original_labels is None else at[data.original_labels]
    return replace(
        data, labels=at[data.labels], class_names=names, outputs=None, original_labels=original
    )
