"""The reject option: predictions below a threshold on a confidence are not made.

Section 4.4 and figure 8 of Schacherer's report on DarkSight (2018): a confidence is good if
accuracy stays high among what is kept.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from core.darksight.reject import RejectCurve, at_threshold, reject_curve
from core.intervals import wilson
from core.store import Store
from pages.charts.accuracy_data import AccuracyCurve, accuracy_data_chart
from pages.charts.palette import Theme
from pages.parts import choose
from pages.parts.darksight import held
from pages.parts.darksight.asked import Asked
from pages.parts.darksight.held import KDE
from pages.parts.darksight.names import confidence_words
from pages.parts.drawn import spec_of
from pages.parts.membership import Evidence, certainty, members
from pages.parts.scene import Scene
from pages.parts.selection import MEASURES, Measure, Rejected, Split
from pages.parts.wording import MEASURE_WORDS, sentence, split_words

STEPS = 200  # places of the slider
DRAWN = 300  # points of a curve


@dataclass(frozen=True, eq=False)
class Kept:
    """What one threshold keeps of a split.

    `wrong` are the misclassified among the kept, `all_wrong` those of the whole split.
    """

    threshold: float
    coverage: float
    accuracy: float
    kept: int
    wrong: int
    all_wrong: int
    n: int


def kept_at(scene: Scene, wish: Asked) -> Kept | None:
    """Return what the URL's threshold keeps; None where it names none or the split is empty."""
    if wish.threshold is None or not len(scene.shown):
        return None
    sign = -1.0 if wish.measure == "entropy" else 1.0
    curve = _curve(scene, wish.measure)
    coverage, accuracy = at_threshold(curve, float(np.float32(sign * wish.threshold)))
    n = len(scene.shown)
    kept = round(coverage * n)
    right = round(accuracy * kept) if kept else 0
    return Kept(wish.threshold, coverage, accuracy, kept, kept - right, _wrong(scene), n)


def kept_samples(scene: Scene, wish: Asked) -> np.ndarray | None:
    """Return the samples that the URL's threshold keeps; None where it names none."""
    if wish.threshold is None:
        return None
    rejected = members(Rejected(wish.measure, wish.threshold), scene.evidence, scene.view.split)
    return np.setdiff1d(scene.shown, rejected, assume_unique=True)


def reject_panel(scene: Scene, wish: Asked) -> None:
    """Draw the slider, what it keeps, and the curves with the slider's place on them."""
    n = len(scene.shown)
    if n < 2:
        st.info(f"A threshold needs two images or more; this split has {n}.")
        return
    curve = _curve(scene, wish.measure)
    _slider(wish, curve, n)
    at = kept_at(scene, wish)
    _numbers(scene, at, n)
    spec = _spec(
        scene.store,
        scene.evidence,
        (str(scene.store.root), scene.store.study, scene.store.fingerprint),
        scene.view.split,
        scene.theme,
        None if at is None else round(at.coverage, 5),
        None if at is None or at.kept == 0 else round(at.accuracy, 5),
    )
    st.vega_lite_chart(spec, key="darksight_reject", alt="Accuracy over the share kept")
    st.caption(
        f"{split_words(scene.view.split, n)} · in colour the three confidences at hand; in grey, "
        "where the evaluation judged this split, densities of other pictures and of probabilities"
    )
    if wish.threshold is not None:
        st.button(
            "Select the rejected",
            key="w_select_rejected",
            icon=":material/select_all:",
            on_click=_select,
            args=(Rejected(wish.measure, wish.threshold),),
            help="The selection travels: the other pages show the same images",
        )


def _slider(wish: Asked, curve: RejectCurve, n: int) -> None:
    places = np.unique(
        np.searchsorted(
            curve.coverage,
            np.linspace(0, 1, min(STEPS, len(curve.coverage)) + 1)[1:] - 0.5 / n,
        ).clip(0, len(curve.coverage) - 1)
    )[::-1]  # from lenient to strict, as a threshold rises
    options = places.tolist()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.session_state["w_measure"] = wish.measure
        st.selectbox(
            "Confidence",
            MEASURES,
            key="w_measure",
            format_func=lambda measure: sentence(MEASURE_WORDS[measure]),
            width=210,
            on_change=_put_measure,
        )
        st.session_state["w_threshold"] = _nearest(wish, curve, options)
        st.select_slider(
            "Threshold: predictions below it are rejected"
            if wish.measure != "entropy"
            else "Threshold: predictions above it are rejected",
            options,
            key="w_threshold",
            format_func=lambda place: _written(wish.measure, curve, place),
            on_change=_put_threshold,
            args=(wish.measure, curve),
            disabled=len(options) < 2,
            help="Each step rejects an equal share of the split. "
            + (
                "The density is a share of the greatest one."
                if wish.measure == "darksight"
                else "Entropy is in nats."
                if wish.measure == "entropy"
                else "The largest of the teacher's probabilities."
            ),
        )


