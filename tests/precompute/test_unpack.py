"""Packs that are refused: changed on the way, or made to do harm."""

import io
import os
import pickle
import stat
import struct
import zipfile

import msgspec
import numpy as np
import pandas as pd
import pytest

from core.store import Run, Store, load_manifest
from core.store.keys import content_hash
from core.store.manifest import File, seal
from precompute import pack_file
from precompute import unpack as module
from precompute.pack import pack
from precompute.pack_file import PackError
from precompute.unpack import unpack
from tests.core.store import tiny
from tests.precompute.forged_packs import forged, members


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("exploded",)


@pytest.fixture(autouse=True)
def nothing_is_unpickled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    assert not (tmp_path / "exploded").exists()


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A pack in order, and its store."""
    root = tmp_path_factory.mktemp("good")
    tiny.build(root / "store")
    pack("tiny", root / "store", root / "tiny.zip")
    return root / "tiny.zip"


@pytest.fixture
def refused(tmp_path):
    """Unpack, expect a refusal in one line, and find the store untouched."""

    def refused(path, words):
        root = tmp_path / "arrivals"
        with pytest.raises(PackError, match=words) as error:
            unpack(path, root)
        assert "\n" not in str(error.value)
        assert not root.exists() or list(root.iterdir()) == []
        assert not (tmp_path / "evil").exists()

    return refused


def test_any_byte_that_changes_is_noticed(good, tmp_path, refused):
    content = good.read_bytes()
    path = tmp_path / "changed.zip"
    rng = np.random.default_rng(0)
    ends = [0, 5, 11, len(content) - 1, len(content) - 65, len(content) - 100]
    for place in [*ends, *rng.integers(0, len(content), 60)]:
        changed = bytearray(content)
        changed[place] ^= 1 << rng.integers(8)
        path.write_bytes(changed)
        refused(path, r"is not as it was packed|is no pack")


@pytest.mark.parametrize("content", [b"", b"PK", b"x" * 1000, b"PK\x03\x04" + b"\0" * 200])
def test_what_is_no_pack_is_refused(content, tmp_path, refused):
    (tmp_path / "no.zip").write_bytes(content)
    refused(tmp_path / "no.zip", "is no pack, or its end is missing: expected a file that")


def test_a_pack_cut_short_is_refused(good, tmp_path, refused):
    (tmp_path / "cut.zip").write_bytes(good.read_bytes()[:-1])
    refused(tmp_path / "cut.zip", "is no pack, or its end is missing")


def test_a_zip_that_lies_about_itself_is_refused(tmp_path, refused):
    for body in (b"", b"PK\x05\x06" + b"\xff" * 16, b"PK\x01\x02" * 50):
        path = tmp_path / "lie.zip"
        comment = pack_file.placeholder()
        path.write_bytes(body + struct.pack("<H", len(comment)) + comment)
        pack_file.seal(path)
        refused(path, "cannot be read as a zip file")


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "../../evil.parquet",
        "/evil",
        "/dataset/d0/evil.parquet",
        "dataset/../../evil.parquet",
        "dataset/../evil.parquet",
        "..\\evil",
        "C:\\evil",
        "C:/d0/evil.parquet",
        "dataset//evil.parquet",
        "dataset/d0/.evil.parquet",
        "dataset/d0/évil.parquet",
        "notes/d0/evil.parquet",
        "notes/flags.json",
        "notes/stories/../evil.toml",
        "received.json",
        "build.lock",
        "evil",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(name, good, tmp_path, refused):
    held = members(good)
    refused(forged(tmp_path / "forged.zip", held, entries=[(name, b"x")]), "which is no file of a")
    refused(forged(tmp_path / "listed.zip", held | {name: b"x"}), "which is no file of a study")


@pytest.mark.parametrize("name", ["model.pkl", "weights.pt", "run.py", "table.parquet.exe", "x"])
def test_pickles_and_other_unknown_files_are_refused(name, good, tmp_path, refused):
    held = members(good) | {f"dataset/d0/{name}": pickle.dumps(Bomb())}
    refused(forged(tmp_path / "forged.zip", held), f"holds 'dataset/d0/{name}', which is no file")


def test_a_link_is_refused(good, tmp_path, refused):
    held = members(good)
    for mode in (stat.S_IFLNK | 0o777, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFDIR):
        info = zipfile.ZipInfo("dataset/d0/thumbnail.parquet")
        info.external_attr = mode << 16
        path = forged(tmp_path / "forged.zip", held, entries=[(info, b"/etc/passwd")])
        refused(path, r"thumbnail.parquet' is a link or no plain file")


def test_a_name_that_comes_twice_is_refused(good, tmp_path, refused):
    held = members(good)
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = forged(tmp_path / "forged.zip", held, entries=[("run.json", b"x")])
    refused(path, r"holds 'run.json' twice")
    path = forged(tmp_path / "case.zip", held, entries=[("Dataset/d0/samples.parquet", b"x")])
    refused(path, r"holds 'Dataset/d0/samples.parquet' twice")


def test_a_zip_bomb_is_refused_before_it_goes_off(good, tmp_path, refused):
    held = members(good) | {"dataset/d0/images.npy": bytes(30_000_000)}
    path = forged(tmp_path / "bomb.zip", held)
    assert path.stat().st_size < 100_000
    refused(path, r"would unpack to 30,\d+,\d+ bytes from \d+,\d+: more than 100 times")


def test_more_than_any_pack_may_hold_is_refused(good, tmp_path, refused, monkeypatch):
    monkeypatch.setattr(pack_file, "MOST_BYTES", 1000)
    refused(good, "or more than 1,000, is not taken")
    monkeypatch.undo()
    monkeypatch.setattr(pack_file, "MOST_MEMBERS", 3)
    refused(good, "a pack has at most 3 files")
    monkeypatch.undo()
    monkeypatch.setattr(pack_file, "MOST_WORDS", 10)
    refused(good, "bytes, too many")


def test_a_member_that_is_longer_than_the_zip_says_is_not_written(good, tmp_path, refused):
    """The sizes in the zip's directory are forged to agree with the list."""
    held = members(good)
    name = "dataset/d0/images.npy"
    short = held | {name: held[name][:100]}
    path = forged(tmp_path / "forged.zip", held, listed=short)
    content = bytearray(path.read_bytes())
    at = content.rindex(name.encode()) - 46
    assert content[at : at + 4] == b"PK\x01\x02"
    content[at + 24 : at + 28] = struct.pack("<I", 100)
    path.write_bytes(content)
    pack_file.seal(path)
    refused(path, r"differs from its SHA-256|cannot be read as a zip")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"schema_version": 99}, "has format 1 and schema version 99; this Darkroom reads format"),
        ({"format": 2}, "has format 2 and schema version 1; this Darkroom reads format 1 and"),
        ({"format": "one"}, r"pack.json is not understood"),
        ({"more": 1}, r"pack.json is not understood"),
        ({"study": "../evil"}, "name of a study must be"),
        ({"study": "elsewhere"}, "not taken"),
    ],
)
def test_what_this_version_does_not_know_is_refused(said, words, good, tmp_path):
    path = forged(tmp_path / "forged.zip", members(good), said=said)
    with pytest.raises(ValueError, match=words) as error:
        unpack(path, tmp_path / "arrivals")
    assert "\n" not in str(error.value)
    assert not list(tmp_path.glob("arrivals/*"))


