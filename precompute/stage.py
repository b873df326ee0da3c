"""What a stage is, and what it is handed when it runs.

A stage's name, its module ``precompute/stages/<name>.py``, the function in it and the folder of
its artifacts are the same word. A stage reads its inputs, computes with ``core``, and writes
tables and arrays; it never decides where they lie.
"""

import ast
import hashlib
import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from core.store import ArtifactWriter, Store
from precompute.settings import Study

if TYPE_CHECKING:  # its progress bar is not installed where only the dashboard is
    from precompute.progress import Progress

ROOT = Path(__file__).resolve().parent.parent
RUNNER = {f"precompute.{name}" for name in ("progress", "running", "settings", "stage")}


@dataclass(frozen=True)
class Input:
    """A stage whose artifact another one reads.

    ``at`` says which epochs of a stage that runs once per epoch: the reader's own one
    (``same``), the one ``before`` it, the ``last`` or ``all`` of them.
    """

    stage: str
    at: Literal["same", "before", "last", "all"] = "same"


@dataclass(frozen=True)
class Stage:
    """One step of the precompute.

    Attributes
    ----------
    name
        The word under which everybody finds it.
    version
        Raised whenever the stage's results change for the same settings.
    settings
        The part of the study that its results depend on; it enters the key.
    inputs
        The stages it reads.
    per_epoch
        Whether it runs once per checkpoint, each with an artifact of its own.
    source
        Whether it reads the data source itself; the data's content hash then enters the key.
    when
        Which studies have it.
    """

    name: str
    version: int
    settings: Callable[[Study], Mapping[str, Any]] = field(default=lambda study: {})
    inputs: tuple[Input, ...] = ()
    per_epoch: bool = False
    source: bool = False
    when: Callable[[Study], bool] = field(default=lambda study: True)

    def run(self, work: "Work") -> None:
        """Import the stage's module, which may load torch, and run it."""
        module = importlib.import_module(f"precompute.stages.{self.name}")
        getattr(module, self.name)(work)

    @property
    def source_digest(self) -> str:
        """The hash of the stage's code and of all of Darkroom that it imports."""
        return source_digest(f"precompute.stages.{self.name}")


@dataclass(frozen=True)
class Work:
    """What a running stage is handed: settings, inputs, a place to write, a progress bar.

    ``inputs`` opens exactly the artifacts that the stage declared. ``trust_pickle`` was typed by
    whoever trusts the teacher's weights.
    """

    study: Study
    epoch: float | None
    inputs: Store
    artifact: ArtifactWriter
    progress: "Progress"
    device: str
    data_root: Path | None
    trust_pickle: bool = False


@cache
def source_digest(module: str) -> str:
    """The hash of a module's source and of every module of Darkroom that it imports."""
    digest = hashlib.sha256()
    for path in sorted(_closure(module)):
        digest.update(path.relative_to(ROOT).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _closure(module: str) -> set[Path]:
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = _file(name)
        if path is None or path in found:
            continue
        found.add(path)
        waiting += _imports(path)
    return found


def _file(module: str) -> Path | None:
    # The store and the runner decide where results lie, never what they are.
    if module.split(".")[0] not in ("core", "precompute") or module.startswith("core.store"):
        return None
    if module in RUNNER:
        return None
    path = ROOT.joinpath(*module.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
