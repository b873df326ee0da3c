"""Events of our components: each is handed to the page once, whoever asks first.

A component holds one state value, `event`, and Streamlit keeps it: over reruns, and, after a lost
connection, into a new session. Every event therefore bears a sequence number and the token of the
session in which it happened. An event that was handed out, or comes from another session, is old.
"""

import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st


@dataclass(frozen=True)
class Pick:
    """What just happened on a grid or a strip; `picked` is None when nothing new did."""

    picked: int | None = None  # the sample clicked, or chosen by Enter
    sequence: int = 0  # rises with every event


def pick_event(key: str) -> Pick:
    """The pick that the component `key` reports and nobody has taken yet, else an empty one."""
    event = new_event(key)
    return Pick() if event is None else Pick(integer(event.get("sample")), event["sequence"])


def session_token() -> str:
    """The token of this session, made at the first call."""
    return st.session_state.setdefault("darkroom.session", secrets.token_hex(4))


def new_event(key: str) -> dict[str, Any] | None:
    """The event of the component `key` that nobody has taken yet, else None.

    Parameters
    ----------
    key
        The component's key. `st.session_state[key] = {"event": {...}}` before the component is
        drawn stands for an event; without the entry `session` it counts as this session's own.
    """
    state = st.session_state.get(key)
    event = state.get("event") if isinstance(state, Mapping) else None
    if not isinstance(event, dict) or (sequence := integer(event.get("sequence"))) is None:
        return None
    if event.get("session", session_token()) != session_token():
        return None
    taken = f"{key}.taken"
    if st.session_state.get(taken) == sequence:
        return None
    st.session_state[taken] = sequence
    return dict(event)


def integer(value: Any) -> int | None:
    """The value if it is a whole number (what comes from a browser may be anything), else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def number(value: Any) -> float | None:
    """The value if it is a finite number, else None."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if good else None
