import msgspec
import pytest

from core.store import (
    CorruptArtifact,
    Run,
    Store,
    UnknownStudy,
    earlier_run,
    earlier_runs,
    keep_run,
    publish,
    read_run,
    run_files,
)
from core.store.history import MOST_KEPT
from core.store.received import Received, record_arrival
from tests.core.store import tiny

STAGES = {"dataset": "d0", "predictions": {"1": "p1"}}


def run_with(finished="2025-01-01", stages=STAGES, **settings):
    return Run(study="tiny", settings=settings, stages=stages, finished=finished)


def replaced(root, after):
    """Publish `after` as a build does; returns the name of the run before it."""
    _, name = read_run(root, "tiny")
    keep_run(root, "tiny", after)
    publish(root, "tiny", after)
    return name


def test_a_replaced_run_is_kept_and_opens_as_it_was(root):
    before, _ = read_run(root, "tiny")
    name = replaced(root, run_with(epochs=1))
    assert [one.name for one in earlier_runs(root, "tiny")] == [name]
    kept = earlier_run(root, "tiny", name)
    assert kept.run == before
    store = Store("tiny", root, run=kept.run)
    assert store.fingerprint == name
    assert store.epochs() == list(tiny.EPOCHS)
    assert Store("tiny", root).epochs() == [1.0]


def test_a_build_that_only_adds_leaves_no_earlier_run(root):
    publish(root, "tiny", run_with(stages={"dataset": "d0"}))
    replaced(root, run_with())
    assert earlier_runs(root, "tiny") == []


def test_other_settings_make_another_run_even_with_the_same_artifacts(root):
    publish(root, "tiny", run_with(title="one"))
    replaced(root, run_with(title="two"))
    assert [one.run.settings for one in earlier_runs(root, "tiny")] == [{"title": "one"}]


def test_a_run_that_is_built_again_is_no_earlier_one(root):
    publish(root, "tiny", run_with(title="one"))
    replaced(root, run_with(title="two"))
    replaced(root, run_with("2025-01-03", title="one"))
    assert [one.run.settings for one in earlier_runs(root, "tiny")] == [{"title": "two"}]


def test_the_oldest_of_too_many_are_forgotten(root):
    publish(root, "tiny", run_with("0", number=0))
    for number in range(1, MOST_KEPT + 4):
        replaced(root, run_with(f"{number:03d}", number=number))
    kept = [one.run.settings["number"] for one in earlier_runs(root, "tiny")]
    assert kept == list(range(MOST_KEPT + 2, 2, -1))
    assert len(run_files(root, "tiny")) == MOST_KEPT


def test_a_study_without_a_run_keeps_nothing(tmp_path):
    keep_run(tmp_path, "tiny", run_with())
    assert earlier_runs(tmp_path, "tiny") == []
    assert not (tmp_path / "tiny").exists()


@pytest.mark.parametrize("name", ["0" * 16, "../../run", "", "x" * 300, "ABCDEF0123456789"])
def test_a_name_that_is_no_earlier_run_is_refused(root, name):
    with pytest.raises(UnknownStudy, match="keeps no earlier run"):
        earlier_run(root, "tiny", name)


def test_a_changed_byte_or_another_name_is_noticed(root):
    name = replaced(root, run_with(epochs=1))
    path = root / f"tiny/runs/{name}.json"
    content = path.read_bytes()
    path.with_name(f"{'0' * 16}.json").write_bytes(content)
    with pytest.raises(CorruptArtifact, match="is not the run"):
        earlier_run(root, "tiny", "0" * 16)
    path.write_bytes(content.replace(b"today", b"lasts"))
    with pytest.raises(CorruptArtifact, match="digest"):
        earlier_run(root, "tiny", name)
    assert earlier_runs(root, "tiny") == []


def test_a_run_that_names_a_folder_elsewhere_is_refused(root):
    from core.store.manifest import fingerprint, seal

    forged = seal(msgspec.structs.replace(run_with(), stages={"dataset": "../../etc"}))
    folder = root / "tiny/runs"
    folder.mkdir()
    (folder / f"{fingerprint(forged)}.json").write_bytes(forged)
    with pytest.raises(CorruptArtifact, match="name of a key"):
        earlier_run(root, "tiny", fingerprint(forged))


def test_a_link_is_no_earlier_run(root, tmp_path):
    name = replaced(root, run_with(epochs=1))
    path = root / f"tiny/runs/{name}.json"
    path.rename(tmp_path / "aside.json")
    path.symlink_to(tmp_path / "aside.json")
    with pytest.raises(UnknownStudy):
        earlier_run(root, "tiny", name)


def test_a_run_that_came_in_a_pack_is_not_kept(root):
    name = read_run(root, "tiny")[1]
    arrival = Received(source="x", sha256="", fingerprint=name, arrived="", live=False)
    record_arrival(root / "tiny", arrival)
    replaced(root, run_with(epochs=1))
    assert run_files(root, "tiny") == []
