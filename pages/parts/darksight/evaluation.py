"""How DarkSight does against every other picture, and where the paper's claims hold.

Figures of the stage `darksight_evaluation`; what each means stands in the column's help.
"""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.store import Store
from pages.charts.curves import line_chart
from pages.charts.gains import gain_chart
from pages.charts.palette import Theme
from pages.parts.darksight import held
from pages.parts.darksight.claims import FEW_ERRORS, SIGNS, claims, compared
from pages.parts.darksight.held import EVALUATION, KDE, METHOD, Rating, rated
from pages.parts.darksight.names import confidence_words, picture_words
from pages.parts.drawn import spec_of
from pages.parts.empty import missing_stage
from pages.parts.literal import literal
from pages.parts.scene import Scene
from pages.parts.selection import Split
from pages.parts.wording import split_words

CONFIDENCES = ("accuracy_data_area", "accuracy_data_gain", "outlier_auroc")
PICTURES = {
    "cluster_preservation": (
        "cluster preservation",
        "Mean over classes of Spearman(confidence, minus distance to centre); 1: it falls outwards",
    ),
    "silhouette": ("silhouette", "By predicted class, -1 to 1; 1: clusters are tight and apart"),
    "global_fidelity": (
        "global fidelity",
        "Spearman over class pairs of nearness and confusion; 1: near classes are confused most",
    ),
    "global_fidelity_soft": ("... with mean probabilities", "The same with probabilities"),
    "transition_order": (
        "transition order",
        "Mean over pairs of neighbouring classes of Spearman(place on the way, log-odds)",
    ),
    "trustworthiness_k15": (
        "trustworthiness",
        "Whether neighbours in the picture (k = 15) are neighbours in the probabilities",
    ),
    "local_fidelity_k1": ("M_1, lower", "Mean Jensen-Shannon distance to the nearest point"),
    "local_fidelity_k15": ("M_15, lower", "... to the 15 nearest (equation 10)"),
    "local_fidelity_k100": ("M_100, lower", "... to the 100 nearest"),
}
VERDICTS = {
    "holds": "worse",
    "cannot be told": "not told apart",
    "does not hold": "better",
}


def evaluation(scene: Scene) -> None:
    """Draw claims, confidences and pictures, or say which stage they wait for."""
    st.markdown("##### Do the paper's claims hold here?")
    store = scene.store
    if not store.has(EVALUATION):
        missing_stage(store.study, EVALUATION, "Comparison with other pictures comes from")
        return
    ratings = held.ratings(store)
    area = rated(ratings, "accuracy_data_area")
    if not area:
        st.info("The evaluation of this study holds no confidences.")
        return
    judged = next(iter(area.values()))
    errors = _errors(scene, judged.split)
    whole = split_words(judged.split, judged.n)
    counted = f"{whole}, {errors} misclassified"
    left, right = st.columns([0.5, 0.5], gap="medium")
    with left:
        _claims(scene, counted, errors)
    with right:
        st.caption(f"Gain of KDE on DarkSight over each other confidence · {counted}")
        if rated(ratings, "accuracy_data_gain"):
            st.vega_lite_chart(
                _gains(store, *_key(store), scene.theme),
                key="darksight_gains",
                alt="Gain in accuracy-data area over each other confidence with intervals",
            )
    left, right = st.columns([0.5, 0.5], gap="medium")
    with left:
        st.markdown("##### Confidences")
        st.caption(f"The best first · {counted}")
        _confidences(ratings)
    with right:
        st.markdown("##### Local fidelity")
        st.caption(
            "M_k, equation 10: mean Jensen-Shannon distance to the k nearest points, lower is "
            f"better · {whole} · dashed: the paper's reading, by the student's probabilities, "
            "which no other picture has"
        )
        if local_curves(scene):
            st.vega_lite_chart(
                _local(store, *_key(store), scene.theme),
                key="darksight_local",
                alt="Local fidelity over the number of neighbours for every picture",
            )
    st.markdown("##### Pictures")
    st.caption(f"{whole} · 95 % intervals where they are known · a column's help says what it is")
    _pictures(ratings)


def local_curves(scene: Scene) -> dict[str, np.ndarray]:
    """Return M_1, M_2, ... by picture; empty before the stage is built."""
    local = held.local_fidelity(scene.store)
    if not len(local):
        return {}
    return {
        str(method): rows.sort_values("k")["value"].to_numpy(np.float64)
        for method, rows in local.groupby("method")
    }


def _errors(scene: Scene, split: Split) -> int:
    assert scene.answers is not None
    wrong = scene.answers.predicted != scene.samples.label
    return int(wrong[scene.evidence.of_split(split)].sum())


