"""A page with a map and a grid of made-up samples: what browser tests and the benchmark drive.

Its query parameters: n (samples), epochs, hostile (class names that try to break out), sample
(the picked id), landscape (a picture behind), marked (dark cores), grid=no. Hidden in the page
stands a report: the last event, what a lasso holds.
"""

import io
import json
import sys
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2]))

from pages.components.events import pick_event
from pages.components.grid import image_grid
from pages.components.map import (
    CategoryColors,
    MapLabels,
    ValueColors,
    map_event,
    sample_map,
)

PALETTE = [
    "#4269d0", "#d9a400", "#ff725c", "#3a9c8f", "#3ca951",
    "#e377c2", "#a463f2", "#5fa8f5", "#9c6b4e", "#7f7f7f",
]  # fmt: skip
RAMP = ["#30123b", "#4686fb", "#1ae4b6", "#a2fc3c", "#faba39", "#e4460a", "#7a0403"]
HOSTILE = [
    "<script>window.hacked = true</script>", '"quoted" & \'single\'', "🦊 fox", "<b>bold</b>",
    "a very long class name that has no end in sight", "</style>", "{id}", "ß→∞", "${name}", "nine",
]  # fmt: skip
THUMBNAIL = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='28' height='28'%3E"
    "%3Crect width='28' height='28' fill='%23223'/%3E%3Ctext x='14' y='18' font-size='10' "
    "text-anchor='middle' fill='%23fff'%3E{id}%3C/text%3E%3C/svg%3E"
)


@st.cache_resource(max_entries=4)
def samples(n: int, epochs: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Ten clouds that come apart over the epochs."""
    random = np.random.default_rng(seed)
    true = random.integers(0, 10, n)
    angle = 2 * np.pi * true / 10
    centers = np.stack([np.cos(angle), np.sin(angle)], 1) * 30
    noise = random.normal(size=(n, 2)) * 5
    swirl = np.stack([-noise[:, 1], noise[:, 0]], 1)
    ways = [
        centers * (0.2 + 0.8 * share) + noise * share + swirl * (1 - share) * 1.5
        for share in np.linspace(0, 1, epochs) ** 0.7
    ]
    positions = np.stack(ways if epochs > 1 else [centers + noise]).astype(np.float32)
    predicted = np.where(random.random(n) < 0.06, random.integers(0, 10, n), true)
    return {
        "positions": positions,
        "true": true,
        "predicted": predicted,
        "value": np.hypot(*noise.T).astype(np.float32),
    }


@st.cache_resource(max_entries=4)
def landscapes(epochs: int) -> list[bytes]:
    """Sectors in the ten colours, the fainter the earlier."""
    x, y = np.meshgrid(np.linspace(-50, 50, 128), np.linspace(50, -50, 128))
    sector = np.round(np.arctan2(y, x) / (2 * np.pi) * 10).astype(int) % 10
    rgb = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in PALETTE])
    images = []
    for epoch in range(epochs):
        alpha = np.full((128, 128, 1), 30 + 50 * epoch // max(1, epochs - 1))
        file = io.BytesIO()
        Image.fromarray(np.concatenate([rgb[sector], alpha], 2).astype(np.uint8)).save(file, "png")
        images.append(file.getvalue())
    return images


def inside(polygon: list[tuple[float, float]], points: np.ndarray) -> np.ndarray:
    """Which points lie in the polygon, by counting crossings of a ray to the right."""
    x, y = points.T
    within = np.zeros(len(points), bool)
    for (x0, y0), (x1, y1) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        crosses = (y0 > y) != (y1 > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            within ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return within


def main() -> None:
    """Draw the page."""
    st.set_page_config(layout="wide")
    ask = st.query_params
    n, epochs = int(ask.get("n", 1797)), int(ask.get("epochs", 1))
    data = samples(n, epochs)
    names = HOSTILE if "hostile" in ask else [str(digit) for digit in range(10)]
    state = st.session_state
    state.setdefault("picked", int(ask["sample"]) if "sample" in ask else None)
    state.setdefault("lasso", None)
    state.setdefault("applied", 0)

    def take() -> None:
        event = map_event("map")
        state.applied += bool(event.kind)
        state.event = event.kind
        if event.kind == "pick":
            state.picked = event.picked
        elif event.kind == "lasso":
            state.lasso = event.lasso
        elif event.kind == "clear":
            state.picked = state.lasso = None
        elif event.kind == "epoch":
            state.epoch = event.epoch

    def take_grid() -> None:
        picked = pick_event("grid").picked
        state.picked = state.picked if picked is None else picked

    left, middle, right = st.columns(3)
    color = left.radio("Color", ["class", "value"], horizontal=True)
    projection = middle.radio("Projection", ["straight", "turned"], horizontal=True)
    shown = right.toggle("Show the map", True)
    positions = data["positions"]
    if projection == "turned":
        positions = positions[..., ::-1] * np.array([0.5, 1], np.float32)
    selected = None if state.lasso is None else inside(state.lasso, positions[-1])
    ids = np.arange(n) * 3 + 100
    colors = (
        CategoryColors(data["true"], names, PALETTE, "true class")
        if color == "class"
        else ValueColors(data["value"], RAMP, 0.0, 15.0, "distance")
    )
    wide, narrow = st.columns([2, 1])
    if shown:
        with wide:
            returned = sample_map(
                key="map",
                positions=positions,
                sample_ids=ids,
                colors=colors,
                labels=MapLabels(data["true"], data["predicted"], names),
                epochs=range(1, epochs + 1),
                picked=state.picked,
                selected=selected,
                polygon=state.lasso,
                thumbnails=THUMBNAIL,
                projection=projection,
                marked=data["true"] != data["predicted"] if "marked" in ask else None,
                landscape=landscapes(epochs) if "landscape" in ask else (),
                landscape_extent=(-50, 50, -50, 50),
                trajectories=[state.picked] if epochs > 1 and state.picked is not None else [],
                on_change=take,
            )
            state.applied += bool(returned.kind)
    chosen = np.arange(n) if selected is None else np.flatnonzero(selected)
    if ask.get("grid") != "no":
        with narrow:
            image_grid(
                key="grid",
                sample_ids=ids[chosen],
                captions=[
                    f"{names[data['true'][i]]} → {names[data['predicted'][i]]}" for i in chosen
                ],
                wrong=(data["true"] != data["predicted"])[chosen],
                thumbnails=THUMBNAIL,
                picked=state.picked,
                height=520,
                on_change=take_grid,
            )
    report = {
        "event": state.get("event"),
        "applied": state.applied,
        "picked": state.picked,
        "epoch": state.get("epoch"),
        "corners": None if state.lasso is None else len(state.lasso),
        "lasso": state.lasso,
        "selected": None if selected is None or n > 50_000 else ids[selected].tolist(),
    }
    st.html(f'<pre id="report" style="display:none">{json.dumps(report)}</pre>')


main()
