"""The Student view: how the student is trained, whether to believe it, what it shows."""

import numpy as np
import pandas as pd
import streamlit as st

from core.deepvid.explanation import Explanation
from core.deepvid.features import all_together, each_alone, weighted_features
from pages.charts.curves import line_chart
from pages.components.evidence import Evidence, evidence_table
from pages.parts import choose
from pages.parts.deepvid import held
from pages.parts.deepvid.asked import INITIALIZERS, MOST_NEIGHBORS, MOST_PASSES, OPTIMIZERS, Asked
from pages.parts.deepvid.explain import Found, Subject, explain_button, say
from pages.parts.deepvid.pictures import greys
from pages.parts.deepvid.words import (
    OPTIMIZER_WORDS,
    class_word,
    held_out_words,
    recipe_words,
    trust_words,
    weights_words,
)
from pages.parts.drawn import spec_of
from pages.parts.literal import literal, plain
from pages.parts.popover import key_showing
from pages.parts.scene import Scene

TABLE = "deepvid_evidence"
PRESETS = {"hybrid": "Hybrid (ours)", "linear": "The paper's"}
SAMPLERS = {"band": "In the band", "line": "On a line", "knn": "Towards nearest images"}
TEMPERATURES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
WORDS = (
    "student", "sampler", "share", "n", "detail", "t", "optimizer", "init", "batch", "passes",
    "rate", "l2",
)  # fmt: skip
"""What the settings write to the URL."""


def student_settings(wish: Asked, wanted: Subject) -> None:
    """Draw the student's settings; each writes its word to the URL."""
    recipe = wanted.recipe
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.session_state["w_student"] = wish.student
        st.segmented_control(
            "Student",
            list(PRESETS),
            key="w_student",
            required=True,
            format_func=PRESETS.__getitem__,
            label_visibility="collapsed",
            on_change=_put_student,
            help="Hybrid: latent neighbours and masked copies, in closed form. The paper's: a "
            "linear classifier trained on latent neighbours alone",
        )
        with st.popover("Settings", icon=":material/tune:"):
            _sampling(wish, wanted)
            if wish.student == "linear":
                _training(wanted)
            else:
                st.caption(
                    "The hybrid student is one ridge regression: it has no temperature and no "
                    "epochs. Its masked copies come in rounds, each guided by the one before."
                )
            st.button("Back to the defaults", key="w_defaults", on_click=_defaults)
    st.caption(literal(recipe_words(recipe)))


def student_view(scene: Scene, wanted: Subject, found: Found, key: str = TABLE) -> None:
    """Draw whether to believe the student, and its evidence class by class."""
    made = found.explanation
    if made is None:
        say(found)
        explain_button(wanted)
        st.caption(held.explained_words(scene.store))
        return
    trust_line(scene, made, wanted)
    draw_evidence(scene, wanted, made, key)
    if found.stored:
        st.caption(f"This one was made beforehand. {held.explained_words(scene.store)}")
    if made.losses:
        with st.expander(f"Training loss, {made.losses[-1]:.3f} nats at the end"):
            st.vega_lite_chart(_loss(made.losses, scene), key=f"{key}_loss", alt="Training loss")


def trust_line(scene: Scene, made: Explanation, wanted: Subject) -> None:
    """Draw whether the student may be believed, where the reader looks first."""
    words = literal(trust_words(made.trust, made.classes, scene.names, wanted.recipe.teaching))
    match made.trust.verdict:
        case "agrees":
            st.success(words, icon=":material/check:")
        case "differs":
            st.warning(words, icon=":material/warning:")
        case "disagrees":
            st.error(words, icon=":material/block:")
    st.caption(literal(held_out_words(made.held_out)))


def draw_evidence(
    scene: Scene, wanted: Subject, made: Explanation, key: str, side: int = 40
) -> None:
    """Draw weights, weighted features and both probabilities of each class; what they stand for."""
    weights, features = evidence_maps(scene, wanted.sample, made)
    true = int(scene.samples.label[wanted.sample])
    evidence_table(
        key=key,
        rows=[
            Evidence(
                plain(class_word(scene.names, int(class_))), int(class_) == true, teacher, student
            )
            for class_, teacher, student in zip(
                made.classes, made.trust.teacher, made.trust.student, strict=True
            )
        ],
        weights=greys(each_alone(weights)[:, 0]),
        features=greys(all_together(features)[:, 0]),
        side=side,
    )
    if words := weights_words(made, wanted.recipe.teaching):
        st.caption(words)


