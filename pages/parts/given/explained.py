"""Why the reader's image is answered so: DeepVID, saliency, the path through Summit; at a click.

These ask the teacher many times, or trace it anew, so nothing of it happens by itself.
"""

from collections.abc import Iterator

import streamlit as st

from core.deepvid.explanation import Explanation, Step, explaining, recipe_for
from core.generators.generator import as_pictures
from core.saliency.method import Examined
from pages.parts import live
from pages.parts.deepvid import explain, held
from pages.parts.given.image import WORDS, Given, at_hand, found
from pages.parts.given.places import in_summit
from pages.parts.literal import literal
from pages.parts.sample.attributions import attribution_view, made_now
from pages.parts.sample.channels import Fired, channels
from pages.parts.sample.student import features
from pages.parts.scene import Scene
from pages.parts.summit import held as summit

_ASKED = "asked"


def explained_view(scene: Scene, of: Given, class_: int) -> None:
    """Draw what explains the answer `class_`, or the button that has it found out."""
    if at_hand(of, _ASKED) is None:
        st.button(
            "Explain this answer",
            key="w_explain_given",
            type="primary",
            icon=":material/play_arrow:",
            on_click=_ask,
            args=(of,),
            help="DeepVID's student, three saliency maps, and the channels it chooses: the teacher "
            "is asked some thousand times, and the first time it is traced, which takes longer",
        )
        st.caption("DeepVID's student, saliency maps and Summit's path are made at a click.")
        return
    st.markdown("**Why this answer** · DeepVID's student")
    _student(scene, of)
    st.markdown("**Which pixels** · saliency")
    with st.spinner("The saliency methods look at the image …"):
        maps = found(of, ("saliency", class_), lambda: made_now(scene.store, of.image, class_))
    if isinstance(maps, str):
        st.caption(literal(maps))
    else:
        attribution_view(scene, WORDS, maps)
    st.markdown("**Which channels** · Summit")
    with st.spinner("The teacher is traced …"):
        fired = _fired(scene, of, class_)
    if isinstance(fired, str):
        st.caption(literal(fired))
    channels(scene, class_, None if isinstance(fired, str) else fired)


def _ask(of: Given) -> None:
    found(of, _ASKED, lambda: True)


def _student(scene: Scene, of: Given) -> None:
    store = scene.store
    if not (names := held.generators(store)):
        reason = held.unavailable(store)
        st.caption(literal(reason) if reason else "Students come from the stage deepvid.")
        return
    space = held.latent_space(store, names[0])
    picture = as_pictures(of.image)[0]
    code = found(of, ("code", names[0]), lambda: live.encoded(store, names[0], of.image)[0])
    if isinstance(code, str):
        st.caption(literal(code))
        return

    def work(teacher: Examined) -> Iterator[Step | Explanation]:
        recipe = recipe_for(space.shape, latent=len(space.deviation))
        return explaining(picture, code, space.decode, space.space, teacher.logits, recipe)

    made = found(of, "student", lambda: explain.running(scene.store, None, work, "w_cancel_given"))
    if isinstance(made, str):
        st.caption(literal(made))
        return
    features(scene, WORDS, picture, None, made)


def _fired(scene: Scene, of: Given, class_: int) -> Fired | str:
    store = scene.store
    if not summit.has_graphs(store) or summit.outline(store).place(class_) is None:
        return "There is no graph of this class."
    chosen = in_summit(store, of, class_)
    return chosen if isinstance(chosen, str) else Fired(class_, chosen)
