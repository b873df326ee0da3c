"""What the page draws: the URL's wishes together with what the store says about them."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.store import Store
from pages.charts.palette import Theme
from pages.parts import reads
from pages.parts.literal import plain
from pages.parts.scene import Scene, scene
from pages.parts.summit import cases, held
from pages.parts.summit.asked import PARTS, Asked, Part, asked
from pages.parts.summit.held import Graph, Outline
from pages.parts.summit.standing import Standing, standing
from pages.parts.theme import theme
from pages.parts.wording import split_words


@dataclass(frozen=True, eq=False)
class Seen:
    """One study as the URL wants it seen; `scene` is None where the study holds no images.

    `names` are all classes' names by number. `known` is how well the teacher knows each class,
    None before its predictions are there or where they are not published.
    """

    store: Store
    outline: Outline
    wish: Asked
    names: list[str]
    graph: Graph
    scene: Scene | None
    known: Standing | None
    theme: Theme

    @property
    def place(self) -> int:
        """The place of the chosen class on the class axes."""
        at = self.outline.place(self.wish.class_)
        assert at is not None  # `asked` takes no other class
        return at

    @property
    def second(self) -> int | None:
        """The class compared with: the URL's, else the most similar one; None with one class."""
        if self.wish.class2 is not None and self.wish.class2 != self.wish.class_:
            return self.wish.class2
        like = self.similarity.copy()
        like[self.place] = -np.inf
        return int(self.outline.classes[np.argmax(like)]) if len(like) > 1 else None

    @property
    def similarity(self) -> np.ndarray:
        """How alike each class is to the chosen one in the chosen layer, by place."""
        return held.similarity(self.store, self.wish.layer, self.wish.class_)

    @property
    def layer(self) -> str:
        """The name of the chosen layer."""
        return self.outline.layers[self.wish.layer]

    @property
    def images(self) -> float | None:
        """How many images of the chosen class were aggregated; None where that is not known."""
        count = self.outline.images[self.place]
        return None if np.isnan(count) else float(count)

    @property
    def counted(self) -> str:
        """On how many images of which split accuracies were counted, in words."""
        if self.scene is None or self.known is None:
            return ""
        return split_words(self.scene.view.split, int(self.known.images.sum()))

    def name(self, class_: int) -> str:
        """Return a class's name on one line."""
        return plain(self.names[class_])


def seen_study(store: Store) -> tuple[Seen, list[str]]:
    """Return what the URL asks for, and one line for each part of it that was ignored."""
    outline, names = held.outline(store), reads.class_names(store)
    view, ignored = _scene(store)
    sample = None if view is None else view.view.sample
    label = None if view is None or sample is None else int(view.samples.label[sample])
    wish, more = asked(
        cases.opened(st.query_params.to_dict(), names, outline),
        outline,
        parts_of(store, names),
        motifs=motif_count(store),
        cases=len(cases.CASES),
        default_class=label,
    )
    known = None
    if view is not None and view.epoch is not None:
        known = standing(store, view.view.split, view.epoch)
    said = {line.partition("=")[0] for line in ignored}
    ignored += [line for line in more if line.partition("=")[0] not in said]
    return (
        Seen(store, outline, wish, names, held.graph(store, wish.class_), view, known, theme()),
        ignored,
    )


def parts_of(store: Store, names: list[str]) -> tuple[Part, ...]:
    """Return the panels that the study has; those that lack their data say why."""
    lacking: set[Part] = set()
    if len(held.outline(store).classes) < 2:
        lacking.add("compare")
    if not reads.holds_images(store):
        lacking.add("image")
    if len(held.outline(store).layers) < 2:
        lacking.add("path")
    if not any(case.fits(names, held.outline(store).classes) for case in cases.CASES):
        lacking.add("cases")
    return tuple(part for part in PARTS if part not in lacking)


def motif_count(store: Store) -> int:
    """Return how many motifs were found."""
    rows = held.table(store, held.GRAPHS, "motif", "select count(distinct motif) as n from motif")
    return 0 if rows.empty else int(rows["n"].iloc[0])


def _scene(store: Store) -> tuple[Scene | None, list[str]]:
    if not reads.holds_images(store):
        return None, []
    at = store.epochs("predictions")[-1] if store.has("predictions") else None
    return scene(store, at=at)
