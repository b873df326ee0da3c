"""The maps: DarkSight with the student's regions behind, and other projections beside it."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.store import epoch_label
from pages.charts.palette import MUTED, RAMP, RIGHT_OR_WRONG, Theme, categorical
from pages.components.map import (
    CategoryColors,
    MapLabels,
    MapState,
    Pin,
    ValueColors,
    map_event,
    sample_map,
)
from pages.parts import choose, reads
from pages.parts.class_colors import class_colors
from pages.parts.darksight import held
from pages.parts.darksight.asked import Asked, Line, put_hidden, put_line
from pages.parts.darksight.held import METHOD, Picture
from pages.parts.scene import Scene
from pages.parts.selection import SPLITS, Lasso, Split, lasso
from pages.parts.thumbnails import template
from pages.parts.view import Color
from pages.parts.wording import COLOR_WORDS, method_words, split_words

COLORS: tuple[Color, ...] = (
    "predicted",
    "true",
    "entropy",
    "confidence",
    "correct",
    "symmetric_kl",
    "true_probability",
)
DEFAULT_COLOR: Color = "predicted"
KEYS = ("darksight_map", "darksight_beside_1", "darksight_beside_2", "darksight_beside_3")
FIGURE_4 = 500
"""How many random samples the paper's figure 4 shows."""
DARK_IS_HIGH: dict[Theme, tuple[str, ...]] = {
    "light": ("#c9d2de", "#8d97c4", "#5b3f94", "#230a3d"),
    "dark": ("#f3f5f8", "#b9b4e6", "#8d6fd8", "#6a3fd0"),
}
SAID = {
    "cluster_preservation": "cluster preservation",
    "transition_order": "transition order",
    "trustworthiness_k15": "trustworthiness of the probabilities (k = 15)",
}


@dataclass(frozen=True, eq=False)
class Emphasis:
    """Samples that stand out on every map, and what they are after "12 of 50"."""

    samples: np.ndarray
    words: str


def colors_by_class(scene: Scene) -> list[str]:
    """Return each class's colour by class number, as all lenses colour it."""
    colors = [MUTED[scene.theme]] * scene.classes
    for class_, color in zip(
        scene.present, categorical(len(scene.present), scene.theme), strict=True
    ):
        colors[class_] = color
    return colors


def figure_4_methods(scene: Scene) -> list[str]:
    """Return what stands in figure 4: DarkSight, and t-SNE of probabilities, logits and features.

    Source: figure 4 of Schacherer's report; what the study lacks is left out.
    """
    wanted = (METHOD, "tsne_probabilities", "tsne_logits", "tsne")
    return [method for method in wanted if method in scene.methods]


def random_samples(scene: Scene) -> np.ndarray:
    """Return the same 500 random samples of the split each time, or all where there are fewer."""
    shown = scene.shown
    if len(shown) <= FIGURE_4:
        return shown
    return np.sort(np.random.default_rng(0).choice(shown, FIGURE_4, replace=False))


def territory(
    scene: Scene,
    wish: Asked,
    found: Picture,
    emphasis: Emphasis | None,
    ways: dict[str, Line],
    pins: list[Pin],
    height: int,
) -> None:
    """Draw the map, or as many maps as were asked for, side by side.

    Parameters
    ----------
    emphasis
        What stands out; None leaves it to the selection.
    ways
        The way to show on a projection's map.
    pins
        Places to mark in DarkSight.
    """
    if wish.figure_4:
        methods = figure_4_methods(scene)
        whole = split_words(scene.view.split, len(scene.shown))
        st.caption(
            f"Figure 4: the same {len(random_samples(scene)):,} of {whole}, drawn at random once, "
            "in every picture; coloured by entropy, dark is high. The report sees unsure answers "
            "at the borders of DarkSight's clusters; cluster preservation counts whether it is so"
        )
    else:
        methods = [METHOD, *([wish.beside] if wish.beside else [])]
    for place, (column, method) in enumerate(
        zip(st.columns(len(methods), gap="small"), methods, strict=True)
    ):
        with column, st.container(gap="xxsmall"):
            _map(
                scene,
                wish,
                found,
                method,
                key=KEYS[place],
                emphasis=emphasis,
                way=ways.get(method),
                pins=pins if method == METHOD else [],
                height=height,
            )


def _map(
    scene: Scene,
    wish: Asked,
    found: Picture,
    method: str,
    *,
    key: str,
    emphasis: Emphasis | None,
    way: Line | None,
    pins: list[Pin],
    height: int,
) -> None:
    answers, view = scene.answers, scene.view
    assert answers is not None  # without predictions there is no picture
    embedding = reads.embedding(scene.store, method)
    ids = random_samples(scene) if wish.figure_4 else scene.shown
    by_class = view.color in ("true", "predicted") and not wish.figure_4
    stands = _standing(scene, emphasis, ids)
    land = None
    if method == METHOD and not wish.figure_4:
        land = held.regions(scene.store, scene.theme, colors_by_class(scene))
    drawn = view.rule if isinstance(view.rule, Lasso) and view.rule.method == method else None
    extent = None
    if land is not None:
        extent = (land.extent.left, land.extent.right, land.extent.bottom, land.extent.top)
    st.markdown(f"**{method_words(method)}**")
    sample_map(
        key=key,
        positions=embedding.points[ids],
        sample_ids=ids,
        colors=_colors(scene, found, ids, figure_4=wish.figure_4),
        labels=MapLabels(
            scene.samples.label[ids],
            answers.predicted[ids],
            scene.names,
            scene.samples.original[ids] if scene.evidence.flipped.any() else None,
        ),
        landscape=[] if land is None else [land.png],
        landscape_extent=extent,
        picked=scene.picked,
        second=view.sample2,
        selected=stands,
        marked=None if wish.figure_4 else (answers.predicted != scene.samples.label)[ids],
        polygon=None if drawn is None else drawn.corners,
        way=None if way is None else way.ends,
        pins=pins,
        hidden=_categories(scene, wish.hidden) if by_class else None,
        standing="" if emphasis is None else emphasis.words,
        tools=() if wish.figure_4 else ("line",),
        thumbnails=template(scene.store),
        study=scene.store.study,
        projection=method,
        class_labels=None if by_class else False,
        height=height,
    )
    if wish.figure_4:
        st.caption(_preservation(scene, method))
    else:
        st.caption(_fidelity(scene, method, embedding.epoch))


