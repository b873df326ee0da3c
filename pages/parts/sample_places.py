"""The map of the samples in one projection, and what clicks and lassos on it choose."""

import numpy as np
import streamlit as st

from core.store import epoch_label
from pages.charts.palette import RAMP, RIGHT_OR_WRONG
from pages.components.map import CategoryColors, MapLabels, ValueColors, map_event, sample_map
from pages.parts import choose, reads
from pages.parts.class_colors import class_colors
from pages.parts.reads import Predictions
from pages.parts.scene import Scene
from pages.parts.selection import SPLITS, Lasso, Split, lasso
from pages.parts.thumbnails import template
from pages.parts.wording import COLOR_WORDS, FIGURE_WORDS, method_words

KEY = "overview_map"


def sample_places(scene: Scene, answers: Predictions, height: int) -> None:
    """Draw the map of the split, the selection standing out and the picked image ringed."""
    view, shown = scene.view, scene.shown
    embedding = reads.embedding(scene.store, view.projection)
    belongs = None
    if view.rule is not None:
        belongs = np.zeros(len(scene.samples.label), bool)
        belongs[scene.members] = True
        belongs = belongs[shown]
    drawn = isinstance(view.rule, Lasso) and view.rule.method == view.projection
    sample_map(
        key=KEY,
        positions=embedding.points[shown],
        sample_ids=shown,
        colors=_colors(scene, answers),
        labels=MapLabels(
            scene.samples.label[shown],
            answers.predicted[shown],
            scene.names,
            scene.samples.original[shown] if scene.evidence.flipped.any() else None,
        ),
        picked=scene.picked,
        second=view.sample2,
        selected=belongs,
        marked=(answers.predicted != scene.samples.label)[shown],
        polygon=view.rule.corners if drawn and isinstance(view.rule, Lasso) else None,
        thumbnails=template(scene.store),
        study=scene.store.study,
        projection=view.projection,
        class_labels=None if view.color in ("true", "predicted") else False,
        height=height,
    )
    st.caption(_fidelity(scene, embedding.epoch))


def heed_map() -> None:
    """Write what was clicked or drawn on the map to the URL; call it before the view is read."""
    event = map_event(KEY)
    split: Split = "test"
    if (wish := st.query_params.get("split")) in SPLITS:
        split = wish
    match event.kind:
        case "pick":
            choose.pick(event.picked)
        case "second":
            choose.put("sample2", event.second)
        case "lasso" if event.lasso:
            choose.select(lasso(event.projection, split, event.lasso))
        case "clear":
            choose.select(None)


def _colors(scene: Scene, answers: Predictions) -> CategoryColors | ValueColors:
    color, shown, theme = scene.view.color, scene.shown, scene.theme
    title = COLOR_WORDS[color]
    if color == "entropy":
        values = answers.entropy[shown]
        most = float(values.max(initial=0.0))
        return ValueColors(values, RAMP[theme], 0.0, max(most, 1e-3), f"{title} (nats)")
    if color == "true_probability":
        return ValueColors(answers.true_probability[shown], RAMP[theme][::-1], 0.0, 1.0, title)
    if color == "correct":
        wrong = (answers.predicted != scene.samples.label)[shown].astype(np.int32)
        return CategoryColors(wrong, ("right", "wrong"), RIGHT_OR_WRONG[theme], title)
    classes = (scene.samples.label if color == "true" else answers.predicted)[shown]
    return class_colors(classes, scene.present, scene.names, theme, title)


def _fidelity(scene: Scene, epoch: float) -> str:
    """Say how far the picture can be trusted: the projection's own figures and their n."""
    method = scene.view.projection
    said = f"{method_words(method)}, epoch {epoch_label(epoch)}"
    found = [
        figure
        for figure in reads.figures(scene.store, "projections", method)
        if figure.metric in FIGURE_WORDS and figure.value is not None
    ]
    if not found:
        return f"{said} · no fidelity figures for this projection yet"
    values: dict[tuple[str, int], list[str]] = {}
    for figure in sorted(found, key=lambda figure: figure.metric, reverse=True):
        words = f"{FIGURE_WORDS[figure.metric]} {figure.value:.3f}"
        values.setdefault((figure.split, figure.n), []).append(words)
    for (split, n), words in values.items():
        said += f" · {', '.join(words)} (k = 15, {split}, n = {n:,})"
    return f"{said} · {'light' if scene.theme == 'dark' else 'dark'} core: misclassified"
