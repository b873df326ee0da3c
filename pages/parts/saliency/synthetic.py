"""Figure 3: the synthetic images around an image in the plane, coloured by their new label."""

import numpy as np
import pandas as pd
import streamlit as st

from pages.charts.synthetic import LABELS, synthetic_chart
from pages.parts import choose
from pages.parts.deepvid.pictures import uri
from pages.parts.drawn import spec_of
from pages.parts.literal import literal, plain, shortened
from pages.parts.saliency import held
from pages.parts.saliency.held import Synthetic
from pages.parts.scene import Scene

LARGE = 40  # pictures drawn in the plane; the others show when they are hovered
SIDE = 30
WORDS = {
    "reconstruction flips": "The generator's reconstruction of this image has another class "
    "already: nothing that happens around it speaks about the image, so no picture is drawn.",
    "nothing flips": "No synthetic image gets another class, even at the largest scale that was "
    "tried: there is no boundary to learn from, so no picture is drawn.",
}


def synthetic_panel(scene: Scene) -> None:
    """Draw the neighbours of a saved image by new label, with the scale and the share of flips."""
    samples = held.synthetic_samples(scene.store)
    if not samples:
        st.info("Re-label's synthetic images come with the stage saliency\\_arena.")
        return
    shown = scene.picked if scene.picked in samples else samples[0]
    st.session_state["w_synthetic"] = shown
    chooser, said = st.columns([0.3, 0.7], gap="small", vertical_alignment="center")
    with chooser:
        st.selectbox(
            "Synthetic images around",
            samples,
            key="w_synthetic",
            format_func=lambda sample: plain(
                f"Around image {sample}, {shortened(scene.names[scene.samples.label[sample]])}"
            ),
            label_visibility="collapsed",
            on_change=_pick,
        )
    found = held.synthetic(scene.store, int(shown))
    with said:
        st.caption(literal(summary(scene, found)))
    if found.reason or found.places.empty:
        st.info(literal(WORDS.get(found.reason, found.reason or "No neighbours are kept.")))
        return
    st.vega_lite_chart(
        spec_of(synthetic_chart(table_of(scene, found), theme=scene.theme, thumbnail=SIDE)),
        key="saliency_synthetic",
        alt="Synthetic images by their new label",
        width="content",
    )
    st.caption(
        "t-SNE of what the teacher makes of each (its representation; logits where it has none). "
        "Where the colours part, the teacher's boundary runs through the neighbourhood and a "
        "linear student has something to learn; figure 3 of the paper."
    )


def summary(scene: Scene, found: Synthetic) -> str:
    """Return how far the neighbours had to be, and how many flip."""
    split = "test" if scene.samples.is_test[found.sample] else "train"
    frequency = found.generator == "frequency"
    kind = "low frequencies'" if frequency else "image's"
    scale = "no scale found" if found.scale is None else f"scale {found.scale:.3g} of sigma"
    moved = " They move low frequencies and keep the others." if frequency else ""
    solved = "" if found.residual is None else f" The student's residual is {found.residual:.1g}."
    return (
        f"1 {split} image, n = {found.count:,} synthetic images by {found.generator}; {scale}, "
        f"{found.share:.0%} flip; {len(found.places):,} are drawn.{moved} Mean squared error of "
        f"the {kind} reconstruction: {found.error:.2g}.{solved}"
    )


def table_of(scene: Scene, found: Synthetic) -> pd.DataFrame:
    """Return the chart's rows: place, new label, class read, picture, and whether it is drawn."""
    places = found.places
    points = places[["x", "y"]].to_numpy(np.float64)
    images = [_picture(found, int(one)) for one in places["neighbor"]]
    kept = np.array([bool(image) for image in images])
    large = np.zeros(len(places), bool)
    large[spread(points, kept, LARGE)] = True
    return pd.DataFrame(
        {
            "x": points[:, 0],
            "y": points[:, 1],
            "label": [LABELS[int(flipped)] for flipped in places["flipped"]],
            "class": [plain(shortened(scene.names[int(one)])) for one in places["class"]],
            "image": images,
            "large": large,
        }
    )


def spread(points: np.ndarray, allowed: np.ndarray, most: int) -> np.ndarray:
    """Return up to `most` allowed points far from each other: each next the farthest from all."""
    places = np.flatnonzero(allowed)
    if not len(places):
        return places
    chosen = [0]
    away = np.square(points[places] - points[places[0]]).sum(axis=1)
    while len(chosen) < min(most, len(places)):
        chosen.append(int(away.argmax()))
        away = np.minimum(away, np.square(points[places] - points[places[chosen[-1]]]).sum(axis=1))
    return places[chosen]


def _picture(found: Synthetic, neighbor: int) -> str:
    return uri(found.pictures[neighbor], SIDE) if neighbor < len(found.pictures) else ""


def _pick() -> None:
    choose.pick(st.session_state["w_synthetic"])
