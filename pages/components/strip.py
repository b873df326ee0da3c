"""The strip: cards of samples, each with its image, a few words and probabilities as bars."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.components.v2 import component

from pages.components.carrier import carry, either, javascript
from pages.components.events import Pick, pick_event, session_token

_strip = component("darkroom_strip", js=javascript("strip.js"))


@dataclass(frozen=True)
class Bar:
    """A class's probability, and beside it, as a tick, what somebody else gives that class."""

    name: str
    color: str  # "#rrggbb"
    share: float  # 0..1
    other: float | None = None  # 0..1
    true: bool = False  # the true class is underlined


@dataclass(frozen=True)
class Card:
    """What the strip says of one sample; every text is shown literally.

    Cards of one `group` stand below its heading, whose first line is bold.
    """

    sample: int
    title: str
    notes: Sequence[str] = ()
    bars: Sequence[Bar] = ()
    wrong: bool = False  # a red border
    picture: str = ""  # a data URI, where images have no address
    group: str = ""


def card_strip(
    *,
    key: str,
    cards: Sequence[Card],
    thumbnails: str | None = None,
    picked: int | None = None,
    study: str = "",
    height: int = 400,
    empty: str = "No images.",
    on_change: Callable[[], None] | None = None,
) -> Pick:
    """What just happened on the strip that this draws.

    Parameters
    ----------
    key
        Names the strip; with the same key new cards remount nothing.
    cards
        In the order to show; a few dozen at most, for all are built at once.
    thumbnails
        URL template with `{id}` for the sample; None takes each card's own picture.
    picked
        The sample to frame.
    study
        Hovering concerns only maps, grids and strips of the same study.
    height
        The most pixels it takes; what does not fit scrolls.
    empty
        The text to show when there is no card.
    on_change
        Called before the page runs again after an event; `pick_event(key)` says which.

    Raises
    ------
    ValueError
        If the template names no sample, or a share is not in 0..1.
    """
    if thumbnails is not None and "{id}" not in thumbnails:
        raise ValueError(f"thumbnails must be a URL with {{id}} in it, got {thumbnails!r}")
    meta = {
        "cards": [_written(card) for card in cards],
        "thumbnails": thumbnails,
        "empty": empty,
    }
    with st.container(gap=None):
        _strip(
            key=key,
            data={"key": key, "height": int(height)},
            on_event_change=either(on_change),
        )
        carry(key, "cards", meta)
        carry(
            key,
            "view",
            {
                "session": session_token(),
                "study": study,
                "picked": None if picked is None else int(picked),
            },
        )
    return pick_event(key)


def _written(card: Card) -> dict[str, object]:
    return {
        "sample": int(card.sample),
        "title": card.title,
        "notes": list(card.notes),
        "bars": [
            [
                bar.name,
                bar.color,
                _share(bar.share),
                None if bar.other is None else _share(bar.other),
                bool(bar.true),
            ]
            for bar in card.bars
        ],
        "wrong": bool(card.wrong),
        "picture": card.picture,
        "group": card.group,
    }


def _share(share: float) -> float:
    if not -1e-6 <= share <= 1 + 1e-6:
        raise ValueError(f"a share must be 0 to 1, got {share}")
    return round(min(max(float(share), 0.0), 1.0), 5)
