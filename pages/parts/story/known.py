"""Which stories of a study there are: shipped ones, the store's, and this session's own."""

from dataclasses import dataclass, replace
from typing import Literal

import streamlit as st

from core.store import Store
from core.store.stories import Step, Story
from core.store.story_shelf import shelf, stories_in
from precompute.shipped_stories import shipped_stories

Origin = Literal["shipped", "kept", "mine"]
ORIGIN_WORDS: dict[Origin, str] = {
    "shipped": "Comes with Darkroom",
    "kept": "In the store",
    "mine": "In this session only",
}
PAGES = {
    "overview": "Overview",
    "darksight": "DarkSight",
    "dvi": "DeepVisualInsight",
    "summit": "Summit",
    "deepvid": "DeepVID",
    "saliency": "Saliency",
    "sample": "Sample",
    "trust": "Trust",
    "compare": "Compare",
    "artifacts": "Artifacts",
}
"""The pages that a step may be of, by the last word of their address, and their titles."""

_MINE = "darkroom.stories"


@dataclass(frozen=True)
class Told:
    """A story and where it comes from; `name` is its word in the address."""

    origin: Origin
    file: str
    story: Story

    @property
    def name(self) -> str:
        """The word of the address: origin and file, `shipped~digits`."""
        return f"{self.origin}~{self.file}"


def stories_of(store: Store) -> tuple[list[Told], list[str]]:
    """Return the stories of a study, and one line for each file in the store that is none."""
    kept, complaints = stories_in(shelf(store.root, store.study))
    named: list[tuple[Origin, dict[str, Story]]] = [
        ("mine", mine()),
        ("kept", kept),
        ("shipped", shipped_stories()),
    ]
    found = [
        Told(origin, file, story)
        for origin, stories in named
        for file, story in stories.items()
        if story.study == store.study
    ]
    return found, complaints


def mine() -> dict[str, Story]:
    """Return the stories that were begun in this session, by name."""
    return st.session_state.get(_MINE, {})


def put_mine(file: str, story: Story) -> None:
    """Keep a story in this session; an old one of that name is replaced."""
    st.session_state[_MINE] = {**mine(), file: story}


def drop_mine(file: str) -> None:
    """Forget a story of this session."""
    st.session_state[_MINE] = {name: story for name, story in mine().items() if name != file}


def free_name(wish: str) -> str:
    """Return `wish`, or with a number behind it where this session has such a story."""
    taken, name, number = mine(), wish, 2
    while name in taken:
        name, number = f"{wish}_{number}", number + 1
    return name


def with_step(story: Story, at: int, step: Step | None) -> Story:
    """Return the story with its step `at` replaced, or removed where `step` is None."""
    after = () if step is None else (step,)
    return replace(story, steps=(*story.steps[:at], *after, *story.steps[at + 1 :]))


def moved(story: Story, at: int, by: int) -> Story:
    """Return the story with step `at` moved by so many places, not beyond its ends."""
    to = min(max(at + by, 0), len(story.steps) - 1)
    rest = [*story.steps[:at], *story.steps[at + 1 :]]
    return replace(story, steps=(*rest[:to], story.steps[at], *rest[to:]))