def _claims(scene: Scene, counted: str, errors: int) -> None:
    lines = [
        f"**{SIGNS[claim.outcome]} {claim.outcome}** · {literal(claim.said)}  \n"
        f":small[{literal(claim.figures)}]"
        for claim in claims(held.ratings(scene.store), local_curves(scene))
    ]
    st.caption(f"Judged on {counted}; a gain counts where its 95 % interval leaves out 0")
    if errors < FEW_ERRORS:
        st.caption(
            f"With {errors} errors hardly any two confidences can be told apart: judge the claims "
            "on a study with more"
        )
    st.markdown("\n\n".join(lines))


def _confidences(ratings: list[Rating]) -> None:
    area, gain, auroc = (rated(ratings, metric) for metric in CONFIDENCES)
    # Of a very good teacher all areas are near 1: the fifth digit tells them apart.
    digits = 5 if area[KDE].value > 0.999 else 4
    rows = []
    for method, rating in sorted(area.items(), key=lambda item: -item[1].value):
        verdict = "–"
        if method in gain and np.isfinite(gain[method].value):
            verdict = VERDICTS[compared(gain[method])]
        rows.append(
            {
                "confidence": confidence_words(method),
                "accuracy-data area": _cell(rating, digits),
                "outlier AUROC": _cell(auroc.get(method), 3),
                "than DarkSight": verdict,
            }
        )
    columns = st.column_config
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height=_height(len(rows)),
        column_config={
            "accuracy-data area": columns.TextColumn(
                help="Mean accuracy among the most confident 1, 2, ... n samples (figure 8)"
            ),
            "outlier AUROC": columns.TextColumn(
                help="Chance that a right prediction is more confident than a wrong one"
            ),
            "than DarkSight": columns.TextColumn(
                help="Better or worse than KDE on DarkSight, by the 95 % interval of the gain "
                "on the same samples"
            ),
        },
        alt="Confidences with accuracy-data area, outlier AUROC and comparison",
    )


def _pictures(ratings: list[Rating]) -> None:
    table = {
        metric: found
        for metric in PICTURES
        if (found := {m: r for m, r in rated(ratings, metric).items() if m != KDE})
    }
    methods = {method for found in table.values() for method in found}
    ordered = sorted(methods, key=lambda m: (not m.startswith(METHOD), picture_words(m)))
    rows = [
        {
            "picture": picture_words(method),
            **{PICTURES[metric][0]: _cell(found.get(method), 2) for metric, found in table.items()},
        }
        for method in ordered
    ]
    columns = st.column_config
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height=_height(len(rows)),
        column_config={
            PICTURES[metric][0]: columns.TextColumn(help=PICTURES[metric][1]) for metric in table
        },
        alt="Pictures with the figures that judge them",
    )


def _cell(rating: Rating | None, digits: int) -> str:
    if rating is None or np.isnan(rating.value):
        return "–"
    if np.isnan(rating.low):
        return f"{rating.value:.{digits}f}"
    return f"{rating.value:.{digits}f} ({rating.low:.{digits}f} to {rating.high:.{digits}f})"


def _height(rows: int) -> int:
    return min(35 * (rows + 1) + 3, 458)


def _key(store: Store) -> tuple[str, str, str]:
    return str(store.root), store.study, store.fingerprint


@st.cache_data(max_entries=16, show_spinner=False)
def _gains(_store: Store, root: str, study: str, fingerprint: str, theme: Theme) -> dict[str, Any]:
    gains = rated(held.ratings(_store), "accuracy_data_gain")
    rows = [
        (confidence_words(method), gain.value, gain.low, gain.high)
        for method, gain in gains.items()
        if np.isfinite([gain.value, gain.low, gain.high]).all()
    ]
    table = pd.DataFrame(rows, columns=["name", "value", "low", "high"])
    return spec_of(gain_chart(table, theme=theme))


@st.cache_data(max_entries=16, show_spinner=False)
def _local(_store: Store, root: str, study: str, fingerprint: str, theme: Theme) -> dict[str, Any]:
    local = held.local_fidelity(_store)
    methods = sorted({str(m) for m in local["method"]}, key=lambda m: (not m.startswith(METHOD), m))
    order = [picture_words(method) for method in methods]
    table = pd.DataFrame(
        {
            "k": local["k"].to_numpy(),
            "M_k": local["value"].to_numpy().round(5),
            "name": [picture_words(str(method)) for method in local["method"]],
        }
    )
    chart = line_chart(
        table,
        x="k",
        y="M_k",
        x_title="neighbours k",
        y_title="M_k",
        order=order,
        dashed=[picture_words("darksight_student")],
        theme=theme,
        height=400,
    )
    return spec_of(chart)
