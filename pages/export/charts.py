"""Charts as SVG, drawn while the file is made: the reader's browser runs no chart library.

Every mark of an SVG that Vega writes has a description in its attribute `aria-label`; the file's
own script shows it under the pointer.
"""

import json
import re
from typing import Any

from pages.charts.palette import INK, MUTED, RULE

HEIGHT = 240
_FONT = "system-ui, sans-serif"
_CONFIG: dict[str, Any] = {
    "background": None,
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED["light"],
        "titleColor": MUTED["light"],
        "titleFontWeight": "normal",
        "gridColor": RULE["light"],
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
    },
    "legend": {"labelColor": INK["light"], "titleColor": MUTED["light"]},
    "title": {"color": INK["light"]},
    "text": {"color": INK["light"]},
}


def svg(spec: dict[str, Any], width: int) -> str:
    """Return the chart as SVG.

    Parameters
    ----------
    spec
        A Vega-Lite specification with its data in it.
    width
        In pixels, for a chart that fills its place.

    Raises
    ------
    ModuleNotFoundError
        Without vl-convert, the extra `export`.
    """
    import vl_convert  # an extra, and 25 MB: for those who export

    filled = dict(spec)
    if "facet" not in filled and filled.get("width", "container") == "container":
        filled["width"] = max(width, 120)
    if filled.get("height") == "container":
        filled["height"] = HEIGHT
    filled["autosize"] = {"type": "fit-x", "contains": "padding"}
    if "facet" in filled:
        del filled["autosize"]
    filled["config"] = {**_CONFIG, **filled.get("config", {})}
    drawn = vl_convert.vegalite_to_svg(
        json.dumps(filled), allowed_base_urls=[], show_warnings=False
    )
    return re.sub(r"^<\?xml[^>]*\?>|<!DOCTYPE[^>]*>", "", drawn).strip()
