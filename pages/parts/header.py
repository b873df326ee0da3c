"""The header: which teacher, which data, how good, at which checkpoint."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from core.store import Store
from pages.parts import reads
from pages.parts.literal import literal, plain
from pages.parts.needs import lacking_words
from pages.parts.performance import Performance
from pages.parts.picker import study_picker
from pages.parts.reads import Figure
from pages.parts.scene import Scene
from pages.parts.wording import classes_words, epoch_words


def header(scene: Scene, performance: Performance | None) -> None:
    """Draw the study's title and its figures in one line."""
    settings = scene.store.settings
    test = int(scene.samples.is_test.sum())
    total, present = len(scene.samples.label), len(scene.present)
    facts = [
        ("model", _setting(settings, "teacher", "architecture", "factory", "predictions")),
        ("data set", _setting(settings, "data", "source")),
        (
            "classes",
            f"{present:,} of {scene.classes:,}" if present < scene.classes else f"{present:,}",
        ),
        ("images", f"{total:,} ({total - test:,} train, {test:,} test)"),
    ]
    if performance is not None and performance.accuracy is not None:
        low, high = performance.interval
        split = "train and test" if scene.view.split == "all" else scene.view.split
        facts.append(
            (
                f"accuracy, 95 % interval ({split}, n = {performance.n:,})",
                f"{performance.accuracy:.1%} ({low:.1%} to {high:.1%})",
            )
        )
    if scene.epoch is not None:
        facts += [_fact(figure) for figure in _accuracies(scene)]
        if len(scene.epochs) > 1:
            facts.append(("checkpoint", epoch_words(scene.epoch, scene.epochs)))
    title = plain(settings.get("title") or scene.store.study)
    cells = "".join(
        f"<div><span>{escape(name)}</span><b>{escape(value)}</b></div>" for name, value in facts
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        study_picker(scene.store)
        st.html(f'<div class="darkroom-head"><h1>{escape(title)}</h1>{cells}</div>')
    classes = classes_words(present, scene.classes)
    some = f"Shown: {classes}; any other that the teacher predicts is called other"
    beside_figures(
        scene.store,
        before=[some] if present < scene.classes else [],
        after=[line for line in [lacking_words(scene.store)] if line],
    )


def beside_figures(store: Store, *, before: Sequence[str] = (), after: Sequence[str] = ()) -> None:
    """Draw what every figure of a study holds for in one line: limit, notes, settings."""
    if said := [*before, *reads.warnings(store), *after]:
        st.caption(" · ".join(map(literal, said)))


def _accuracies(scene: Scene) -> list[Figure]:
    """Return the checkpoint's accuracies beside that of the shown split, the attacked one last."""
    found = [
        figure
        for figure in reads.figures(scene.store, "teacher", "teacher")
        if figure.epoch == scene.epoch and figure.value is not None
    ]
    plainly = [f for f in found if f.metric == "accuracy" and f.split != scene.view.split]
    return [*plainly, *(f for f in found if f.metric == "adversarial_accuracy")]


def _fact(figure: Figure) -> tuple[str, str]:
    words = "adversarial" if figure.metric == "adversarial_accuracy" else "accuracy"
    return f"{words} ({figure.split}, n = {figure.n:,})", f"{figure.value:.1%}"


def _setting(settings: dict, section: str, *keys: str) -> str:
    """Return the first of the settings that says anything; anybody may have written them."""
    part = settings.get(section)
    said = [part[key] for key in keys if part.get(key)] if isinstance(part, dict) else []
    return plain(said[0]) if said else "unknown"
