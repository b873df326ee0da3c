"""The map through time with the classification landscape behind it, or two of them side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.store import Store, epoch_label
from pages.components.encoding import MapLabels
from pages.components.map import MapState, map_event, sample_map
from pages.parts import choose, reads
from pages.parts.dvi import held
from pages.parts.dvi.asked import Asked
from pages.parts.dvi.coloring import COLORS, DEFAULT_COLOR, Guests, colors_of, land, with_guests
from pages.parts.dvi.curves import tracks
from pages.parts.dvi.held import Story
from pages.parts.kin import kin, translated
from pages.parts.literal import literal
from pages.parts.past_rules import KINDS, Happened
from pages.parts.runs import open_store
from pages.parts.scene import Scene, scene
from pages.parts.selection import SPLITS, Lasso, Split, lasso
from pages.parts.thumbnails import template

DEFAULT_SPLIT: Split = "all"
KEY, SECOND = "dvi_map", "dvi_map_2"
MOST_WAYS = 40
"""How many ways through time are drawn at most: more of them hide the picture."""


@dataclass(frozen=True, eq=False)
class Emphasis:
    """Samples that stand out, what they are after "12 of 50", and lines from the picked one."""

    samples: np.ndarray
    words: str
    lines: Sequence[tuple[int, int, bool]] = ()


def territory(
    seen: Scene,
    wish: Asked,
    told: Story,
    emphasis: Emphasis | None,
    guests: Guests | None,
    height: int,
) -> None:
    """Draw the map, or two side by side that pan and zoom together."""
    beside = wish.epoch2 is not None or wish.study2 is not None
    link = "dvi" if beside else None
    if not beside:
        _map(seen, told, seen_epoch(seen, told), emphasis, guests, height=height)
        return
    left, right = st.columns(2, gap="small")
    with left, st.container(gap="xxsmall"):
        epoch = seen_epoch(seen, told)
        st.markdown(f"**{_title(seen.store)}, epoch {epoch_label(epoch)}**")
        _map(
            seen,
            told,
            epoch,
            emphasis,
            guests,
            height=height,
            link=link,
            link_time=wish.study2 is not None,
        )
    with right, st.container(gap="xxsmall"):
        if wish.study2 is None:
            assert wish.epoch2 is not None
            st.markdown(f"**{_title(seen.store)}, epoch {epoch_label(wish.epoch2)}**")
            _map(seen, told, wish.epoch2, emphasis, None, key=SECOND, height=height, link=link)
        else:
            _other_run(seen, wish.study2, height)


def seen_epoch(seen: Scene, told: Story) -> float:
    """Return the checkpoint of the picture: the one in the URL, or the last that has one."""
    return seen.epoch if seen.epoch in told.epochs and seen.epoch is not None else told.epochs[-1]


def ways(seen: Scene) -> list[int]:
    """Return whose ways through time are drawn: the picked one's, and the selection's first."""
    found = [] if seen.view.sample is None else [seen.view.sample]
    if seen.view.rule is not None:
        found += [int(i) for i in seen.members[:MOST_WAYS] if i != seen.view.sample]
    return found[:MOST_WAYS]


def _map(
    seen: Scene,
    told: Story,
    epoch: float,
    emphasis: Emphasis | None,
    guests: Guests | None,
    *,
    height: int,
    key: str = KEY,
    link: str | None = None,
    link_time: bool = False,
) -> None:
    ids, view = seen.shown, seen.view
    said = held.answers(seen.store)
    positions, labels = told.positions[:, ids], seen.samples.label[ids]
    predicted, shown_ids = said.predicted[:, ids], ids
    colors = colors_of(seen, told, ids)
    flipped = seen.samples.flipped
    marked = flipped[ids] if flipped.any() else None
    stands = _standing(seen, emphasis, ids)
    if guests is not None:
        n = guests.label.size
        shown_ids = np.concatenate([ids, len(seen.samples.label) + np.arange(n)])
        positions = np.concatenate([positions, guests.positions], axis=1)
        labels = np.concatenate([labels, guests.label])
        predicted = np.concatenate([predicted, guests.predicted], axis=1)
        colors = with_guests(seen, colors, guests)
        marked = np.concatenate([np.zeros(len(ids), bool), np.ones(n, bool)])
        stands = np.concatenate([ids == seen.picked, np.ones(n, bool)])
    drawn = isinstance(view.rule, Lasso) and view.rule.method == _dated(told, epoch)
    many = len(told.epochs) > 1
    sample_map(
        key=key,
        positions=positions,
        sample_ids=shown_ids,
        colors=colors,
        labels=MapLabels(
            labels,
            predicted,
            seen.names,
            seen.samples.original[ids] if flipped.any() and guests is None else None,
        ),
        epochs=told.epochs,
        epoch=epoch,
        land=land(seen, told),
        tracks=tracks(seen, told) if many else None,
        frame=told.extent if _inside(positions, told) else None,
        picked=seen.picked,
        second=view.sample2,
        selected=stands,
        marked=marked,
        polygon=view.rule.corners if drawn and isinstance(view.rule, Lasso) else None,
        trajectories=_trajectories(seen, guests) if many else [],
        lines=() if emphasis is None else emphasis.lines,
        lines_at=epoch,
        standing=_words(emphasis, guests),
        thumbnails=template(seen.store),
        study=seen.store.study,
        projection=told.method,
        class_labels=None if view.color in ("true", "predicted") else False,
        link=link,
        link_time=link_time,
        height=height,
    )


def _other_run(seen: Scene, study: str, height: int) -> None:
    store = open_store(study)
    words = st.query_params.to_dict()
    if kin(seen.store, store) is not None:  # the same image has another number there
        words = translated(words, seen.store, store)
    other, _ = scene(
        store,
        words=words,
        colors=COLORS,
        default_color=DEFAULT_COLOR,
        default_split=DEFAULT_SPLIT,
    )
    told = held.story(store)
    epoch = seen_epoch(other, told)
    st.markdown(f"**{_title(store)}, epoch {epoch_label(epoch)}**")
    _map(other, told, epoch, None, None, key=SECOND, height=height, link="dvi", link_time=True)


def heed_maps(store: Store) -> None:
    """Write what was clicked or drawn on a map to the URL; call it before the view is read."""
    split: Split = DEFAULT_SPLIT
    if (wish := st.query_params.get("split")) in SPLITS:
        split = wish
    _heed(map_event(KEY), "epoch", store, split)
    another = st.query_params.get("study2") is not None
    second = map_event(SECOND)
    if not another or second.kind == "epoch":
        _heed(second, "epoch" if another else "epoch2", store, split)


def _heed(event: MapState, word: str, store: Store, split: Split) -> None:
    epochs = store.epochs("dvi")
    match event.kind:
        case "pick" if event.picked is not None:
            if event.picked < len(reads.samples(store).label):  # a guest is no sample
                choose.pick(event.picked)
        case "second":
            choose.put("sample2", event.second)
        case "lasso" if event.lasso:
            at = st.query_params.get(word) or epoch_label(epochs[-1])
            choose.select(lasso(f"{event.projection}@{at}", split, event.lasso))
        case "epoch" | "mark" if event.epoch in epochs and event.epoch is not None:
            last = event.epoch == epochs[-1] and word == "epoch"
            choose.put(word, None if last else epoch_label(event.epoch))
            for kind in KINDS:
                if event.mark == kind:
                    choose.select(Happened(kind, event.epoch))
        case "clear":
            choose.select(None)
            choose.pick(None)


def _inside(positions: np.ndarray, told: Story) -> bool:
    """Return whether the landscape holds all places: those of guests may lie beyond it."""
    left, right, bottom, top = told.extent
    x, y = positions[..., 0], positions[..., 1]
    return bool(
        left <= x.min() and x.max() <= right and bottom <= y.min() and y.max() <= top
        if positions.size
        else True
    )


def _dated(told: Story, epoch: float) -> str:
    return f"{told.method}@{epoch_label(epoch)}"


def _title(store: Store) -> str:
    return literal(store.settings.get("title") or store.study)


def _standing(seen: Scene, emphasis: Emphasis | None, ids: np.ndarray) -> np.ndarray | None:
    if emphasis is not None:
        members = emphasis.samples
    elif seen.view.rule is not None:
        members = seen.members
    else:
        return None
    belongs = np.zeros(len(seen.samples.label), bool)
    belongs[members] = True
    return belongs[ids]


def _words(emphasis: Emphasis | None, guests: Guests | None) -> str:
    if guests is not None:
        return "with the attacked ones"
    return "" if emphasis is None else emphasis.words


def _trajectories(seen: Scene, guests: Guests | None) -> list[int]:
    if guests is None:
        return ways(seen)
    first = len(seen.samples.label)
    own = [] if seen.picked is None else [seen.picked]
    return [*own, *range(first, first + guests.label.size)]
