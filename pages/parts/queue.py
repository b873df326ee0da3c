"""One line for all sessions that want a model to run: first come, first served, with a limit.

A session waits in its own thread and is told its place; leaving the context, by whatever way,
leaves the line. Streamlit ends a script at its next message to the browser, so a wait or a run
that tells its place or its progress can be cancelled by any click.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

LIMIT = 6
"""How many may be in the line, the one who is served among them."""

PATIENCE = 120.0
"""Seconds to wait for one's turn at most."""

LOOK = 0.15
"""Seconds between two looks at one's place."""


class LineError(RuntimeError):
    """The line is full, or one's turn did not come; the message is one line."""


class Line:
    """A line of waiting sessions."""

    def __init__(self, limit: int = LIMIT, patience: float = PATIENCE) -> None:
        self.limit, self.patience = limit, patience
        self._waiting: deque[object] = deque()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._waiting)

    @contextmanager
    def turn(self, told: Callable[[int], None] = lambda place: None) -> Iterator[None]:
        """Wait for one's turn, and have it as long as the context lasts.

        Parameters
        ----------
        told
            Called while waiting with how many are before one; what it raises ends the wait.

        Raises
        ------
        LineError
            If the line is full or the turn does not come in time.
        """
        ticket = object()
        with self._lock:
            if len(self._waiting) >= self.limit:
                raise LineError(
                    f"{len(self._waiting)} explanations are being made or waited for, which is the "
                    "most: try again in a while"
                )
            self._waiting.append(ticket)
        try:
            until = time.monotonic() + self.patience
            while (before := self._before(ticket)) > 0:
                if time.monotonic() > until:
                    raise LineError("the turn did not come in time: try again in a while")
                told(before)
                time.sleep(LOOK)
            yield
        finally:
            with self._lock:
                self._waiting.remove(ticket)

    def _before(self, ticket: object) -> int:
        with self._lock:
            return self._waiting.index(ticket)


LINE = Line()
"""The line of this server: there is one model to wait for, whatever page asks."""
