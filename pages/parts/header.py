"""The header: which teacher, which data, how good, at which checkpoint."""

from html import escape

import streamlit as st

from pages.parts import reads
from pages.parts.literal import literal, plain
from pages.parts.performance import Performance
from pages.parts.scene import Scene
from pages.parts.wording import epoch_words


def header(scene: Scene, performance: Performance | None) -> None:
    """Draw the study's title and its figures in one line."""
    settings = scene.store.settings
    test = int(scene.samples.is_test.sum())
    total = len(scene.samples.label)
    facts = [
        ("model", _setting(settings, "teacher", "architecture")),
        ("data set", _setting(settings, "data", "source")),
        ("classes", f"{scene.classes:,}"),
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
        facts.append(("checkpoint", epoch_words(scene.epoch, scene.epochs)))
    title = plain(settings.get("title") or scene.store.study)
    cells = "".join(
        f"<div><span>{escape(name)}</span><b>{escape(value)}</b></div>" for name, value in facts
    )
    st.html(f'<div class="darkroom-head"><h1>{escape(title)}</h1>{cells}</div>')
    if said := reads.warnings(scene.store):
        st.caption(" · ".join(literal(line) for line in said))


def _setting(settings: dict, section: str, key: str) -> str:
    """Return a setting of the study; its settings come from a file that anybody may write."""
    part = settings.get(section)
    return plain(part.get(key, "unknown")) if isinstance(part, dict) else "unknown"
