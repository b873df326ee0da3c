"""The graph as a page of PyVis: one HTML file that needs no network and no server.

PyVis is the builder; its own page is not used, since that loads scripts from elsewhere and shows
headings as HTML. The file holds vis-network as PyVis brings it and the graph as JSON.
"""

import json
from html import escape
from importlib import resources
from typing import Any

import numpy as np

from pages.charts.palette import INK, MUTED
from pages.components.attribution_graph import Drawn
from pages.parts.literal import plain
from pages.parts.summit.pictures import main_picture, uri
from pages.parts.summit.seen import Seen

LIBRARY = "lib/vis-9.1.2/vis-network.min.js"
ROW, SLOT = 150, 92  # pixels between layers, and between channels of a layer
LARGEST, SMALLEST = 36, 10  # half the side of a picture, in pixels

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:;
 style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<style>html,body{{margin:0;height:100%;font:14px system-ui,sans-serif;color:{ink}}}
h1{{font-size:17px;margin:12px 16px 2px}}p{{margin:0 16px;color:{muted};font-size:12px}}
#graph{{height:calc(100% - 70px)}}
div.vis-tooltip{{position:absolute;visibility:hidden;padding:5px 8px;white-space:pre;
background:#fff;border:1px solid #ccc;border-radius:4px;pointer-events:none;font-size:12px}}</style>
</head><body><h1>{title}</h1><p>{words}</p><div id="graph"></div>
<script>{library}</script>
<script>
const held = {held};
new vis.Network(document.getElementById("graph"),
  {{nodes: new vis.DataSet(held.nodes), edges: new vis.DataSet(held.edges)}}, held.options);
</script></body></html>
"""


def pyvis_page(seen: Seen, drawn: Drawn, title: str, *, whole: bool) -> bytes:
    """Return the page of a graph.

    Parameters
    ----------
    drawn
        The graph as it is drawn.
    title
        Stands above it, literally.
    whole
        Whether all of it goes there, or what passes the threshold that the page shows.
    """
    from pyvis.network import Network  # a third of a second, for those who export

    kept = np.ones(len(drawn.layer), bool) if whole else shown(drawn, seen)
    network = Network(directed=True, cdn_resources="in_line")
    _add_vertices(network, seen, drawn, kept)
    _add_edges(network, seen, drawn, kept)
    network.toggle_physics(False)
    options = json.loads(network.options.to_json())
    options["edges"] = {"smooth": {"type": "cubicBezier", "forceDirection": "vertical"}}
    options["interaction"] = {"hover": True, "tooltipDelay": 80}
    held = {"nodes": network.nodes, "edges": network.edges, "options": options}
    threshold = 0 if whole else seen.wish.least
    return _PAGE.format(
        title=escape(plain(title)),
        words=escape(_words(seen, int(kept.sum()), threshold)),
        ink=INK["light"],
        muted=MUTED["light"],
        library=_library(),
        held=_json(held),
    ).encode()


def shown(drawn: Drawn, seen: Seen) -> np.ndarray:
    """Return which vertices pass the page's threshold."""
    kept = _size(drawn) >= seen.wish.least
    return kept & (drawn.flags == 0) if seen.wish.hide_flagged else kept


def _add_vertices(network: Any, seen: Seen, drawn: Drawn, kept: np.ndarray) -> None:
    size, last = _size(drawn), len(seen.outline.layers) - 1
    most = max(1.0, float(size.max(initial=1)))
    for layer, name in enumerate(seen.outline.layers):
        row = [i for i in np.flatnonzero(drawn.layer == layer).tolist() if kept[i]]
        row.sort(key=lambda i: (-size[i], int(drawn.channel[i])))
        row = row[::-2] + row[len(row) % 2 :: 2] if len(row) > 2 else row  # largest in the middle
        if row:
            network.add_node(
                f"layer {layer}", label=plain(name), shape="text",
                x=-(len(row) / 2 + 1.2) * SLOT, y=(last - layer) * ROW,
            )  # fmt: skip
        for at, i in enumerate(row):
            channel = int(drawn.channel[i])
            picture = main_picture(seen.store, layer, channel)
            group = drawn.groups[drawn.group[i]] if drawn.groups else None
            said = f"{plain(name)}, channel {channel}\n{int(drawn.count[i]):,} images"
            if drawn.second is not None:
                said += f", {int(drawn.second[i]):,} of the second class"
            network.add_node(
                i,
                label=str(channel),
                title=said + (f"\n{group.name}" if group else ""),
                shape="square" if picture is None else "image",
                image="" if picture is None else uri(picture),
                shapeProperties={"useBorderWithImage": True},
                borderWidth=4 if group else 1,
                color={"border": group.color if group and group.color else MUTED["light"],
                       "background": "#ffffff"},
                size=max(SMALLEST, LARGEST * float(size[i] / most) ** 0.5),
                x=(at - (len(row) - 1) / 2) * SLOT,
                y=(last - layer) * ROW,
            )  # fmt: skip


def _add_edges(network: Any, seen: Seen, drawn: Drawn, kept: np.ndarray) -> None:
    influence = drawn.influence.astype(float)
    if drawn.second_influence is not None:
        influence = np.maximum(influence, drawn.second_influence)
    most = max(1.0, float(influence.max(initial=1)))
    for e, (a, b) in enumerate(zip(drawn.source.tolist(), drawn.target.tolist(), strict=True)):
        if not (kept[a] and kept[b]):
            continue
        group = drawn.groups[drawn.edge_group[e]] if drawn.groups else None
        color = group.color if group and group.color else MUTED["light"]
        network.add_edge(
            a, b,
            width=0.5 + 5 * float(influence[e] / most),
            color={"color": color, "opacity": 0.45},
            arrows="",
            title=f"influence {int(influence[e]):,}",
        )  # fmt: skip


def _size(drawn: Drawn) -> np.ndarray:
    count = np.asarray(drawn.count, float)
    return count if drawn.second is None else np.maximum(count, drawn.second)


def _words(seen: Seen, vertices: int, threshold: int) -> str:
    said = f"{seen.store.study}: attribution graph, {vertices} channels"
    if threshold:
        said += f" that at least {threshold:,} images chose"
    return f"{said}. Size: images that chose the channel; width: influence. Last layer on top."


def _library() -> str:
    script = (resources.files("pyvis") / LIBRARY).read_text("utf-8")
    return script.replace("</script", "<\\/script")


def _json(held: dict[str, Any]) -> str:
    """JSON that cannot end the script that holds it."""
    text = json.dumps(held, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
