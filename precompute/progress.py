"""Progress of a build: a bar on the terminal, and a file that the dashboard watches."""

import os
import sys
import time
from pathlib import Path
from types import TracebackType

import msgspec
from tqdm import tqdm

from precompute.running import Running

EVERY = 0.5  # seconds between two writes of the file


class Progress:
    """Progress of a build, stage by stage; a stage has one or more steps (its epochs).

    A running step says how many units of work it ``expects`` and ``advances`` by them; the share
    done of all steps moves the bar, and the time left is judged from the stage's own pace, since
    its first step began to count (reading the data before it tells nothing of that pace). Used
    as a context, it removes its file at the end, so that a file whose process is gone is known
    to be of a killed build.
    """

    def __init__(self, path: Path, stages: int, *, quiet: bool = False) -> None:
        self._path = path
        self._stages = stages
        self._number = 0
        self._started = time.time()
        self._written = 0.0
        self._quiet = quiet
        self._bar: tqdm | None = None

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()
        self._path.unlink(missing_ok=True)
        self._path.with_name(f".{self._path.name}.tmp").unlink(missing_ok=True)

    def stage(self, name: str, steps: int) -> None:
        """Begin the next stage, which has this many steps left to do."""
        self._close()
        self._number += 1
        terminal = sys.stderr.isatty()
        self._bar = tqdm(
            desc=f"[{self._number}/{self._stages}] {name}",
            total=steps,
            disable=self._quiet,
            mininterval=0.2 if terminal else 10,
            bar_format="{desc:<24}{percentage:3.0f}% |{bar:24}| {elapsed} elapsed, "
            "{remaining} left{postfix}",
            dynamic_ncols=terminal,
        )
        self._name, self._steps = name, steps
        self._finished, self._note = 0, ""
        self._stage_started = self._counting = time.time()
        self._expected, self._done = 1, 0
        self._write(force=True)

    def say(self, *lines: str) -> None:
        """Print lines after the stage's bar."""
        self._close()
        if not self._quiet:
            for line in lines:
                print(line, flush=True)

    def expect(self, units: int) -> None:
        """Say how many units of work the current step has."""
        self._expected, self._done = max(units, 1), 0
        if not self._finished:
            self._counting = time.time()
            if self._bar is not None:
                self._bar.last_print_t = self._counting
        self._write()

    def advance(self, units: int = 1, note: str = "") -> None:
        """Say that units of the step's work are done; ``note`` stands behind the bar.

        With no unit only the note is new, say of what begins, and a terminal shows it at once.
        """
        self._done = min(self._done + units, self._expected)
        self._note = note or self._note
        self._show(note)
        if not units and self._bar is not None and sys.stderr.isatty():
            self._bar.refresh()

    def step(self, note: str = "") -> None:
        """Say that the current step is finished; its last note stays behind the new one."""
        self._finished += 1
        self._expected, self._done = 1, 0
        self._show(", ".join(filter(None, (note, self._note))))

    @property
    def _share(self) -> float:
        """Steps done, with the part of the current one."""
        return self._finished + self._done / self._expected

    def _show(self, note: str) -> None:
        if self._bar is not None:
            if note:
                self._bar.set_postfix_str(note, refresh=False)
            self._bar.update(self._share - self._bar.n)
        self._write()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _write(self, *, force: bool = False) -> None:
        now = time.time()
        if not force and now - self._written < EVERY:
            return
        self._written = now
        share = self._share
        running = Running(
            pid=os.getpid(),
            started=self._started,
            stage=self._name,
            number=self._number,
            stages=self._stages,
            share=share / self._steps,
            elapsed=now - self._stage_started,
            remaining=(now - self._counting) / share * (self._steps - share) if share else None,
            updated=now,
        )
        aside = self._path.with_name(f".{self._path.name}.tmp")  # a torso's name, if it stays
        aside.write_bytes(msgspec.json.encode(running))
        aside.replace(self._path)
