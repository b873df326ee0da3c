"""Where the image stands on each map: small pictures of all points, a ring around the image.

The points are drawn once for each map and kept; only the rings change from image to image.
"""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw

from core.store import Store, epoch_label
from pages.charts.palette import INK, Theme
from pages.parts import reads
from pages.parts.darksight import held as darksight
from pages.parts.darksight.territory import colors_by_class
from pages.parts.dvi import held as dvi
from pages.parts.literal import shortened
from pages.parts.sample.known import Known
from pages.parts.scene import Scene
from pages.parts.summit import held as summit
from pages.parts.thumbnails import data_uri
from pages.parts.wording import method_words

SIDE = 300  # pixels of the picture; the page shows it at half that size
MARGIN = 22
MOST_LABELS = 12
PAPER: dict[Theme, str] = {"light": "#ffffff", "dark": "#121417"}


@dataclass(frozen=True, eq=False)
class Map:
    """A map: points [point 2], the class of each, and the image's own place.

    `near` are the image's neighbours on it; `words` name the map, `key` what it was drawn of.
    """

    key: tuple[object, ...]
    words: str
    points: np.ndarray
    classes: np.ndarray
    place: np.ndarray
    near: Sequence[int] = ()


def maps_of(scene: Scene, found: Known, epoch: float) -> list[Map]:
    """Return the maps that the study has of the image, one for each lens."""
    store, shown = scene.store, scene.shown
    ids = shown if found.sample in shown else np.append(shown, found.sample)
    at = int(np.flatnonzero(ids == found.sample)[0])
    place = np.full(len(scene.samples.label), -1)
    place[ids] = np.arange(len(ids))
    near = [int(row) for row in place[found.nearest] if row >= 0]
    label = scene.samples.label[ids]
    of = (scene.view.split, at if found.sample not in shown else -1)

    def placed(name: str, words: str, points: np.ndarray) -> Map:
        return Map((name, *of), words, points[ids], label, points[found.sample], near)

    maps = []
    if scene.methods and scene.view.projection not in ("darksight", "dvi"):
        method = scene.view.projection
        maps.append(placed(method, method_words(method), reads.embedding(store, method).points))
    if store.has(darksight.STAGE):
        maps.append(placed("darksight", "DarkSight", darksight.picture(store).points))
    if dvi.has_story(store):
        told = dvi.story(store)
        there = epoch if epoch in told.epochs else told.epochs[-1]
        points = told.positions[told.epochs.index(there)]
        words = f"DVI, epoch {epoch_label(there)}"
        maps.append(placed(f"dvi@{there}", words, points))
    if summit.has_graphs(store):
        outline = summit.outline(store)
        if (class_at := outline.place(found.label)) is not None and len(outline.classes) > 1:
            points = summit.embedding(store)[-1]
            words = "Summit: its class"
            maps.append(Map(("summit",), words, points, outline.classes, points[class_at]))
    return maps


def places(scene: Scene, maps: Sequence[Map], image: str) -> None:
    """Draw the maps in one row; `image` is what the image is called."""
    colors = colors_by_class(scene)
    cells = "".join(_figure(scene, one, colors, image) for one in maps)
    st.html(f'<div class="darkroom-tiles darkroom-places">{cells}</div>')


def _figure(scene: Scene, one: Map, colors: list[str], image: str) -> str:
    picture = _drawn(
        scene.store, str(scene.store.root), scene.store.study, scene.store.fingerprint, one.key,
        scene.theme, one, tuple(colors),
    )  # fmt: skip
    spots = _spots(one.points, one.points)
    x, y = _spots(one.points, one.place[None])[0].clip(MARGIN / 2, SIDE - MARGIN / 2)
    ink = INK[scene.theme]
    rings = "".join(
        f'<circle cx="{a:.1f}" cy="{b:.1f}" r="5" fill="none" stroke="{ink}" stroke-width="1.6"/>'
        for a, b in spots[list(one.near)]
    )
    ring = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="13" fill="none" stroke="{ink}" stroke-width="4"/>'
    paper = PAPER[scene.theme]
    halo = (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="13" fill="none" stroke="{paper}" stroke-width="8"/>'
    )
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}">'
        f'<image href="{data_uri(picture)}" width="{SIDE}" height="{SIDE}"/>'
        f"{_labels(scene, one, ink, paper)}{rings}{halo}{ring}</svg>"
    )
    encoded = base64.b64encode(drawing.encode()).decode("ascii")
    words = escape(f"{one.words}: place of {image}")
    return (
        f'<figure><img src="data:image/svg+xml;base64,{encoded}" alt="{words}">'
        f"<figcaption>{escape(one.words)}</figcaption></figure>"
    )


def _labels(scene: Scene, one: Map, ink: str, paper: str) -> str:
    """Return each class's name at the median of its points, where there are few classes."""
    classes = np.unique(one.classes)
    if len(classes) > MOST_LABELS:
        return ""
    spots = _spots(one.points, one.points)
    texts = []
    for class_ in classes.tolist():
        x, y = np.median(spots[one.classes == class_], axis=0)
        name = escape(shortened(scene.names[class_], 8))
        texts.append(
            f'<text x="{x:.0f}" y="{y + 7:.0f}" text-anchor="middle" font-size="21" fill="{ink}" '
            f'font-family="sans-serif" stroke="{paper}" stroke-width="5" '
            f'paint-order="stroke">{name}</text>'
        )
    return "".join(texts)


def _spots(frame: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return points in the pixels of a picture that holds `frame`, y downwards, one scale."""
    low, high = frame.min(axis=0), frame.max(axis=0)
    scale = (SIDE - 2 * MARGIN) / (float((high - low).max()) or 1.0)
    middle = (low + high) / 2
    return (points - middle) * np.array([scale, -scale]) + SIDE / 2


@st.cache_resource(max_entries=48, show_spinner=False)
def _drawn(
    _store: Store,
    root: str,
    study: str,
    fingerprint: str,
    key: tuple[object, ...],
    theme: Theme,
    _one: Map,
    colors: tuple[str, ...],
) -> bytes:
    picture = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    radius = 5 if len(_one.points) <= 50 else 2.2 if len(_one.points) <= 4000 else 1.3
    for (x, y), class_ in zip(_spots(_one.points, _one.points), _one.classes, strict=True):
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colors[int(class_)])
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
