"""What a page draws: the view of the URL together with what the store says about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from core.store import Store, epoch_label
from pages.charts.palette import Theme
from pages.parts import reads
from pages.parts.membership import Evidence, checked, members
from pages.parts.past import past
from pages.parts.reads import Predictions, Samples
from pages.parts.selection import Found, RuleError, Split
from pages.parts.theme import theme
from pages.parts.view import COLORS, DEFAULT_COLOR, DEFAULT_SPLIT, Color, Facts, View, viewed


@dataclass(frozen=True, eq=False)
class Scene:
    """One study as the URL wants it seen.

    `names` are the classes in the order of the teacher's outputs, `present` the numbers of those
    that the data holds images of.
    `epoch` is the checkpoint shown and `answers` what the teacher says there, both None before
    the stage `predictions` is built. `members` are the sample ids of the selection in its order.
    `picked` is the image looked at: the one in the URL, else the first of a preset, else the
    least certain of the selection.
    """

    store: Store
    view: View
    names: list[str]
    present: np.ndarray
    samples: Samples
    epochs: list[float]
    methods: list[str]
    epoch: float | None
    answers: Predictions | None
    evidence: Evidence
    shown: np.ndarray
    members: np.ndarray
    picked: int | None
    theme: Theme

    @property
    def classes(self) -> int:
        """How many classes the teacher tells apart."""
        return len(self.names)


def scene(
    store: Store,
    *,
    at: float | None = None,
    words: Mapping[str, str] | None = None,
    colors: Sequence[Color] = COLORS,
    default_color: Color = DEFAULT_COLOR,
    default_split: Split = DEFAULT_SPLIT,
) -> tuple[Scene, list[str]]:
    """Return the scene that the URL asks for, and one line for each part of it that was ignored.

    Parameters
    ----------
    at
        The checkpoint of a lens that has only one; None takes the URL's.
    words
        What is asked of another study than the URL's, in the URL's words; None takes the URL's.
    colors, default_color
        What the page can colour by.
    default_split
        What it opens on.

    Raises
    ------
    StoreError
        Where the store lacks the data set, or a file of it is damaged.
    """
    names, samples = reads.class_names(store), reads.samples(store)
    present = reads.present_classes(store)
    epochs = store.epochs("predictions") if store.has("predictions") else []
    methods = reads.methods(store)
    facts = Facts(
        len(samples.label),
        len(names),
        epochs,
        methods,
        colors=colors,
        default_color=default_color,
        default_split=default_split,
    )
    asked = dict(st.query_params.to_dict() if words is None else words)
    view, ignored = viewed(asked, facts)
    if "split" not in asked and not samples.is_test.any():
        view = replace(view, split="train")
    if at is not None:
        view = replace(view, epoch=None if at == epochs[-1] else at)
    epoch = view.epoch if view.epoch is not None else (epochs[-1] if epochs else None)
    answers = None if epoch is None else reads.predictions(store, epoch)
    evidence = _evidence(store, names, present, samples, answers, methods, epochs)
    try:
        if view.rule is not None:
            checked(view.rule, evidence)
    except RuleError as error:
        ignored.append(f"Ignored the selection in the address: {error}.")
        view = replace(view, rule=None)
    belonging = members(view.rule, evidence, view.split)
    return (
        Scene(
            store=store,
            view=view,
            names=names,
            present=present,
            samples=samples,
            epochs=epochs,
            methods=methods,
            epoch=epoch,
            answers=answers,
            evidence=evidence,
            shown=np.flatnonzero(evidence.of_split(view.split)),
            members=belonging,
            picked=_foremost(belonging, answers, view),
            theme=theme(),
        ),
        ignored,
    )


def _foremost(belonging: np.ndarray, answers: Predictions | None, view: View) -> int | None:
    if view.sample is not None:
        return view.sample
    if not len(belonging):
        return None
    if answers is None or isinstance(view.rule, Found):  # a preset has an order of its own
        return int(belonging[0])
    return int(belonging[np.argmax(answers.entropy[belonging])])


def _evidence(
    store: Store,
    names: list[str],
    present: np.ndarray,
    samples: Samples,
    answers: Predictions | None,
    methods: list[str],
    epochs: list[float],
) -> Evidence:
    unknown = np.full(len(samples.label), np.nan, np.float32)
    return Evidence(
        classes=len(names),
        present=present,
        label=samples.label,
        flipped=samples.flipped,
        predicted=samples.label if answers is None else answers.predicted,
        confidence=unknown if answers is None else answers.confidence,
        entropy=unknown if answers is None else answers.entropy,
        is_test=samples.is_test,
        methods=[*methods, *_dated(store, methods)],
        positions=lambda method: _points(store, method),
        saved=store.selections,
        density=lambda: reads.density(store),
        past=past(store, epochs),
    )


def _dated(store: Store, methods: Sequence[str]) -> list[str]:
    """Return the pictures that DeepVisualInsight has of single checkpoints, as `dvi@5`."""
    own = [method for method in methods if method.partition("_")[0] == "dvi"]
    return [f"{method}@{epoch_label(epoch)}" for method in own for epoch in store.epochs("dvi")]


def _points(store: Store, method: str) -> np.ndarray:
    """Return a projection's points; after an @ stands the checkpoint of one that has several."""
    name, _, epoch = method.partition("@")
    if epoch:
        return reads.embedding_at(store, name, float(epoch))
    return reads.embedding(store, name).points
