"""The contest: removal curves with bands, what each method cost, and figure 15's gallery."""

from html import escape

import numpy as np
import pandas as pd
import streamlit as st

from pages.charts.removal import removal_chart
from pages.parts.deepvid import held
from pages.parts.deepvid.pictures import over_stroke, uri
from pages.parts.deepvid.words import lower_bound
from pages.parts.drawn import spec_of
from pages.parts.literal import literal, plain, shortened
from pages.parts.saliency.words import METHOD_WORDS, method_words
from pages.parts.scene import Scene

METRICS = {
    "top_class_agreement": "same top class",
    "total_variation": "total variation",
    "held_out_kl": "held-out KL (nats)",
    "held_out_agreement": "held-out same class",
    "held_out_r2": "held-out R²",
}
SHOWN_FIRST = (
    *("deepvid", "deepvid_paper", "pixels_lime", "sensitivity", "gradient_x_input"),
    *("integrated_gradients", "grad_cam_plus_plus", "random_stroke"),
)
BINARY = {"pixels_lime"}
TILE = 84


def removal_panel(scene: Scene) -> None:
    """Draw the curves of the chosen methods, and the areas of all."""
    curves, methods = held.curves(scene.store), held.methods(scene.store)
    figures = held.figures(scene.store)
    areas = figures.query("metric == 'removal_area_200'").sort_values("value")
    counts, split = areas["n"].to_numpy(np.int64), str(areas["split"].iloc[0])
    known = areas["method"].tolist()
    st.caption(
        f"Probability of the true class while the most important pixels turn black, mean of "
        f"{images_words(counts, split)} with its 95 % bootstrap band; lower is better. The area is "
        f"the mean over the first {int(curves['removed'].to_numpy().max())} pixels."
        f"{unequal_words(counts)}"
    )
    left, right = st.columns([0.6, 0.4], gap="medium")
    with left:
        chosen = st.multiselect(
            "Methods",
            known,
            default=[method for method in known if method in SHOWN_FIRST],
            key="w_methods",
            format_func=method_words,
            label_visibility="collapsed",
        )
        if chosen:
            table = curves.query(f"method in {chosen}").copy()
            table["name"] = [method_words(method) for method in table["method"]]
            order = [method_words(method) for method in known if method in chosen]
            st.vega_lite_chart(
                spec_of(removal_chart(table, order, theme=scene.theme)),
                key="deepvid_removal",
                alt="Removal curves",
            )
    with right:
        st.dataframe(_areas(areas, methods), hide_index=True, height=370, alt="Areas")
        if lacking := [
            f"{method_words(method)}: {reason}"
            for method, reason in zip(methods["method"], methods["reason"], strict=True)
            if reason
        ]:
            st.caption(literal("Not there. " + " ".join(lacking)))
    st.caption(
        "The hybrid's later rounds mask what its earlier ones found, that is, they sample the way "
        "along which these very curves are walked: it is fitted where it is judged. The methods "
        "that need gradients are not told beforehand how they will be judged."
    )


def images_words(counts: np.ndarray, split: str) -> str:
    """Return how many images the methods were judged on."""
    if counts.min() == counts.max():
        return f"{counts[0]:,} seeded {split} images (n)"
    return f"{counts.min():,} to {counts.max():,} seeded {split} images (n beside each)"


def unequal_words(counts: np.ndarray) -> str:
    """Return how to read a ranking of methods that were judged on unequally many images."""
    if counts.min() == counts.max():
        return ""
    return (
        " All take the images in one order, slow methods only the first of it: methods with the "
        "same n were judged on the same images. Across different n go by the intervals, not by "
        "the rank."
    )


def gallery_panel(scene: Scene) -> None:
    """Draw the maps of one image per class under several methods, as figure 15's left part."""
    found = held.gallery(scene.store)
    if found is None:
        st.info("The gallery comes with the stage saliency_arena.")
        return
    st.caption(
        "One seeded image of each class; the stroke in grey, what speaks for the true class from "
        "black over red to white, each map by its own largest value; LIME's is only there or not."
    )
    head = "".join(
        f"<th>{escape(plain(shortened(scene.names[class_], 10)))}</th>" for class_ in found.classes
    )
    rows = []
    for place, method in enumerate(found.methods):
        cells = []
        for row, sample in enumerate(found.samples):
            drawn = over_stroke(
                found.maps[place, row], held.picture(scene.store, sample), binary=method in BINARY
            )
            words = escape(f"{method_words(method)}, image {sample}")
            cells.append(
                f'<td><img src="{uri(drawn, TILE)}" alt="{words}" title="{words}" width="{TILE}" '
                'style="max-width:100%;image-rendering:pixelated;border-radius:3px"></td>'
            )
        rows.append(f"<tr><th>{escape(method_words(method))}</th>{''.join(cells)}</tr>")
    st.html(
        '<table style="border-collapse:separate;border-spacing:4px;font-size:0.8rem">'
        f"<tr><th></th>{head}</tr>{''.join(rows)}</table>"
    )


def fidelity_panel(scene: Scene) -> None:
    """Draw how faithful the students of each sampler are."""
    figures = held.figures(scene.store)
    rows = figures.query(f"metric in {list(METRICS)}")
    n, split = int(rows["n"].to_numpy().max()), str(rows["split"].iloc[0])
    least = int(rows["n"].to_numpy().min())
    fewer = f" (R² of as few as {least:,}, where logits vary)" if least < n else ""
    st.caption(
        f"{n:,} seeded {split} images{fewer}, 95 % intervals. On the image itself: share with the "
        "same top class, and half the L1 distance of the probabilities. On neighbours kept from "
        "the student, of the sampler's own: KL, same class, R² of the logits."
    )
    table = pd.DataFrame({"students": [method_words(m) for m in _order(rows)]})
    for metric, words in METRICS.items():
        of = rows.query(f"metric == {metric!r}").set_index("method")
        table[words] = [_with_interval(of, method) for method in _order(rows)]
    st.dataframe(table, hide_index=True, alt="Fidelity of students")
    st.caption(
        "The paper's preset draws its neighbours around the reconstruction and is asked about the "
        "image: that, and not the student, is most of what it loses. The hybrid's row judges its "
        "weights for the logits; its maps are drawn from those for the log-odds, which no figure "
        f"here judges.{lower_bound(scene.classes)}"
    )


def _order(rows: pd.DataFrame) -> list[str]:
    return [m for m in METHOD_WORDS if m in set(rows["method"])]


def _with_interval(of: pd.DataFrame, method: str) -> str:
    if method not in of.index:
        return ""
    value, low, high = of.loc[method, ["value", "low", "high"]].to_numpy(np.float64)
    return f"{value:.3f} ({low:.3f} to {high:.3f})" if not np.isnan(low) else f"{value:.3f}"


def _areas(areas: pd.DataFrame, methods: pd.DataFrame) -> pd.DataFrame:
    passes = methods.set_index("method")["evaluations"]
    return pd.DataFrame(
        {
            "method": [method_words(method) for method in areas["method"]],
            "area": areas["value"].round(4),
            "95 %": [
                f"{low:.3f} to {high:.3f}"
                for low, high in zip(areas["low"], areas["high"], strict=True)
            ],
            "n": areas["n"].astype(int),
            "passes per image": [passes.get(method, np.nan) for method in areas["method"]],
        }
    )
