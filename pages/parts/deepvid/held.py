"""What the store holds of DeepVID; cached like `parts/reads.py`, all without torch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core.deepvid.explanation import Explanation
from core.deepvid.student import Student
from core.deepvid.trust import HeldOut, Trust
from core.generators.generator import Codes, Picture, Pictures
from core.store import MissingArtifact, Store
from precompute.latent import Latent, generators_in, latent, picture_of

GENERATOR, STAGE = "generator", "deepvid"
EVALUATION, ARENA = "deepvid_evaluation", "saliency_arena"


@dataclass(frozen=True, eq=False)
class Gallery:
    """Maps [method row height width] of the images `samples`, by methods named `methods`."""

    maps: np.ndarray
    samples: list[int]
    classes: list[int]
    methods: list[str]


def generators(store: Store) -> list[str]:
    """Return the study's generators, the first first; none before the stage is built."""
    if not store.has(GENERATOR) or "generator.parquet" not in store.manifest(GENERATOR).files:
        return []
    return _generators(store, *_key(store))


def unavailable(store: Store, lens: str = "deepvid") -> str | None:
    """Return the sentence that says why a stage made nothing for a lens; None if none did."""
    try:
        rows = _table(store, *_key(store), "select reason from unavailable where lens = ?", (lens,))
    except MissingArtifact:
        return None
    return None if rows.empty else str(rows["reason"].iloc[0])


def latent_space(store: Store, name: str) -> Latent:
    """Return a generator with all shown images' codes, ready to decode."""
    return _latent(store, *_key(store), name)


def picture(store: Store, sample: int) -> Picture:
    """Return a shown image as a picture: float32 in 0..1, channels first."""
    return picture_of(store, sample)


def about(store: Store, name: str) -> dict[str, object]:
    """Return the row of the table `generator`: dimensions, how it was trained."""
    rows = _table(store, *_key(store), "select * from generator where generator = ?", (name,))
    return {str(key): value for key, value in rows.iloc[0].to_dict().items()}


def correlated(store: Store, name: str) -> dict[int, list[tuple[int, float]]]:
    """Return for each axis those that vary with it and the correlation, strongest first."""
    try:
        rows = _table(
            store, *_key(store),
            "select first, second, correlation from latent_correlation where generator = ? "
            "order by abs(correlation) desc",
            (name,),
        )  # fmt: skip
    except MissingArtifact:  # no two axes do
        return {}
    found: dict[int, list[tuple[int, float]]] = {}
    for first, second, r in rows.itertuples(index=False):
        found.setdefault(int(first), []).append((int(second), float(r)))
        found.setdefault(int(second), []).append((int(first), float(r)))
    return found


def place_of(store: Store, sample: int) -> int | None:
    """Return the row of a sample among those explained beforehand; None if it is not there."""
    if not store.has(STAGE) or "explanation.parquet" not in store.manifest(STAGE).files:
        return None
    rows = _table(store, *_key(store), "select sample_id, place from explanation order by place")
    found = rows.loc[rows["sample_id"] == sample, "place"].to_numpy()
    return int(found[0]) if len(found) else None


def explained_words(store: Store) -> str:
    """Return which samples were explained beforehand, how many and why these."""
    if not store.has(STAGE) or "explanation.parquet" not in store.manifest(STAGE).files:
        return "No image was explained beforehand: that comes from the stage deepvid."
    chosen = _table(store, *_key(store), "select chosen, count(*) as n from explanation group by 1")
    n = {reason: int(count) for reason, count in chosen.itertuples(index=False)}
    misread = _table(
        store, *_key(store),
        "select count(*) as n from prediction join samples using (sample_id) where "
        "predicted <> label and epoch = (select max(epoch) from prediction)",
    )  # fmt: skip
    wrong, of = n.get("misread", 0), int(misread["n"].to_numpy()[0])
    parts = [
        f"{'all ' if wrong == of else ''}{wrong:,}{f' of {of:,}' if wrong < of else ''} that the "
        "teacher misreads" if wrong else "",
        f"the {n['uncertain']:,} of which it is least certain then" if "uncertain" in n else "",
        f"{n['class']:,} that it reads most surely, a few of each class" if "class" in n else "",
    ]  # fmt: skip
    return (
        f"With the default settings, at the last checkpoint, {sum(n.values()):,} images were "
        f"explained beforehand: {', '.join(part for part in parts if part)}; test images "
        "come first, and the study's settings say how many."
    )


