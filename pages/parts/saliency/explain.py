"""One image's maps: from the store, or made now while the page is open, a slice at a time.

The first of a session wants a click, for it loads torch; small images are then explained as soon
as they are picked. The page is drawn first and works last (`advance`), then it runs again: so a
click on anything counts at once, and what is there stays.
"""

import streamlit as st

from pages.parts import live
from pages.parts.deepvid.held import picture
from pages.parts.literal import literal
from pages.parts.queue import LINE as _LINE
from pages.parts.queue import LineError
from pages.parts.saliency.attempt import LONGEST, Attempt, Attempts, new_attempt
from pages.parts.saliency.shown import Shown, from_store
from pages.parts.saliency.words import method_words, seconds_words
from pages.parts.scene import Scene

SMALL = 64 * 64  # pixels up to which an image is explained without another click
_AUTO = "darkroom.saliency_auto"
_ATTEMPTS = Attempts()


def current(scene: Scene) -> tuple[Shown | None, Attempt | None]:
    """Return what is known of the picked image, and the work on it if there is any."""
    if scene.picked is None:
        return None, None
    if (attempt := _ATTEMPTS.get(_key(scene))) is not None:
        return attempt.shown, attempt
    shown = from_store(scene.store, scene.picked) if _last(scene) else None
    auto = st.session_state.get(_AUTO) and _small(scene)
    if shown is None and auto and live.why_not(scene.store) is None:
        attempt = _begin(scene)
        return attempt.shown, attempt
    return shown, None


def status(scene: Scene, shown: Shown | None, attempt: Attempt | None):
    """Draw how far the maps are and what can be done; return the bar that `advance` moves."""
    why = live.why_not(scene.store)
    if attempt is None:
        if shown is None:
            _nothing(scene, why)
        elif shown.lacking:
            some = ", ".join(method_words(name) for name in shown.lacking[:6])
            more = f" and {len(shown.lacking) - 6} more" if len(shown.lacking) > 6 else ""
            with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
                st.caption(literal(f"Not run beforehand: {some}{more}."))
                if why is None:
                    _ask(scene, "Run them now")
        return None
    if attempt.stopped:
        if attempt.trouble:
            st.warning(literal(attempt.trouble))
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.caption("Stopped; what came so far stays.")
            st.button(
                "Go on", key="w_go_on", icon=":material/play_arrow:", on_click=_go_on,
                args=(attempt,),
            )  # fmt: skip
        return None
    if attempt.begun and attempt.next_task(()) is None:
        return None
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        bar = st.progress(_share(attempt), _words(attempt))
        st.button("Stop", key="w_stop", icon=":material/stop:", on_click=_stop, args=(attempt,))
    return bar


def advance(
    scene: Scene, attempt: Attempt | None, bar, pair: tuple[str | None, str | None]
) -> None:
    """Work for about a second on what is left and run the page again; nothing where all is done.

    Parameters
    ----------
    bar
        What `status` returned; None where there is nothing to do.
    pair
        The two methods that are looked at.
    """
    if attempt is None or bar is None:
        return

    def told(one: Attempt, name: str) -> None:
        bar.progress(_share(one), _words(one, name))

    try:
        with (
            _LINE.turn(
                lambda before: bar.progress(_share(attempt), f"{before} before you in the line")
            ),
            live.contesting(scene.store, scene.epoch) as (teacher, entrants, color),
        ):
            if attempt.teacher is None:
                attempt.begin(teacher, entrants, color)
            attempt.work([name for name in pair if name], told)
    except (live.LiveError, LineError, ValueError) as error:
        attempt.trouble, attempt.stopped = str(error), True
    st.rerun()


def _nothing(scene: Scene, why: str | None) -> None:
    if why is not None:
        st.info(literal(why))
        return
    st.info("Nobody has made this image's maps yet.")
    _ask(scene, "Explain this image")


def _ask(scene: Scene, label: str) -> None:
    st.button(
        label,
        key="w_explain",
        type="primary",
        icon=":material/play_arrow:",
        on_click=_want,
        args=(scene,),
        help="Runs every method on this image, fast ones first; the first time it loads the model",
    )


def _want(scene: Scene) -> None:
    st.session_state[_AUTO] = True
    _begin(scene)


def _begin(scene: Scene) -> Attempt:
    assert scene.picked is not None
    known = from_store(scene.store, scene.picked) if _last(scene) else None
    attempt = new_attempt(
        picture(scene.store, scene.picked),
        scene.picked,
        known,
        int(scene.store.settings.get("seed") or 0),
    )
    _ATTEMPTS.put(_key(scene), attempt)
    return attempt


def _stop(attempt: Attempt) -> None:
    attempt.stopped, attempt.trouble = True, ""
    st.session_state[_AUTO] = False


def _go_on(attempt: Attempt) -> None:
    attempt.stopped, attempt.trouble = False, ""
    attempt.limit = attempt.seconds + LONGEST
    st.session_state[_AUTO] = True


def _key(scene: Scene) -> tuple[object, ...]:
    store = scene.store
    return str(store.root), store.study, store.fingerprint, scene.epoch, scene.picked


def _last(scene: Scene) -> bool:
    return scene.epoch is None or scene.epoch == scene.epochs[-1]


def _small(scene: Scene) -> bool:
    height, width, _ = live.image_shape(scene.store)
    return height * width <= SMALL


def _share(attempt: Attempt) -> float:
    """How much of the work is done: a map counts as three parts of four, its curves as one."""
    able = [one for one in attempt.shown.outcomes.values() if not one.reason]
    if not able:
        return 0.0
    done = sum(0.75 * min(1.0, one.done / one.of) + 0.25 * one.judged for one in able)
    return min(1.0, done / len(able))


def _words(attempt: Attempt, name: str = "") -> str:
    able = [one for one in attempt.shown.outcomes.values() if not one.reason]
    if not able:
        return "Waiting for the model"
    drawn = sum(one.map_ is not None for one in able)
    words = f"{drawn} of {len(able)} maps, {sum(one.judged for one in able)} judged"
    left = attempt.left()
    if left is not None and drawn == len(able):
        words += f"; about {seconds_words(left)} to refine the slow ones"
    return f"{method_words(name)} · {words}" if name else words
