"""The list of classes: search, order, likeness, accuracy and a histogram for each; any number.

Only the rows in sight are built. The chosen class stays on top. Search and order work without the
server; a click tells the page which class was chosen, or which is to be compared with it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.components.v2 import component

from pages.components.carrier import carry, either, javascript
from pages.components.events import integer, new_event, session_token

_list = component(
    "darkroom_class_list", js=javascript("class_list_style.js", "histogram.js", "class_list.js")
)


@dataclass(frozen=True)
class ClassListState:
    """What just happened in the list; all None when nothing new did."""

    picked: int | None = None  # the number of the class chosen
    second: int | None = None  # the class to compare with
    sort: str | None = None  # the order chosen
    sequence: int = 0  # rises with every event


def class_list_event(key: str) -> ClassListState:
    """The event that the list `key` reports and nobody has taken yet; empty if there is none."""
    event = new_event(key)
    if event is None:
        return ClassListState()
    kind, sequence = event.get("kind"), event["sequence"]
    match kind:
        case "pick":
            return ClassListState(picked=integer(event.get("value")), sequence=sequence)
        case "second":
            return ClassListState(second=integer(event.get("value")), sequence=sequence)
        case "sort":
            return ClassListState(sort=str(event.get("value")), sequence=sequence)
    return ClassListState(sequence=sequence)


def class_list(
    *,
    key: str,
    classes: np.ndarray,
    names: Sequence[str],
    similarity: np.ndarray,
    picked: int,
    accuracy: np.ndarray | None = None,
    images: np.ndarray | None = None,
    histogram: np.ndarray | None = None,
    second: int | None = None,
    sort: str = "similarity",
    layer: str = "",
    counted: str = "",
    missing: str = "",
    study: str = "",
    height: int = 400,
    on_change: Callable[[], None] | None = None,
) -> ClassListState:
    """What just happened in the list that this draws.

    Parameters
    ----------
    key
        Names the list; with the same key new data remount nothing.
    classes, names
        Number and name of each class; names are shown literally.
    similarity
        Likeness of each class to the chosen one, 0 to 1; NaN where unknown.
    picked, second
        Numbers of the chosen class, which stands on top, and of the one compared with it.
    accuracy, images, histogram
        Share of each class's own images that are classified right (NaN without any), how many
        they are, and their histogram [class bin]; None where they are not known.
    sort
        "similarity", "accuracy_down" or "accuracy_up".
    layer
        The layer of the likeness, in words.
    counted
        What accuracy and histogram were counted on, in words.
    missing
        Why there is no accuracy, where there is none.
    study
        Hovering concerns only maps and lists of the same study.
    height
        Of the whole component, in pixels.
    on_change
        Called before the page runs again after an event; `class_list_event(key)` says which.

    Raises
    ------
    ValueError
        If lengths disagree.
    """
    n = len(classes)
    given = {"names": names, "similarity": similarity, "accuracy": accuracy, "images": images,
             "histogram": histogram}  # fmt: skip
    for word, values in given.items():
        if values is not None and len(values) != n:
            raise ValueError(f"{word} must have one entry for each of {n} classes: {len(values)}")
    arrays: dict[str, np.ndarray] = {"ids": classes.astype(np.int32)}
    if accuracy is not None and images is not None and histogram is not None:
        arrays["accuracy"] = accuracy.astype(np.float32)
        arrays["images"] = images.astype(np.int32)
        arrays["histogram"] = histogram.astype(np.uint16)
    bins = 0 if histogram is None else histogram.shape[1]
    with st.container(gap=None):
        _list(
            key=key,
            data={"key": key, "height": int(height)},
            on_event_change=either(on_change),
        )
        carry(
            key,
            "classes",
            {
                "names": [str(name) for name in names],
                "bins": bins,
                "counted": counted,
                "missing": missing,
            },
            arrays,
        )
        carry(key, "similarity", {"layer": layer}, {"values": similarity.astype(np.float32)})
        carry(
            key,
            "view",
            {
                "session": session_token(),
                "study": study,
                "picked": int(picked),
                "second": None if second is None else int(second),
                "sort": sort,
            },
        )
    return class_list_event(key)
