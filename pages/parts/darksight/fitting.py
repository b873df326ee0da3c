"""How the fit went: the loss curve, the rule that ended it, and the settings it was made with."""

from typing import Any

import pandas as pd
import streamlit as st

from core.store import Store
from pages.charts.curves import line_chart
from pages.charts.palette import Theme
from pages.parts.darksight import held
from pages.parts.darksight.held import Picture
from pages.parts.drawn import spec_of
from pages.parts.literal import literal
from pages.parts.scene import Scene
from pages.parts.wording import split_words

TOLERANCE, WINDOW = 5e-3, 16
"""The defaults of `core.darksight.fit.Settings`, which needs scipy; a test compares them."""
LOSS, TARGET = "symmetric KL (equation 5)", "what is minimised: with springs"
RULES = {
    "converged": f"the objective fell by less than {TOLERANCE:.1%} over {WINDOW} steps",
    "no step helps": "no step lowers the objective any more",
    "steps used up": "the steps allowed were used up: it may not have converged",
}


def fitting(scene: Scene, found: Picture) -> None:
    """Draw the loss over the steps, say why the fit ended there, and list its settings."""
    settings = found.settings
    st.markdown("##### The fit")
    left, right = st.columns([0.5, 0.5], gap="medium")
    with left:
        curve = held.loss_curve(scene.store)
        first, last = (float(curve["symmetric_kl"].iloc[end]) for end in (0, -1))
        st.caption(
            f"Symmetric KL {first:.4f} nats at the first step, where the best of several "
            f"arrangements was fitted to a part, {last:.4f} at the last"
        )
        st.vega_lite_chart(
            _spec(
                scene.store,
                str(scene.store.root),
                scene.store.study,
                scene.store.fingerprint,
                scene.theme,
            ),
            key="darksight_loss",
            alt="Loss of the fit over its steps",
        )
    with right:
        stopped = str(settings["stopped"])
        st.markdown(
            f"**Stopped after {settings['steps']} steps: {literal(stopped)}.** "
            f"{RULES.get(stopped, '').capitalize()}."
        )
        st.caption(
            f"Fitted to all {split_words('all', len(scene.samples.label))} shown, both splits "
            "together, from their probabilities alone. Points and student move together; then each "
            "point settles, and a point whose class the student no longer names moves across the "
            "nearest border."
        )
        st.dataframe(
            pd.DataFrame(_facts(scene, found), columns=["", "value", "meaning"]),
            hide_index=True,
            alt="Settings and results of the fit",
        )


def _facts(scene: Scene, found: Picture) -> list[tuple[str, str, str]]:
    settings = found.settings
    facts = []
    for rating in held.ratings(scene.store):
        if rating.metric not in ("symmetric_kl", "top_class_agreement"):
            continue
        loss = rating.metric == "symmetric_kl"
        name, written = ("symmetric KL", "{:.4f}") if loss else ("top class agrees", "{:.1%}")
        value, low, high = map(written.format, (rating.value, rating.low, rating.high))
        said = f"{value} nats ({low} to {high})" if loss else f"{value} ({low} to {high})"
        facts.append((f"{name}, {rating.split}", said, f"n = {rating.n:,}, 95 % interval"))
    student = f"Student-t, {found.student.degrees:g} degrees of freedom"
    if settings["distribution"] == "gaussian":
        student = "Gaussian"
    return [
        *facts,
        ("conditionals", student, "one per class; scale matrices and prior are learned"),
        ("temperature", f"{settings['temperature']:g}", "softens the teacher's probabilities"),
        ("floor", f"{settings['floor']:g}", "smallest probability told apart from 0"),
        ("start", str(settings["arrangement"]), "arrangement of classes that got lowest"),
        (
            "springs",
            f"{settings['roundness']:g} and {settings['pull']:g}",
            "draw classes round and points inwards: equation 5 alone has its minimum at infinity",
        ),
        ("bandwidth", f"{settings['bandwidth']:.3g}", "of the density, by cross-validation"),
    ]


@st.cache_data(max_entries=8, show_spinner=False)
def _spec(_store: Store, root: str, study: str, fingerprint: str, theme: Theme) -> dict[str, Any]:
    curve = held.loss_curve(_store)
    table = pd.concat(
        pd.DataFrame({"step": curve["step"], "loss": curve[column], "name": name})
        for column, name in (("symmetric_kl", LOSS), ("objective", TARGET))
    )
    chart = line_chart(
        table,
        x="step",
        y="loss",
        x_title="joint step of points and student",
        y_title="nats",
        order=[LOSS, TARGET],
        dashed=[TARGET],
        from_zero=False,
        theme=theme,
        height=260,
    )
    return spec_of(chart)
