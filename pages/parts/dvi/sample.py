"""The panel of the picked sample: how it was learned, what happened to it, and the selection."""

import numpy as np
import streamlit as st

from core.store import epoch_label
from pages.charts.history import sample_history
from pages.parts.drawn import spec_of
from pages.parts.dvi import held
from pages.parts.dvi.held import Story
from pages.parts.dvi.queries import between
from pages.parts.dvi.territory import MOST_WAYS, seen_epoch, ways
from pages.parts.images import images
from pages.parts.literal import literal, shortened
from pages.parts.past_rules import KINDS
from pages.parts.scene import Scene
from pages.parts.selected import selection_line


def sample_panel(seen: Scene, told: Story, height: int) -> None:
    """Draw the picked sample's way through training and the images of the selection."""
    if seen.picked is not None and len(told.epochs) > 1:
        _history(seen, told, seen.picked)
    selection_line(seen)
    between(seen)
    if seen.view.rule is not None and len(told.epochs) > 1 and len(seen.members):
        drawn = len(ways(seen))
        every = "" if drawn >= len(seen.members) else f" of the first {MOST_WAYS}"
        st.caption(f"The map shows the ways{every} through time; the rest fades.")
    images(seen, height)


def learned_words(seen: Scene, sample: int) -> str:
    """Return from when on a sample is right, in words; empty before the stage is built."""
    since = held.learned_at(seen.store)
    if since is None:
        return ""
    at = since[sample]
    return "not by the end" if np.isnan(at) else f"epoch {epoch_label(at)}"


def _history(seen: Scene, told: Story, sample: int) -> None:
    said = held.answers(seen.store)
    label = int(seen.samples.label[sample])
    st.vega_lite_chart(
        spec_of(
            sample_history(
                told.epochs,
                said.true_probability[:, sample],
                said.predicted[:, sample],
                label,
                seen.names,
                now=seen_epoch(seen, told),
                theme=seen.theme,
            )
        ),
        key="dvi_history",
        alt=f"Probability of the label of image {sample} at every checkpoint",
    )
    st.caption(_events(seen, told, sample))


def _events(seen: Scene, told: Story, sample: int) -> str:
    """Say what happened to the sample, in the order of time."""
    found = held.happenings(seen.store)
    if found is None:
        return "Events come from the stage dvi\\_history, which this run does not hold."
    mine = found.of(sample)
    said = held.answers(seen.store).predicted[:, sample]
    lines = []
    for place, kind in enumerate(KINDS):
        at = np.flatnonzero(mine.kind == place)
        at = at[np.argsort(mine.epoch[at], kind="stable")]
        epochs = [epoch_label(told.epochs[row]) for row in mine.epoch[at].tolist()]
        match kind if len(at) else None:
            case "flip":
                names = [shortened(seen.names[said[row]], 14) for row in mine.epoch[at]]
                first = shortened(seen.names[said[mine.epoch[at[0]] - 1]], 14)
                way = [f"{name} (epoch {e})" for name, e in zip(names, epochs, strict=True)]
                lines.append(f"read as {' → '.join([first, *way])}")
            case "jump":
                sizes = zip(mine.size[at].tolist(), epochs, strict=True)
                jumps = [f"{size:+.2f} (epoch {e})" for size, e in sizes]
                lines.append(f"confidence jumps {', '.join(jumps)}")
            case "move":
                lines.append(f"among the largest moves at epoch {', '.join(epochs)}")
    return literal(" · ".join(lines)) if lines else "Nothing notable happened to this image."
