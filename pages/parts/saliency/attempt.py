"""Maps of one image made now: the fastest methods first, then coarse maps of the slow ones.

An attempt works in slices of about a second, between which the page is drawn and the model is free
for somebody else. What is done stays, whatever is clicked, and every session sees it. No torch
here: the teacher and the methods come from `pages/parts/live.py`.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal, Protocol

import numpy as np

from core.generators.generator import Picture
from core.saliency.deletion_insertion import deletion_insertion
from core.saliency.method import Examined, Method, explain
from core.saliency.refining import Partial, Refinable
from pages.parts.saliency.shown import Outcome, Shown, steps_of

SLICE = 0.9  # seconds after which the page is drawn
LONGEST = 180.0  # seconds of work on one image before somebody has to say "go on"
FINE = 32  # longest side up to which curves go pixel by pixel
KEPT = 48  # attempts in memory, over all sessions
SLOW = ("score_cam", "extremal_perturbation", "fgvis", "lime", "rise")
"""Methods that show a coarse map first."""
LARGE = 64  # longest side up to which our own needs no coarse map
LIGHT = 10  # passes of a map that is there at once, before any coarse one

Task = tuple[Literal["map", "part", "curves"], str]


class Entrant(Protocol):
    """A method that may take part, its passes for a map, and in one sentence why it cannot."""

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def method(self) -> Method: ...  # noqa: D102

    @property
    def passes(self) -> int: ...  # noqa: D102

    @property
    def reason(self) -> str: ...  # noqa: D102


@dataclass(eq=False)
class Attempt:
    """The work on one image; `shown` is what the page draws of it at any time."""

    picture: Picture
    shown: Shown
    seconds: float = 0.0
    limit: float = LONGEST
    stopped: bool = False
    trouble: str = ""
    teacher: Examined | None = None
    entrants: dict[str, Entrant] = field(default_factory=dict)
    watched: dict[str, Iterator[Partial]] = field(default_factory=dict)

    @property
    def coarse_first(self) -> frozenset[str]:
        """Methods that are shown coarse first: those that take long, on large images ours too."""
        large = max(self.picture.shape[1:]) > LARGE
        return frozenset((*SLOW, "relabel") if large else SLOW)

    @property
    def begun(self) -> bool:
        """Whether the methods are known."""
        return bool(self.entrants)

    def next_task(self, pair: Sequence[str]) -> Task | None:
        """Return what is to be done next; None where everything is.

        Parameters
        ----------
        pair
            The two methods that are looked at: they come first in each group.
        """
        quick_first = sorted(self.entrants, key=lambda name: self.entrants[name].passes)
        runnable = [*dict.fromkeys(name for name in pair if name in self.entrants)]
        runnable += [name for name in quick_first if name not in runnable]
        runnable = [name for name in runnable if not self.shown.outcomes[name].reason]
        of = self.shown.outcomes

        def lacking(slow: bool) -> Iterator[str]:
            coarse = self.coarse_first
            return (n for n in runnable if of[n].map_ is None and (n in coarse) == slow)

        def unjudged(names: Sequence[str]) -> Iterator[str]:
            return (n for n in names if of[n].finished and not of[n].judged)

        light = (n for n in lacking(slow=False) if self.entrants[n].passes <= LIGHT or n in pair)
        if (name := next(light, None)) is not None:
            return "map", name
        if (name := next(lacking(slow=True), None)) is not None:
            return "part", name
        if (name := next(lacking(slow=False), None)) is not None:
            return "map", name
        if (name := next(unjudged(runnable), None)) is not None:
            return "curves", name
        unfinished = [name for name in runnable if not of[name].finished]
        if not unfinished:
            return None
        looked_at = [name for name in unfinished if name in pair]
        return "part", min(looked_at or unfinished, key=lambda n: of[n].done / of[n].of)

    def begin(
        self, teacher: Examined, entrants: Sequence[Entrant], color: tuple[float, ...]
    ) -> None:
        """Take teacher, methods and what deletion puts; methods that cannot take part say why.

        Raises
        ------
        ValueError
            If the teacher's answer to the image is not a number.
        """
        self.teacher = teacher
        if self.shown.class_ < 0:
            self.shown.class_ = int(teacher.logits(self.picture[None])[0].argmax())
            self.shown.color = color
        for one in entrants:
            held = self.shown.outcomes.setdefault(one.name, Outcome(one.name))
            held.reason = held.reason or one.reason
        self.entrants = {one.name: one for one in entrants}

    def work(self, pair: Sequence[str], told: Callable[["Attempt", str], None]) -> bool:
        """Work for a slice; return whether something is left to do.

        Parameters
        ----------
        pair
            The two methods that are looked at.
        told
            Called before each task with the method's name; what it raises ends the slice.
        """
        began = time.monotonic()
        while (task := self.next_task(pair)) is not None:
            kind, name = task
            told(self, name)
            since = time.monotonic()
            try:
                self._do(kind, name)
            except (ValueError, RuntimeError) as error:
                lines = str(error).splitlines() or [type(error).__name__]
                self.shown.outcomes[name].reason = f"It fails on this image: {lines[0]}"
                self.watched.pop(name, None)
            self.seconds += time.monotonic() - since
            if self.seconds > self.limit:
                self.stopped = True
                self.trouble = f"It took longer than {self.limit:g} s: here is what came so far."
                return False
            if time.monotonic() - began > SLICE:
                return self.next_task(pair) is not None
        self.teacher = None  # nothing needs it any more
        self.watched.clear()
        return False

    def left(self) -> float | None:
        """Return about how many seconds the slow methods still need; None where not known."""
        total = 0.0
        for one in self.shown.outcomes.values():
            if one.finished or one.map_ is None or not one.done:
                continue
            total += one.seconds * (one.of - one.done) / one.done
        return total if total > 0 else None

    def _do(self, kind: str, name: str) -> None:
        one, entrant = self.shown.outcomes[name], self.entrants[name]
        teacher = self.teacher
        assert teacher is not None
        target = np.array([self.shown.class_])
        if kind == "curves":
            assert one.map_ is not None
            judged = deletion_insertion(
                teacher,
                self.picture[None],
                one.map_[None],
                targets=target,
                steps=len(self.shown.changed) - 1,
                color=self.shown.color,
                blur=self.shown.blur,
                seed=self.shown.seed,
            )
            own = judged.changed / judged.changed[-1]
            shares = np.linspace(0, 1, len(self.shown.changed))
            one.deletion = np.interp(shares, own, judged.deletion[0])
            one.insertion = np.interp(shares, own, judged.insertion[0])
        elif kind == "part" and isinstance(entrant.method, Refinable):
            self._one_part(one, entrant.method, teacher)
        else:
            found = explain(
                entrant.method, teacher, self.picture[None], target, seed=self.shown.seed
            )
            one.map_, one.evaluations, one.seconds = (
                found.maps[0], found.evaluations, found.seconds,
            )  # fmt: skip
            one.done = one.of = 1

    def _one_part(self, one: Outcome, method: Refinable, teacher: Examined) -> None:
        if one.name not in self.watched:
            self.watched[one.name] = method.refined(
                teacher, self.picture, self.shown.class_, seed=self.shown.seed
            )
            one.seconds = one.evaluations = 0.0
        asked, began = teacher.evaluations, time.monotonic()
        part = next(self.watched[one.name])
        if not np.isfinite(part.map).all():
            raise ValueError("its map is not finite")
        one.map_, one.done, one.of, one.unit = part
        one.evaluations += teacher.evaluations - asked
        one.seconds += time.monotonic() - began


def new_attempt(picture: Picture, sample: int, known: Shown | None, seed: int) -> Attempt:
    """Return an attempt on an image, with what is known of it beforehand already done.

    Where nothing is known, curves go pixel by pixel up to 32 x 32 and in 1 % steps above.
    """
    if known is not None:
        return Attempt(picture, known)
    pixels = picture.shape[1] * picture.shape[2]
    steps = pixels if max(picture.shape[1:]) <= FINE else 100
    return Attempt(picture, Shown(sample, -1, {}, steps_of(pixels, steps), here=True, seed=seed))


class Attempts:
    """Attempts over all sessions, the least recently used dropped first."""

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._held: OrderedDict[tuple[object, ...], Attempt] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[object, ...]) -> Attempt | None:
        """Return the attempt of a key; None if there is none."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def put(self, key: tuple[object, ...], attempt: Attempt) -> None:
        """Keep an attempt."""
        with self._lock:
            self._held[key] = attempt
            while len(self._held) > self._most:
                self._held.popitem(last=False)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._held.clear()