def test_a_list_that_does_not_fit_is_refused(good, tmp_path, refused):
    held = members(good)
    more = held | {"dataset/d0/about.parquet": b"x"}
    refused(forged(tmp_path / "a.zip", held, listed=more), "lists but lacks")
    refused(forged(tmp_path / "b.zip", more, listed=held), "holds but does not list")
    changed = held | {"run.json": held["run.json"] + b" "}
    refused(forged(tmp_path / "c.zip", held, listed=changed), "has another size than it lists")
    changed = held | {"run.json": held["run.json"].replace(b"today", b"tomor")}
    refused(forged(tmp_path / "d.zip", held, listed=changed), "differs from its SHA-256")
    refused(forged(tmp_path / "e.zip", more), r"belongs to no artifact of its run")


def test_another_schema_version_inside_is_refused(good, tmp_path, refused):
    unpack(good, tmp_path / "forgery")
    folder = tmp_path / "forgery/tiny/predictions/p1"
    manifest = msgspec.structs.replace(load_manifest(folder), schema_version=99)
    held = members(good) | {"predictions/p1/manifest.json": seal(manifest)}
    refused(forged(tmp_path / "forged.zip", held), "schema version 99, expected 1")


def changed_artifact(root, file, content, rows):
    """The members of a pack with a file of the first predictions exchanged or added."""
    tiny.build(root / "forgery")
    folder = root / "forgery/tiny/predictions/p1"
    (folder / file).write_bytes(content)
    about = File(rows=rows, bytes=len(content), sha256=content_hash(folder / file))
    manifest = load_manifest(folder)
    files = {name: kept for name, kept in manifest.files.items() if name == "prediction.parquet"}
    manifest = msgspec.structs.replace(manifest, files=files | {file: about})
    return {
        "predictions/p1/manifest.json": seal(manifest),
        f"predictions/p1/{file}": content,
    }


def saved(array, *, pickles=False):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=pickles)
    return file.getvalue()


