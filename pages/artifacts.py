"""The Artifacts page: what the precompute wrote, how it stands, and every table to look into."""

import io
from pathlib import Path

import msgspec
import pandas as pd
import streamlit as st

from core.store import Store, StoreError, store_root
from core.store.dictionary import value_range
from core.store.tables import ARRAYS, TABLES
from pages.parts.density import close_together
from pages.parts.empty import broken, no_study
from pages.parts.header import beside_figures
from pages.parts.literal import literal
from pages.parts.picker import study_picker
from pages.parts.reads import chosen_study, open_store
from precompute.running import progress_file, running
from precompute.settings import Study, StudyError
from precompute.status import Standing, status
from precompute.table import as_size

PREVIEW = 200  # rows of a table shown at once
GUIDE = """
**What you see.** Every stage of this study's run: whether its artifact is fresh, what it took and
how large it is; then every table of the store with the meaning, unit and range of each column and
its first rows, to be downloaded whole.

**How to read it.** *Stale* names the setting, input or code that changed since; the command below
builds what is not fresh, and only that. A table's key is what tells its rows apart.

**What it cannot tell.** That an artifact is fresh says that it was made by these settings from this
data, not that its figures are good: those stand on the page *Trust*.
"""
SIGNS = {"fresh": "✓ fresh", "stale": "↻ stale", "missing": "— missing", "damaged": "✕ damaged"}


def page() -> None:
    """Draw the page."""
    close_together()
    st.markdown("#### Artifacts")
    study = chosen_study()
    if study is None:
        for path in sorted(store_root().glob("*/progress.json")):
            _build(store_root(), path.parent.name)
        no_study()
        return
    try:
        store = open_store(study)
    except StoreError as error:
        broken(error)
        return
    study_picker(store)
    _build(store.root, store.study)
    try:
        beside_figures(store)
        _stages(store)
        _tables(store)
        with st.expander("How to read this page"):
            st.markdown(GUIDE)
    except StoreError as error:
        broken(error)


@st.fragment(run_every=1.0)
def _build(root: Path, study: str) -> None:
    """A build at work: its stage, how far it is and the time left."""
    build = running(root, study)
    if build is None:
        if progress_file(root, study).exists():
            st.warning("A build of this study was cut off. It goes on from there with")
            st.code(f"python -m precompute build {study}", language="bash")
        return
    left = "" if build.remaining is None else f", about {build.remaining:.0f} s left in this stage"
    st.progress(
        min(build.share, 1.0),
        f"Building {literal(study)}: stage {build.number} of {build.stages}, "
        f"{literal(build.stage)}: {build.share:.0%} after {build.elapsed:.0f} s{left}",
    )


def _stages(store: Store) -> None:
    try:
        study = msgspec.convert(store.run.settings, Study)
        rows = status(study, store.root)
    except (StoreError, StudyError, msgspec.ValidationError) as error:
        st.warning(literal(f"Freshness is not known: {error}"))
        return
    finished = store.run.finished.replace("T", " ").removesuffix("+00:00")
    st.caption(
        f"Study {literal(store.study)}, run of {literal(finished)} UTC. Freshness is judged "
        "against the settings of this run, the data and the code at hand."
    )
    st.dataframe(
        pd.DataFrame([_row(row) for row in rows]),
        hide_index=True,
        alt="Stages with state, time and size",
        column_config={"seconds": st.column_config.NumberColumn(format="%.1f")},
    )
    if any(row.state != "fresh" for row in rows):
        st.markdown("Build what is not fresh with")
        st.code(f"python -m precompute build {store.study}", language="bash")
    with st.expander("Settings and provenance of a stage"):
        stage = st.selectbox("Stage", store.stages(), key="artifacts_stage")
        if stage is not None and store.has(stage):
            st.json(msgspec.to_builtins(store.manifest(stage)), expanded=1)


def _row(row: Standing) -> dict[str, object]:
    return {
        "stage": row.stage,
        "state": SIGNS[row.state],
        "why": row.why,
        "steps": row.steps,
        "seconds": row.seconds,
        "size": as_size(row.bytes),
    }


def _tables(store: Store) -> None:
    st.markdown("##### Tables")
    name = st.selectbox("Table", list(TABLES), key="artifacts_table", width=260)
    table = TABLES[name]
    st.caption(
        f"{literal(table.meaning[0].upper() + table.meaning[1:])}. Key: {', '.join(table.key)}."
    )
    st.dataframe(
        pd.DataFrame(
            {
                "column": [column.name for column in table.columns],
                "type": [column.type for column in table.columns],
                "null": ["may be" if column.nullable else "never" for column in table.columns],
                "unit": [column.unit for column in table.columns],
                "range": [value_range(column) for column in table.columns],
                "meaning": [column.meaning for column in table.columns],
            }
        ),
        hide_index=True,
        alt=f"Data dictionary of {name}",
    )
    try:
        count = int(store.sql(f"select count(*) from {name}").to_numpy()[0, 0])
        preview = store.sql(f"select * from {name} limit {PREVIEW}")
    except StoreError as error:
        st.warning(literal(error))
        return
    st.caption(f"The first {len(preview):,} of {count:,} rows")
    st.dataframe(_readable(preview), hide_index=True, height=280, alt=f"First rows of {name}")
    with st.container(horizontal=True):
        for kind in ("CSV", "Parquet"):
            st.download_button(
                kind,
                lambda kind=kind: _file(store, name, kind),
                f"{store.study}_{name}.{kind.lower()}",
                on_click="ignore",
                icon=":material/download:",
                key=f"artifacts_{kind}",
            )
    with st.expander("Arrays (.npy) beside the tables"):
        st.dataframe(
            pd.DataFrame([msgspec.to_builtins(array) for array in ARRAYS.values()]),
            hide_index=True,
            alt="Arrays of the store",
        )


def _readable(frame: pd.DataFrame) -> pd.DataFrame:
    """Binary columns as their length: a table cell can show no picture."""
    binary = {
        name: [f"{len(cell)} bytes" for cell in frame[name]]
        for name in frame
        if len(frame) and isinstance(frame[name].iloc[0], (bytes, bytearray))
    }
    return frame.assign(**binary)


def _file(store: Store, name: str, kind: str) -> bytes:
    frame = store.table(name)
    if kind == "CSV":
        return _readable(frame).to_csv(index=False).encode()
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


page()
