"""A page as it looks in the dashboard, kept as HTML: run once without a browser, then read.

Streamlit's own test runner draws the page; every element that says something is written down:
texts, tables, charts as SVG, and our components with their data, which move in the file as they
do in the dashboard. Controls are left out, as nothing could answer them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Element

from pages.export.blobs import Blobs, unpacked
from pages.export.charts import svg
from pages.export.tables import table
from pages.parts.deepvid.explain import AUTO
from pages.parts.story.prose import inline, prose

PAGES = Path(__file__).resolve().parents[1]
WIDTH = 1180  # of the document's column, in pixels
GAP = 18
SECONDS = 300
CARRIER = "darkroom_carrier"


class PageFailed(RuntimeError):
    """A page could not be drawn; the message is one line."""


@dataclass
class Album:
    """What all photographs of a file share: arrays, each component's program, what is mounted."""

    blobs: Blobs = field(default_factory=Blobs)
    programs: dict[str, str] = field(default_factory=dict)
    parts: list[dict[str, Any]] = field(default_factory=list)
    mounts: list[dict[str, Any]] = field(default_factory=list)
    styles: dict[str, None] = field(default_factory=dict)


def photograph(
    album: Album, page: str, words: Mapping[str, str], mark: str, *, folded: bool
) -> str:
    """Return a page's HTML; what moves in it is put into the album.

    Parameters
    ----------
    page
        The name of its file.
    words
        The words of its address.
    mark
        The view's own name in the file, so that views of one page do not mix.
    folded
        Whether what the page folds away (guide, provenance) comes along.

    Raises
    ------
    PageFailed
        If the page cannot be drawn.
    """
    run = AppTest.from_file(str(PAGES / f"{page}.py"), default_timeout=SECONDS)
    for word, value in words.items():
        run.query_params[word] = value
    run.session_state[AUTO] = True  # nobody is there to click
    try:
        run.run()
    except RuntimeError as error:  # what the runner raises once its time is over
        raise PageFailed(f"page {page}: {' '.join(str(error).split())}") from None
    if run.exception:
        raise PageFailed(f"page {page}: {' '.join(run.exception[0].message.split())}")
    written = _Written(album, mark, folded)
    for element in run.get("html"):
        body = element.proto.body
        if body.lstrip().startswith("<style"):
            album.styles[body] = None
    return written.block(run.main, WIDTH)


class _Written:
    """The elements of one page, one after the other."""

    def __init__(self, album: Album, mark: str, folded: bool):
        self.album, self.mark, self.folded = album, mark, folded

    def block(self, block: Block, width: float) -> str:
        """Return what stands in a block that is so many pixels wide."""
        kind, proto = block.type, block.proto
        if kind in ("popover", "dialog") or "-picked_id" in getattr(proto, "id", ""):
            return ""
        children = list(block.children.values())
        if kind == "expander":
            inside = self._all(children, width) if self.folded else ""
            label = inline(getattr(proto, "label", ""))
            return f"<details><summary>{label}</summary>{inside}</details>" if inside else ""
        columns = [c for c in children if isinstance(c, Block) and c.type == "column"]
        if columns and len(columns) == len(children):
            return self._columns(columns, width)
        inside = self._all(children, width)
        if not inside:
            return ""
        across = proto is not None and "direction: HORIZONTAL" in str(proto)
        return f'<div class="{"row" if across else "stack"}">{inside}</div>'

    def _all(self, children: list[Any], width: float) -> str:
        return "".join(
            self.block(child, width) if isinstance(child, Block) else self.element(child, width)
            for child in children
        )

    def _columns(self, columns: list[Block], width: float) -> str:
        weights = [getattr(column.proto, "weight", 1.0) for column in columns]
        room = width - GAP * (len(columns) - 1)
        inside = [
            self._all(list(column.children.values()), room * weight / sum(weights))
            for column, weight in zip(columns, weights, strict=True)
        ]
        kept = [(w, html) for w, html in zip(weights, inside, strict=True) if html]
        if not kept:
            return ""
        cells = "".join(f'<div style="flex:{w:.4g} 1 0">{html}</div>' for w, html in kept)
        return f'<div class="columns">{cells}</div>'

    def element(self, element: Element, width: float) -> str:
        """Return one element; a control is nothing."""
        proto: Any = element.proto
        match element.type:
            case "markdown":
                return prose(proto.body)
            case "caption":
                return f'<div class="caption">{prose(proto.body)}</div>'
            case "info" | "warning" | "success" | "error":
                return f'<div class="said">{prose(proto.body)}</div>'
            case "code":
                return f"<pre>{escape(proto.code_text)}</pre>"
            case "json":
                return f"<pre>{escape(json.dumps(json.loads(proto.body), indent=1))}</pre>"
            case "html":
                body = proto.body
                return "" if body.lstrip().startswith("<style") else f"<div>{body}</div>"
            case "arrow_data_frame" | "dataframe" | "table":
                value: Any = getattr(element, "value", None)
                if not isinstance(value, pd.DataFrame):
                    return ""
                return table(value, proto.columns, tuple(proto.column_order))
            case "vega_lite_chart":
                return self._chart(proto, width)
            case "bidi_component":
                return self._component(proto)
        return ""

    def _chart(self, proto: Any, width: float) -> str:
        spec = json.loads(proto.spec)
        for held in proto.datasets:
            rows = _frame(held.data.data).to_dict("records")
            spec.setdefault("datasets", {})[held.name] = rows
        if proto.data.data:
            spec["data"] = {"values": _frame(proto.data.data).to_dict("records")}
        words, drawn = escape(proto.alt or "A chart", quote=True), svg(spec, int(width))
        return f'<figure class="chart" aria-label="{words}">{drawn}</figure>'

    def _component(self, proto: Any) -> str:
        if proto.component_name == CARRIER:
            part = unpacked(proto.bytes, self.album.blobs)
            self.album.parts.append(part.as_json(f"{self.mark}.{part.key}"))
            return ""
        data = json.loads(proto.json) if proto.json else {}
        if not isinstance(data, dict) or "key" not in data:
            return ""
        self.album.programs[proto.component_name] = proto.js_content
        place = len(self.album.mounts)
        key = f"{self.mark}.{data['key']}"
        self.album.mounts.append({"name": proto.component_name, "data": {**data, "key": key}})
        height = int(data.get("height") or 0)
        return f'<div class="mount" data-mount="{place}" style="min-height:{height}px"></div>'


def _frame(arrow: bytes) -> pd.DataFrame:
    import pyarrow as pa

    return pa.ipc.open_stream(arrow).read_pandas()
