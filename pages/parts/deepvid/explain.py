"""One image's explanation: from the store, from an earlier run, or made now by the model.

Runs are made one at a time (`pages/parts/queue.py`), tell their progress, end at a click and after
`LONGEST` seconds, and are kept by all that decides them. The first of a session wants a click, for
it loads torch; small images are then explained as soon as they are picked or a setting changes.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from threading import Lock
from typing import TypeVar

import numpy as np
import streamlit as st

from core.deepvid.explanation import (
    Explanation,
    Recipe,
    Step,
    axis_influence,
    explaining,
    recipe_for,
)
from core.generators.sampling import Box, band_around
from core.saliency.method import Examined
from core.store import Store
from pages.parts import live
from pages.parts.deepvid import held
from pages.parts.deepvid.asked import Asked, recipe_of
from pages.parts.literal import literal
from pages.parts.queue import LINE as _LINE
from pages.parts.queue import LineError
from pages.parts.scene import Scene
from precompute.latent import Latent

LONGEST = 180.0  # seconds of one run
KEPT = 96  # results in memory, over all sessions
SMALL = 64 * 64  # pixels up to which an image is explained without another click
AUTO = "darkroom.deepvid_auto"
"""Under this key a session keeps that small images are explained without another click."""
_WANTED = "darkroom.deepvid_wanted"

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Subject:
    """What is to be explained: the image, perhaps a second one, where, and how.

    `teacher` is the store of another study whose teacher is asked about this study's pictures.
    """

    sample: int
    other: int | None
    space: Latent
    recipe: Recipe
    region: Box | None
    epoch: float | None
    key: tuple[object, ...]
    teacher: Store | None = None

    @property
    def usual(self) -> bool:
        """Whether this is the default run, which the store may hold."""
        if self.teacher is not None:
            return False
        usual = recipe_for(self.space.shape, latent=len(self.space.deviation))
        return self.recipe == usual and self.other is None


@dataclass(frozen=True, eq=False)
class Found:
    """An explanation with the influence of the axes; `why` says in one line why there is none.

    `stored` is whether the store held it: then it was made beforehand.
    """

    explanation: Explanation | None
    influence: np.ndarray | None = None
    why: str = ""
    failed: bool = False
    stored: bool = False


def subject(scene: Scene, wish: Asked, epoch: float | None = None) -> Subject | None:
    """Return what the view asks to explain; None where no image is picked.

    `epoch` is the checkpoint, by default the view's.
    """
    if scene.picked is None:
        return None
    store, sample = scene.store, scene.picked
    space = held.latent_space(store, wish.generator)
    other = scene.view.sample2 if scene.view.sample2 != sample else None
    recipe = recipe_of(wish, space, morph=other is not None)
    epoch = scene.epoch if epoch is None else epoch
    region = region_of(wish, space, sample) if recipe.sampling.sampler == "box" else None
    ends = () if region is None else (tuple(region.low.tolist()), tuple(region.high.tolist()))
    key = (
        str(store.root), store.study, store.fingerprint, epoch, wish.generator, sample, other,
        recipe, *ends,
    )  # fmt: skip
    return Subject(sample, other, space, recipe, region, epoch, key)


def region_of(wish: Asked, space: Latent, sample: int) -> Box:
    """Return the band with drawn ranges in the place of its own, and locked axes without width."""
    recipe = recipe_of(wish, space, morph=False)
    code = space.codes[sample]
    region = band_around(code, space.space.ranges, recipe.sampling.share)
    for axis, (low, high) in wish.box.items():
        region = region.brushed(axis, low, high)
    return region.locked(wish.lock, code) if wish.lock else region


def at_hand(scene: Scene, wanted: Subject) -> Found | None:
    """Return the explanation that an earlier run or the store holds; None if neither does."""
    if (found := _HELD.get(wanted.key)) is not None:
        return found
    store = scene.store
    first = held.generators(store)[0] == wanted.space.name
    last = wanted.epoch is None or (bool(scene.epochs) and wanted.epoch == scene.epochs[-1])
    if not (wanted.usual and first and last):
        return None
    made = held.stored(store, wanted.sample, keep_detail=wanted.recipe.sampling.keep_detail)
    if made is None:
        return None
    found = Found(made, held.stored_influence(store, wanted.sample), stored=True)
    _HELD.put(wanted.key, found)
    return found


def obtain(scene: Scene, wanted: Subject, cancel: str = "w_cancel") -> Found:
    """Return the explanation, made now where it must and may be; progress is drawn here.

    `cancel` is the key of the button that ends it: two on one page need two.
    """
    if (found := at_hand(scene, wanted)) is not None:
        return found
    if (line := live.why_not(wanted.teacher or scene.store)) is not None:
        return Found(None, why=line)
    small = wanted.space.shape[1] * wanted.space.shape[2] <= SMALL
    if st.session_state.get(_WANTED) != wanted.key and not (st.session_state.get(AUTO) and small):
        return Found(None, why="Nobody has explained this image with these settings yet.")
    store = wanted.teacher or scene.store
    found = running(store, wanted.epoch, lambda teacher: _steps(scene, wanted, teacher), cancel)
    if isinstance(found, str):
        return Found(None, why=found, failed=True)
    _HELD.put(wanted.key, found)
    return found


def running(
    store: Store,
    epoch: float | None,
    work: Callable[[Examined], Iterator[Step | Result]],
    key: str,
) -> Result | str:
    """Return the last thing that `work` yields, run in line with its progress drawn here.

    A line of words comes back where it fails; `key` is the key of the button that cancels it.
    """
    place = st.empty()
    with place.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        bar = st.progress(0.0, "Waiting for the model")
        st.button("Cancel", key=key, on_click=stop)
    began = drawn = time.monotonic()
    try:
        with (
            _LINE.turn(lambda before: _tell(bar, 0.0, f"{before} before you in the line")),
            live.answering(store, epoch) as teacher,
        ):
            began = time.monotonic()
            try:
                for step in work(teacher):
                    if not isinstance(step, Step):
                        st.session_state[AUTO] = True  # torch is there: no need to ask again
                        return step
                    if time.monotonic() - began > LONGEST:
                        return f"It took longer than {LONGEST:g} s and was ended: take fewer."
                    if time.monotonic() - drawn > 0.1:
                        drawn = time.monotonic()
                        bar.progress(min(step.done / step.of, 1.0), _words(step))
            except ValueError as error:
                return str(error)
    except (live.LiveError, LineError) as error:
        return str(error)
    finally:
        place.empty()
    return "Nothing came out of it."


def explain_button(wanted: Subject, label: str = "Explain this image") -> None:
    """Draw the button that has the image explained now."""
    st.button(
        label,
        key="w_explain",
        type="primary",
        icon=":material/play_arrow:",
        on_click=want,
        args=(wanted,),
        help="Asks the teacher about the neighbours and trains the student; the first time it "
        "loads the model",
    )


def want(wanted: Subject) -> None:
    """Let the next run of the page explain this, and small images from now on by themselves."""
    st.session_state[AUTO] = True
    st.session_state[_WANTED] = wanted.key


def stop() -> None:
    """Let nothing run until somebody asks for it again."""
    st.session_state[AUTO] = False
    st.session_state.pop(_WANTED, None)


def say(found: Found) -> None:
    """Draw why there is no explanation."""
    (st.error if found.failed else st.info)(literal(found.why))


def _steps(scene: Scene, wanted: Subject, teacher: Examined) -> Iterator[Step | Found]:
    space, store = wanted.space, scene.store
    code = space.codes[wanted.sample]
    other = None
    if wanted.other is not None:
        other = held.picture(store, wanted.other), space.codes[wanted.other]
    known = _HELD.get(_influence_key(wanted))
    influence = known.influence if known is not None else None
    for step in explaining(
        held.picture(store, wanted.sample), code, space.decode, space.space, teacher.logits,
        wanted.recipe, region=wanted.region, other=other,
    ):  # fmt: skip
        if isinstance(step, Step):
            yield replace(step, of=step.of + 1)
            continue
        if influence is None:
            influence = axis_influence(
                code, space.space.ranges, space.deviation, space.decode, teacher.logits
            )
            _HELD.put(_influence_key(wanted), Found(None, influence))
        yield Found(step, influence)


def _influence_key(wanted: Subject) -> tuple[object, ...]:
    return ("influence", *wanted.key[:6])


def _tell(bar, share: float, words: str) -> None:
    bar.progress(share, words)


def _words(step: Step) -> str:
    loss = "" if step.loss is None else f", loss {step.loss:.3f} nats"
    return f"{step.what.capitalize()}{loss}"


class _Kept:
    """Results over all sessions, the least recently used dropped first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[tuple[object, ...], Found] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[object, ...]) -> Found | None:
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def put(self, key: tuple[object, ...], found: Found) -> None:
        with self._lock:
            self._held[key] = found
            while len(self._held) > self._most:
                self._held.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._held.clear()


_HELD = _Kept(KEPT)
