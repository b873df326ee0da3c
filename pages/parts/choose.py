"""Every change of the view: it is written to the URL, and an earlier selection can come back.

The functions are callbacks: Streamlit runs them before the page, so one click costs one run.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import streamlit as st

from pages.parts import travel
from pages.parts.selection import Lasso, Rule, RuleError, listed_ids, parsed, written

_EARLIER = "darkroom.earlier_rules"
_TURN = "darkroom.turn"
_COMPLAINT = "darkroom.complaint"
MOST_EARLIER = 50
"""How many earlier selections can be brought back."""


def put(word: str, value: object | None, default: object | None = None) -> None:
    """Write one word of the view to the URL, or take it out where it is None or the default."""
    text = None if value is None or value == default else str(value)
    if text is None:
        st.query_params.pop(word, None)
    elif st.query_params.get(word) != text:
        st.query_params[word] = text
    travel.rewritten()


def put_all(words: Mapping[str, str]) -> None:
    """Let the URL hold these words and no other: another study is opened."""
    st.query_params.from_dict(words)
    travel.rewritten()
    st.session_state[_EARLIER] = []  # selections of the study that was left
    st.session_state[_TURN] = turn() + 1


def put_widget(word: str, key: str, default: object | None = None) -> None:
    """Write what the widget `key` holds to the URL as `word`."""
    put(word, st.session_state[key], default)


def put_split(key: str, default: str = "test") -> None:
    """Write the split; a lasso is drawn anew on it, so the same corners hold the new members."""
    split = st.session_state[key]
    put("split", split, default)
    rule = current_rule()
    if isinstance(rule, Lasso) and split:
        put("rule", written(replace(rule, split=split)))


def pick(sample_id: int | None) -> None:
    """Pick one image."""
    put("sample", sample_id)


def select(rule: Rule | None) -> None:
    """Make `rule` the selection and remember the one before."""
    before = st.query_params.get("rule")
    after = None if rule is None else written(rule)
    if before == after:
        return
    st.session_state[_EARLIER] = [*earlier(), before][-MOST_EARLIER:]
    put("rule", after)
    st.session_state[_TURN] = turn() + 1


def undo() -> None:
    """Bring back the selection before this one."""
    rules = earlier()
    if rules:
        put("rule", rules[-1])
        st.session_state[_EARLIER] = rules[:-1]
        st.session_state[_TURN] = turn() + 1


def turn() -> int:
    """Return how often the selection has changed in this session."""
    return st.session_state.get(_TURN, 0)


def earlier() -> list[str | None]:
    """Return the earlier selections of this session, the last one last."""
    return st.session_state.get(_EARLIER, [])


def current_rule() -> Rule | None:
    """Return the rule in the URL if it is one."""
    text = st.query_params.get("rule")
    try:
        return None if text is None else parsed(text)
    except RuleError:
        return None


def select_listed(key: str, make: Callable[[tuple[int, ...]], Rule]) -> None:
    """Select the image numbers pasted into the widget `key`, or keep a line that says why not."""
    try:
        select(make(listed_ids(st.session_state[key] or "")))
    except RuleError as error:
        complain(str(error))


def complain(line: str) -> None:
    """Keep one line that the next run of the page shows once."""
    st.session_state[_COMPLAINT] = line


def complaint() -> str | None:
    """Return the line kept by `complain` and forget it."""
    return st.session_state.pop(_COMPLAINT, None)