def evidence_maps(scene: Scene, sample: int, made: Explanation) -> tuple[np.ndarray, np.ndarray]:
    """Return weights and weighted features, [class 1 height width], channels added."""
    shown = held.picture(scene.store, sample)
    features = weighted_features(made.weights, shown)
    return (
        made.weights.weights.sum(axis=1, keepdims=True),
        features.sum(axis=1, keepdims=True),
    )


def _sampling(wish: Asked, wanted: Subject) -> None:
    sampling = wanted.recipe.sampling
    fixed = {"morph": "between the two images", "box": "in the drawn box"}.get(sampling.sampler)
    if fixed is not None:
        st.caption(f"Neighbours are drawn {fixed}.")
    else:
        _select("sampler", "Neighbours", list(SAMPLERS), sampling.sampler, SAMPLERS.__getitem__)
    _number("share", "Band, per cent of each range", 100 * sampling.share, 0.0, 200.0, step=1.0)
    _number("n", "Number of neighbours", sampling.n, 2, MOST_NEIGHBORS)
    key = key_showing("w_detail", sampling.keep_detail)
    st.toggle(
        "Keep what the generator does not see of the image",
        value=sampling.keep_detail,
        key=key,
        on_change=_put_detail,
        args=(key,),
        help="Neighbours then lie around the image itself and not around its reconstruction",
    )


def _training(wanted: Subject) -> None:
    student = wanted.recipe.student
    _number("t", "Temperature", student.temperature, 0.001, 1e6, step=1.0)
    _select(
        "optimizer", "Optimiser", list(OPTIMIZERS), student.optimizer, OPTIMIZER_WORDS.__getitem__
    )
    closed = student.optimizer == "closed_form"
    if not closed:
        _select("init", "Initialiser", list(INITIALIZERS), student.initializer, str)
        _number("passes", "Epochs", student.epochs, 1, MOST_PASSES)
        _number("batch", "Batch size", student.batch_size, 1, MOST_NEIGHBORS)
        _number("rate", "Learning rate (empty: the usual one)", student.learning_rate, 1e-9, 1e6)
    _number("l2", "L2, a share of the neighbours' size", student.l2, 0.0, 1e6, step=0.001)


def _number(
    word: str,
    label: str,
    value: float | None,
    low: float,
    high: float,
    *,
    step: float | None = None,
) -> None:
    whole = isinstance(low, int)
    shown = None if value is None else int(value) if whole else float(value)
    key = key_showing(f"w_{word}", shown)
    st.number_input(
        label,
        min_value=low,
        max_value=high,
        value=shown,
        step=step or (1 if whole else None),
        key=key,
        format=None if whole else "%g",
        on_change=_put_number,
        args=(word, key),
    )


def _select(word: str, label: str, options: list[str], value: str, words) -> None:
    key = key_showing(f"w_{word}", value)
    st.selectbox(
        label,
        options,
        index=options.index(value),
        key=key,
        format_func=words,
        on_change=choose.put_widget,
        args=(word, key),
    )


def _put_number(word: str, key: str) -> None:
    value = st.session_state[key]
    choose.put(word, None if value is None else f"{value:g}")


def _put_detail(key: str) -> None:
    choose.put("detail", int(st.session_state[key]))


def _put_student() -> None:
    student = st.session_state["w_student"]
    _defaults()
    choose.put("student", student, "hybrid")


def _defaults() -> None:
    for word in WORDS:
        choose.put(word, None)


def _loss(losses: tuple[float, ...], scene: Scene) -> dict[str, object]:
    table = pd.DataFrame({"name": "student", "epoch": range(1, len(losses) + 1), "loss": losses})
    chart = line_chart(
        table, x="epoch", y="loss", x_title="epoch", y_title="cross-entropy at T (nats)",
        order=["student"], from_zero=False, theme=scene.theme, height=160,
    )  # fmt: skip
    return spec_of(chart)
