"""What a study is given from outside: its data, and the files or the code of a given teacher.

Their content enters the keys of what is made of them. Nothing here loads torch or decodes an image.
"""

import hashlib
import importlib.util
import os
from pathlib import Path

from core.datasets import content_fingerprint
from core.store import content_hash
from precompute.data import source_options
from precompute.settings import Study, StudyError


def content(study: Study, data_root: Path | None = None) -> str:
    """The hash of the study's data and, for a given teacher, of its files and code.

    Raises
    ------
    StudyError
        If the data or a file of the teacher is not at hand.
    """
    try:
        found = [
            content_fingerprint(
                study.data.source, data_root=data_root, options=source_options(study)
            )
        ]
    except ValueError as error:
        raise StudyError(f"study {study.name}: {error}") from None
    if (weights := given_weights(study, data_root)) is not None:
        found.append(content_hash(weights))
    if study.teacher.factory is not None:
        found.append(_factory(study.teacher.factory, data_root))
    return found[0] if len(found) == 1 else hashlib.sha256(" ".join(found).encode()).hexdigest()


def given_weights(study: Study, data_root: Path | None) -> Path | None:
    """The file of a given teacher's weights, None where the study names none."""
    return None if study.teacher.weights is None else given_file(study.teacher.weights, data_root)


def given_file(name: str, data_root: Path | None) -> Path:
    """A file below the data root, below the working folder, or wherever an absolute path says.

    Raises
    ------
    StudyError
        If it is nowhere there.
    """
    root = data_root or Path(os.environ.get("DARKROOM_DATA", "."))
    for path in (root / name, Path(name)):
        if path.is_file():
            return path
    raise StudyError(
        f"the teacher's file {name} is neither below {root.absolute()} nor in the working folder: "
        f"set --data-root or DARKROOM_DATA, or correct the study"
    )


def _factory(factory: str, data_root: Path | None) -> str:
    """The hash of a model's file, or of the text of the module whose function makes it."""
    kind, _, name = factory.partition(":")
    if kind in ("export", "onnx"):
        return content_hash(given_file(name, data_root))
    try:
        spec = importlib.util.find_spec(kind)
    except (ImportError, ValueError):
        spec = None
    if spec is None or spec.origin is None:
        raise StudyError(
            f"teacher.factory {factory}: there is no module {kind}; expected "
            f"package.module:function"
        )
    return content_hash(spec.origin)