def stored(store: Store, sample: int, *, keep_detail: bool) -> Explanation | None:
    """Return the default run of a sample if it was made beforehand.

    Its student holds the weights that are shown; what the store has of its answers is `trust`.
    """
    place = place_of(store, sample)
    if place is None:
        return None
    row = _table(
        store, *_key(store), "select * from explanation where sample_id = ?", (sample,)
    ).iloc[0]  # fmt: skip
    space = latent_space(store, generators(store)[0])
    arrays = {
        name: np.array(store.array(STAGE, name)[place])
        for name in ("classes", "teacher", "student", "weights", "codes", "neighbors")
    }
    weights = Student(arrays["weights"], np.zeros(len(arrays["classes"]), np.float32))
    teacher, student = arrays["teacher"], arrays["student"]
    return Explanation(
        arrays["classes"].astype(np.int64),
        arrays["codes"],
        around(picture(store, sample), space, sample, arrays["codes"], keep_detail=keep_detail),
        arrays["neighbors"],
        weights,
        weights,
        Trust(
            teacher, student, float(row["total_variation"]), int(teacher.argmax()),
            int(student.argmax()),
        ),
        HeldOut(
            float(row["kl"]), float(row["agreement"]), float(row["r2"]), int(row["held_out"])
        ),
        (),
    )  # fmt: skip


def stored_influence(store: Store, sample: int) -> np.ndarray | None:
    """Return how much each axis changes the teacher at a sample explained beforehand."""
    place = place_of(store, sample)
    return None if place is None else np.array(store.array(STAGE, "influence")[place])


def around(
    shown: Picture, space: Latent, sample: int, codes: Codes, *, keep_detail: bool
) -> Pictures:
    """Return the neighbours that codes stand for, with what the generator does not see or not."""
    pictures = space.decode(codes)
    if not keep_detail:
        return pictures
    detail = shown - space.decode(space.codes[sample : sample + 1])[0]
    return np.clip(pictures + detail, 0, 1)


def figures(store: Store) -> pd.DataFrame:
    """Return the rows of the table `figure` of the view deepvid."""
    try:
        return _table(
            store, *_key(store),
            "select metric, method, split, value, low, high, n from figure "
            "where view = 'deepvid' order by metric, method",
        )  # fmt: skip
    except MissingArtifact:
        return pd.DataFrame()


def curves(store: Store) -> pd.DataFrame:
    """Return the removal curves; empty before their stage is built."""
    return _arena(store, "select * from removal_curve order by method, removed")


def methods(store: Store) -> pd.DataFrame:
    """Return the methods of the contest in order: settings, cost, or why one is not there."""
    return _arena(store, "select * from saliency_method order by place")


def gallery(store: Store) -> Gallery | None:
    """Return the gallery's maps; None before their stage is built."""
    rows = _arena(store, 'select sample_id, "class" from saliency_gallery order by row')
    if rows.empty:
        return None
    names = _arena(store, "select method from saliency_gallery_method order by place")
    return Gallery(
        np.array(store.array(ARENA, "gallery")),
        rows["sample_id"].astype(int).tolist(),
        rows["class"].astype(int).tolist(),
        names["method"].tolist(),
    )


def _arena(store: Store, query: str) -> pd.DataFrame:
    if not store.has(ARENA) or "removal_curve.parquet" not in store.manifest(ARENA).files:
        return pd.DataFrame()
    return _table(store, *_key(store), query)


def _key(store: Store) -> tuple[str, str, str]:
    return str(store.root), store.study, store.fingerprint


@st.cache_resource(max_entries=8, show_spinner=False)
def _generators(_store: Store, root: str, study: str, fingerprint: str) -> list[str]:
    return generators_in(_store)


@st.cache_resource(max_entries=4, show_spinner=False)
def _latent(_store: Store, root: str, study: str, fingerprint: str, name: str) -> Latent:
    return latent(_store, name)


@st.cache_resource(max_entries=48, show_spinner=False)
def _table(
    _store: Store,
    root: str,
    study: str,
    fingerprint: str,
    query: str,
    parameters: Sequence[object] = (),
) -> pd.DataFrame:
    return _store.sql(query, list(parameters))
