"""The panels below: two classes compared, earlier students, the nearest flip."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import numpy as np
import streamlit as st

from core.deepvid.explanation import OTHERS, Explanation, Step
from core.deepvid.features import crossed, each_alone, this_not_that
from core.deepvid.probe import Flip, Probe, probing
from core.saliency.method import Examined
from pages.parts import choose, live
from pages.parts.deepvid import held
from pages.parts.deepvid.asked import Asked
from pages.parts.deepvid.cases import VIEW
from pages.parts.deepvid.explain import Found, Subject, running
from pages.parts.deepvid.pictures import greys, pixels, signed, uri
from pages.parts.deepvid.student import evidence_maps
from pages.parts.deepvid.vae import GENERATOR_WORDS
from pages.parts.deepvid.words import class_word, difference_words, recipe_words
from pages.parts.literal import literal, plain
from pages.parts.scene import Scene
from pages.parts.wording import epoch_words

_EARLIER = "darkroom.deepvid_earlier"
_FLIP = "darkroom.deepvid_flip"
MOST_EARLIER = 6
BROUGHT_BACK = (
    *(word for word in VIEW if word not in ("this", "that", "look")), "generator", "epoch",
)  # fmt: skip
"""The words of the URL that an earlier student is brought back with."""
SIDE = 150


@dataclass(frozen=True, eq=False)
class Past:
    """An explanation of this session: how to come back to it, and how it looked."""

    key: tuple[object, ...]
    of: tuple[object, ...]
    words: dict[str, str]
    title: str
    settings: str
    picture: str
    variation: str
    same: bool


def pair_panel(scene: Scene, wish: Asked, wanted: Subject, found: Found) -> None:
    """Draw why this class and not that: the difference of their weighted features."""
    made = found.explanation
    if made is None:
        st.caption("Two classes can be compared when the image is explained.")
        return
    known = [int(class_) for class_ in made.classes if class_ != OTHERS]
    this, that = _pair(wish, made, known)
    _choice(scene, known, this, that)
    places = {int(class_): place for place, class_ in enumerate(made.classes)}
    shown = held.picture(scene.store, wanted.sample)
    difference = this_not_that(made.weights, shown, places[this], places[that]).sum(axis=0)
    names = [class_word(scene.names, class_) for class_ in (this, that)]
    cells = [
        (uri(pixels(shown[None])[0], SIDE), f"image {wanted.sample}"),
        (uri(signed(difference, scene.theme), SIDE), f"red: for {names[0]}, blue: for {names[1]}"),
    ]
    if wanted.other is not None:
        cells += _crossed(scene, wanted, made, (places[this], places[that]), names)
    st.html(_row(cells))
    words = difference_words(float(difference.sum()), names, wanted.recipe.teaching)
    st.caption(literal(words))


def earlier_panel(scene: Scene, wanted: Subject, found: Found) -> None:
    """Draw this session's students of the image in a row, to compare them (figure 10)."""
    past = [one for one in _past() if one.of == _image(wanted)]
    if len(past) < 2:
        st.caption(
            "Each student of this image stays here. Change the temperature, the optimiser or the "
            "sampler, and compare: figure 10 of the paper found other weights, but alike features."
        )
    if not past:
        return
    for column, one in zip(st.columns(MOST_EARLIER), past[-MOST_EARLIER:], strict=False):
        with column, st.container(gap="xxsmall"):
            st.html(f'<img src="{one.picture}" width="120" alt="{escape(one.title)}">')
            st.caption(
                f"{literal(one.title)} · "
                f"{'same class' if one.same else '**another class**'}, TV {one.variation} · "
                f"{literal(one.settings)}"
            )
            st.button(
                "Show",
                key=f"w_past_{past.index(one)}",
                disabled=one.key == wanted.key,
                on_click=_back,
                args=(one.words,),
            )


def remember(scene: Scene, wish: Asked, wanted: Subject, found: Found) -> None:
    """Keep the student among this session's."""
    made = found.explanation
    if made is None or any(one.key == wanted.key for one in _past()):
        return
    _, features = evidence_maps(scene, wanted.sample, made)
    top = made.trust.teacher_class
    picture = greys(each_alone(features[top : top + 1])[:, 0])[0]
    st.session_state[_EARLIER] = [
        *_past(),
        Past(
            wanted.key,
            _image(wanted),
            {word: st.query_params[word] for word in BROUGHT_BACK if word in st.query_params},
            f"× image for {class_word(scene.names, int(made.classes[top]), 12)}",
            _settings(scene, wanted),
            uri(picture, 120),
            f"{'at least ' if OTHERS in made.classes else ''}{made.trust.total_variation:.3f}",
            made.trust.same_top_class,
        ),
    ][-4 * MOST_EARLIER :]


