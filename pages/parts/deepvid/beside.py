"""Two teachers on the same image: another checkpoint's explanation beside it, or another study's.

Where the other study has the same latent space, or its images the same size, both teachers are
asked about the same neighbours, so that only the teacher differs. Else each study draws neighbours
with its own generator, and a line says so.
"""

from dataclasses import replace

import numpy as np
import streamlit as st

from core.store import Store, StoreError, epoch_label, studies
from pages.parts import choose, kin, live
from pages.parts.deepvid import held
from pages.parts.deepvid.asked import Asked
from pages.parts.deepvid.explain import Found, Subject, obtain, subject, want
from pages.parts.deepvid.student import draw_evidence, trust_line
from pages.parts.literal import literal, shortened
from pages.parts.runs import open_store, store_root
from pages.parts.scene import Scene, scene
from pages.parts.wording import epoch_words

SIDE = 32
SAME = "Both teachers are asked about the same neighbours: only the teacher differs."
OWN = "Each study draws neighbours with its own generator, so the students differ by that, too: "


def other_studies(store: Store) -> list[str]:
    """Return the names of all other studies of the store, whether or not of the same data."""
    return [name for name in studies(store_root()) if name != store.study]


def beside_panel(seen: Scene, wish: Asked, wanted: Subject, found: Found) -> None:
    """Draw this image's explanation and beside it that of another teacher."""
    epochs = seen.epochs
    here = wanted.epoch if wanted.epoch is not None else epochs[-1]
    relatives = kin.relatives(seen.store)
    options: list[float | str] = [epoch for epoch in epochs if epoch != here]
    options += relatives.studies
    if not options:
        st.info(
            "There is no other teacher to compare: this study has one checkpoint, and no other "
            "study of this store holds the same data."
        )
        return
    if isinstance(wish.beside, str) and wish.beside not in options:
        st.warning(literal(f"Study {shortened(wish.beside, 60)} is not of the same data."))
    chosen = wish.beside if wish.beside in options else options[0]
    _choice(options, chosen, epochs)
    left, right = st.columns(2, gap="medium")
    with left, st.container(gap="xsmall"):
        name = f"{seen.store.study}, " if isinstance(chosen, str) else ""
        st.markdown(f"**{literal(name)}{epoch_words(here, epochs)}**")
        explained(seen, wanted, found, "deepvid_beside_here", "here")
    with right, st.container(gap="xsmall"):
        if not isinstance(chosen, str):
            second = subject(seen, wish, chosen)
            assert second is not None
            st.markdown(f"**{epoch_words(chosen, epochs).capitalize()}**")
            explained(seen, second, None, "deepvid_beside_there")
            return
        try:
            other_teacher(seen, wish, wanted, open_store(chosen), "deepvid_beside_there")
        except StoreError as error:
            st.error(literal(error))


def other_teacher(
    seen: Scene, wish: Asked, wanted: Subject, store: Store, key: str, epoch: float | None = None
) -> None:
    """Draw the explanation that another study's teacher gets of the same image.

    Parameters
    ----------
    store
        The other study's.
    key
        Of the evidence.
    epoch
        The other teacher's checkpoint; None takes its last.

    Raises
    ------
    StoreError
        Where the other study cannot be read.
    """
    epochs = store.epochs()
    at = epochs[-1] if epoch is None else epoch
    st.markdown(f"**{literal(store.study)}, {epoch_words(at, epochs)}**")
    asked_of = other_subject(seen, wish, wanted, store, at)
    if isinstance(asked_of, str):
        st.info(literal(asked_of))
        return
    other, second, words = asked_of
    explained(other, second, None, key)
    st.caption(literal(words))


def other_subject(
    seen: Scene, wish: Asked, wanted: Subject, store: Store, epoch: float
) -> tuple[Scene, Subject, str] | str:
    """Return what is asked of another study's teacher, the scene it is drawn in, and a line on how.

    A line alone comes back where nothing can be asked.
    """
    shared = kin.kin(seen.store, store)
    there = None if shared is None else shared.counterpart(wanted.sample)
    if there is None:
        return f"Study {store.study} does not hold this image."
    names = held.generators(store)
    own = wish.generator if wish.generator in names else names[0] if names else None
    other, _ = scene(store, words={"sample": str(there)})
    if own is not None and wanted.other is None and _same_space(wanted, store, own, there):
        second = subject(other, replace(wish, generator=own), epoch)
        assert second is not None
        return other, second, SAME
    same_size = live.image_shape(seen.store) == live.image_shape(store)
    cannot = live.why_not(store)
    if same_size and (cannot is None or own is None):
        key = (
            str(store.root), store.study, store.fingerprint, epoch,
            f"{wish.generator} of {seen.store.study} {seen.store.fingerprint}", *wanted.key[5:],
        )  # fmt: skip
        return seen, replace(wanted, epoch=epoch, key=key, teacher=store), SAME
    if own is None:
        return f"Study {store.study} has no generator, and its images another size."
    plainly = replace(wish, generator=own, box={}, lock=())
    second = subject(other, plainly, epoch)
    assert second is not None
    why = "the images have other sizes." if not same_size else "this teacher cannot be asked here."
    return other, second, OWN + why


def explained(
    seen: Scene, wanted: Subject, found: Found | None, key: str, where: str = "there"
) -> None:
    """Draw an explanation: whether to believe it, its evidence and both probabilities.

    `found` None looks for it, and has it made where that was asked for; `where`, here or there,
    names the button that asks.
    """
    found = obtain(seen, wanted, f"w_cancel_{where}") if found is None else found
    made = found.explanation
    if made is None:
        (st.error if found.failed else st.info)(literal(found.why))
        if live.why_not(wanted.teacher or seen.store) is None:
            st.button(
                f"Explain it {where}",
                key=f"w_explain_{where}",
                icon=":material/play_arrow:",
                on_click=want,
                args=(wanted,),
            )
        return
    trust_line(seen, made, wanted)
    draw_evidence(seen, wanted, made, key, SIDE)


def _same_space(wanted: Subject, store: Store, name: str, there: int) -> bool:
    """Return whether another study's generator is the same: it has the same codes and ranges."""
    space = held.latent_space(store, name)
    return (
        space.shape == wanted.space.shape
        and np.array_equal(space.codes[there], wanted.space.codes[wanted.sample])
        and np.array_equal(space.space.ranges, wanted.space.space.ranges)
    )


def _choice(options: list[float | str], chosen: float | str, epochs: list[float]) -> None:
    st.session_state["w_beside"] = chosen
    st.selectbox(
        "Beside it",
        options,
        key="w_beside",
        format_func=lambda one: (
            f"Study {shortened(one, 60)}"
            if isinstance(one, str)
            else epoch_words(one, epochs).capitalize()
        ),
        width=280,
        on_change=_put_beside,
        help="The same image with the same settings: another checkpoint, or another study of the "
        "same data at its last checkpoint",
    )


def _put_beside() -> None:
    one = st.session_state["w_beside"]
    choose.put("beside", f"study~{one}" if isinstance(one, str) else epoch_label(one))
