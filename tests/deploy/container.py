"""What a container engine would do with the Dockerfile, done by hand: no engine is at hand."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534


@dataclass(frozen=True)
class Stage:
    """A stage of the Dockerfile: its instructions in order, those of the stage below first."""

    name: str
    instructions: list[tuple[str, str]]

    def all(self, word: str) -> list[str]:
        """What follows each instruction of that name."""
        return [rest for name, rest in self.instructions if name == word]

    def environment(self) -> dict[str, str]:
        """The variables that ENV sets."""
        pairs = [pair for rest in self.all("ENV") for pair in shlex.split(rest)]
        return dict(pair.split("=", 1) for pair in pairs)

    def command(self) -> list[str]:
        """What is run."""
        return json.loads(self.all("ENTRYPOINT")[-1]) + json.loads(self.all("CMD")[-1])

    def health(self) -> list[str]:
        """The command that says whether it is well."""
        return json.loads(self.all("HEALTHCHECK")[-1].partition("CMD ")[2])


def dockerfile() -> dict[str, Stage]:
    """The stages of the Dockerfile by name; the last is what is built by default."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text())
    stages: dict[str, Stage] = {}
    current: Stage | None = None
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        word, rest = line.split(maxsplit=1)
        if word == "FROM":
            source, _, name = rest.split()
            below = stages[source].instructions if source in stages else [("FROM", source)]
            current = stages[name] = Stage(name, list(below))
        else:
            assert current is not None
            current.instructions.append((word, rest))
    return stages


def copied(stage: Stage, folder: Path) -> Path:
    """The tree that COPY makes, which nobody may write to."""
    for rest in stage.all("COPY"):
        *sources, target = rest.split()
        for source in sources:
            place = folder / target / source if target.endswith("/") else folder / target
            place.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, place)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    return folder


def as_nobody() -> list[str]:
    """The words before a command that take root's rights from it; none where nobody has them."""
    if os.geteuid() != 0:
        return []
    python = Path(sys.executable).resolve()
    if all(folder.stat().st_mode & 0o001 for folder in python.parents):
        return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    # An interpreter in root's own folder: its owner without any capability, nobody by number.
    return ["unshare", "--user"]


def started(
    command: list[str], folder: Path, environment: Mapping[str, str]
) -> "subprocess.Popen[str]":
    """Start a command as somebody who is not root and may write to nothing of it."""
    command = [sys.executable if word == "python" else word for word in command]
    return subprocess.Popen(
        [*as_nobody(), *command],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
