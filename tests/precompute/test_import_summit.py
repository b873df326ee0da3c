"""The folder that Summit's authors published, a tiny one, becomes a study with the same tables."""

import io
import json
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.store import Store, StoreError, UnknownStudy, studies
from precompute.__main__ import main
from precompute.import_summit import import_summit
from precompute.published_summit import GRAPHS, PICTURES

NAMES = ["tench", "goldfish", "white shark", "tiger shark"]
CHANNELS = ("mixed3a-0", "mixed3a-7", "mixed3b-2", "mixed5b-1023")


def vertex(channel: int, count: int, below: dict[int, int] | None = None) -> dict:
    edges = [{"prev_channel": low, "inf": count} for low, count in (below or {}).items()]
    return {"channel": channel, "count": count, "pagerank": 0.1, "prev_channels": edges}


GRAPH = {
    0: {"mixed3a": [vertex(7, 30)], "mixed3b": [vertex(2, 50, {7: 9})]},
    1: {"mixed3a": [vertex(7, 20), vertex(0, 4)], "mixed3b": [vertex(2, 40, {7: 8, 0: 2})]},
    3: {"mixed3a": [vertex(0, 11)], "mixed5b": [vertex(1023, 12)]},
}


def write(folder: Path, graphs: dict = GRAPH, channels: tuple = CHANNELS) -> Path:
    """The authors' files, and beside them the names of the classes."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / GRAPHS, "w:gz") as archive:
        for label, document in graphs.items():
            content = document if isinstance(document, bytes) else json.dumps(document).encode()
            info = tarfile.TarInfo(f"ag/ag-{label}.json")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    files = [jpeg(shade) for shade in range(len(channels))]
    np.savez(
        folder / PICTURES,
        jpeg=np.frombuffer(b"".join(files), np.uint8),
        offsets=np.cumsum([0, *map(len, files)]),
        channel=np.array(channels),
    )
    return folder


def jpeg(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (72, 72), (shade * 20, 0, 0)).save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The authors' folder, with the names of the classes where they are looked for."""
    monkeypatch.delenv("DARKROOM_DATA", raising=False)
    names = tmp_path / "data" / "imagenet_samples"
    names.mkdir(parents=True)
    wnids = [f"n{number:08}" for number in range(len(NAMES))]
    (names / "classes.json").write_text(json.dumps({"wnid": wnids, "classes": NAMES}))
    return write(tmp_path / "data" / "summit")


@pytest.fixture
def store(folder, tmp_path) -> Store:
    import_summit(folder, "inception", tmp_path / "store", quiet=True)
    return Store("inception", tmp_path / "store")


def rows(store: Store, query: str) -> list[tuple]:
    return [tuple(row) for row in store.sql(query).itertuples(index=False)]


def test_graphs_stand_in_the_tables_of_any_study(store):
    assert rows(store, "select class, layer, channel, count from graph_vertex order by all") == [
        (0, 0, 7, 30), (0, 1, 2, 50), (1, 0, 0, 4), (1, 0, 7, 20), (1, 1, 2, 40), (3, 0, 0, 11),
        (3, 8, 1023, 12),
    ]  # fmt: skip
    assert rows(store, "select * from graph_edge order by all") == [
        (0, 1, 7, 2, 9), (1, 1, 0, 2, 2), (1, 1, 7, 2, 8),
    ]  # fmt: skip
    assert rows(store, "select name, present from classes order by class") == [
        ("tench", True), ("goldfish", True), ("white shark", False), ("tiger shark", True),
    ]  # fmt: skip
    layers = store.table("summit_layer").sort_values("layer")
    assert layers["name"].to_list()[::8] == ["mixed3a", "mixed5b"]
    assert layers["channels"].sum() == 5_484
    assert rows(store, "select class, place from summit_class order by place") == [
        (0, 0), (1, 1), (3, 2),
    ]  # fmt: skip


def test_likeness_comes_from_the_vertices_counts(store):
    similarity = np.array(store.array("summit_graphs", "similarity"))
    assert similarity.shape == (9, 3, 3)
    cosine = 30 * 20 / (30 * np.hypot(20, 4))
    assert similarity[0, 0, 1] == pytest.approx(cosine)
    assert similarity[1, 0, 1] == 1
    assert similarity[0, 0, 2] == 0
    assert len(store.table("class_embedding")) == 27
    assert rows(store, "select class from motif_class order by all") == []


def test_what_was_not_published_is_missing_and_said(store):
    said = {part: gone for part, gone, _ in rows(store, "select * from summit_note")}
    assert {part for part, gone in said.items() if not gone} == {
        "graph", "similarity", "embedding", "pictures",
    }  # fmt: skip
    for table in ("influence", "patch", "masking", "early_decision", "samples", "channel_flag"):
        with pytest.raises(StoreError):
            store.table(table)
    assert store.table("summit_class")["images"].isna().all()


