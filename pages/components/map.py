"""The map: every scatter of samples, drawn by WebGL in the browser.

Pan, zoom, lasso, hover card, colour by category or value, epochs that play without the server.
What it tells the page is one event at a time: a pick, a lasso, an epoch it stopped at, a clearing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.components.v2 import component

from pages.components.carrier import carry, either, javascript
from pages.components.encoding import (
    CategoryColors,
    Frame,
    MapLabels,
    ValueColors,
    encode_colors,
    encode_labels,
    encode_mask,
    encode_positions,
)
from pages.components.epochs import Land, Tracks, encode_land, encode_tracks
from pages.components.events import integer, new_event, number, session_token

__all__ = [
    "CategoryColors",
    "MapLabels",
    "MapState",
    "Pin",
    "ValueColors",
    "map_event",
    "sample_map",
]

_CORNERS = 64  # a lasso has no more
_CATEGORIES = 65536  # codes have 16 bits

_map = component(
    "darkroom_map",
    js=javascript(
        "map_style.js",
        "map_geometry.js",
        "map_renderer.js",
        "map_legend.js",
        "map_timeline.js",
        "map_pointer.js",
        "map_view.js",
        "map_scene.js",
        "map_land.js",
        "map_tracks.js",
        "map_card.js",
        "map_overlay.js",
        "map.js",
    ),
)


@dataclass(frozen=True)
class MapState:
    """What just happened on the map; all None and `kind` empty when nothing new did."""

    kind: str = ""  # "pick", "second", "lasso", "line", "hidden", "epoch", "mark" or "clear"
    picked: int | None = None  # the sample clicked (kind "pick")
    second: int | None = None  # the sample clicked with Alt held (kind "second")
    lasso: list[tuple[float, float]] | None = None  # 3 to 64 corners in data coordinates
    line: tuple[tuple[float, float], tuple[float, float]] | None = None  # drawn from, to
    hidden: tuple[int, ...] | None = None  # categories switched off in the legend
    epoch: float | None = None  # the epoch at which playing or scrubbing stopped, or of a mark
    mark: str = ""  # which kind of event was clicked (kind "mark")
    projection: str = ""  # the projection that was on screen then
    sequence: int = 0  # rises with every event


@dataclass(frozen=True)
class Pin:
    """A place on the map that is no sample, in data coordinates; with a diamond or words alone."""

    x: float
    y: float
    words: str
    diamond: bool = True


def _places(flat: object, fewest: int, most: int) -> list[tuple[float, float]] | None:
    if not isinstance(flat, list) or len(flat) % 2 or not 2 * fewest <= len(flat) <= 2 * most:
        return None
    numbers = [value for entry in flat if (value := number(entry)) is not None]
    if len(numbers) != len(flat):
        return None
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _corners(flat: object) -> list[tuple[float, float]] | None:
    return _places(flat, 3, _CORNERS)


def _ends(flat: object) -> tuple[tuple[float, float], tuple[float, float]] | None:
    places = _places(flat, 2, 2)
    return None if places is None or places[0] == places[1] else (places[0], places[1])


def _categories(entries: object) -> tuple[int, ...] | None:
    if not isinstance(entries, list) or len(entries) > _CATEGORIES:
        return None
    found = [category for entry in entries if (category := integer(entry)) is not None]
    return tuple(found) if len(found) == len(entries) else None


def map_event(key: str) -> MapState:
    """The event that the map `key` reports and nobody has taken yet; empty if there is none.

    Call it in the `on_change` callback, where the event can still change what the page draws.
    `sample_map` returns the same for pages without a callback. Each event is handed out once.

    Parameters
    ----------
    key
        The key given to `sample_map`.
    """
    event = new_event(key)
    if event is None:
        return MapState()
    kind, sequence = event.get("kind"), event["sequence"]
    projection = str(event.get("projection", ""))
    state = MapState("", sequence=sequence, projection=projection)
    if kind == "pick" and (picked := integer(event.get("sample"))) is not None:
        return MapState(kind, picked=picked, projection=projection, sequence=sequence)
    if kind == "second" and (second := integer(event.get("sample"))) is not None:
        return MapState(kind, second=second, projection=projection, sequence=sequence)
    if kind == "lasso" and (lasso := _corners(event.get("polygon"))) is not None:
        return MapState(kind, lasso=lasso, projection=projection, sequence=sequence)
    if kind == "line" and (ends := _ends(event.get("polygon"))) is not None:
        return MapState(kind, line=ends, projection=projection, sequence=sequence)
    if kind == "hidden" and (hidden := _categories(event.get("hidden"))) is not None:
        return MapState(kind, hidden=hidden, projection=projection, sequence=sequence)
    if kind == "epoch" and (epoch := number(event.get("epoch"))) is not None:
        return MapState(kind, epoch=epoch, projection=projection, sequence=sequence)
    if kind == "mark" and (epoch := number(event.get("epoch"))) is not None:
        mark = str(event.get("mark", ""))
        return MapState(kind, epoch=epoch, mark=mark, projection=projection, sequence=sequence)
    if kind == "clear":
        return MapState(kind, projection=projection, sequence=sequence)
    return state


def sample_map(
    *,
    key: str,
    positions: np.ndarray,
    sample_ids: np.ndarray,
    colors: CategoryColors | ValueColors,
    labels: MapLabels | None = None,
    epochs: Sequence[float] = (),
    epoch: float | None = None,
    landscape: Sequence[bytes] = (),
    landscape_extent: Frame | None = None,
    land: Land | None = None,
    tracks: Tracks | None = None,
    frame: Frame | None = None,
    picked: int | None = None,
    second: int | None = None,
    selected: np.ndarray | None = None,
    marked: np.ndarray | None = None,
    polygon: Sequence[tuple[float, float]] | None = None,
    trajectories: Sequence[int] = (),
    lines: Sequence[tuple[int, int, bool]] = (),
    lines_at: float | None = None,
    way: tuple[tuple[float, float], tuple[float, float]] | None = None,
    pins: Sequence[Pin] = (),
    hidden: Sequence[int] | None = None,
    standing: str = "",
    tools: Sequence[str] = (),
    thumbnails: str | None = None,
    study: str = "",
    projection: str = "",
    class_labels: bool | None = None,
    point_size: float | None = None,
    link: str | None = None,
    link_time: bool = False,
    height: int = 520,
    on_change: Callable[[], None] | None = None,
) -> MapState:
    """What just happened on the map that this draws.

    Parameters
    ----------
    key
        Names the map; with the same key new data keep the view and remount nothing.
    positions
        Data coordinates [epoch sample 2] or [sample 2], all finite.
    sample_ids
        One whole number per sample, no two alike.
    colors
        Categories or values, per sample or per epoch and sample.
    labels
        True and predicted class for the hover card; without it the card shows the id alone.
    epochs
        One rising number per epoch; with more than one the map shows a timeline.
    epoch
        The epoch to stand at; default the last.
    landscape, landscape_extent
        One PNG per epoch to draw behind the points, and where: left, right, bottom, top in data
        coordinates.
    land
        A landscape by its cells, drawn behind the points and read under the pointer.
    tracks
        Curves and marks under the timeline.
    frame
        Edges to which all is fitted; maps of one frame have one scale. Default: the positions'.
    picked, second
        Samples to ring.
    selected
        Truth values [sample]: these stand out, all others fade.
    marked
        Truth values [sample]: these have a dark core.
    polygon
        A lasso to show, in data coordinates.
    trajectories
        Ids whose ways through the epochs are drawn.
    lines
        Pairs of ids to join, and whether the line is solid (else dashed).
    lines_at
        The epoch at which the lines hold; None: at every one.
    way
        A straight line to show with an arrow, from one place to another.
    pins
        Places that are no samples, with a few words each.
    hidden
        Numbers of the categories switched off in the legend; a click there is then an event
        (kind "hidden"). None leaves the legend to the reader alone.
    standing
        What those that stand out are, after "12 of 50"; default "selected".
    tools
        Tools that only some maps have: "line" draws one (kind "line").
    thumbnails
        URL template of an image, with `{id}` for the sample.
    study
        Hovering concerns only maps and grids of the same study.
    projection
        Names what the coordinates are. While it stays the same, new positions keep the view.
    class_labels
        Write each category's name at its median; default for up to 20 categories.
    point_size
        Diameter in pixels; default by the number of samples.
    link
        Maps of the same link pan and zoom together.
    link_time
        Whether they also play together.
    height
        Of the whole component, in pixels.
    on_change
        Called before the page runs again after an event; `map_event(key)` says which.

    Raises
    ------
    ValueError
        If lengths disagree, a position is not finite, an epoch is unknown, ...
    """
    place, place_arrays = encode_positions(positions, sample_ids, epochs, frame)
    n, n_epochs = place["n"], max(1, len(place["epochs"]))
    if epoch is not None and epoch not in place["epochs"]:
        raise ValueError(f"epoch must be one of {place['epochs']}, got {epoch}")
    if landscape and (len(landscape) != n_epochs or landscape_extent is None):
        raise ValueError(
            f"landscape must be one PNG for each of {n_epochs} epochs, with landscape_extent,"
            f" got {len(landscape)} and extent {landscape_extent}"
        )
    if thumbnails is not None and "{id}" not in thumbnails:
        raise ValueError(f"thumbnails must be a URL with {{id}} in it, got {thumbnails!r}")
    masks = {
        "selected": encode_mask("selected", selected, n),
        "marked": encode_mask("marked", marked, n),
    }
    with st.container(gap=None):
        _map(
            key=key,
            data={"key": key, "height": int(height)},
            on_event_change=either(on_change),
        )
        carry(key, "positions", {**place, "projection": projection}, place_arrays)
        carry(key, "colors", *encode_colors(colors, n, n_epochs))
        if labels is not None:
            carry(key, "labels", *encode_labels(labels, n, n_epochs))
        carry(key, "masks", {"n": n}, masks)
        if landscape and landscape_extent is not None:
            images = np.frombuffer(b"".join(landscape), np.uint8)
            sizes = [len(image) for image in landscape]
            extent = [float(side) for side in landscape_extent]
            carry(key, "landscape", {"sizes": sizes, "extent": extent}, {"images": images})
        if land is not None:
            carry(key, "land", *encode_land(land, n_epochs))
        if tracks is not None:
            carry(key, "tracks", encode_tracks(tracks, n_epochs))
        carry(
            key,
            "view",
            {
                "session": session_token(),
                "study": study,
                "picked": None if picked is None else int(picked),
                "second": None if second is None else int(second),
                "epoch": None if epoch is None else float(epoch),
                "polygon": [[float(x), float(y)] for x, y in polygon or ()],
                "trajectories": [int(sample) for sample in trajectories],
                "lines": [[int(a), int(b), bool(solid)] for a, b, solid in lines],
                "linesAt": lines_at,
                "way": None if way is None else [[float(x), float(y)] for x, y in way],
                "pins": [[float(p.x), float(p.y), p.words, p.diamond] for p in pins],
                "hidden": None if hidden is None else [int(category) for category in hidden],
                "standing": standing,
                "tools": list(tools),
                "thumbnails": thumbnails,
                "classLabels": class_labels,
                "pointSize": point_size,
                "link": link,
                "linkTime": bool(link_time),
            },
        )
    return map_event(key)
