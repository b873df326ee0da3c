from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from core.store import MissingArtifact, Run, Store, StoreError, UnknownStudy, publish, reader
from tests.core.store import tiny

BUILD = "build it with `python -m precompute build tiny`"


def test_a_store_says_what_its_run_holds(store):
    assert store.stages() == ["dataset", "predictions"]
    assert store.has("dataset")
    assert not store.has("projections")
    assert store.epochs() == [1.0, 2.5]
    assert store.epochs("dataset") == store.epochs("projections") == []
    assert store.settings == {"epochs": 2}
    assert len(store.fingerprint) == 16


def test_the_last_epoch_is_taken_unless_one_is_named(store, root):
    assert store.path("predictions") == root / "tiny/predictions/p2.5"
    assert store.path("predictions", 1) == root / "tiny/predictions/p1"
    assert store.path("dataset") == root / "tiny/dataset/d0"
    assert store.manifest("predictions").epoch == 2.5
    assert store.array("predictions", "logits")[0, 0] == 2.5
    assert store.array("predictions", "logits", 1.0)[0, 0] == 1.0


def test_epochs_are_ordered_as_numbers(root):
    labels = ["10", "9", "2.5"]
    for label in labels:
        with tiny.writer(root, "teacher", label, float(label)) as artifact:
            artifact.table("classes", tiny.classes(""))
    run = Run(study="tiny", settings={}, stages={"teacher": {k: k for k in labels}}, finished="")
    publish(root, "tiny", run)
    assert Store("tiny", root).epochs("teacher") == [2.5, 9.0, 10.0]
    assert Store("tiny", root).path("teacher").name == "10"


def test_a_table_unites_all_artifacts_that_hold_it(store):
    found = store.table("prediction")
    expected = pd.concat([pd.DataFrame(tiny.prediction(epoch)) for epoch in tiny.EPOCHS])
    pd.testing.assert_frame_equal(
        found, expected.reset_index(drop=True), check_dtype=False, check_exact=True
    )


def test_class_names_are_kept_literally(store):
    assert list(store.table("classes")["name"]) == ["a", "<script>", "🐈 '\""]


def test_a_query_may_join_tables_and_bind_values(store):
    found = store.sql(
        "SELECT split, count(*) AS n FROM Samples JOIN prediction USING (sample_id)"
        " WHERE epoch = ? AND sample_id IN (SELECT unnest(?)) GROUP BY split ORDER BY split",
        [np.float64(2.5), [0, 1, 11]],
    )
    assert found.to_dict("list") == {"split": ["test", "train"], "n": [1, 2]}
    found = store.sql("SELECT $name AS name", {"name": "'; DROP TABLE samples; --"})
    assert found["name"][0] == "'; DROP TABLE samples; --"


def test_arrays_cannot_be_written_to(store):
    images = store.array("dataset", "images")
    assert images.shape == (tiny.SAMPLES, 2, 2, 1)
    with pytest.raises(ValueError, match="read-only"):
        images[0] = 1


def test_weights_come_back(store):
    np.testing.assert_array_equal(store.weights("predictions", "head")["weight"], np.eye(3))


@pytest.mark.parametrize(
    ("read", "what"),
    [
        (lambda store: store.table("figure"), "holds no table figure"),
        (lambda store: store.sql("SELECT * FROM figure"), "holds no table figure"),
        (lambda store: store.sql('SELECT * FROM "Embedding"'), "holds no table embedding"),
        (lambda store: store.path("projections"), "has no stage 'projections'"),
        (lambda store: store.array("projections", "x"), "has no stage 'projections'"),
        (lambda store: store.manifest("predictions", 7), "has no epoch 7 of stage predictions"),
        (lambda store: store.path("dataset", 1), "has no epochs in stage dataset"),
        (lambda store: store.array("dataset", "logits"), "has no logits.npy in stage dataset"),
        (lambda store: store.weights("dataset", "net"), "has no net.safetensors in stage dataset"),
    ],
)
def test_what_the_run_lacks_is_named_with_the_command_that_makes_it(store, read, what):
    with pytest.raises(MissingArtifact) as error:
        read(store)
    assert str(error.value).startswith(f"the run of study tiny {what}")
    assert str(error.value).endswith(BUILD)


def test_an_unknown_table_is_refused_with_a_list(store):
    for read in (lambda: store.table("sample"), lambda: store.sql("SELECT * FROM sample")):
        with pytest.raises(StoreError, match=r"table must be one of classes, samples,.*'sample'"):
            read()
    with pytest.raises(StoreError, match="table must be one of"):
        store.table('samples"; DROP TABLE x; --')


def test_an_unknown_study_is_refused_with_the_command(tmp_path):
    with pytest.raises(UnknownStudy, match=r"study tiny has no finished run in .*build tiny`"):
        Store("tiny", tmp_path)


def test_the_root_comes_from_the_argument_or_the_environment(root, monkeypatch):
    monkeypatch.setenv("DARKROOM_STORE", str(root))
    assert Store("tiny").root == root
    monkeypatch.delenv("DARKROOM_STORE")
    monkeypatch.chdir(root)
    with pytest.raises(UnknownStudy, match="artifacts"):
        Store("tiny")


@pytest.mark.parametrize("name", ["it's", "[1]", "a*?", "{a,b}", "sp ace é", '"', "a;b"])
def test_a_store_may_lie_in_any_folder(tmp_path, name):
    tiny.build(tmp_path / name)
    tiny.build(tmp_path / "1")  # what the pattern [1] would match
    store = Store("tiny", tmp_path / name)
    assert len(store.table("prediction")) == 2 * tiny.SAMPLES
    assert len(store.sql("FROM samples")) == tiny.SAMPLES


def test_an_open_store_keeps_its_run(root, store):
    run = Run(study="tiny", settings={}, stages={"dataset": "d0"}, finished="later")
    publish(root, "tiny", run)
    assert len(store.table("prediction")) == 2 * tiny.SAMPLES
    later = Store("tiny", root)
    assert later.fingerprint != store.fingerprint
    assert later.stages() == ["dataset"]


def test_opening_reads_only_the_run_file(root, monkeypatch):
    for name in ("load_manifest", "Database", "verify_file"):
        monkeypatch.setattr(reader, name, pytest.fail)
    assert Store("tiny", root).epochs() == [1.0, 2.5]


def test_many_threads_read_at_once(store):
    def read(number: int) -> int:
        epoch = tiny.EPOCHS[number % 2]
        rows = len(store.table(("prediction", "samples", "classes")[number % 3]))
        query = "SELECT count(*) AS n FROM prediction WHERE epoch = ?"
        return rows * int(store.sql(query, [epoch])["n"][0])

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(read, range(60)))
    assert found == [(24, 12, 3)[number % 3] * 12 for number in range(60)]


def test_a_run_must_name_finished_artifacts(root):
    run = Run(study="tiny", settings={}, stages={"dataset": "nothing"}, finished="")
    with pytest.raises(StoreError, match="must name finished artifacts, dataset/nothing is not"):
        publish(root, "tiny", run)
    assert Store("tiny", root).stages() == ["dataset", "predictions"]
