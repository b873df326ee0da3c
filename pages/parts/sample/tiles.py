"""Rows of small pictures with a line below each, as HTML: light, and readable without pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st


@dataclass(frozen=True)
class Tile:
    """A picture as a data URI or address, its words for those who do not see it, and its lines.

    An empty `picture` shows the lines alone. `framed` tiles have a border.
    """

    picture: str
    alt: str
    lines: Sequence[str]
    framed: bool = False


def tiles(rows: Sequence[Tile], side: int, *, pixelated: bool = True) -> None:
    """Draw the tiles in one row, which breaks where it must; `side` is in pixels."""
    smooth = "pixelated" if pixelated else "auto"
    cells = "".join(_tile(tile, side, smooth) for tile in rows)
    st.html(f'<div class="darkroom-tiles">{cells}</div>')


def _tile(tile: Tile, side: int, smooth: str) -> str:
    frame = ' class="framed"' if tile.framed else ""
    picture = (
        f'<img src="{escape(tile.picture)}" alt="{escape(tile.alt)}" title="{escape(tile.alt)}" '
        f'width="{side}" height="{side}" style="image-rendering:{smooth}"{frame}>'
        if tile.picture
        else ""
    )
    lines = "<br>".join(escape(line) for line in tile.lines)
    return f'<figure style="width:{side}px">{picture}<figcaption>{lines}</figcaption></figure>'