@pytest.mark.parametrize(
    ("file", "content", "rows"),
    [
        ("probabilities.npy", saved(np.array([Bomb()], object), pickles=True), 1),
        ("probabilities.npy", pickle.dumps(Bomb()), 12),
        ("probabilities.npy", b"PK\x03\x04", 12),
        ("probabilities.npy", saved(np.zeros((12, 3))), 12),
        ("probabilities.npy", saved(np.zeros((12, 3), np.float32))[:-1], 12),
        ("probabilities.npy", saved(np.zeros((12, 3), np.float32)), 13),
        ("unheard.npy", saved(np.zeros((12, 3), np.float32)), 12),
        ("head.safetensors", pickle.dumps(Bomb()), None),
        ("head.safetensors", b"\xff" * 100, None),
        ("head.safetensors", struct.pack("<Q", 2**62), None),
        ("prediction.parquet", b"PAR1 no table PAR1", 12),
        ("prediction.parquet", pd.DataFrame({"x": [1]}).to_parquet(), 1),
        ("unheard.parquet", pd.DataFrame({"x": [1]}).to_parquet(), 1),
    ],
)
def test_a_forged_file_is_refused_on_arrival(file, content, rows, good, tmp_path, refused):
    held = members(good) | changed_artifact(tmp_path, file, content, rows)
    refused(forged(tmp_path / "forged.zip", held), "the pack of study tiny is not taken: ")


def test_a_table_with_other_rows_than_said_is_refused(good, tmp_path, refused):
    held = members(good)
    content = held["predictions/p1/prediction.parquet"]
    held |= changed_artifact(tmp_path, "prediction.parquet", content, 11)
    refused(forged(tmp_path / "forged.zip", held), "has other rows than its manifest says")


@pytest.mark.parametrize("stages", [{"../evil": "d0"}, {"dataset": "../../evil"}, {"notes": "d0"}])
def test_a_run_that_points_elsewhere_is_refused(stages, good, tmp_path, refused):
    run = Run(study="tiny", settings={}, stages=stages, finished="")
    refused(forged(tmp_path / "forged.zip", members(good) | {"run.json": seal(run)}), "run.json")


def test_a_run_of_another_study_is_refused(good, tmp_path, refused):
    store = Store("tiny", good.parent / "store")
    run = seal(msgspec.structs.replace(store.run, study="other"))
    refused(forged(tmp_path / "forged.zip", members(good) | {"run.json": run}), "is not one of st")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes/selections.json", b"["),
        ("notes/selections.json", b'{"a": [99]}'),
        ("notes/selections.json", b'{"": [1]}'),
        ("notes/stories/walk.toml", b"= no TOML"),
        ("notes/stories/walk.toml", b"title = 'x'\nstudy = 'tiny'\ncode = '1'\n"),
    ],
)
def test_forged_notes_are_refused(name, content, good, tmp_path, refused):
    held = members(good) | {name: content}
    refused(forged(tmp_path / "forged.zip", held), "the pack of study tiny is not taken")


def test_a_study_that_is_there_with_other_content_stays(good, tmp_path):
    root = tmp_path / "arrivals"
    tiny.build(root)
    other = msgspec.structs.replace(Store("tiny", root).run, finished="yesterday")
    (root / "tiny/run.json").write_bytes(seal(other))
    with pytest.raises(
        PackError, match=r"holds another study tiny: choose another store with --st"
    ):
        unpack(good, root)
    assert Store("tiny", root).run.finished == "yesterday"
    (root / "tiny/run.json").unlink()
    with pytest.raises(PackError, match="holds another study tiny"):
        unpack(good, root)


def test_a_damaged_arrival_is_told(good, tmp_path):
    root = tmp_path / "arrivals"
    unpack(good, root)
    (root / "tiny/dataset/d0/samples.parquet").write_bytes(b"")
    with pytest.raises(PackError, match=r"samples.parquet is damaged or missing: move .* away and"):
        unpack(good, root)


def test_a_full_disk_leaves_nothing(good, tmp_path, monkeypatch):
    class Full:
        free = 10

    monkeypatch.setattr(module.shutil, "disk_usage", lambda place: Full)
    with pytest.raises(OSError, match="the pack needs"):
        unpack(good, tmp_path / "arrivals")
    assert list((tmp_path / "arrivals").iterdir()) == []


def test_what_a_killed_unpack_left_is_removed(good, tmp_path):
    torso = tmp_path / "arrivals" / ".tiny.1-ab.tmp"
    torso.mkdir(parents=True)
    unpack(good, tmp_path / "arrivals")
    assert not torso.exists()


def test_a_refusal_is_one_line_and_exit_code_two(good, tmp_path, run):
    content = bytearray(good.read_bytes())
    content[1000] ^= 1
    (tmp_path / "changed.zip").write_bytes(content)
    done = run("unpack", tmp_path / "changed.zip", "--store", tmp_path / "arrivals")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "a byte of it has changed: get it again" in done.stderr
    done = run("unpack", tmp_path / "absent.zip", "--store", tmp_path / "arrivals")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "absent.zip" in done.stderr
