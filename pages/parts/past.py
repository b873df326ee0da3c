"""What happened to the samples while the teacher trained, and who belongs to a rule about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.dvi.events import forgotten, learned_at, never_learned
from core.store import MissingArtifact, Store, epoch_label
from pages.parts.past_rules import (
    Entered,
    EventKind,
    Forgotten,
    Happened,
    LateLearned,
    NeverLearned,
    PastRule,
)


@dataclass(frozen=True, eq=False)
class Past:
    """The samples over all checkpoints; what costs a read is read when asked.

    `correct` returns whether the teacher is right, [epoch sample]; `happened` the samples with an
    event of a kind at a checkpoint, the largest first; `rounds` the rounds of active learning by
    strategy; `entered` the samples that came in one of them.
    """

    epochs: Sequence[float]
    correct: Callable[[], np.ndarray]
    happened: Callable[[EventKind, float], np.ndarray]
    rounds: Callable[[], dict[str, list[int]]]
    entered: Callable[[str, int], np.ndarray]


def past(store: Store, epochs: Sequence[float]) -> Past:
    """Return the past of a study's samples over the checkpoints `epochs`."""
    return Past(
        epochs,
        lambda: correct(store),
        lambda kind, epoch: _happened(store, *_key(store), kind, epoch),
        lambda: rounds(store),
        lambda strategy, number: _entered(store, *_key(store), strategy, number),
    )


def checked_past(rule: PastRule, seen: Past | None) -> None:
    """Raise a ValueError that says why, if the study has not what the rule names."""
    if seen is None or not seen.epochs:
        raise ValueError("this study has no checkpoints yet")
    match rule:
        case Forgotten(first, last):
            _check(seen, first, last)
        case LateLearned(epoch) | Happened(_, epoch):
            _check(seen, epoch)
        case Entered(strategy, number):
            known = seen.rounds()
            if not known:
                raise ValueError("this study has no rounds of active learning")
            if strategy not in known:
                raise ValueError(f"the strategies are {', '.join(known)}; got {strategy[:40]!r}")
            if number not in known[strategy]:
                first, last = known[strategy][0], known[strategy][-1]
                raise ValueError(f"the rounds are {first} to {last}, got {number}")


def members_past(rule: PastRule, seen: Past, shown: np.ndarray) -> np.ndarray:
    """Return the sample ids that belong to the rule among those where `shown` is true.

    Late ones come latest first, events largest first, everything else by number.
    """
    match rule:
        case Forgotten(first, last):
            at = [seen.epochs.index(first), seen.epochs.index(last)]
            found = forgotten(seen.correct(), at[0], at[1])
        case NeverLearned():
            found = never_learned(seen.correct())
        case LateLearned(since):
            learned = learned_at(seen.correct())
            found = np.flatnonzero(learned >= max(seen.epochs.index(since), 1))
            found = found[np.argsort(-learned[found], kind="stable")]
        case Happened(kind, epoch):
            found = seen.happened(kind, epoch)
        case Entered(strategy, number):
            found = seen.entered(strategy, number)
    return found[shown[found]]


def correct(store: Store) -> np.ndarray:
    """Return whether the teacher is right about each sample, [epoch sample], read-only."""
    return _correct(store, *_key(store))


def rounds(store: Store) -> dict[str, list[int]]:
    """Return the rounds of active learning by strategy; empty where there are none."""
    return _rounds(store, *_key(store)) if store.has("active_learning") else {}


def _check(seen: Past, *epochs: float) -> None:
    for epoch in epochs:
        if epoch not in seen.epochs:
            few = ", ".join(map(epoch_label, seen.epochs[:3]))
            last = epoch_label(seen.epochs[-1])
            raise ValueError(f"the checkpoints are {few} to {last}, got {epoch_label(epoch)}")


def _key(store: Store) -> tuple[str, str, str]:
    return str(store.root), store.study, store.fingerprint


@st.cache_resource(max_entries=4, show_spinner=False)
def _correct(_store: Store, root: str, study: str, fingerprint: str) -> np.ndarray:
    frame = _store.sql(
        "select p.predicted = s.label as correct from prediction p join samples s using (sample_id)"
        " order by p.epoch, p.sample_id"
    )
    table = frame["correct"].to_numpy(bool).reshape(len(_store.epochs("predictions")), -1)
    table.flags.writeable = False
    return table


@st.cache_resource(max_entries=32, show_spinner=False)
def _happened(
    _store: Store, root: str, study: str, fingerprint: str, kind: EventKind, epoch: float
) -> np.ndarray:
    try:
        frame = _store.sql(
            "select sample_id from event where kind = ? and epoch = ? "
            "order by abs(size) desc, sample_id",
            [kind, epoch],
        )
    except MissingArtifact:  # the stage dvi_history is not built yet
        return np.zeros(0, np.int64)
    return frame["sample_id"].to_numpy(np.int64)


@st.cache_resource(max_entries=4, show_spinner=False)
def _rounds(_store: Store, root: str, study: str, fingerprint: str) -> dict[str, list[int]]:
    frame = _store.sql("select distinct strategy, round from labelled order by strategy, round")
    return {
        str(strategy): [int(number) for number in group["round"]]
        for strategy, group in frame.groupby("strategy", sort=True)
    }


@st.cache_resource(max_entries=32, show_spinner=False)
def _entered(
    _store: Store, root: str, study: str, fingerprint: str, strategy: str, number: int
) -> np.ndarray:
    frame = _store.sql(
        "select s.sample_id from labelled l join samples s using (split_id) "
        "where s.split = 'train' and l.strategy = ? and l.round = ? order by s.sample_id",
        [strategy, number],
    )
    return frame["sample_id"].to_numpy(np.int64)
