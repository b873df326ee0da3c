"""The keys of present mode: they reach the page before any picture or hidden button sees them."""

from typing import Literal, get_args

from streamlit import container
from streamlit.components.v2 import component

from pages.components.carrier import carry, javascript, nothing
from pages.components.events import new_event, session_token

Move = Literal["next", "previous", "first", "last", "leave"]

_keys = component("darkroom_keys", js=javascript("keys.js"))


def pressed(key: str) -> Move | None:
    """Return where the reader wants to go by the key pressed last; None where nothing is new."""
    event = new_event(key)
    kind = None if event is None else event.get("kind")
    return kind if kind in get_args(Move) else None


def keys(key: str) -> None:
    """Listen to the keyboard as long as this is drawn; `pressed(key)` says what was pressed."""
    with container(gap=None):
        _keys(key=key, data={"key": key, "height": 0}, on_event_change=nothing)
        carry(key, "view", {"session": session_token()})
