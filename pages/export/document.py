"""The offline file itself: one HTML document that fetches nothing and runs only its own script.

All data stand in it as JSON in which no tag can begin. A content security policy names the hashes
of the file's own scripts, so a script that some name smuggled in would not run even if it had
become one.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from pages.charts.palette import (
    BAR,
    INK,
    MUTED,
    RAMP,
    RED,
    RIGHT_OR_WRONG,
    RULE,
    categorical,
)
from pages.components.carrier import javascript
from pages.export.photograph import Album

_FOLDER = Path(__file__).parent
_ENTRY = re.compile(r"^export default function\b", re.MULTILINE)
MOST_COLORS = 200


def document(title: str, body: str, album: Album) -> str:
    """Return the whole file.

    Parameters
    ----------
    title
        Of the window; shown literally.
    body
        HTML that stands in it; what came from outside is escaped in it.
    album
        What moves in it.
    """
    script = _script(album.programs)
    mark = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    policy = (
        f"default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{mark}'; base-uri 'none'; form-action 'none'"
    )
    data = {
        "parts": album.parts,
        "mounts": album.mounts,
        "blobs": album.blobs.texts,
        "dark": dark_colors(),
    }
    held = "\n".join(
        f'<script type="application/json" id="{name}">{harmless(value)}</script>'
        for name, value in data.items()
    )
    style = (_FOLDER / "document.css").read_text("utf-8")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n{''.join(album.styles)}\n<style>{style}</style>\n"
        f"</head><body>\n{body}\n{held}\n<script>{script}</script>\n</body></html>\n"
    )


def harmless(value: Any) -> str:
    """Return JSON in which no tag, comment or reference can begin."""
    text = json.dumps(value, separators=(",", ":"))  # ASCII: line separators are escaped as well
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def dark_colors() -> dict[str, str]:
    """Return for each colour of the light theme the same one of the dark theme."""
    pairs = [
        *zip(categorical(MOST_COLORS), categorical(MOST_COLORS, "dark"), strict=True),
        *zip(RAMP["light"], RAMP["dark"], strict=True),
        *zip(RIGHT_OR_WRONG["light"], RIGHT_OR_WRONG["dark"], strict=True),
        *((named["light"], named["dark"]) for named in (INK, MUTED, RULE, BAR, RED)),
    ]
    return dict(pairs)


def _script(programs: Mapping[str, str]) -> str:
    """Return the file's one script: components, each in a function, and what mounts them.

    Raises
    ------
    ValueError
        If a program could end the script it stands in.
    """
    wrapped = [
        f"{json.dumps(name)}: () => {{\n{_ENTRY.sub('return function', text)}\n}}"
        for name, text in sorted(programs.items())
    ]
    lines = (
        javascript(),
        "{",  # its names are no concern of the registry of parts, nor the other way round
        f"const PROGRAMS = {{{','.join(wrapped)}}};",
        (_FOLDER / "document.js").read_text("utf-8"),
        "}",
    )
    script = '(() => {\n"use strict";\n' + "\n".join(lines) + "\n})();"
    if "</script" in script.lower() or "<!--" in script:
        raise ValueError("a component's program must not hold the end of a script or a comment")
    return script
