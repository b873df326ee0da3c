"""Early decision (section 8.5): a linear classifier on each class's top channels of one layer."""

import numpy as np
import pandas as pd
import streamlit as st

from core.store import Store
from core.summit.early import decided_early
from pages.charts.layers import layer_lines
from pages.parts.drawn import spec_of
from pages.parts.literal import literal, shortened
from pages.parts.summit import held
from pages.parts.summit.heed import choose_class
from pages.parts.summit.rows import leading_rows
from pages.parts.summit.seen import Seen
from pages.parts.summit.standing import standing

HEIGHT = 240


def early_panel(seen: Seen) -> None:
    """Draw how well each layer decides alone, and which classes it decides as the teacher does."""
    accuracy = early_accuracy(seen.store)
    if accuracy is None:
        note = held.notes(seen.store).get("early")
        st.info(literal(note.text) if note else "It comes from the stage summit\\_evaluation.")
        return
    left, right = st.columns([0.58, 0.42], gap="small")
    with left, st.container(gap="xxsmall"):
        _lines(seen, accuracy)
    with right, st.container(gap="xxsmall"):
        _decided(seen, accuracy)


def early_accuracy(store: Store) -> np.ndarray | None:
    """Return each layer's own accuracy on each class, [layer class] by place; None without."""
    rows = held.table(
        store,
        held.EVALUATION,
        "early_decision",
        'select layer, "class", accuracy from early_decision order by layer, "class"',
    )
    if rows.empty:
        return None
    outline = held.outline(store)
    found = np.full((len(outline.layers), len(outline.classes)), np.nan)
    place = np.searchsorted(outline.classes, rows["class"].to_numpy())
    found[rows["layer"].to_numpy(), place] = rows["accuracy"].to_numpy()
    return found


def _lines(seen: Seen, accuracy: np.ndarray) -> None:
    layers = seen.outline.layers
    own, mean = f"{shortened(seen.name(seen.wish.class_))} ", "mean of all classes"
    lines = [(own, accuracy[:, seen.place]), (mean, np.nanmean(accuracy, axis=1))]
    if (final := _final(seen)) is not None:
        lines.append(("the teacher, on this class", np.full(len(layers), final[seen.place])))
    table = pd.DataFrame(
        [
            {"layer": layer, "name": name, "share": float(share)}
            for name, shares in lines
            for layer, share in enumerate(shares)
        ]
    )
    st.vega_lite_chart(
        spec_of(
            layer_lines(table, layers, [name for name, _ in lines], theme=seen.theme, height=HEIGHT)
        ),
        key="summit_early",
        alt="Accuracy of each layer's own decision",
    )
    count = "select sum(n) as n from early_decision where layer = 0"
    n = held.table(seen.store, held.EVALUATION, "early_decision", count)["n"].iloc[0]
    st.caption(f"Ridge regression on the top channels of each layer, test images, n = {n:,.0f}")


def _decided(seen: Seen, accuracy: np.ndarray) -> None:
    final = _final(seen)
    if final is None:
        st.info("The teacher's accuracy on each class comes from the stage predictions.")
        return
    names = [str(layer) for layer in range(len(seen.outline.layers))]
    by_layer = dict(zip(names, accuracy, strict=True))
    found = decided_early(by_layer, final)
    st.caption(
        f"{len(found)} of {len(final)} classes are decided before the last layer as well as by the "
        "teacher (2 percent points less pass) · a row opens the class"
    )
    classes = [int(seen.outline.classes[place]) for place in found]
    leading_rows(
        "summit_decided",
        pd.DataFrame(
            {
                "class": [seen.name(class_) for class_ in classes],
                "from layer": [seen.outline.layers[int(layer)] for layer in found.values()],
                "layer": [100 * by_layer[layer][place] for place, layer in found.items()],
                "teacher": [100 * final[place] for place in found],
            }
        ),
        classes,
        lambda class_: None if class_ is None else choose_class(class_),
        chosen=seen.wish.class_,
        most=6,
        columns={
            name: st.column_config.NumberColumn(f"{name} right", format="%.0f %%")
            for name in ("layer", "teacher")
        },
        alt="Classes decided early",
    )


def _final(seen: Seen) -> np.ndarray | None:
    """Return the teacher's accuracy on each class's test images, by place."""
    if seen.scene is None or seen.scene.epoch is None:
        return None
    return standing(seen.store, "test", seen.scene.epoch).accuracy