def heed_maps(classes: int, present: np.ndarray) -> None:
    """Write what was clicked or drawn on a map to the URL; call it before the view is read."""
    split: Split = "test"
    if (wish := st.query_params.get("split")) in SPLITS:
        split = wish
    for key in KEYS:
        _heed(map_event(key), split, classes, present)


def _heed(event: MapState, split: Split, classes: int, present: np.ndarray) -> None:
    match event.kind:
        case "pick":
            choose.pick(event.picked)
        case "second":
            choose.put("sample2", event.second)
        case "lasso" if event.lasso:
            choose.select(lasso(event.projection, split, event.lasso))
            choose.put("panel", None)
        case "line" if event.line:
            put_line(Line(event.projection, event.line))
            choose.put("panel", "way")
        case "hidden" if event.hidden is not None:
            hidden = {int(present[c]) for c in event.hidden if 0 <= c < len(present)}
            if len(present) in event.hidden:  # "other": all that the data does not hold
                hidden |= set(range(classes)) - set(present.tolist())
            put_hidden(sorted(hidden), classes)
        case "clear":
            choose.select(None)
            put_line(None)


def _categories(scene: Scene, hidden: tuple[int, ...]) -> list[int]:
    """Return the legend's numbers of hidden classes: those in the data, and all others as one."""
    categories = np.flatnonzero(np.isin(scene.present, hidden)).tolist()
    others = set(range(scene.classes)) - set(scene.present.tolist())
    return [*categories, len(scene.present)] if others and others <= set(hidden) else categories


def _standing(scene: Scene, emphasis: Emphasis | None, ids: np.ndarray) -> np.ndarray | None:
    if emphasis is not None:
        members = emphasis.samples
    elif scene.view.rule is not None:
        members = scene.members
    else:
        return None
    belongs = np.zeros(len(scene.samples.label), bool)
    belongs[members] = True
    return belongs[ids]


def _colors(
    scene: Scene, found: Picture, ids: np.ndarray, *, figure_4: bool
) -> CategoryColors | ValueColors:
    answers, theme = scene.answers, scene.theme
    assert answers is not None
    color: Color = "entropy" if figure_4 else scene.view.color
    ramp, title = RAMP[theme], COLOR_WORDS[color]
    match color:
        case "entropy":
            ramp = DARK_IS_HIGH[theme] if figure_4 else ramp
            return _ramp(answers.entropy[ids], ramp, f"{title} (nats)")
        case "symmetric_kl":
            return _ramp(found.symmetric_kl[ids], ramp, f"{title} (nats)", share=0.98)
        case "confidence":
            return ValueColors(found.confidence[ids], ramp[::-1], 0.0, 1.0, title)
        case "true_probability":
            return ValueColors(answers.true_probability[ids], ramp[::-1], 0.0, 1.0, title)
        case "correct":
            wrong = (answers.predicted != scene.samples.label)[ids].astype(np.int32)
            return CategoryColors(wrong, ("right", "wrong"), RIGHT_OR_WRONG[theme], title)
    classes = (scene.samples.label if color == "true" else answers.predicted)[ids]
    return class_colors(classes, scene.present, scene.names, theme, title)


def _ramp(values: np.ndarray, ramp: tuple[str, ...], title: str, share: float = 1.0) -> ValueColors:
    """Return colours from 0 to the largest value, or to the one that `share` of them reach."""
    most = float(np.quantile(values, share)) if len(values) else 0.0
    return ValueColors(values, ramp, 0.0, max(most, 1e-3), title)


def _preservation(scene: Scene, method: str) -> str:
    """Say whether confidence falls from each cluster's centre to its border."""
    found = held.rated(held.ratings(scene.store), "cluster_preservation").get(method)
    if found is None or not np.isfinite(found.value):
        return "cluster preservation: not judged yet"
    said = f"cluster preservation {found.value:.2f} ({found.low:.2f} to {found.high:.2f})"
    return f"{said}, {split_words(found.split, found.n)}"


def _fidelity(scene: Scene, method: str, epoch: float) -> str:
    """Say how far the picture can be trusted; the same figures for every picture."""
    said = [f"epoch {epoch_label(epoch)}"]
    own = [
        rating
        for rating in held.ratings(scene.store)
        if rating.method == method and np.isfinite(rating.value)
    ]
    if method == METHOD:
        split = scene.view.split
        for metric, words in (
            ("symmetric_kl", "symmetric KL {:.4f} nats"),
            ("top_class_agreement", "top class agrees {:.1%}"),
        ):
            said += [
                words.format(rating.value)
                for rating in own
                if rating.metric == metric and rating.split == split
            ]
        said.append(split_words(split, len(scene.shown)))
    judged = [rating for rating in own if rating.metric in SAID]
    if judged:
        values = ", ".join(f"{SAID[rating.metric]} {rating.value:.2f}" for rating in judged)
        said.append(f"{values} ({split_words(judged[0].split, judged[0].n)})")
    elif method != METHOD:
        said.append("not judged yet")
    return " · ".join(said)
