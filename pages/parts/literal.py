"""Names from data sets show as they are written, wherever Streamlit would read Markdown."""

import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&\"'^=@/])")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def literal(text: object) -> str:
    """Return `text` so that Markdown shows it literally: labels, captions, buttons, help.

    Control characters, line breaks and marks that turn the direction of writing become a space.
    """
    return _SPECIAL.sub(r"\\\1", plain(text))


def plain(text: object) -> str:
    """Return `text` on one line, for places that read no Markdown."""
    return _UNSEEN.sub(" ", str(text))


def shortened(text: object, length: int = 24) -> str:
    """Return `text` on one line and cut to `length` characters, with an ellipsis if it was cut."""
    line = plain(text)
    return line if len(line) <= length else line[: length - 1] + "…"