def probe_panel(scene: Scene, wanted: Subject) -> None:
    """Draw the nearest neighbour in the latent space that the teacher reads otherwise."""
    st.caption(
        "Section 9's adversarial probe: many directions in the latent space, doubled until the "
        "class flips, then bracketed. Only the teacher's answers are used."
    )
    key = wanted.key[:6]
    before: dict[tuple[object, ...], Flip | None] = st.session_state.setdefault(_FLIP, {})
    if key not in before:
        if (line := live.why_not(scene.store)) is not None:
            st.info(literal(line))
            return
        if not st.button("Look for it", key="w_probe", icon=":material/search:"):
            return
        made = running(
            scene.store,
            wanted.epoch,
            lambda teacher: _probing(scene, wanted, teacher),
            "w_stop_probe",
        )
        if isinstance(made, str):
            st.error(literal(made))
            return
        before[key] = made
    flip = before[key]
    if flip is None:
        st.info("No neighbour within the ranges of the axes flips the teacher.")
        return
    shown = held.picture(scene.store, wanted.sample)
    names = [class_word(scene.names, c) for c in (flip.class_from, flip.class_to)]
    change = (flip.picture - shown).sum(axis=0)
    st.html(
        _row(
            [
                (uri(pixels(shown[None])[0], SIDE), f"{names[0]}: image {wanted.sample}"),
                (uri(pixels(flip.picture[None])[0], SIDE), f"{names[1]}: the nearest that flips"),
                (uri(signed(change, scene.theme), SIDE), "the change: red lighter, blue darker"),
            ]
        )
    )
    st.caption(
        f"{flip.distance:.3f} of the axes' ranges away, found with {flip.evaluations:,} questions "
        "to the teacher. The nearest of those tried: a nearer one may exist."
    )


def _probing(scene: Scene, wanted: Subject, teacher: Examined) -> Iterator[Step | Flip | None]:
    space = wanted.space
    return probing(
        held.picture(scene.store, wanted.sample), space.codes[wanted.sample], space.decode,
        space.space, teacher.logits, Probe(),
    )  # fmt: skip


def _crossed(
    scene: Scene,
    wanted: Subject,
    made: Explanation,
    places: tuple[int, int],
    names: list[str],
) -> list[tuple[str, str]]:
    """Both images times both classes' weights (figure 13c), one scale for all four."""
    assert wanted.other is not None
    pair = np.stack([held.picture(scene.store, s) for s in (wanted.sample, wanted.other)])
    maps = crossed(made.weights, pair, places).sum(axis=2)
    low, high = float(maps.min()), float(maps.max())
    stretched = (maps - low) / (high - low) if high > low else np.full_like(maps, 0.5)
    return [
        (uri(greys(stretched[row])[column], SIDE), f"image {sample} × weights of {names[column]}")
        for row, sample in enumerate((wanted.sample, wanted.other))
        for column in range(2)
    ]


def _pair(wish: Asked, made: Explanation, known: list[int]) -> tuple[int, int]:
    order = [int(made.classes[place]) for place in np.argsort(-made.trust.teacher, kind="stable")]
    order = [class_ for class_ in order if class_ in known]
    this = wish.this if wish.this in known else order[0]
    that = wish.that if wish.that in known and wish.that != this else None
    return this, that if that is not None else next(c for c in order if c != this)


def _choice(scene: Scene, known: list[int], this: int, that: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        for word, value, label in (("this", this, "Why"), ("that", that, "and not")):
            st.session_state[f"w_{word}"] = value
            st.selectbox(
                label,
                known,
                key=f"w_{word}",
                format_func=lambda c, label=label: f"{label} {plain(class_word(scene.names, c))}",
                label_visibility="collapsed",
                width=190,
                on_change=choose.put_widget,
                args=(word, f"w_{word}"),
            )


def _row(cells: list[tuple[str, str]]) -> str:
    figures = "".join(
        f'<figure style="margin:0;width:{SIDE}px"><img src="{source}" width="{SIDE}" '
        f'alt="{escape(plain(words))}" style="image-rendering:pixelated;border-radius:4px">'
        f'<figcaption style="font-size:0.75rem;opacity:0.75">{escape(plain(words))}</figcaption>'
        "</figure>"
        for source, words in cells
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:0.8rem">{figures}</div>'


def _past() -> list[Past]:
    return st.session_state.get(_EARLIER, [])


def _image(wanted: Subject) -> tuple[object, ...]:
    """Return what an image is known by over all studies: store, study, its data, its number."""
    return (*wanted.key[:3], wanted.sample)


def _settings(scene: Scene, wanted: Subject) -> str:
    """Return a student's settings, with generator and checkpoint where there are several."""
    words = recipe_words(wanted.recipe)
    if len(held.generators(scene.store)) > 1:
        words = f"{GENERATOR_WORDS[wanted.space.name]}; {words}"
    if wanted.epoch is not None and len(scene.epochs) > 1:
        words = f"{epoch_words(wanted.epoch, scene.epochs)}; {words}"
    return words


def _back(words: dict[str, str]) -> None:
    for word in BROUGHT_BACK:
        choose.put(word, words.get(word))
