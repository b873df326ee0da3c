from core.store import Run, Store, earlier_runs, keep_run, publish
from precompute.clean import clean
from tests.core.store import tiny


def test_clean_forgets_earlier_runs_and_what_only_they_named(tmp_path):
    tiny.build(tmp_path)
    after = Run(study="tiny", settings={}, stages={"dataset": "d0"}, finished="later")
    keep_run(tmp_path, "tiny", after)
    publish(tmp_path, "tiny", after)
    assert len(earlier_runs(tmp_path, "tiny")) == 1
    done = clean(tmp_path, ["tiny"])
    assert (done.artifacts, done.runs) == (len(tiny.EPOCHS), 1)
    assert done.bytes > 0
    assert earlier_runs(tmp_path, "tiny") == []
    assert Store("tiny", tmp_path).stages() == ["dataset"]
    assert len(Store("tiny", tmp_path).table("samples")) == tiny.SAMPLES


def test_clean_leaves_a_published_run_whole(tmp_path):
    tiny.build(tmp_path)
    assert clean(tmp_path, ["tiny"]) == (0, 0, 0)
    assert Store("tiny", tmp_path).epochs() == list(tiny.EPOCHS)
