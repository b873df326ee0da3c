import os
import subprocess
import sys
from pathlib import Path

import filelock
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.store import Store, StoreError, notes
from tests.core.store import tiny

ROOT = Path(__file__).parents[3]
HOSTILE = "</script><b>\"'\\ 🐈 \u202e\0\n~|,;"


def test_a_study_begins_without_notes(store, root):
    assert store.selections() == {}
    assert list(store.flags().columns) == ["sample_id", "note", "created"]
    assert [str(t) for t in store.flags().dtypes] == ["int32", "str", "str"]
    assert not (root / "tiny/notes").exists()


def test_selections_are_kept_replaced_and_deleted(store, root):
    store.save_selection("odd", np.array([5, 3, 3, 1]))
    store.save_selection("even", {2, 0})
    store.save_selection("odd", [1])
    assert Store("tiny", root).selections() == {"even": [0, 2], "odd": [1]}
    store.delete_selection("odd")
    store.delete_selection("never was")
    assert list(store.selections()) == ["even"]


def test_flags_are_kept_replaced_and_taken_away(store):
    store.flag(7, "look")
    store.flag(np.int32(3))
    store.flag(7, "look again")
    assert list(store.flags()["sample_id"]) == [3, 7]
    assert list(store.flags()["note"]) == ["", "look again"]
    assert all(store.flags()["created"].str.endswith("+00:00"))
    store.unflag(7)
    store.unflag(8)
    assert list(store.flags()["sample_id"]) == [3]


def test_hostile_text_is_kept_literally(store):
    store.save_selection(HOSTILE, [1])
    store.flag(1, HOSTILE)
    assert list(store.selections()) == [HOSTILE]
    assert store.flags()["note"][0] == HOSTILE


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=st.text(min_size=1, max_size=100), note=st.text(max_size=100))
def test_any_text_comes_back(store, name, note):
    store.save_selection(name, [2])
    store.flag(2, note)
    assert store.selections()[name] == [2]
    assert store.flags()["note"][0] == note


def test_notes_outlive_a_build(store, root):
    store.flag(1, "stays")
    tiny.build(root)
    assert list(Store("tiny", root).flags()["note"]) == ["stays"]


@pytest.mark.parametrize("name", ["", "a" * 101, "\ud800"])
def test_a_name_has_a_size(store, name):
    with pytest.raises(StoreError, match="name of a selection must"):
        store.save_selection(name, [1])


def test_a_note_has_a_size(store):
    store.flag(1, "x" * 2000)
    with pytest.raises(StoreError, match="note must have 0 to 2000 characters"):
        store.flag(1, "x" * 2001)


@pytest.mark.parametrize("sample_id", [-1, tiny.SAMPLES, 2**70])
def test_only_shown_samples_can_be_noted(store, sample_id):
    with pytest.raises(StoreError, match="whole number from 0 to 11"):
        store.flag(sample_id)
    with pytest.raises(StoreError, match="whole number from 0 to 11"):
        store.save_selection("s", [0, sample_id])
    assert store.selections() == {}


@pytest.mark.parametrize("wrong", [1.5, np.nan, np.inf, "1", None])
def test_only_whole_numbers_are_sample_ids(store, wrong):
    with pytest.raises(StoreError, match="whole number from 0 to 11"):
        store.save_selection("s", np.array([0, wrong], dtype=object))


def test_the_number_of_notes_is_limited(store, monkeypatch):
    monkeypatch.setattr(notes, "SELECTIONS_LIMIT", 2)
    store.save_selection("a", [1])
    store.save_selection("b", [1])
    store.save_selection("b", [2])
    with pytest.raises(StoreError, match="at most 2 selections"):
        store.save_selection("c", [1])
    store.delete_selection("a")
    store.save_selection("c", [1])


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"a": "b"}', b"\xff", b"[" * 50_000])
def test_a_broken_file_of_notes_is_named(store, root, content):
    store.flag(1)
    for name, read in (("flags", store.flags), ("selections", store.selections)):
        (root / f"tiny/notes/{name}.json").write_bytes(content)
        with pytest.raises(StoreError, match=rf"{name}.json cannot be read .*mend or remove it"):
            read()


def test_a_writer_that_waits_too_long_says_so(store, root, monkeypatch):
    monkeypatch.setattr(notes, "_LOCK_SECONDS", 0.05)
    store.flag(1)
    with (
        filelock.FileLock(root / "tiny/notes/.lock"),
        pytest.raises(StoreError, match="being written by somebody else"),
    ):
        store.flag(2)


def test_two_processes_take_notes_at_once(store, root):
    script = (
        "import os, sys; os.fsync = lambda handle: None\n"
        "from core.store import Store\n"
        f"store = Store('tiny', {str(root)!r})\n"
        "for turn in range(25):\n"
        "    store.save_selection(f'{sys.argv[1]}-{turn}', [turn % 12])\n"
    )
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", script, name],
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
        for name in ("one", "two")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert len(store.selections()) == 50
