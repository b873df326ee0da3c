"""What a study is given from outside: its data, and the files or the code of a given teacher.

Their content enters the keys of what is made of them. Nothing here loads torch or decodes an image.
"""

import glob
import hashlib
import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from core.datasets import content_fingerprint
from core.datasets.content import named_files, one_line
from core.store import content_hash
from core.teachers.checkpoint_files import checkpoint_files
from precompute.data import source_options
from precompute.settings import Study, StudyError

DRAWN = "seeded"  # changes where the same function gives another model than before


@dataclass(frozen=True)
class Content:
    """Hashes of what a study is given: ``common`` to all epochs, and of an epoch's own weights."""

    common: str
    weights: Mapping[float, str] = field(default_factory=dict)

    def at(self, epoch: float | None) -> str:
        """What enters the key of a step: the common hash, and after a space its weights' own."""
        own = self.weights.get(epoch) if epoch is not None else None
        return self.common if own is None else f"{self.common} {own}"


def content(study: Study, data_root: Path | None = None) -> Content:
    """The hashes of the study's data and, for a given teacher, of its files and code.

    Raises
    ------
    StudyError
        If the data or a file of the teacher is not at hand.
    """
    teacher = study.teacher
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
    weights = given_checkpoints(study, data_root)
    if (program := exported_program(study, data_root)) is not None:
        weights = dict.fromkeys(study.epochs, program)
    elif teacher.factory is not None:
        found += _factory(teacher.factory, data_root)
        found += [content_hash(path) for path in named_files(teacher.arguments)]
    if teacher.predictions is not None:
        found.append(content_hash(given_file(teacher.predictions, data_root)))
    common = found[0] if len(found) == 1 else hashlib.sha256(" ".join(found).encode()).hexdigest()
    return Content(common, {epoch: content_hash(path) for epoch, path in weights.items()})


def with_epochs(study: Study, data_root: Path | None) -> Study:
    """The study with the epochs that the names of its teacher's checkpoints tell.

    Raises
    ------
    StudyError
        If no file matches, or names cannot be read.
    """
    found = given_checkpoints(study, data_root)
    return msgspec.structs.replace(study, found_epochs=tuple(found)) if found else study


def given_checkpoints(study: Study, data_root: Path | None) -> dict[float, Path]:
    """The files of a given teacher's weights by epoch; empty where the study names none."""
    teacher = study.teacher
    if teacher.checkpoints is None:
        return {}
    expression = {} if teacher.epoch_pattern is None else {"epoch": teacher.epoch_pattern}
    problem = ""
    for base in (_root(data_root), Path()):
        try:
            return checkpoint_files(teacher.checkpoints, base=base, **expression)
        except ValueError as error:
            problem = problem or str(error)
    raise StudyError(f"study {study.name}: {problem}")


def weights_at(study: Study, epoch: float | None, data_root: Path | None) -> Path | None:
    """The file of a given teacher's weights at an epoch, None where the study names none."""
    checkpoints = given_checkpoints(study, data_root)
    if checkpoints:
        return checkpoints[study.epochs[-1] if epoch is None else epoch]
    return given_weights(study, data_root)


def given_weights(study: Study, data_root: Path | None) -> Path | None:
    """The file of a given teacher's weights, None where the study names none."""
    return None if study.teacher.weights is None else given_file(study.teacher.weights, data_root)


def exported_program(study: Study, data_root: Path | None) -> Path | None:
    """The file of an exported program, None where the teacher is none: its hash is its weights'.

    Raises ``StudyError`` as ``given_file`` does.
    """
    kind, _, name = (study.teacher.factory or "").partition(":")
    return given_file(name, data_root) if kind == "export" else None


def given_file(name: str, data_root: Path | None) -> Path:
    """A file below the data root, below the working folder, or wherever an absolute path says.

    Raises
    ------
    StudyError
        If it is nowhere there.
    """
    root = _root(data_root)
    for path in (root / name, Path(name)):
        if path.is_file():
            return path
    raise StudyError(
        f"the teacher's file {name} is neither below {root.absolute()} nor in the working folder: "
        f"set --data-root or DARKROOM_DATA, or correct the study"
    )


def _root(data_root: Path | None) -> Path:
    return data_root or Path(os.environ.get("DARKROOM_DATA", "."))


def _factory(factory: str, data_root: Path | None) -> list[str]:
    """The hashes of a network's files, or of the text of the module whose function makes it."""
    kind, _, name = factory.partition(":")
    if kind == "onnx":
        network = given_file(name, data_root)
        # exporters put large weights beside it: net.onnx.data, net.onnx_data
        beside = sorted(network.parent.glob(f"{glob.escape(network.name)}?data"))
        return [content_hash(path) for path in (network, *beside)]
    try:
        spec = importlib.util.find_spec(kind)
    except Exception as error:  # a package's own code runs, and may raise anything
        raise StudyError(
            f"teacher.factory {factory}: {kind} cannot be imported ({one_line(error)}); expected "
            f"package.module:function"
        ) from None
    if spec is None or spec.origin is None:
        raise StudyError(
            f"teacher.factory {factory}: there is no module {kind}; expected "
            f"package.module:function"
        )
    return [DRAWN, content_hash(spec.origin)]