def _nearest(wish: Asked, curve: RejectCurve, options: list[int]) -> int:
    if wish.threshold is None:
        return options[0]
    sign = -1.0 if wish.measure == "entropy" else 1.0
    coverage, _ = at_threshold(curve, float(np.float32(sign * wish.threshold)))
    return min(options, key=lambda place: abs(curve.coverage[place] - coverage))


def _written(measure: Measure, curve: RejectCurve, place: int) -> str:
    value = float(curve.threshold[place])
    value = -value + 0.0 if measure == "entropy" else value
    words = f"1 − {1 - value:.2g}" if 0.999 < value < 1 else f"{value:.3g}"
    return f"{words} keeps {curve.coverage[place]:.1%}"  # the share tells equal words apart


def _numbers(scene: Scene, at: Kept | None, n: int) -> None:
    wrong = _wrong(scene) if at is None else at.all_wrong
    coverage, kept = (1.0, n) if at is None else (at.coverage, at.kept)
    kept_wrong = wrong if at is None else at.wrong
    low, high = wilson(kept - kept_wrong, kept)
    accuracy = "none kept"
    if kept:
        accuracy = f"{(kept - kept_wrong) / kept:.2%} ({low:.1%} to {high:.1%})"
    rejected, caught = n - kept, wrong - kept_wrong
    facts = [
        ("coverage", f"{coverage:.1%}"),
        ("kept", f"{kept:,} of {split_words(scene.view.split, n)}"),
        ("accuracy among them, 95 % interval", accuracy),
        ("misclassified images rejected", f"{caught} of {wrong}"),
        ("rejected though right", f"{rejected - caught:,}"),
    ]
    cells = "".join(f"<div><span>{name}</span><b>{value}</b></div>" for name, value in facts)
    st.html(f'<div class="darkroom-head">{cells}</div>')


def _wrong(scene: Scene) -> int:
    assert scene.answers is not None
    return int((scene.answers.predicted != scene.samples.label)[scene.shown].sum())


def _curve(scene: Scene, measure: Measure) -> RejectCurve:
    store = scene.store
    place = (str(store.root), store.study, store.fingerprint)
    return _reject_curve(scene.evidence, place, scene.view.split, measure)


@st.cache_resource(max_entries=24, show_spinner=False)
def _reject_curve(
    _evidence: Evidence, place: tuple[str, str, str], split: Split, measure: Measure
) -> RejectCurve:
    chosen = _evidence.of_split(split)
    right = (_evidence.predicted == _evidence.label)[chosen]
    # Single precision, as `Rejected` compares: the slider and the selection agree on every sample.
    return reject_curve(certainty(measure, _evidence)[chosen].astype(np.float32), right)


@st.cache_data(max_entries=64, show_spinner=False)
def _spec(
    _store: Store,
    _evidence: Evidence,
    place: tuple[str, str, str],
    split: Split,
    theme: Theme,
    kept: float | None,
    accuracy: float | None,
) -> dict[str, Any]:
    own = {"darksight": KDE, "entropy": "entropy", "max_probability": "max_probability"}
    curves = []
    for measure in MEASURES:
        curve = _reject_curve(_evidence, place, split, measure)
        rows = np.unique(np.linspace(0, len(curve.coverage) - 1, DRAWN).round().astype(int))
        name = confidence_words(own[measure])
        curves.append(AccuracyCurve(name, curve.coverage[rows], curve.accuracy[rows], strong=True))
    stored = held.accuracy_data(_store)
    if len(stored):
        others = stored.loc[~stored["method"].isin(list(own.values())) & (stored["split"] == split)]
        for method, rows in others.groupby("method"):
            share, right = (rows[name].to_numpy() for name in ("share", "accuracy"))
            curves.append(AccuracyCurve(confidence_words(str(method)), share, right))
    return spec_of(accuracy_data_chart(curves, kept=kept, accuracy=accuracy, theme=theme))


def _put_measure() -> None:
    choose.put("measure", st.session_state["w_measure"], "darksight")
    choose.put("threshold", None)


def _put_threshold(measure: Measure, curve: RejectCurve) -> None:
    place = st.session_state["w_threshold"]
    value = float(curve.threshold[place])
    value = -value + 0.0 if measure == "entropy" else value
    keeps_all = place == len(curve.coverage) - 1
    choose.put("threshold", None if keeps_all else f"{value:.9g}")


def _select(rule: Rejected) -> None:
    choose.select(rule)
    choose.put("panel", None)