def test_pictures_are_the_authors_own_files(store):
    found = rows(store, "select layer, channel, picture from feature_visualization order by all")
    assert [row[:2] for row in found] == [(0, 0), (0, 7), (1, 2), (8, 1023)]
    assert [row[2] for row in found] == [jpeg(shade) for shade in range(4)]


def test_an_import_replaces_an_earlier_one_and_nothing_else(folder, tmp_path, capsys):
    command = ["import-summit", str(folder), "inception", "--store", str(tmp_path / "store")]
    assert main(command) == 0
    assert "4 classes, 7 vertices, 3 edges" in capsys.readouterr().out
    write(folder, {0: GRAPH[0]})
    assert main(command) == 0
    assert len(Store("inception", tmp_path / "store").table("graph_vertex")) == 2
    run = tmp_path / "store" / "inception" / "run.json"
    run.write_bytes(run.read_bytes()[:-1])
    assert main(command) == 2
    assert "is a study that was built in" in capsys.readouterr().err
    assert main([*command[:2], "digits", *command[3:]]) == 2
    assert main([*command[:2], "../digits", *command[3:]]) == 2


def test_an_imported_study_cannot_be_built(store, tmp_path, capsys):
    assert main(["build", "inception", "--store", str(tmp_path / "store")]) == 2
    assert "inception was imported, not built" in capsys.readouterr().err


GOOD = GRAPH[0]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"graphs": {0: b"{"}}, "must be JSON"),
        ({"graphs": {0: {"mixed9": []}}}, "got 'mixed9' in class 0"),
        ({"graphs": {4: GOOD}}, "classes must be below 4"),
        ({"graphs": {0: {"mixed3a": [vertex(256, 1)]}}}, "mixed3a has 256 channels"),
        ({"graphs": {0: {"mixed3a": [vertex(1, 1), vertex(1, 1)]}}}, "once, one is there twice"),
        ({"graphs": {0: {"mixed3b": [vertex(1, 1, {3: 2})]}}}, "both ends of an edge"),
        ({"graphs": {0: {"mixed3a": [vertex(1, 1, {3: 2})]}}}, "both ends of an edge"),
        ({"channels": ("mixed3a",)}, "like mixed3a-0, got 'mixed3a'"),
        ({"channels": ("mixed3a-256",)}, "like mixed3a-0, got 'mixed3a-256'"),
        ({"channels": ("mixed3a-1", "mixed3a-1")}, "one picture, mixed3a-1 has two"),
    ],
)
def test_a_broken_folder_is_refused_in_one_line(folder, tmp_path, capsys, files, said):
    write(folder, **files)
    refused(folder, tmp_path / "store", capsys, said)


def refused(folder: Path, store: Path, capsys, said: str) -> None:
    """The command ends with 2 and one line, and nothing is in the store."""
    assert main(["import-summit", str(folder), "inception", "--store", str(store)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert studies(store) == []
    assert not list(store.rglob("*.parquet"))


def test_missing_and_damaged_files_are_refused_in_one_line(folder, tmp_path, capsys):
    store = tmp_path / "store"
    pictures = folder / PICTURES
    content = pictures.read_bytes()
    pictures.write_bytes(content[: len(content) // 2])
    refused(folder, store, capsys, PICTURES)
    arrays = {"jpeg": np.zeros(9, np.uint8), "offsets": np.array([0, 9])}
    np.savez(pictures, **arrays, channel=np.array(["mixed3a-0"]))
    refused(folder, store, capsys, "must be a JPEG file")
    pictures.unlink()
    refused(folder, store, capsys, f"there is no {PICTURES}")
    refused(folder / "nowhere", store, capsys, f"there is no {GRAPHS}")
    write(folder)
    (folder / GRAPHS).write_bytes(b"not an archive")
    refused(folder, store, capsys, "expected a tar.gz")
    write(folder)
    (folder.parent / "imagenet_samples" / "classes.json").unlink()
    refused(folder, store, capsys, "imagenet_samples")


def test_a_failure_while_writing_leaves_no_study(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("precompute.import_summit.publish", full)
    with pytest.raises(OSError, match="No space"):
        import_summit(folder, "inception", tmp_path / "store", quiet=True)
    with pytest.raises(UnknownStudy):
        Store("inception", tmp_path / "store")
    assert not list((tmp_path / "store").rglob("*.tmp"))


def full(*arguments: object) -> None:
    raise OSError(28, os.strerror(28))
