"""The path of one class through the layers, and the classes that change company most (8.2)."""

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts import choose
from pages.parts.literal import literal, plain
from pages.parts.summit import held
from pages.parts.summit.cases import neighbors
from pages.parts.summit.heed import choose_class
from pages.parts.summit.rows import leading_rows
from pages.parts.summit.seen import Seen

NEAREST = 5
MOST = 200  # classes in the list of those that change most


def path_panel(seen: Seen) -> None:
    """Draw the class's nearest classes layer by layer, and beside them the restless classes."""
    left, right = st.columns([0.64, 0.36], gap="small")
    with left, st.container(gap="xxsmall"):
        _own(seen)
    with right, st.container(gap="xxsmall"):
        _restless(seen)


def _own(seen: Seen) -> None:
    store, class_ = seen.store, seen.wish.class_
    layers = list(reversed(range(len(seen.outline.layers))))
    change = held.change(store)[:, seen.place]
    near = {layer: neighbors(store, class_, layer, NEAREST) for layer in layers}
    frame = pd.DataFrame(
        {
            "layer": [plain(seen.outline.layers[layer]) for layer in layers],
            "changed": [100 * change[layer] for layer in layers],
            **{
                f"{rank + 1}.": [
                    plain(seen.names[near[layer][rank]]) if rank < len(near[layer]) else ""
                    for layer in layers
                ]
                for rank in range(NEAREST)
            },
        }
    )
    st.caption(
        f"Most similar classes of {literal(seen.name(class_))}, the last layer on top · a row "
        "shows its layer on the map"
    )
    leading_rows(
        "summit_path",
        frame,
        layers,
        lambda layer: _go_to_layer(seen, layer),
        chosen=seen.wish.layer,
        columns={
            "changed": st.column_config.NumberColumn(
                format="%.0f %%", help="Share of the five that were not among them a layer below"
            )
        },
        alt="Most similar classes by layer",
    )


def _restless(seen: Seen) -> None:
    mean = np.nanmean(held.change(seen.store), axis=0)
    order = np.argsort(-mean, kind="stable")[:MOST]
    classes = [int(seen.outline.classes[at]) for at in order]
    st.caption("Classes that change company most · a row opens the class")
    leading_rows(
        "summit_restless",
        pd.DataFrame(
            {
                "class": [seen.name(class_) for class_ in classes],
                "mean change": 100 * mean[order],
            }
        ),
        classes,
        lambda class_: None if class_ is None else choose_class(class_),
        chosen=seen.wish.class_,
        most=max(5, len(seen.outline.layers)),
        columns={
            "mean change": st.column_config.NumberColumn(
                format="%.0f %%", help="Of the five nearest classes, from a layer to the next"
            )
        },
        alt="Classes by how much their neighbourhood changes",
    )


def _go_to_layer(seen: Seen, layer: int | None) -> None:
    if layer is not None:
        names = seen.outline.layers
        choose.put("layer", names[layer], names[-1])
